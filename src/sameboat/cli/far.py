"""Reading other nodes over HTTP: only addresses that a person gave, and never too much of them."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from sameboat.ground.logbook.following import Fetch

TIMEOUT_SECONDS = 10.0
HINT_SECONDS = 2.0
#: A witness's answer has a few lines.
MOST_ANSWER = 64 * 1024


class Unreachable(Exception):
    """A node could not be read; the text says why, for people."""


class TooMuch(Unreachable):
    """A file is longer than it may be."""


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Return whom to trust; reading all authorities takes longer than asking a node, so once."""
    return ssl.create_default_context()


def from_folder(folder: Path) -> Fetch:
    """Return the way to read a log's files from a folder, as `sameboat export` writes them."""

    def fetch(path: str, most: int) -> bytes | None:
        file = folder / path
        try:
            if file.stat().st_size > most:
                raise TooMuch(f"{file} is longer than {most} bytes")
            return file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise Unreachable(f"{file}: {problem.strerror}") from None

    return fetch


@contextmanager
def reading(address: str, origin: str = "") -> Iterator[Fetch]:
    """Return the way to fetch files of the log at an address; nothing is followed elsewhere.

    Args: origin: the place whose log is read there, where it is not the node's own.
    """
    import httpx2

    prefix = f"{address}/log/of/{origin}/" if origin else f"{address}/log/"

    def fetch(path: str, most: int) -> bytes | None:
        try:
            with client.stream("GET", prefix + path) as answer:
                if answer.status_code == 404:
                    return None
                if answer.status_code != 200:
                    raise Unreachable(f"{address} answers {answer.status_code} for {path}")
                found = bytearray()
                for part in answer.iter_bytes():
                    found += part
                    if len(found) > most:
                        raise TooMuch(f"{path} of {address} is longer than {most} bytes")
        except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
            raise Unreachable(f"{address}: {_said(problem)}") from None
        return bytes(found)

    with httpx2.Client(verify=_tls(), timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
        yield fetch


def hint(address: str, origin: str) -> bool:
    """Tell a node that a place has something new; return whether it cares.

    A hint that is lost costs a second: the other looks by itself.
    """
    import httpx2

    try:
        with httpx2.Client(verify=_tls(), timeout=HINT_SECONDS, follow_redirects=False) as client:
            answer = client.post(f"{address}/witness/hint", content=origin.encode())
            return bool(answer.status_code == 202)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return False


def ask_witness(address: str, body: bytes) -> tuple[int, str]:
    """Send a checkpoint to a witness; return its answer's number and text.

    Raises:
        Unreachable: it does not answer, or with too much.
    """
    import httpx2

    try:
        with (
            httpx2.Client(verify=_tls(), timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream("POST", f"{address}/witness/add-checkpoint", content=body) as answer,
        ):
            found = bytearray()
            for part in answer.iter_bytes():
                found += part
                if len(found) > MOST_ANSWER:
                    raise TooMuch(f"the witness at {address} answers more than it may")
            return answer.status_code, bytes(found).decode("utf-8", "replace")
    except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
        raise Unreachable(f"{address}: {_said(problem)}") from None


def ask_body(address: str, request: bytes, most: int) -> bytes | None:
    """Ask a node for a body beside its log; None where it has been erased.

    Raises:
        Unreachable: it does not answer, or not with the body.
    """
    import httpx2

    try:
        with (
            httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream("POST", f"{address}/log/body", content=request) as answer,
        ):
            found = bytearray()
            for part in answer.iter_bytes():
                found += part
                if len(found) > most:
                    raise TooMuch(f"{address} answers more than a body may have")
            if answer.status_code == 410:
                return None
            if answer.status_code != 200:
                said = bytes(found[:200]).decode("utf-8", "replace").strip()
                raise Unreachable(f"{address} answers {answer.status_code}: {said}")
            return bytes(found)
    except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
        raise Unreachable(f"{address}: {_said(problem)}") from None


def _said(problem: Exception) -> str:
    return str(problem) or type(problem).__name__
