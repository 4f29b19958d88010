"""One line to another node: where it leads, whom it must meet, and how long it may take.

Nothing is sent before the other side has shown the certificate that was pinned.  No redirect, no
proxy of the environment, no cookie; an answer is unpacked only as far as it may be long.
"""

import hashlib
import hmac
import os
import socket
import ssl
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from time import monotonic
from typing import Any

import httpcore2

from sameboat.lib.web_address import WebAddress, read_web_address, why_not

#: How long one sign of life may take, one answer as a whole, and everything said in one pass.
IDLE_SECONDS, ANSWER_SECONDS, PASS_SECONDS = 10.0, 60.0, 120.0
_PART = 64 * 1024
#: Numbers of one name that are tried.
_MOST_NUMBERS = 4
#: OpenSSL's numbers of what is wrong with a certificate.
_EXPIRED, _NOT_YET = 10, 9


class Unreachable(Exception):
    """A node could not be read; the text says why, for people.

    `cause` says it for programs: name, forbidden, refused, timeout, not_tls, other_certificate,
    expired, untrusted, too_slow, too_much, answer.
    """

    def __init__(self, text: str, cause: str = "answer") -> None:
        super().__init__(text)
        self.cause = cause


class TooMuch(Unreachable):
    """A file is longer than it may be."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "too_much")


@dataclass(frozen=True)
class Answer:
    """What a node answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """A way to ask one node, kept open between questions.

    Args: pin: SHA-256 of the only certificate that is accepted, hex; empty: one that a public
        authority vouches for, or none on a plain http line.
    """

    def __init__(
        self, address: str, pin: str = "", *, idle: float = IDLE_SECONDS,
        answer: float = ANSWER_SECONDS, whole: float = PASS_SECONDS,
    ) -> None:  # fmt: skip
        try:
            self.address = read_web_address(address)
        except ValueError as problem:
            raise Unreachable(str(problem), "forbidden") from None
        if pin and self.address.scheme != "https":
            raise Unreachable(f"{address} has a certificate to be pinned, and is no https address",
                              "not_tls")  # fmt: skip
        self._answer, self._ends = answer, monotonic() + whole
        self._network = _Network(self.address, pin, idle)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_context(pin), network_backend=self._network, max_connections=1
        )

    def ask(self, path: str, *, most: int, content: bytes | None = None) -> Answer:
        """Return what the node answers, with at most so many bytes.

        Raises: Unreachable, TooMuch.
        """
        self._network.ends = min(monotonic() + self._answer, self._ends)
        headers = [("Accept-Encoding", "gzip"), ("User-Agent", "sameboat")]
        method = "GET" if content is None else "POST"
        try:
            with self._pool.stream(
                method, f"{self.address}{path}", headers=headers, content=content
            ) as answer:
                told = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in answer.headers}
                parts = _unpacked(answer.iter_stream(), told.get("content-encoding", ""), most)
                found = bytearray()
                for part in parts:
                    found += part
                    if len(found) > most:
                        raise TooMuch(f"{path} of {self.address} is longer than {most} bytes")
                return Answer(answer.status, told, bytes(found))
        except (httpcore2.ProtocolError, httpcore2.NetworkError, OSError) as problem:
            told_of = str(problem) or type(problem).__name__
            raise Unreachable(f"{self.address}: {told_of}") from None

    def close(self) -> None:
        """Hang up."""
        self._pool.close()


@contextmanager
def line(address: str, pin: str = "", **limits: float) -> Iterator[Line]:
    """Open a line for as long as the block lasts."""
    opened = Line(address, pin, **limits)
    try:
        yield opened
    finally:
        opened.close()


def _unpacked(parts: Iterable[bytes], packing: str, most: int) -> Iterator[bytes]:
    """Yield what was packed, never more at once than may be kept: a bomb ends as TooMuch."""
    if packing in {"", "identity"}:
        yield from parts
        return
    if packing != "gzip":
        raise Unreachable(f"it answers packed as {packing[:40]!r}, allowed: gzip")
    unpack = zlib.decompressobj(wbits=31)
    try:
        for part in parts:
            yield unpack.decompress(part, most + 1)
            if unpack.unconsumed_tail or unpack.unused_data:
                raise TooMuch(f"a packed answer is longer than {most} bytes")
    except zlib.error:
        raise Unreachable("a packed answer cannot be unpacked") from None
    if not unpack.eof:
        raise Unreachable("a packed answer was cut")


