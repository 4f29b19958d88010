import asyncio

import pytest

from sameboat.config import bridge
from sameboat.config.bridge import FIRST_BYTES, Bridge


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Path", environ["PATH_INFO"])])
    return [environ.get("HTTP_A_B", "-").encode(), b" ", body]


def ask(application, *, headers=(), parts=(b"",), path="/x"):
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": headers,
    }
    messages = [
        {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
        for number, part in enumerate(parts)
    ]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(Bridge(application, threads=2)(scope, receive, send))
    return sent


def test_a_request_goes_in_whole_and_its_answer_comes_out():
    start, body = ask(echo, parts=(b"one ", b"two"), path="/河")

    assert start["status"] == 200
    assert dict(start["headers"])[b"content-type"] == b"text/plain"
    assert body == {"type": "http.response.body", "body": b"- one two", "more_body": False}


def test_a_header_that_could_pass_as_another_is_dropped():
    _start, smuggled = ask(echo, headers=[(b"a_b", b"evil")])
    _start, honest = ask(echo, headers=[(b"a-b", b"good"), (b"a_b", b"evil"), (b"a-b", b"too")])

    assert smuggled["body"] == b"- "
    assert honest["body"] == b"good,too "


def test_a_body_beyond_the_limit_is_refused_unread(monkeypatch):
    monkeypatch.setattr(bridge, "most_bytes", lambda _path: 10)

    start, body = ask(echo, parts=(b"123456", b"123456", b"never read"))

    assert start["status"] == 413
    assert b"too large" in body["body"]


def test_a_long_answer_is_sent_in_pieces_and_closed_once():
    closed = []

    class Long:
        def __iter__(self):
            return iter([b"x" * FIRST_BYTES, b"y" * FIRST_BYTES, b"z"])

        def close(self):
            closed.append(True)

    def application(environ, start_response):
        start_response("200 OK", [])
        return Long()

    sent = ask(application)

    bodies = [message["body"] for message in sent if message["type"].endswith("body")]
    assert b"".join(bodies) == b"x" * FIRST_BYTES + b"y" * FIRST_BYTES + b"z"
    assert sent[-1]["more_body"] is False
    assert closed == [True]


def test_a_page_that_fails_fails_loudly():
    def application(environ, start_response):
        raise RuntimeError("broken page")

    with pytest.raises(RuntimeError, match="broken page"):
        ask(application)
