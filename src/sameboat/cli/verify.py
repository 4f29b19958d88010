"""`sameboat verify`: check exported entries or a receipt offline, trusting nobody (no Django)."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from sameboat.cli.node import Home
from sameboat.cli.shown import current_language, say
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate


def verify(
    file: Annotated[
        Path, typer.Argument(help="A receipt, or entries as `/log/export` gives them; - is stdin.")
    ],
    key: Annotated[
        list[str] | None,
        typer.Option("--key", help="Verifier key of the log that you trust; repeatable."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="File that says whose cosignatures are enough.")
    ] = None,
    home: Home = None,
) -> None:
    """Check a receipt with public keys alone, or the chain of exported entries.

    A receipt holds one entry, the proof that it stands in the log, and the signed checkpoint.
    With --home the node's own log, those that it follows and its policy are trusted; with --key
    or --policy these alone, and no node is opened.
    Exit code: 0 it holds · 1 an entry does not follow · 2 it proves nothing or cannot be read.
    """
    language = current_language()
    raw = _read(file)
    if raw.startswith(b"c2sp.org/tlog-proof"):
        from sameboat.cli.receipts import check_receipt

        if home is not None and not key and policy is None:
            from sameboat.cli.known import check_at_home

            check_at_home(file, raw, home, language)
            return
        check_receipt(file, raw, key or [], policy, language)
        return
    _check_chain(file, raw, language)


def _check_chain(file: Path, content: bytes, language: str) -> None:
    from sameboat.proof.canon import read_canonical
    from sameboat.proof.chain import BEGINNING, link

    chain, count = BEGINNING, 0
    for line, index, raw, claimed in _lines(file, content):
        try:
            read_canonical(raw)
        except ValueError as problem:
            raise FaultyInput([_fault(file, line, str(problem))]) from None
        chain = link(chain, raw)
        if index != count or chain != claimed:
            broken = translate(
                _("line {line}: entry {index} does not follow from those before it."), language
            )
            say(broken.format(line=line, index=index))
            raise typer.Exit(1)
        count += 1
    held = translate(
        _("{count} entries, each follows from those before it; head {chain}."), language
    )
    say(held.format(count=count, chain=chain))


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except FileNotFoundError:
        raise FaultyInput([Fault("no_file", _("there is no such file."), file=str(file))]) from None
    except OSError as problem:
        raise FaultyInput([Fault("unreadable", _("cannot be read: {problem}."), file=str(file),
                                 facts={"problem": problem.strerror})]) from None  # fmt: skip


def _lines(file: Path, content: bytes) -> list[tuple[int, int, bytes, str]]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise FaultyInput([_fault(file, None, str(problem))]) from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found.append((number, int(row["index"]), row["entry"].encode(), str(row["chain"])))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise FaultyInput([_fault(file, number, repr(problem))]) from None
    return found


def _fault(file: Path, line: int | None, problem: str) -> Fault:
    return Fault(
        "unreadable",
        _("is not a line of exported entries: {problem}."),
        file=str(file),
        line=line,
        facts={"problem": problem},
        next_step=_("Export it again from the console, under Log."),
    )
