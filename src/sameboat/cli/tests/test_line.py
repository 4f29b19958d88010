"""What another server may do to us, and to whom we speak at all: real sockets, real TLS."""

import gzip
import socket
from datetime import UTC, datetime, timedelta

import pytest

from sameboat.cli.far import reading
from sameboat.cli.line import TooMuch, Unreachable, line
from sameboat.cli.tests.far_server import certificate, drips, says, server

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def ask(address, pin="", *, most=1000, **limits):
    with line(address, pin, **limits) as node:
        return node.ask("/log/checkpoint", most=most)


def cause(address, pin="", **limits):
    with pytest.raises(Unreachable) as found:
        ask(address, pin, **limits)
    return found.value.cause


def test_the_certificate_that_was_pinned_is_spoken_to_whatever_name_it_bears(tmp_path):
    files, pin = certificate(tmp_path, names=["another.example"])
    with server(says(b"well"), files) as (port, came):
        assert ask(f"https://127.0.0.1:{port}", pin).body == b"well"
        assert ask(f"https://localhost:{port}", pin).body == b"well"

    assert len(came) == 2


def test_a_man_in_the_middle_is_refused_and_named_before_anything_is_said(tmp_path):
    _files, pin = certificate(tmp_path / "theirs")
    his, _his_pin = certificate(tmp_path / "his")
    with server(says(), his) as (port, came):
        with pytest.raises(Unreachable, match=r"another certificate.*Somebody may stand") as told:
            ask(f"https://127.0.0.1:{port}", pin)

        assert told.value.cause == "other_certificate"
        assert str(port) in str(told.value)
    assert came == []


def test_a_self_made_certificate_that_is_not_pinned_is_refused(tmp_path):
    files, _pin = certificate(tmp_path)
    with server(says(), files) as (port, came):
        assert cause(f"https://localhost:{port}") == "untrusted"
    assert came == []


@pytest.mark.parametrize(
    ("days", "names", "expected"),
    [(0, ["localhost"], None), (0, ["other.example"], "untrusted"),
     (-5000, ["localhost"], "expired"), (10, ["localhost"], "expired")],
)  # fmt: skip
def test_a_public_certificate_is_checked_as_browsers_do(
    tmp_path, monkeypatch, days, names, expected
):
    files, _pin = certificate(tmp_path, names, datetime.now(UTC) + timedelta(days=days))
    monkeypatch.setenv("SSL_CERT_FILE", str(files.certificate))
    with server(says(), files) as (port, came):
        address = f"https://localhost:{port}"
        if expected is None:
            assert ask(address).body == b"well"
        else:
            assert cause(address) == expected
            assert came == []


def test_a_pinned_certificate_holds_after_its_date_so_that_no_warning_stops_at_midnight(tmp_path):
    files, pin = certificate(tmp_path, now=datetime.now(UTC) - timedelta(days=5000))
    with server(says(), files) as (port, _came):
        assert ask(f"https://127.0.0.1:{port}", pin).status == 200


def test_a_server_without_tls_is_not_taken_for_one_with(tmp_path):
    _files, pin = certificate(tmp_path)
    with server(says()) as (port, _came):
        assert cause(f"https://127.0.0.1:{port}", pin) == "not_tls"
        assert cause(f"http://127.0.0.1:{port}", pin) == "not_tls"  # a pin is never left out


def test_nobody_there_and_nobody_known():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert cause(f"http://127.0.0.1:{probe.getsockname()[1]}") == "refused"
    assert cause("http://node.invalid") == "name"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with server(says(b"secret")) as (inside, came):
        header = f"Location: http://127.0.0.1:{inside}/latest/meta-data"
        away = says(b"", status=f"{status} Moved", headers=[header])
        with server(away) as (port, _came):
            assert ask(f"http://127.0.0.1:{port}").status == status
            with (
                reading(f"http://127.0.0.1:{port}") as fetch,
                pytest.raises(Unreachable, match=str(status)),
            ):
                fetch("checkpoint", 1000)
    assert came == []


