"""Reading the logs for an audit: every report under a compact in a period, and what proves it.

Only what the audit asks for is read, by kind and time, in a stream: a log of a million entries is
never loaded.  The facts themselves are computed in `facts`, without tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sameboat.books.compacts.models import Compact
from sameboat.books.compacts.queries import compact_by_address
from sameboat.books.compacts.rebuilding import read_versions
from sameboat.books.compacts.refusals import UnknownCompact
from sameboat.books.compacts.terms import Version
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import address_of, body_of, entries_about, read_address
from sameboat.lib.times import as_utc_text, parse_moment
from sameboat.watch.alerts.facts import (
    CANCELLED,
    Fact,
    Foresight,
    Line,
    Records,
    Report,
    Rules,
    facts_of,
    lies_in,
)
from sameboat.watch.alerts.seals import Seals, forks_of, read_until

#: How its JSON begins; another number is another form.
FORM = "sameboat-audit@v1"
REPORTS = ("alert.issued", "alert.updated", CANCELLED)
ANSWERS = ("alert.received", "alert.read", "alert.acknowledged", "alert.acting", "alert.unable",
           "alert.refused")  # fmt: skip
#: Of these a place may change its mind: the latest counts, of all others the first.
STANDS = ("alert.acting", "alert.unable")
#: What a report may come after, as far as it tells when its source knew.
KNOWING = ("forecast.made", "observation.recorded", "threshold.crossed")
EXPIRED, FORECAST = "alert.expired", "forecast.made"
#: Reports that began so long before the period may still be in force in it.
LOOK_BACK = timedelta(days=30)
#: A forecast reaches a place from this chance on, per mille.
REACHES_FROM = 100
CHUNK = 200


@dataclass(frozen=True)
class Audit:
    """What was reported under a compact in a period, and the facts that follow."""

    compact: str
    names: dict[str, str]
    places: tuple[str, ...]
    since: datetime
    until: datetime
    rules: Rules
    reports: tuple[Report, ...]
    facts: tuple[Fact, ...]
    read_until: dict[str, datetime] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON carries it."""
        return {
            "form": FORM, "compact": self.compact, "names": self.names,
            "places": list(self.places), "from": as_utc_text(self.since),
            "until": as_utc_text(self.until),
            "allowed_minutes": {name: int(getattr(self.rules, name).total_seconds() // 60)
                                for name in ("say_within", "receive_within", "clocks")},
            "read_until": {place: as_utc_text(at) for place, at in self.read_until.items()},
            "reports": [each.as_dict() for each in self.reports],
            "facts": [each.as_dict() for each in self.facts],
        }  # fmt: skip

    @property
    def lines(self) -> Iterator[Line]:
        """Every entry that the audit shows, each once."""
        seen: dict[str, Line] = {}
        for report in self.reports:
            answers = (line for own in report.answers.values() for line in own.values())
            by = [report.withdrawn_by] if report.withdrawn_by else []
            for line in (report.line, *report.knew, *answers, *by):
                seen.setdefault(line.address, line)
        return iter(seen.values())


@dataclass(frozen=True)
class _Members:
    """Who belonged to a compact at each moment."""

    versions: tuple[Version, ...]  #: that all have signed

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Everybody who ever belonged."""
        return tuple(sorted({code for each in self.versions for code in each.terms.signatories}))

    def at(self, moment: datetime) -> tuple[str, ...]:
        """Return the members and the body then; nobody before it was in force."""
        held = [each for each in self.versions
                if each.in_force_at is not None and each.in_force_at <= moment]  # fmt: skip
        if not held:
            return ()
        newest = max(held, key=lambda each: each.number)
        both = [code for code in (*newest.terms.members, newest.terms.body) if code]
        return tuple(code for code in both if code not in newest.left_by(moment))


def audit(
    *, compact: str, since: datetime, until: datetime, now: datetime, rules: Rules | None = None
) -> Audit:
    """Return every report under a compact said from `since` to `until`, and the facts.

    Args: now: up to when this node's own log is known to itself.
    Raises: UnknownCompact.
    """
    rules = rules or Rules()
    found = compact_by_address(compact)
    if found is None:
        raise UnknownCompact(address=compact)
    members = _members(found)
    seals = Seals()
    every = list(_reports(members, since, until, rules))
    inside = [each for each in every if since <= each.line.said_at <= until]
    # Of what lies around the period only who said what to whom, and when, matters.
    around = [replace(each, line=replace(each.line, body={})) for each in every
              if not since <= each.line.said_at <= until]  # fmt: skip
    shown = [_proved(each, seals) for each in _answered(inside)]
    known = {place: at for place in members.places if (at := read_until(place, now))}
    records = Records(
        reports=shown, context=around,
        foresights=list(_foresights(members, since, until)), read_until=known,
        forks=forks_of(members.places),
    )  # fmt: skip
    return Audit(
        compact, _names(found), members.places, since, until, rules, tuple(shown),
        tuple(facts_of(records, rules)), known,
    )  # fmt: skip


def _names(found: Compact) -> dict[str, str]:
    newest = max(found.versions.all(), key=lambda each: (each.state == "in_force", each.number))
    return dict(newest.names)


def _members(found: Compact) -> _Members:
    """Return who belonged when, from the compact's own fold: a stranger's leaving is none."""
    versions = read_versions(found.address)
    return _Members(tuple(each for each in versions if each.signed_by_all))


def _reports(members: _Members, since: datetime, until: datetime, rules: Rules) -> Iterator[Report]:
    """Yield what members told other members, from before the period to just after it."""
    rows = Entry.objects.filter(
        kind__in=(*REPORTS, EXPIRED), said_at__gte=since - LOOK_BACK,
        said_at__lte=until + rules.say_within, origin__in=members.places,
    ).order_by("said_at", "origin", "index")  # fmt: skip
    reports: dict[str, Report] = {}
    told: dict[tuple[str, str], str] = {}  # (origin, alert) -> its report
    for entry in rows.iterator(chunk_size=CHUNK):
        earlier = _earlier(entry, reports, told)
        if earlier is not None:
            gone = _line(entry) if entry.kind == CANCELLED else earlier.withdrawn_by
            ends = min(entry.said_at, earlier.ends_at or entry.said_at)
            reports[earlier.line.address] = replace(earlier, ends_at=ends, withdrawn_by=gone)
        if entry.kind == EXPIRED:
            continue
        to = _to(entry, members)
        if to:
            line = _line(entry)
            reports[line.address] = Report(line, to, _knew(entry, line), {}, _expires(line))
            told[entry.origin, entry.about] = line.address
    yield from reports.values()


def _earlier(
    entry: Entry, reports: dict[str, Report], told: dict[tuple[str, str], str]
) -> Report | None:
    """Return the report of the same place that an entry ends."""
    if entry.kind == EXPIRED:
        return reports.get(told.get((entry.origin, entry.about), ""))
    if entry.kind == REPORTS[0]:
        return None
    own = (reports.get(each) for each in entry.after if each.startswith(f"{entry.origin}/"))
    return next((each for each in own if each and each.line.index < entry.index), None)


def _to(entry: Entry, members: _Members) -> tuple[str, ...]:
    """Return the members for whom it was; a place does not report to itself."""
    then = members.at(entry.said_at)
    if entry.origin not in then:
        return ()
    everyone = "*" in entry.audience
    return tuple(code for code in then
                 if code != entry.origin and (everyone or code in entry.audience))  # fmt: skip


def _line(entry: Entry) -> Line:
    return Line(entry.origin, entry.index, entry.kind, entry.said_at, entry.about,
                body_of(entry) or {})  # fmt: skip


def _knew(entry: Entry, line: Line) -> tuple[Line, ...]:
    """Return what the report came after: its own place's, earlier in its own log."""
    named = [read_address(each) for each in entry.after]
    forecast = line.text("forecast")
    if forecast:
        # By the address alone: with the origin as well, SQLite would walk through its whole log.
        about = [each for each in entries_about(forecast) if each.origin == entry.origin]
        named += [each for each in about if each.kind == FORECAST][:1]
    lines = {
        address_of(each): _line(each) for each in named
        if each is not None and each.kind in KNOWING and each.origin == entry.origin
        and each.index < entry.index
    }  # fmt: skip
    return tuple(sorted(lines.values(), key=lambda each: (each.said_at, each.index)))


def _expires(line: Line) -> datetime | None:
    try:
        return parse_moment(line.text("expires"))
    except ValueError:
        return None


def _answered(reports: Sequence[Report]) -> Iterator[Report]:
    """Yield each report with what others said of it, in a few look-ups for many reports."""
    for start in range(0, len(reports), CHUNK):
        some = reports[start : start + CHUNK]
        found: dict[str, dict[str, dict[str, Line]]] = {}
        abouts = {each.line.about for each in some}
        # By the address alone: with the kind as well, SQLite would read every answer each time.
        rows = Entry.objects.filter(about__in=abouts).order_by("origin", "index")
        for entry in rows.iterator(chunk_size=CHUNK):
            for address in entry.after if entry.kind in ANSWERS else ():
                own = found.setdefault(address, {}).setdefault(entry.origin, {})
                if entry.kind in STANDS or entry.kind not in own:
                    own[entry.kind] = _line(entry)
        for each in some:
            told = found.get(each.line.address, {})
            answers = {place: told[place] for place in each.to if place in told}
            yield replace(each, answers=answers)


def _proved(report: Report, seals: Seals) -> Report:
    """Return the report with what is known of when each of its entries was seen."""
    answers = {
        place: {kind: seals.sealed(line) for kind, line in own.items()}
        for place, own in report.answers.items()
    }
    return replace(
        report, line=seals.sealed(report.line), answers=answers,
        knew=tuple(seals.sealed(each) for each in report.knew),
        withdrawn_by=seals.sealed(report.withdrawn_by) if report.withdrawn_by else None,
    )  # fmt: skip


def _foresights(members: _Members, since: datetime, until: datetime) -> Iterator[Foresight]:
    """Yield the forecasts of members that reach other members; their bodies are not kept."""
    rows = Entry.objects.filter(
        kind=FORECAST, said_at__gte=since, said_at__lte=until, origin__in=members.places
    ).order_by("said_at", "origin", "index")  # fmt: skip
    for entry in rows.iterator(chunk_size=CHUNK):
        then = members.at(entry.said_at)
        if entry.origin not in then:
            continue
        reached = _reached(body_of(entry) or {})
        others = tuple(code for code in then if code != entry.origin
                       and any(lies_in(each, code) for each in reached))  # fmt: skip
        if others:
            yield Foresight(replace(_line(entry), body={}), others)


def _reached(body: dict[str, Any]) -> set[str]:
    """Return the places that a forecast's entry says it reaches, whatever else it holds."""
    rows = body.get("reached")
    found = set()
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(row.get("place"), str):
            chance = row.get("p_per_mille")
            if isinstance(chance, int) and chance >= REACHES_FROM:
                found.add(row["place"])
    return found
