"""`sameboat verify`: check exported entries offline, trusting nobody (no Django)."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from sameboat.cli.shown import current_language, say
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate


def verify(
    file: Annotated[Path, typer.Argument(help="Entries as `/log/export` gives them; - is stdin.")],
) -> None:
    """Recompute the chain of exported entries, from the first on.

    Each line is one JSON object with `index`, `entry` (the canonical text) and `chain`.
    Exit code: 0 every entry follows · 1 one does not · 2 the file cannot be read.
    """
    from sameboat.proof.canon import read_canonical
    from sameboat.proof.chain import BEGINNING, link

    language = current_language()
    chain, count = BEGINNING, 0
    for line, index, raw, claimed in _lines(file):
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


def _lines(file: Path) -> list[tuple[int, int, bytes, str]]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
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
