"""Reading other nodes over HTTP: only addresses that a person gave, and never too much of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sameboat.cli.line import TooMuch, Unreachable, line
from sameboat.ground.logbook.following import Fetch

#: A hint that takes longer has no use.
HINT_SECONDS = 2.0
#: A witness's answer has a few lines.
MOST_ANSWER = 64 * 1024


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
def reading(address: str, origin: str = "", *, pin: str = "") -> Iterator[Fetch]:
    """Return the way to fetch files of the log at an address; nothing is followed elsewhere.

    Args: origin: the place whose log is read there, where it is not the node's own.
        pin: of its certificate, see Line.
    """
    prefix = f"/log/of/{origin}/" if origin else "/log/"

    def fetch(path: str, most: int) -> bytes | None:
        answer = node.ask(prefix + path, most=most)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Unreachable(f"{address} answers {answer.status} for {path}")
        return answer.body

    with line(address, pin) as node:
        yield fetch


def hint(address: str, origin: str, *, pin: str = "") -> bool:
    """Tell a node that a place has something new; return whether it cares.

    A hint that is lost costs a second: the other looks by itself.
    """
    limits = {"idle": HINT_SECONDS, "answer": HINT_SECONDS, "whole": HINT_SECONDS}
    try:
        with line(address, pin, **limits) as node:
            answer = node.ask("/witness/hint", most=MOST_ANSWER, content=origin.encode())
            return answer.status == 202
    except Unreachable:
        return False


def ask_witness(address: str, body: bytes, *, pin: str = "") -> tuple[int, str]:
    """Send a checkpoint to a witness; return its answer's number and text.

    Raises:
        Unreachable: it does not answer, or with too much.
    """
    with line(address, pin) as node:
        answer = node.ask("/witness/add-checkpoint", most=MOST_ANSWER, content=body)
        return answer.status, answer.body.decode("utf-8", "replace")


def ask_body(address: str, request: bytes, most: int, *, pin: str = "") -> bytes | None:
    """Ask a node for a body beside its log; None where it has been erased.

    Raises:
        Unreachable: it does not answer, or not with the body.
    """
    with line(address, pin) as node:
        answer = node.ask("/log/body", most=most, content=request)
    if answer.status == 410:
        return None
    if answer.status != 200:
        said = answer.body[:200].decode("utf-8", "replace").strip()
        raise Unreachable(f"{address} answers {answer.status}: {said}")
    return answer.body
