"""Django's pages inside the ASGI server: one hop to a thread and back for each request.

Django's own ASGI handler changes threads at every middleware; this costs milliseconds a page
(docs/decisions/0006-one-server-one-hop.md).  Here the event loop only reads and writes, and no
worker thread ever waits for it.
"""

import asyncio
import io
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from time import monotonic
from typing import IO, Any

from sameboat.config.limits import Limits, most_bytes

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

#: How long a part of a body may take, and the whole of it.
PART_SECONDS, BODY_SECONDS = 10.0, 120.0
SPOOL_BYTES = 1024 * 1024
FIRST_BYTES = 256 * 1024


class TooLarge(Exception):
    """The request's body is larger than the node takes."""


class TooSlow(Exception):
    """The request's body does not come."""


class Bridge:
    """Serve one WSGI application from an ASGI server."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        threads: int = 8,
        limits: Limits | None = None,
    ) -> None:
        self.application = application
        self.limits = limits or Limits()
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if wait := self.limits.wait(scope):
            await _refuse(send, 429, b"Too many requests: ask again later.", ceil(wait))
            return
        client = self.limits.client_of(scope) if _has_body(scope) else ""
        if client and not self.limits.begin_sending(client):
            await _refuse(send, 429, b"Too many requests at once: ask again later.", 1)
            return
        most = most_bytes(scope["path"])
        try:
            body, size = await _read_body(scope, receive, most)
        except TooLarge:
            told = f"The request is too large: up to {most} bytes are taken here."
            await _refuse(send, 413, told.encode())
            return
        except TooSlow:
            await _refuse(send, 408, b"The request comes too slowly.")
            return
        except ConnectionError:
            return
        finally:
            if client:
                self.limits.end_sending(client)
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self.pool, self._begin, scope, body, size)
        status, headers, first, rest = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": first, "more_body": rest is not None})
        if rest is None:
            return
        try:
            while more := await loop.run_in_executor(self.pool, _gather, rest.chunks):
                await send({"type": "http.response.body", "body": more, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await loop.run_in_executor(self.pool, rest.close)

    def _begin(
        self, scope: Scope, body: IO[bytes], size: int
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes, "_Rest | None"]:
        started: list[tuple[int, list[tuple[bytes, bytes]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> None:
            pairs = [(name.lower().encode("latin-1"), v.encode("latin-1")) for name, v in headers]
            started.append((int(status[:3]), pairs))

        result = self.application(_environ(scope, body, size), start_response)
        rest = _Rest(result)
        first = _gather(rest.chunks)
        status, headers = started[-1]
        if len(first) >= FIRST_BYTES:
            return status, headers, first, rest
        rest.close()
        return status, headers, first, None


class _Rest:
    """What of an answer has not been sent yet."""

    def __init__(self, result: Iterable[bytes]) -> None:
        self.result = result
        self.chunks = iter(result)

    def close(self) -> None:
        close = getattr(self.result, "close", None)
        if close:
            close()


def _gather(chunks: Iterator[bytes]) -> bytes:
    """Return the next FIRST_BYTES or so, empty at the end."""
    gathered = io.BytesIO()
    for chunk in chunks:
        gathered.write(chunk)
        if gathered.tell() >= FIRST_BYTES:
            break
    return gathered.getvalue()


def _has_body(scope: Scope) -> bool:
    told = {name.lower(): value for name, value in scope["headers"]}
    return b"transfer-encoding" in told or told.get(b"content-length", b"0") != b"0"


async def _read_body(scope: Scope, receive: Receive, most: int) -> tuple[IO[bytes], int]:
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and (not value.isdigit() or int(value[:12]) > most):
            raise TooLarge
    body: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115
    size, ends = 0, monotonic() + BODY_SECONDS
    while True:
        try:
            left = min(PART_SECONDS, ends - monotonic())
            message = await asyncio.wait_for(receive(), max(left, 0.001))
        except TimeoutError:
            raise TooSlow from None
        if message["type"] == "http.disconnect":
            raise ConnectionError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise TooLarge
        body.write(chunk)
        if not message.get("more_body", False):
            body.seek(0)
            return body, size


async def _refuse(send: Send, status: int, text: bytes, retry_after: int = 0) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    if retry_after:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _environ(scope: Scope, body: IO[bytes], size: int) -> dict[str, Any]:
    host, port = (scope.get("server") or ("localhost", 80))[:2]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", "").encode().decode("latin-1"),
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 80),
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.get("client"):
        environ["REMOTE_ADDR"] = scope["client"][0]
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").upper(), raw_value.decode("latin-1")
        # A header a_b would become the same key as a-b: whoever sends it means to pass as it.
        if "_" in name or name == "CONTENT-LENGTH":
            continue
        key = name.replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        if key in environ:
            value = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        environ[key] = value
    return environ
