"""`sameboat alert import`: keep CAP messages from files or an address given by the user."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home
from sameboat.lib.language import closest
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

#: kept, if only as refused; no alert of any corpus we know has a fiftieth of it
MOST_BYTES = 16 * 1024 * 1024
MOST_SECONDS = 30.0
EXIT = {"feed": 0, "valid": 0, "flagged": 1, "refused": 2}


class NotFetched(Refusal):
    """The address gave no message."""

    says = _("{address} was not fetched: {problem}. Save the message and import the file.")


class NotAnAddress(Refusal):
    """Something else than http or https."""

    says = _("{address} is not fetched: give a file, or an address with http:// or https://.")


class PointsElsewhere(Refusal):
    """A redirect; the user decides whether to trust where it leads."""

    says = _("{address} points to {target}: if you trust that address, import it instead.")


class TooLarge(Refusal):
    """More bytes than any alert has."""

    says = _("{address} has more than {allowed} bytes: no alert is that large; nothing was kept.")


class NotReadable(Refusal):
    """A file that is not there or may not be read."""

    says = _("{address} cannot be read: {problem}. Check the path and who may read it.")


def import_alerts(
    sources: Annotated[
        list[str], typer.Argument(help="Files, or http(s) addresses.", metavar="FILE|URL…")
    ],
    home: Home = None,
    output: Annotated[str, typer.Option("--format", help="text or json")] = "text",
) -> None:
    """Check and **keep** CAP messages, to the byte, with verdict, flags and reason.

    A feed is kept to the byte too, and each alert in it as a message of its own.
    Nothing is acted on. Exit code: 0 all valid, 1 any flagged, 2 any refused or not read.
    An address is fetched only because you gave it; redirects are shown, not followed.
    """
    open_to_write(home)
    rows = [row for source in sources for row in _keep(source)]
    if output == "json":
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            typer.echo(_line(row))
    raise typer.Exit(max((EXIT[str(row["verdict"])] for row in rows), default=0))


def _keep(source: str) -> list[dict[str, object]]:
    """Keep what one source gives, a message or a feed with all in it; say what each is.

    A source that cannot be read is a row with its reason, not a crash.
    """
    from django.conf import settings

    from sameboat.watch.alerts.actions import receive_alert
    from sameboat.watch.alerts.queries import taken_from

    now = datetime.now(UTC) + settings.CLOCK_SHIFT
    rows: list[dict[str, object]] = []
    try:
        raw = read_source(source)
        kept = receive_alert(raw=raw, source=source, by="operator", now=now)
        taken = taken_from(kept)
        for each in (kept, *taken):
            said = {"verdict": each.verdict, "flags": each.flags, "reason": each.reason}
            name = source if each is kept else each.source
            rows.append({"file": name, **said, "kept": each.digest})
        if taken:  # a feed is no alert, but what was in it was judged: it fails nothing
            rows[0]["verdict"] = "feed"
    except Refusal as refusal:
        reason = refusal.in_language(shell_language())
        said = {"verdict": "refused", "flags": [], "reason": reason}
        rows.append({"file": source, **said, "kept": None})
    return rows


def _line(row: dict[str, object]) -> str:
    flags = row["flags"] if isinstance(row["flags"], list) else []
    said = [f"{row['file']}: {row['verdict']}", *map(str, flags)]
    reason = row["reason"]
    if reason:
        said.append(str(reason["message"] if isinstance(reason, dict) else reason))
    return "; ".join(said)


def shell_language() -> str:
    """Return the language of the shell."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return closest(next((tag for tag in named if tag), "en"))


def read_source(source: str) -> bytes:
    """Return the bytes of a file, or of an address that the user gave.

    Raises:
        NotReadable, TooLarge: of a file.
        NotAnAddress, NotFetched, PointsElsewhere, TooLarge: of an address.
    """
    if "://" in source:
        return fetch(source)
    try:
        with Path(source).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise NotReadable(address=source, problem=problem.strerror or "") from None
    if len(raw) > MOST_BYTES:
        raise TooLarge(address=source, allowed=MOST_BYTES)
    return raw


def fetch(address: str) -> bytes:
    """Return what the address answers, within MOST_BYTES and MOST_SECONDS, without redirects."""
    from time import monotonic

    import httpx2

    if urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname:
        raise NotAnAddress(address=address)
    ends = monotonic() + MOST_SECONDS
    raw = bytearray()
    try:
        with (
            httpx2.Client(follow_redirects=False, timeout=10.0) as client,
            client.stream("GET", address, headers={"Accept": "application/cap+xml"}) as answer,
        ):
            if answer.is_redirect:
                target = str(answer.headers.get("location", "?"))
                raise PointsElsewhere(address=address, target=target)
            if answer.status_code != 200:
                raise NotFetched(address=address, problem=f"HTTP {answer.status_code}")
            for part in answer.iter_bytes():
                raw += part
                if len(raw) > MOST_BYTES:
                    raise TooLarge(address=address, allowed=MOST_BYTES)
                if monotonic() > ends:
                    raise NotFetched(address=address, problem=f"over {MOST_SECONDS:.0f} s")
    except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
        raise NotFetched(address=address, problem=str(problem) or type(problem).__name__) from None
    return bytes(raw)
