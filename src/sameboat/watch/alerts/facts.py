"""What anyone can compute from what places said: late, missing, contradictory, withdrawn.

Pure: no clock, no table.  Whoever has the same records finds the same facts.  What is not known is
never held against anybody: a receipt that is not here is missing only where the log that should
hold it was read beyond the time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.times import as_utc_text

CANCELLED = "alert.cancelled"
RECEIVED = "alert.received"
#: Fact -> the group it is shown in, and the sentence; facts are filled in from `told`.
LATE, MISSING, CONTRADICTORY, WITHDRAWN = "late", "missing", "contradictory", "withdrawn"
FACTS: Mapping[str, tuple[str, str]] = {
    "said_late": (LATE, _(
        "{place} said it {minutes} min after it knew; {allowed} min are allowed.")),
    "received_late": (LATE, _(
        "{other} received it {minutes} min after {place} said it; {allowed} min are allowed.")),
    "not_received": (MISSING, _(
        "{other} has given no receipt of what {place} said: its log is read up to {minutes} min "
        "after; {allowed} min are allowed.")),
    "said_nothing": (MISSING, _(
        "{place} foresaw that {other} would be reached, and said nothing to it within {allowed} "
        "min; its log is read up to {minutes} min after.")),
    "disagree": (CONTRADICTORY, _(
        "{place} and {other} say different things of the same hazard in {area} at the same time: "
        "{first} and {second}.")),
    "answered_before": (CONTRADICTORY, _(
        "{other} dates its answer {minutes} min before what {place} said, which it names.")),
    "two_histories": (CONTRADICTORY, _(
        "The log of {place} ({log}) has signed two histories.")),
    "said_after_seen": (CONTRADICTORY, _(
        "{place} dates it {minutes} min after {witness} had seen it.")),
    "backdated": (CONTRADICTORY, _(
        "{place} dates it {minutes} min before a moment at which {witness} saw its log without "
        "it.")),
    "withdrawn": (WITHDRAWN, _("{place} withdrew it {minutes} min after it was said.")),
}  # fmt: skip
#: Of a report's body, what an audit repeats.
SHOWN = ("kind", "status", "message_type", "hazard", "severity", "level", "headline")
GROUPS = (LATE, MISSING, CONTRADICTORY, WITHDRAWN)


#: So many different things that a place says of one hazard in one area, the newest, are compared.
MOST_SAYINGS = 16
#: A cosignature tells whole seconds: the moment may have been nearly one later.
COSIGNED_TO = timedelta(seconds=1)


@dataclass(frozen=True)
class Rules:
    """How long is allowed.  Clocks of different places may differ by `clocks`.

    A clock may be wrong by ten minutes either way; two of them are twenty minutes apart.
    """

    say_within: timedelta = timedelta(minutes=60)
    receive_within: timedelta = timedelta(hours=3)
    clocks: timedelta = timedelta(minutes=20)


@dataclass(frozen=True)
class Line:
    """An entry, and what is known of when it stood in its log.

    `seen_at`: the time of the first cosignature over a tree that holds it, by witness `seen_by`.
    `unseen_at`: the time of the last over a tree that does not hold it yet, by `unseen_by`.
    `kept_at`: when the first checkpoint that holds it was signed here, or first seen here.
    """

    origin: str
    index: int
    kind: str
    said_at: datetime
    about: str
    body: Mapping[str, Any] = field(default_factory=dict, hash=False)
    seen_at: datetime | None = None
    seen_by: str = ""
    unseen_at: datetime | None = None
    unseen_by: str = ""
    kept_at: datetime | None = None

    @property
    def address(self) -> str:
        """Return the entry's address."""
        return f"{self.origin}/entry/{self.index}"

    def text(self, name: str) -> str:
        """Return a field of the body; "" where it is not there or no text."""
        told = self.body.get(name)
        return told if isinstance(told, str) else ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON carries it; what is not known is null."""
        return {
            "entry": self.address, "kind": self.kind, "said_at": as_utc_text(self.said_at),
            "seen_at": _text(self.seen_at), "seen_by": self.seen_by or None,
            "checkpoint_at": _text(self.kept_at), "by": self.by or None,
            "text": self.text("text") or self.text("because") or None,
        }  # fmt: skip

    @property
    def by(self) -> str:
        """The desk and number that said it, "" where that is told of nobody of its own place."""
        told = self.text("by")
        return told if told.startswith(f"{self.origin}/") else ""

    @property
    def areas(self) -> frozenset[str]:
        """The places that it says are concerned."""
        rows = [row for name in ("areas", "addressed")
                for row in _rows(self.body.get(name))]  # fmt: skip
        return frozenset(row["place"] for row in rows if isinstance(row.get("place"), str))


@dataclass(frozen=True)
class Report:
    """What a place told others, and what each of them said of it.

    `to`: the members for whom it was.  `knew`: what it came after, oldest first; empty: not told.
    `answers`: place -> kind -> its entry.  `ends_at`: when it was no longer in force, None: open.
    """

    line: Line
    to: tuple[str, ...]
    knew: tuple[Line, ...] = ()
    answers: Mapping[str, Mapping[str, Line]] = field(default_factory=dict, hash=False)
    ends_at: datetime | None = None
    withdrawn_by: Line | None = None

    @property
    def knew_at(self) -> datetime | None:
        """When the source knew, None where that is not told."""
        return self.knew[0].said_at if self.knew else None

    def answer(self, place: str, kind: str) -> Line | None:
        """Return what a place said of it, None where it has not."""
        return self.answers.get(place, {}).get(kind)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON carries it."""
        return self.line.as_dict() | {
            "about": self.line.about, "to": list(self.to), "ends_at": _text(self.ends_at),
            "report": {name: self.line.body.get(name) for name in SHOWN},
            "knew": [each.as_dict() for each in self.knew],
            "answers": {place: [own[kind].as_dict() for kind in own]
                        for place, own in self.answers.items()},
        }  # fmt: skip


