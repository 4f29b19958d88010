"""Addresses of other nodes: what may be written, and where it may lead."""

from ipaddress import ip_address

import pytest

from sameboat.lib.web_address import read_web_address, why_not


@pytest.mark.parametrize(
    ("text", "host", "port", "again"),
    [
        ("https://node.jilin.example", "node.jilin.example", 443, "https://node.jilin.example"),
        ("https://Node.Example:443/", "node.example", 443, "https://node.example"),
        ("http://127.0.0.1:8001", "127.0.0.1", 8001, "http://127.0.0.1:8001"),
        ("http://localhost:8001/", "localhost", 8001, "http://localhost:8001"),
        ("http://10.20.30.40/sameboat/", "10.20.30.40", 80, "http://10.20.30.40/sameboat"),
        ("https://[fd00::1]:8443", "fd00::1", 8443, "https://[fd00::1]:8443"),
        ("https://xn--jhq.example.", "xn--jhq.example.", 443, "https://xn--jhq.example."),
    ],
)
def test_an_address_is_read(text, host, port, again):
    found = read_web_address(text)

    assert (found.host, found.port, str(found)) == (host, port, again)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://jilin.example", "file:///etc/passwd", "gopher://x", "//jilin.example", "", "x",
        "HTTPS://jilin.example", "https:jilin.example", "https://", "https:///log",
        "https://user:word@jilin.example", "https://@jilin.example", "https://jilin.example:0",
        "https://jilin.example:65536", "https://jilin.example:", "https://jilin.example:8x",
        "https://jilin.example/?a=b", "https://jilin.example/#x", "https://jilin.example/../x",
        "https://jilin.example/%2e%2e/x", "https://jilin.example//x", "https://jilin.example\\@x",
        "https://jilin.example/a b", "https://jilin.example\n", "https://jílin.example",
        "https://jilin..example", "https://-jilin.example", "https://[::1", "https://[fe80::1%eth0]",
        "https://" + "a" * 400 + ".example", "https://" + "a" * 64 + ".example",
        # Numbers that only some resolvers take for one.
        "http://2130706433", "http://0x7f000001", "http://0x7f.1", "http://127.1",
        "http://010.0.0.1", "http://127.0.0.1.", "http://1.2.3.4.5", "http://256.1.1.1",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_node_is_refused(text):
    with pytest.raises(ValueError, match="address is"):
        read_web_address(text)


@pytest.mark.parametrize(
    "number",
    [
        "169.254.169.254", "169.254.0.23", "[fe80::1]", "100.100.100.200", "168.63.129.16",
        "[fd00:ec2::254]", "0.0.0.0", "[::]", "224.0.0.1", "[ff02::1]", "255.255.255.255",
        "240.0.0.1", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]",
        "[::ffff:0.0.0.0]", "[::a9fe:a9fe]",
    ],
)  # fmt: skip
def test_where_no_node_may_be_is_refused_however_it_is_written(number):
    with pytest.raises(ValueError, match="address is"):
        read_web_address(f"http://{number}:80")


@pytest.mark.parametrize(
    ("host", "found", "pinned", "allowed"),
    [
        ("10.1.2.3", "10.1.2.3", False, True),
        ("127.0.0.1", "127.0.0.1", False, True),
        ("localhost", "::1", False, True),
        ("node.example", "203.0.113.7", False, False),  # documentation, so not public
        ("node.example", "8.8.8.8", False, True),
        ("node.example", "10.1.2.3", False, False),
        ("node.example", "10.1.2.3", True, True),
        ("node.example", "100.64.0.1", False, False),
        ("node.example", "fd12::1", True, True),
        ("node.example", "127.0.0.1", True, False),
        ("node.example", "::ffff:127.0.0.1", True, False),
        ("node.example", "169.254.169.254", True, False),
        ("node.example", "fd00:ec2::254", True, False),
    ],
)
def test_a_name_may_lead_outside_and_inside_only_where_nothing_can_be_said_to_a_stranger(
    host, found, pinned, allowed
):
    assert (why_not(ip_address(found), host=host, pinned=pinned) == "") is allowed