def _context(pin: str) -> ssl.SSLContext:
    # Reading a machine's authorities takes 20 ms; where they lie may be told by the environment.
    told = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    return _made_context(bool(pin), *told)


@lru_cache(maxsize=8)
def _made_context(pinned: bool, _file: str | None, _folder: str | None) -> ssl.SSLContext:
    if not pinned:
        return ssl.create_default_context()
    # The certificate itself is compared, so neither its name nor who signed it matters.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Network(httpcore2.NetworkBackend):
    """Connects to one node only, and watches the time."""

    def __init__(self, address: WebAddress, pin: str, idle: float) -> None:
        self.address, self.pin, self.idle = address, pin, idle
        self.ends = 0.0

    def left(self) -> float:
        """Return how long the next step may take."""
        left = self.ends - monotonic()
        if left <= 0:
            raise Unreachable(f"{self.address} is too slow: it took longer than it may", "too_slow")
        return min(self.idle, left)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None,
        local_address: str | None = None, socket_options: Any = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        # What the address says is connected to, whatever a library may have made of it.
        problem: OSError | None = None
        for number in _numbers(self.address, pinned=bool(self.pin)):
            try:
                made = socket.create_connection((number, self.address.port), timeout=self.left())
            except OSError as failed:
                problem = failed
                continue
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _Stream(made, self)
        silent = isinstance(problem, TimeoutError)
        said = "does not answer" if silent else str(getattr(problem, "strerror", "") or problem)
        raise Unreachable(f"{self.address}: {said}", "timeout" if silent else "refused")


def _numbers(address: WebAddress, *, pinned: bool) -> list[str]:
    """Return what a host is resolved to, checked; it is this that is connected to."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        said = getattr(problem, "strerror", "") or str(problem)
        raise Unreachable(f"{address.host}: {said}", "name") from None
    numbers = list(dict.fromkeys(str(each[4][0]) for each in found))[:_MOST_NUMBERS]
    for number in numbers:
        if why := why_not(ip_address(number), host=address.host, pinned=pinned):
            raise Unreachable(f"{address}: {why}", "forbidden")
    return numbers


class _Stream(httpcore2.NetworkStream):
    def __init__(self, made: socket.socket, network: _Network) -> None:
        self._socket, self._network = made, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(self._network.left())
        try:
            return self._socket.recv(min(max_bytes, _PART))
        except TimeoutError:
            self._network.left()  # too slow as a whole, or silent
            raise Unreachable(f"{self._network.address} fell silent", "timeout") from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        while view:
            self._socket.settimeout(self._network.left())
            try:
                view = view[self._socket.send(view) :]
            except TimeoutError:
                self._network.left()
                raise Unreachable(f"{self._network.address} takes nothing", "timeout") from None

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        address = self._network.address
        self._socket.settimeout(self._network.left())
        try:
            made = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except TimeoutError:
            self.close()
            raise Unreachable(f"{address} does not answer in TLS", "timeout") from None
        except OSError as problem:
            self.close()
            raise _tls_failed(address, problem) from None
        if self._network.pin:
            _compare(made, self._network)
        return _Stream(made, self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._socket if info == "socket" else None


def _compare(made: ssl.SSLSocket, network: _Network) -> None:
    shown = hashlib.sha256(made.getpeercert(binary_form=True) or b"").hexdigest()
    if not hmac.compare_digest(shown, network.pin):
        made.close()
        raise Unreachable(
            f"{network.address} shows another certificate ({shown[:16]}…) than the one that was "
            f"joined ({network.pin[:16]}…). Somebody may stand between, or it was made anew: speak "
            "with the place. Nothing was sent.",
            "other_certificate",
        )


def _tls_failed(address: WebAddress, problem: OSError) -> Unreachable:
    if isinstance(problem, ssl.SSLCertVerificationError):
        code = problem.verify_code
        cause = "expired" if code in {_EXPIRED, _NOT_YET} else "untrusted"
        return Unreachable(f"{address}: its certificate is not accepted "
                           f"({problem.verify_message})", cause)  # fmt: skip
    said = getattr(problem, "reason", None) or problem.strerror or type(problem).__name__
    return Unreachable(f"{address} does not speak TLS ({said})", "not_tls")
