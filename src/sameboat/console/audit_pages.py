"""The audit: every report under a compact in a period, the facts, and the proof of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from sameboat.books.compacts.queries import list_compacts
from sameboat.console.answers import now_of, reader, sentence
from sameboat.ground.people.queries import may
from sameboat.ground.places.queries import names_of
from sameboat.lib.fault import Fault
from sameboat.lib.language import choose
from sameboat.lib.times import parse_moment
from sameboat.watch.alerts import auditing
from sameboat.watch.alerts.facts import GROUPS

if TYPE_CHECKING:
    from sameboat.watch.alerts.facts import Fact, Line, Report

#: What a period begins with where none is chosen.
USUAL = timedelta(days=30)
#: A page with more would not be read; the command line has no such bound.
MOST_REPORTS = 500


@dataclass
class Answer:
    """What one place said of one report: each kind once, in the order of a conversation."""

    place: str
    name: str
    lines: "list[Line]"


@dataclass
class Row:
    """One report as the page shows it."""

    report: "Report"
    name: str
    headline: str
    answers: list[Answer]


@login_required
def audit(request: HttpRequest) -> HttpResponse:
    """Show the audit of one compact and period; a period that is none is named beside its field."""
    person: Any = request.user
    if not may(person, "see", settings.PLACE):
        raise PermissionDenied
    known = list_compacts()
    chosen = _chosen(request, known)
    asked, faults, since, until = _period(request)
    context: dict[str, Any] = {
        "at": "audit", "compacts": [(each.address, _name(each)) for each in known],
        "chosen": chosen, "asked": asked, "faults": faults, "zone": settings.TIME_ZONE,
    }  # fmt: skip
    if chosen and not faults:
        found = auditing.audit(compact=chosen, since=since, until=until, now=now_of(request))
        context |= _shown(found)
    return render(request, "console/audit.html", context, status=422 if faults else 200)


def _chosen(request: HttpRequest, known: list[Any]) -> str:
    """Return the compact that is asked for; the only one there is needs no asking."""
    addresses = [each.address for each in known]
    wanted = request.GET.get("compact", "")
    if wanted in addresses:
        return wanted
    return addresses[0] if len(addresses) == 1 else ""


def _name(compact: Any) -> str:
    versions = list(compact.versions.all())
    newest = max(versions, key=lambda each: (each.state == "in_force", each.number))
    return choose(newest.names, reader()) or str(compact.address)


def _period(request: HttpRequest) -> tuple[dict[str, str], dict[str, str], datetime, datetime]:
    """Return what was typed, what is wrong with it, and the period; in this node's zone."""
    now = now_of(request)
    zone = ZoneInfo(settings.TIME_ZONE)
    today = now.astimezone(zone).replace(hour=23, minute=59, second=0, microsecond=0)
    usual = {"from": today - USUAL, "until": today}
    asked, faults, times = {}, {}, {}
    for name, at in usual.items():
        text = request.GET.get(name, "").strip()
        asked[name] = text or at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        try:
            times[name] = parse_moment(asked[name], settings.TIME_ZONE)
        except ValueError:
            fault = Fault("not_a_moment", "is no moment.", value=text, allowed="2005-11-13T13:00")
            faults[name], times[name] = sentence(fault), at
    if not faults and times["until"] < times["from"]:
        faults["until"] = _("The period ends before it begins.")
    return asked, faults, times["from"], times["until"]


def _shown(found: auditing.Audit) -> dict[str, Any]:
    names = names_of(found.places, reader())
    grouped: list[tuple[str, list[tuple[Fact, str, list[tuple[str, str, int]]]]]] = []
    for group in GROUPS:
        own = [(fact, fact.in_language(reader(), names), [_entry(each) for each in fact.proofs])
               for fact in found.facts if fact.group == group]  # fmt: skip
        if own:
            grouped.append((group, own))
    return {
        "audit": found, "groups": grouped, "more": max(len(found.reports) - MOST_REPORTS, 0),
        "rows": [_row(each, names) for each in found.reports[:MOST_REPORTS]],
        "places": [(names[code], code, found.read_until.get(code)) for code in found.places],
    }  # fmt: skip


def _row(report: "Report", names: dict[str, str]) -> Row:
    told = report.line.body.get("headline")
    texts = {tag: text for tag, text in told.items() if isinstance(text, str)} if (
        isinstance(told, dict)) else {}  # fmt: skip
    answers = [
        Answer(code, names[code], [report.answers[code][kind] for kind in auditing.ANSWERS
                                   if kind in report.answers.get(code, {})])
        for code in report.to
    ]  # fmt: skip
    return Row(report, names[report.line.origin], choose(texts, reader()), answers)


def _entry(address: str) -> tuple[str, str, int]:
    origin, _slash, index = address.partition("/entry/")
    return address, origin, int(index)