@dataclass(frozen=True)
class Foresight:
    """A forecast that reaches other members."""

    line: Line
    reaches: tuple[str, ...]


@dataclass(frozen=True)
class Records:
    """All that the facts are computed from.

    `reports`: those to be judged.  `context`: others, before and after, that may explain silence.
    `read_until`: place -> up to when its log is known here whole.  `forks`: (place, log).
    """

    reports: Sequence[Report]
    foresights: Sequence[Foresight] = ()
    context: Sequence[Report] = ()
    read_until: Mapping[str, datetime] = field(default_factory=dict)
    forks: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Fact:
    """One fact: what, who, how much, and the entries that prove it."""

    code: str
    places: tuple[str, ...]
    proofs: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict, hash=False)
    told: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def group(self) -> str:
        """Whether it is late, missing, contradictory or withdrawn."""
        return FACTS[self.code][0]

    def in_language(self, language: str, names: Mapping[str, str] | None = None) -> str:
        """Return the sentence; places by these names, else by their codes."""
        named = [(names or {}).get(code, code) for code in self.places]
        shown = dict(zip(("place", "other"), named, strict=False))
        area = self.told.get("area", "")
        told = {**self.told, "area": (names or {}).get(area, area)}
        return translate(FACTS[self.code][1], language).format(**shown, **told, **self.numbers)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON carries it, with the sentence in both languages."""
        return {
            "code": self.code, "group": self.group, "places": list(self.places),
            "numbers": dict(self.numbers), "told": dict(self.told), "proofs": list(self.proofs),
            "en": self.in_language("en"), "zh": self.in_language("zh-Hans"),
        }  # fmt: skip


#: origin -> (level, severity) -> the report that says so
_Standing = dict[str, dict[tuple[str, str], Report]]


def facts_of(records: Records, rules: Rules | None = None) -> list[Fact]:
    """Return every fact, in the order of what each is about."""
    rules = rules or Rules()
    found: list[Fact] = []
    for report in sorted(records.reports, key=_order):
        found += _said_late(report, rules)
        for place in report.to:
            found += _received(report, place, records.read_until.get(place), rules)
            found += _answered_before(report, place, rules)
        for line in (report.line, *(line for own in report.answers.values()
                                    for line in own.values())):  # fmt: skip
            found += _misdated(line, rules)
        found += _withdrawn(report)
    found += _said_nothing(records, rules)
    found += _disagreements(records.reports)
    found += [Fact("two_histories", (place,), told={"log": log}) for place, log in records.forks]
    return list(dict.fromkeys(found))


def lies_in(code: str, member: str) -> bool:
    """Return whether a place is a member or lies in it, by the digits of GB/T 2260 alone."""
    if code == member or not (code.startswith("cn:") and member.startswith("cn:")):
        return code == member
    digits = member[3:]
    while len(digits) <= 6 and digits.endswith("00"):
        digits = digits[:-2]
    return bool(digits) and code[3:].startswith(digits)


def _order(report: Report) -> tuple[datetime, str, int]:
    return report.line.said_at, report.line.origin, report.line.index


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def _said_late(report: Report, rules: Rules) -> Iterator[Fact]:
    if report.knew_at is None or report.line.kind == CANCELLED:
        return
    took = report.line.said_at - report.knew_at
    if took > rules.say_within:
        yield Fact("said_late", (report.line.origin,),
                   (report.line.address, report.knew[0].address),
                   {"minutes": _minutes(took), "allowed": _minutes(rules.say_within)})  # fmt: skip


def _received(report: Report, place: str, read: datetime | None, rules: Rules) -> Iterator[Fact]:
    """Two clocks are compared here, so as much as they may differ is allowed on top."""
    receipt = report.answer(place, RECEIVED)
    deadline = report.line.said_at + rules.receive_within
    both, allowed = (report.line.origin, place), _minutes(rules.receive_within)
    if receipt is not None:
        if receipt.said_at > deadline + rules.clocks:
            took = _minutes(receipt.said_at - report.line.said_at)
            yield Fact("received_late", both, (report.line.address, receipt.address),
                       {"minutes": took, "allowed": allowed})  # fmt: skip
    elif not report.answers.get(place) and read is not None and read > deadline + rules.clocks:
        late = _minutes(read - report.line.said_at)
        yield Fact("not_received", both, (report.line.address,),
                   {"minutes": late, "allowed": allowed})  # fmt: skip


def _answered_before(report: Report, place: str, rules: Rules) -> Iterator[Fact]:
    """What names another entry was said after it: one of the two dates is wrong."""
    for line in report.answers.get(place, {}).values():
        early = report.line.said_at - line.said_at
        if early > rules.clocks:
            yield Fact("answered_before", (report.line.origin, place),
                       (report.line.address, line.address),
                       {"minutes": _minutes(early)})  # fmt: skip
            return


def _misdated(line: Line, rules: Rules) -> Iterator[Fact]:
    """A cosignature's time is the witness's: a log dated otherwise speaks against its own place."""
    allowed = rules.clocks + COSIGNED_TO
    if line.seen_at is not None and line.said_at - line.seen_at > allowed:
        yield Fact("said_after_seen", (line.origin,), (line.address,),
                   {"minutes": _minutes(line.said_at - line.seen_at)},
                   {"witness": line.seen_by})  # fmt: skip
    if line.unseen_at is not None and line.unseen_at - line.said_at > rules.clocks:
        yield Fact("backdated", (line.origin,), (line.address,),
                   {"minutes": _minutes(line.unseen_at - line.said_at)},
                   {"witness": line.unseen_by})  # fmt: skip


def _withdrawn(report: Report) -> Iterator[Fact]:
    by = report.withdrawn_by
    if by is not None:
        yield Fact("withdrawn", (report.line.origin,), (report.line.address, by.address),
                   {"minutes": _minutes(by.said_at - report.line.said_at)})  # fmt: skip


def _said_nothing(records: Records, rules: Rules) -> Iterator[Fact]:
    """A place that foresaw and was silent, once for each member that it did not tell."""
    reports: dict[str, list[Report]] = {}
    for report in (*records.context, *records.reports):
        reports.setdefault(report.line.origin, []).append(report)
    seen: set[tuple[str, str]] = set()
    for each in sorted(records.foresights, key=lambda one: (one.line.said_at, one.line.address)):
        line, read = each.line, records.read_until.get(each.line.origin)
        if read is None or read <= line.said_at + rules.say_within:
            continue
        for place in each.reaches:
            pair = line.origin, place
            own = reports.get(line.origin, ())
            if pair in seen or any(_tells(one, line, place, rules) for one in own):
                continue
            seen.add(pair)
            yield Fact("said_nothing", pair, (line.address,),
                       {"minutes": _minutes(read - line.said_at),
                        "allowed": _minutes(rules.say_within)})  # fmt: skip


def _tells(report: Report, forecast: Line, place: str, rules: Rules) -> bool:
    """Return whether a report told a place of what was foreseen, in time or late."""
    if place not in report.to:
        return False
    if forecast.address in {each.address for each in report.knew}:
        return True  # told, if late: that is another fact
    if report.line.index > forecast.index:
        return report.line.said_at <= forecast.said_at + rules.say_within
    return report.ends_at is None or report.ends_at > forecast.said_at


def _disagreements(reports: Iterable[Report]) -> Iterator[Fact]:
    """Two reports in force at one time, of one hazard in one place, that do not say the same.

    Each is held against one for everything else that is said there: many take no time without end.
    """
    open_in: dict[tuple[str, str, str], _Standing] = {}
    told: set[tuple[str, str]] = set()
    for report in sorted(reports, key=_order):
        line = report.line
        hazard = line.text("hazard")
        if not hazard or line.kind == CANCELLED:
            continue
        for area in sorted(line.areas):
            standing = open_in.setdefault((hazard, line.text("status"), area), {})
            for other in _still(standing, line.said_at):
                pair = other.line.address, line.address
                differ = _difference(other.line, line)
                if differ and pair not in told:
                    told.add(pair)
                    yield Fact("disagree", (other.line.origin, line.origin), pair, {},
                               {"area": area, "first": differ[0], "second": differ[1]})  # fmt: skip
            _stand(standing, report)


def _still(standing: _Standing, moment: datetime) -> list[Report]:
    """Return what is in force at a moment."""
    found = (one for own in standing.values() for one in own.values())
    return sorted((each for each in found if each.ends_at is None or each.ends_at > moment),
                  key=_order)  # fmt: skip


def _stand(standing: _Standing, report: Report) -> None:
    """Let a report stand for what its place says; of those that say the same, the longest."""
    own = standing.setdefault(report.line.origin, {})
    saying = report.line.text("level"), report.line.text("severity")
    before = own.pop(saying, None)
    if before is not None and report.ends_at is not None:
        report = report if before.ends_at and before.ends_at <= report.ends_at else before
    own[saying] = report
    if len(own) > MOST_SAYINGS:
        del own[next(iter(own))]


def _difference(first: Line, second: Line) -> tuple[str, str] | None:
    """Return what two reports say where both say it and not the same: the level, else how bad."""
    for name in ("level", "severity"):
        told = first.text(name), second.text(name)
        if all(told) and told[0] != told[1]:
            return told
    return None


def _text(at: datetime | None) -> str | None:
    return None if at is None else as_utc_text(at)


def _rows(told: Any) -> list[dict[str, Any]]:
    return [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