def resolves_to(monkeypatch, *answers):
    """Let every name lead to these numbers, one answer for each question."""
    left = list(answers)

    def getaddrinfo(host, port, **_rest):
        number = left.pop(0) if len(left) > 1 else left[0]
        kind = socket.AF_INET6 if ":" in number else socket.AF_INET
        return [(kind, socket.SOCK_STREAM, 6, "", (number, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "number", ["169.254.169.254", "127.0.0.1", "10.0.0.1", "::1", "fe80::1", "0.0.0.0", "224.0.0.1",
               "::ffff:169.254.169.254", "100.100.100.200"],
)  # fmt: skip
def test_a_name_that_leads_into_the_house_is_not_connected_to(monkeypatch, number):
    connected = []
    monkeypatch.setattr(socket, "create_connection", lambda *told, **_rest: connected.append(told))
    resolves_to(monkeypatch, number)

    assert cause("http://node.example") == "forbidden"
    assert connected == []


def test_what_was_checked_is_what_is_connected_to(monkeypatch):
    connected = []

    def refuse(where, timeout):
        connected.append(where)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    resolves_to(monkeypatch, "8.8.8.8", "169.254.169.254")  # the second question is never asked

    assert cause("http://node.example:8000") == "refused"
    assert connected == [("8.8.8.8", 8000)]


def test_a_name_inside_a_private_network_is_spoken_to_only_where_its_certificate_is_pinned(
    monkeypatch, tmp_path
):
    connected = []

    def refuse(where, timeout):
        connected.append(where)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    resolves_to(monkeypatch, "10.1.2.3")

    assert cause("https://node.city.example", "0" * 64) == "refused"
    assert connected == [("10.1.2.3", 443)]
    assert cause("https://node.city.example") == "forbidden"


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    with server(says()) as (proxy, came), server(says(b"node")) as (port, _came):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")

        assert ask(f"http://127.0.0.1:{port}").body == b"node"
    assert came == []


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (HEAD, b"1\r\nx\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b""),
    ],
)
def test_who_drips_is_hung_up_on(first, piece):
    with server(drips(first, piece)) as (port, _came):
        address = f"http://127.0.0.1:{port}"
        assert cause(address, most=10**6, answer=0.4) in {"too_slow", "timeout", "answer"}
        assert cause(address, most=10**6, whole=0.4) in {"too_slow", "timeout", "answer"}


def test_who_never_answers_the_greeting_of_tls_is_hung_up_on(tmp_path):
    _files, pin = certificate(tmp_path)
    with server(drips(b"", b"")) as (port, _came):
        assert cause(f"https://127.0.0.1:{port}", pin, idle=0.3) == "timeout"


def test_all_of_one_pass_has_an_end(tmp_path):
    with server(says()) as (port, _came), line(f"http://127.0.0.1:{port}", whole=0.0) as node:
        with pytest.raises(Unreachable) as told:
            node.ask("/log/checkpoint", most=1000)
        assert told.value.cause == "too_slow"


def test_too_much_is_cut_off():
    with server(drips(HEAD, b"100\r\n" + b"x" * 256 + b"\r\n")) as (port, _came):
        assert cause(f"http://127.0.0.1:{port}", most=10_000) == "too_much"


def test_a_packed_answer_is_unpacked_and_a_bomb_is_not():
    small, bomb = gzip.compress(b"well" * 100), gzip.compress(b"\0" * 200_000_000, 9)
    for body, most in ((small, 400), (small, 399), (bomb, 16 * 1024 * 1024)):
        with server(says(body, headers=["Content-Encoding: gzip"])) as (port, _came):
            address = f"http://127.0.0.1:{port}"
            if most == 400:
                assert ask(address, most=most).body == b"well" * 100
            else:
                with pytest.raises(TooMuch):
                    ask(address, most=most)


@pytest.mark.parametrize(
    ("body", "packing"),
    [(b"not packed", "gzip"), (gzip.compress(b"well")[:-6], "gzip"), (b"x", "br"),
     (b"x", "gzip, gzip"),
     (gzip.compress(b"well") + gzip.compress(b"more"), "gzip")],
)  # fmt: skip
def test_what_is_packed_in_another_way_is_refused(body, packing):
    with server(says(body, headers=[f"Content-Encoding: {packing}"])) as (port, _came):
        assert cause(f"http://127.0.0.1:{port}") in {"answer", "too_much"}


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx",
               b"HTTP/1.1 200 OK\r\n" + b"x" * 300_000],
)  # fmt: skip
def test_what_is_no_answer_is_told_as_that(answer):
    with server(lambda connection, *_rest: connection.sendall(answer)) as (port, _came):
        assert cause(f"http://127.0.0.1:{port}") == "answer"
