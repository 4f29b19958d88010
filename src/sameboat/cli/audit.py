"""`sameboat audit`: what was reported under a compact, when it was known, seen and answered."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sameboat.cli.log import FileThere
from sameboat.cli.node import Home, moment, open_node
from sameboat.cli.shown import current_language, say, tell
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.watch.alerts.auditing import Audit
    from sameboat.watch.alerts.facts import Line, Report

WORDS = {
    "alert.received": _("received"), "alert.read": _("read by a person"),
    "alert.acknowledged": _("acknowledged"), "alert.acting": _("acting"),
    "alert.unable": _("not able"), "alert.refused": _("refused"),
}  # fmt: skip
GROUPS = {"late": _("late"), "missing": _("missing"), "contradictory": _("contradictory"),
          "withdrawn": _("withdrawn")}  # fmt: skip
#: What the source's entry did, and what the alert is: the words of the wire are not for people.
SAID = {
    "alert.issued": _("an alert was issued"), "alert.updated": _("an alert was updated"),
    "alert.cancelled": _("an alert was cancelled"), "warning": _("warning"),
    "information": _("information"), "search_report": _("search report"), "Actual": _("real"),
    "Exercise": _("exercise"), "Test": _("test"), "Update": _("update"), "Cancel": _("cancel"),
}  # fmt: skip
WIDTH = 12


class EndsBeforeItBegins(Refusal):
    """A period goes forward."""

    says = _("The period ends ({until}) before it begins ({since}). Turn --from and --until round.")


def audit(
    compact: Annotated[str, typer.Option(help="The compact: place/compact/uuid.")],
    since: Annotated[
        str, typer.Option("--from", help="Said from this moment on; empty: since the compact.")
    ] = "",
    until: Annotated[str, typer.Option(help="Said up to this moment; empty: now.")] = "",
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write all of it as JSON to a new file; - is stdout."),
    ] = None,
    proofs: Annotated[
        Path | None,
        typer.Option(help="New folder for a receipt of each line, checked by `sameboat verify`."),
    ] = None,
    say_within: Annotated[
        int, typer.Option(min=1, max=100_000, help="Minutes from knowing to saying.")
    ] = 60,
    receive_within: Annotated[
        int, typer.Option(min=1, max=100_000, help="Minutes from saying to the receipt.")
    ] = 180,
    home: Home = None,
) -> None:
    """Print every report under a compact in a period, each line with the entry that proves it.

    When its source knew, said it, when a witness had seen it, who received, read and answered it;
    then the facts that anyone can compute: late, missing, contradictory, withdrawn.  What is not
    known is said to be not known, and never held against anybody.

    Exit code: 0 nothing late, missing or contradictory · 1 something is.
    """
    open_node(home)
    from sameboat.watch.alerts import auditing
    from sameboat.watch.alerts.facts import Rules

    now = moment()
    # Others' clocks may go ahead of ours: what they have said by now is not left out.
    begins = _moment(since, "--from", min(_begun(compact), now))
    ends = _moment(until, "--until", now + Rules().clocks)
    if ends < begins:
        raise EndsBeforeItBegins(since=begins.isoformat(), until=ends.isoformat())
    for there in (json_file, proofs):
        _check_new(there)
    rules = Rules(timedelta(minutes=say_within), timedelta(minutes=receive_within))
    found = auditing.audit(compact=compact, since=begins, until=ends, now=now, rules=rules)
    language = current_language()
    content = json.dumps(found.as_dict(), ensure_ascii=False, indent=1)
    if str(json_file) == "-":
        say(content)
    else:
        _print(found, language)
    if json_file is not None and str(json_file) != "-":
        json_file.write_text(content + "\n", "utf-8")
    if proofs is not None:
        count = _write_proofs(found, proofs, content)
        tell(_("{count} receipts in {folder}. Check one: sameboat verify FILE --policy "
               "{folder}/policy"), language, count=count, folder=proofs)  # fmt: skip
    if any(fact.group != "withdrawn" for fact in found.facts):
        raise typer.Exit(1)


def _begun(compact: str) -> datetime:
    from sameboat.books.compacts.queries import compact_by_address
    from sameboat.books.compacts.refusals import UnknownCompact

    found = compact_by_address(compact)
    if found is None:
        raise UnknownCompact(address=compact)
    begun: datetime = found.proposed_at
    return begun


def _moment(text: str, field: str, usual: datetime) -> datetime:
    from django.conf import settings

    from sameboat.lib.times import parse_moment

    try:
        return parse_moment(text, settings.TIME_ZONE) if text else usual
    except ValueError:
        fault = Fault("not_a_moment", _("is no moment."), field=field, value=text,
                      allowed="2005-11-13 · 2005-11-13T13:00 · 2005-11-13T13:00+08:00")  # fmt: skip
        raise FaultyInput([fault]) from None


def _check_new(path: Path | None) -> None:
    if path is None or str(path) == "-":
        return
    if path.is_dir() and not any(path.iterdir()):
        return
    if path.exists():
        raise FileThere(file=str(path))


def _print(found: "Audit", language: str) -> None:
    def word(text: str, **facts: object) -> str:
        return translate(text, language).format(**facts)

    say(word(_("{name} · {compact} · from {since} until {until}"),
             name=choose(found.names, language), compact=found.compact,
             since=_short(found.since), until=_short(found.until)))  # fmt: skip
    for place in found.places:
        known = found.read_until.get(place)
        at = _short(known) if known else word(_("not known"))
        say(word(_("  {place}: log known up to {at}"), place=place, at=at))
    if not found.reports:
        say(word(_("Nothing was reported under this compact in this period.")))
    for report in found.reports:
        say("")
        for line in _lines(report, language):
            say(line)
    say("")
    say(word(_("Facts:")) if found.facts else word(_("Nothing late, missing or contradictory.")))
    for fact in found.facts:
        say(f"  {word(GROUPS[fact.group])}: {fact.in_language(language)}"
            f"  [{', '.join(fact.proofs)}]")  # fmt: skip


def _lines(report: "Report", language: str) -> list[str]:
    def word(text: str) -> str:
        return translate(text, language)

    def row(label: str, told: str) -> str:
        # A Chinese character takes two columns.
        wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in label)
        return f"  {label}{' ' * max(WIDTH - wide, 1)} {told}"

    line, unknown = report.line, word(_("not known"))
    terms = [line.text(name) for name in ("kind", "status", "message_type")]
    # A first alert says no more than its kind does.
    shown = [word(SAID.get(each, each)) for each in terms if each and each != "Alert"]
    said = word(SAID.get(line.kind, line.kind))
    lines = [f"{line.address}  {said}  {' · '.join(shown)}  {_headline(line, language)}"]
    knew = report.knew or (None,)
    for each in knew:
        told = f"{_short(each.said_at)}  {each.address}" if each else word(_("not told"))
        lines.append(row(word(_("knew")), told))
    lines.append(row(word(_("said")), f"{_short(line.said_at)}  {line.address}"))
    seen = f"{_short(line.seen_at)}  {line.seen_by}" if line.seen_at else unknown
    lines.append(row(word(_("witnessed")), seen))
    lines.append(row(word(_("checkpoint")), _short(line.kept_at) if line.kept_at else unknown))
    for place in report.to:
        own = report.answers.get(place, {})
        if not own:
            lines.append(row(place, word(_("no answer is known"))))
        for kind in WORDS:
            if kind in own:
                lines.append(row(place, _answer(own[kind], language)))
    return lines


def _answer(line: "Line", language: str) -> str:
    told = f"{translate(WORDS[line.kind], language)}  {_short(line.said_at)}  {line.address}"
    if line.seen_at:
        seen = translate(_("witnessed {at} by {witness}"), language)
        told += f"  ({seen.format(at=_short(line.seen_at), witness=line.seen_by)})"
    more = (line.by, line.text("text") or line.text("because"))
    return "  ".join([told, *(each for each in more if each)])


def _headline(line: "Line", language: str) -> str:
    told = line.body.get("headline")
    texts = told if isinstance(told, dict) else {}
    return choose({tag: text for tag, text in texts.items() if isinstance(text, str)}, language)


def _short(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _write_proofs(found: "Audit", folder: Path, content: str) -> int:
    """Write the audit, the keys, and a receipt of each line; return how many receipts."""
    from sameboat.watch.alerts.seals import Seals

    seals, count = Seals(), 0
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "audit.json").write_text(content + "\n", "utf-8")
    (folder / "policy").write_text(seals.policy(), "utf-8")
    for line in found.lines:
        receipt = seals.receipt(line)
        if receipt is None:
            tell(_("{address} is not signed yet: there is no proof of it."), current_language(),
                 address=line.address)  # fmt: skip
            continue
        name = re.sub("[:.]", "-", line.origin)
        (folder / f"{name}-{line.index}.receipt").write_bytes(receipt)
        count += 1
    for number, (first, second) in enumerate(seals.forks(found.places), 1):
        (folder / f"fork-{number}-first.note").write_bytes(first)
        (folder / f"fork-{number}-second.note").write_bytes(second)
    return count
