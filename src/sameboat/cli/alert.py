"""`sameboat alert`: judge CAP messages before anybody relies on them."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sameboat.cli.shown import current_language, say
from sameboat.cli.usage import App
from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.lib.language import translate

if TYPE_CHECKING:
    from sameboat.watch.alerts.cap import CapVerdict

app = App(no_args_is_help=True, help="Alerts: check and keep messages of the Common "
                  "Alerting Protocol (CAP).")  # fmt: skip

EXIT = {"valid": 0, "flagged": 1, "refused": 2}
VERDICTS = {"valid": _("valid"), "flagged": _("flagged"), "refused": _("refused")}


class Format(StrEnum):
    """How the answer is printed."""

    text = "text"
    json = "json"


@app.callback()
def about() -> None:
    """Check and keep CAP messages."""


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(help="CAP messages, one per file.", metavar="FILE…")
    ],
    format: Annotated[
        Format, typer.Option(help="text for people, json for programs.")
    ] = Format.text,
) -> None:
    """Say of each CAP message whether it is **valid**, **flagged** or **refused**; keep nothing.

    *valid*: the schema and the rules of CAP 1.2 hold.

    *flagged*: readable and safe, but a rule of the standard's text is broken, or it is CAP 1.0 or
    1.1. Let a person read it before anybody acts.

    *refused*: unreadable, unsafe, or its meaning cannot be read.

    Nothing is stored, fetched or run: document types, entities and oversize are refused before
    the parser sees them. JSON is an array in the order of the files:
    `{"file", "verdict", "flags": […], "reason"}`.

    Exit code: 0 all valid · 1 any flagged · 2 any refused.
    """
    language = current_language()
    rows = []
    for file in files:
        verdict = judge_file(file)
        rows.append(row_of(file, verdict, language))
        if format is Format.text:
            for line in lines_of(file, verdict, language):
                say(line)
    if format is Format.json:
        say(json.dumps(rows, ensure_ascii=False, indent=2))
    raise typer.Exit(max(EXIT[row["verdict"]] for row in rows))


def judge_file(file: Path) -> "CapVerdict":
    """Return the verdict on one file; a file that cannot be read is refused, with the reason."""
    from sameboat.watch.alerts.cap import CapVerdict, check_alert
    from sameboat.watch.alerts.cap.gate import MOST_BYTES

    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)  # the gate refuses what is longer; it is not loaded
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        return CapVerdict(
            "refused",
            reason=Fault(
                "file_not_read", _("the file cannot be read: {why}."), file=str(file),
                facts={"why": why}, next_step=_("Check the path and who may read it."),
            ),
        )  # fmt: skip
    return check_alert(raw, filename=str(file))


def row_of(file: Path, verdict: "CapVerdict", language: str) -> dict[str, Any]:
    """Return one verdict as JSON carries it; `reason` tells why in the reader's language."""
    reasons = [verdict.reason] if verdict.reason else list(verdict.faults)
    told = dict.fromkeys(fault.in_language(language) for fault in reasons)
    return {
        "file": str(file),
        "verdict": verdict.verdict,
        "flags": list(verdict.flags),
        "reason": " ".join(told) or None,
    }


def lines_of(file: Path, verdict: "CapVerdict", language: str) -> list[str]:
    """Return one verdict for people: the file, what it is worth, then each fault and note."""
    from sameboat.watch.alerts.cap.flags import NOTES

    lines = [f"{file}: {translate(VERDICTS[verdict.verdict], language)}"]
    faults = [verdict.reason] if verdict.reason else list(verdict.faults)
    for fault in dict.fromkeys(faults):
        lines.append(f"  {fault.code}: {fault.in_language(language).removeprefix(f'{file}:')}")
    for note in verdict.notes:
        lines.append(f"  ({note}: {translate(NOTES[note], language)})")
    return lines
