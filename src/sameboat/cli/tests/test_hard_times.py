"""A server while others hold its connections, ask too often, or send what they may not."""

import socket
import ssl

import httpx2
import pytest

from sameboat.cli.tests.test_log import speak
from sameboat.cli.tests.test_peers import folders, nodes  # noqa: F401 (fixtures)

HELD = 600


@pytest.fixture
def jilin(nodes):  # noqa: F811
    node = nodes[0]
    speak(node.folder, 3)
    node.start()
    node.until(lambda: node.get("/log/checkpoint").status_code == 200)
    return node


def connected(node, sent=b"", tls=False):
    made = socket.create_connection(("127.0.0.1", node.port), timeout=30)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        made = context.wrap_socket(made)
    made.sendall(sent)
    return made


def end_of(connection):
    """Return the first line that a connection is told before it is closed."""
    found = b""
    while part := connection.recv(65536):
        found += part
    return found.split(b"\r\n", 1)[0]


def raw(node, line, more=b""):
    with connected(node, line + b"\r\nHost: localhost\r\nConnection: close\r\n" + more) as made:
        return end_of(made)


def test_others_are_served_while_hundreds_hold_connections_and_those_are_hung_up_on(jilin):
    silent = [connected(jilin) for _each in range(HELD)]
    heads = [connected(jilin, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
             for _each in range(HELD)]  # fmt: skip
    head = (
        b"POST /witness/add-checkpoint HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\n"
    )
    bodies = [connected(jilin, head) for _each in range(64)]

    assert jilin.get("/log/checkpoint").status_code == 200
    assert jilin.get("/accounts/login/").status_code == 200
    told = [end_of(each) for each in bodies]
    assert {line.split()[1] for line in told} == {b"408", b"429"}
    for each in silent + heads:
        assert end_of(each) in {b"", b"HTTP/1.1 408 Request Timeout"}
    assert jilin.get("/log/checkpoint").status_code == 200


def test_others_are_served_over_tls_while_hundreds_never_say_hello(nodes):  # noqa: F811
    node = nodes[0]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    node.options, node.verify = ("--tls",), context
    node.address = f"https://127.0.0.1:{node.port}"
    node.start()
    silent = [connected(node) for _each in range(HELD)]
    greeted = [connected(node, b"GET / HTTP/1.1\r\nX: ", tls=True) for _each in range(20)]

    assert node.get("/accounts/login/").status_code == 200
    for each in silent + greeted:
        assert end_of(each) in {b"", b"HTTP/1.1 408 Request Timeout"}


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(jilin):
    for path, size in (
        (b"/witness/hint", 257), (b"/witness/add-checkpoint", 512 * 1024 + 1),
        (b"/accounts/login/", 65537), (b"/api/observations", 9 << 20), (b"/nowhere", 9 << 20),
        (b"/alerts/received", 33 << 20), (b"/log/checkpoint", 1025),
    ):  # fmt: skip
        length = b"Content-Length: %d\r\n\r\n" % size
        assert b" 413 " in raw(jilin, b"POST %s HTTP/1.1" % path, length), path
    chunked = b"Transfer-Encoding: chunked\r\n\r\n400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n"
    assert b" 413 " in raw(jilin, b"POST /witness/hint HTTP/1.1", chunked)


def test_too_many_hints_wait_and_a_hint_again_and_again_is_one_look(jilin):
    told = [httpx2.post(jilin.address + "/witness/hint", content=b"cn:999999")]
    while told[-1].status_code != 429 and len(told) < 2000:  # a slow machine asks less a second
        told.append(httpx2.post(jilin.address + "/witness/hint", content=b"cn:999999"))

    assert {each.status_code for each in told} == {404, 429}
    assert len(told) > 100
    assert int(told[-1].headers["retry-after"]) >= 1
    assert jilin.get("/log/checkpoint").status_code == 200


PATHS = [
    b"/log/../keys/log.key", b"/log/%2e%2e/keys/log.key", b"/log/..%2f..%2fkeys%2flog.key",
    b"/log/tile/../../node.sqlite3", b"//log//checkpoint", b"/log//checkpoint", b"/log/%00",
    b"/log/tile/0/%ff%fe", b"/log/tile/0/\xff\xfe", b"/log/of/%ff/checkpoint", b"/log/%",
    b"/log/of/../checkpoint", b"/log/tile/0/" + b"9" * 8000, b"/static/../node.sqlite3",
    b"/static/%2e%2e/node.sqlite3", b"/static/..%2fkeys/secret_key", b"/log/\\..\\keys\\log.key",
    b"/log/tile/0/\xef\xbc\x90\xef\xbc\x90\xef\xbc\x90", b"/log/checkpoint%0d%0aX-A:%20b",
]  # fmt: skip


def test_no_path_leads_out_of_the_log_and_none_breaks_the_server(jilin):
    told = {path: raw(jilin, b"GET " + path + b" HTTP/1.1", b"\r\n") for path in PATHS}

    allowed = {b"301", b"302", b"400", b"404", b"414"}
    odd = {path: line for path, line in told.items() if line and line.split()[1] not in allowed}
    assert not odd
    assert jilin.get("/log/checkpoint").status_code == 200
