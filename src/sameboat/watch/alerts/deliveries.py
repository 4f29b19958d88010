"""Who has our alerts, and which alerts of other places we have: read from the logs alone.

Nothing here is believed: a place has an alert when its own signed log says so, in an entry that
comes after the alert's; until then it is queued.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.logbook.queries import address_of, body_of, entries_about, read_address
from sameboat.ground.people.queries import may
from sameboat.ground.places.queries import names_of
from sameboat.lib.language import CAP_TAG
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.queries import address_of as alert_address

#: What a place says when it issues, and what it hears others issue.
ISSUED_KINDS = ("alert.issued", "alert.updated", "alert.cancelled")
RECEIVED, ACKNOWLEDGED = "alert.received", "alert.acknowledged"


@dataclass(frozen=True)
class Delivery:
    """What one place has said of one of our alerts.

    `state`: queued, delivered, acknowledged.  `proof`: the entry that shows it;
    `delivered` and `acknowledged` are the times it said so, by its own clock.  `silent`: why its
    log could not be read last, "" where it could.
    """

    place: str
    name: str
    state: str
    proof: Entry | None = None
    delivered: datetime | None = None
    acknowledged: datetime | None = None
    by: str = ""
    silent: str = ""


@dataclass(frozen=True)
class Foreign:
    """An alert of another place, as its log says it."""

    entry: Entry
    place: str
    name: str
    headline: dict[str, str]
    body: dict[str, Any]
    delivered: datetime | None
    acknowledged: datetime | None
    by: str


def deliveries_of(alert: Alert, language: str) -> list[Delivery]:
    """Return what each place we joined has said of an alert of ours, those behind first."""
    about = alert_address(alert)
    ours = [each for each in entries_about(about) if each.origin == settings.PLACE]
    said = [each for each in ours if each.kind in ISSUED_KINDS]
    if not said:
        return []
    wanted = {address_of(each) for each in said}
    peers = [peer for peer in list_peers() if peer.left_at is None]
    names = names_of([peer.origin for peer in peers], language)
    answers = [each for each in entries_about(about) if wanted & set(each.after)]
    found = []
    for peer in peers:
        own = [each for each in answers if each.origin == peer.origin]
        found.append(_delivery(peer.origin, names[peer.origin], own, peer.problem))
    order = {"queued": 0, "delivered": 1, "acknowledged": 2}
    return sorted(found, key=lambda each: (order[each.state], each.place))


def _delivery(place: str, name: str, entries: Iterable[Entry], silent: str) -> Delivery:
    first: dict[str, Entry] = {}
    for each in entries:
        first.setdefault(each.kind, each)
    received, answered = first.get(RECEIVED), first.get(ACKNOWLEDGED)
    newest = answered or received
    if newest is None:
        return Delivery(place, name, "queued", silent=silent)
    body = (body_of(answered) if answered else None) or {}
    return Delivery(
        place, name, "acknowledged" if answered else "delivered", newest,
        received.said_at if received else None, answered.said_at if answered else None,
        str(body.get("by", "")), silent,
    )  # fmt: skip


def foreign_alerts(viewer: Any, language: str, *, limit: int = 40) -> list[Foreign]:
    """Return the alerts of other places, newest first, for who may look at this place."""
    if not may(viewer, "see", settings.PLACE):
        return []
    rows = Entry.objects.filter(kind__in=ISSUED_KINDS).exclude(origin=settings.PLACE)
    entries = list(rows.order_by("-id")[:limit])
    names = names_of({each.origin for each in entries}, language)
    return [_foreign(each, names[each.origin]) for each in entries]


def foreign_alert(address: str) -> Entry | None:
    """Return the entry with which another place issued an alert, None where it is none."""
    entry = read_address(address)
    known = entry is not None and entry.kind in ISSUED_KINDS and entry.origin != settings.PLACE
    return entry if known else None


def answer_to(entry: Entry, kind: str) -> Entry | None:
    """Return what we have said of this kind after another place's entry."""
    mine = Entry.objects.filter(origin=settings.PLACE, kind=kind, about=entry.about)
    address = address_of(entry)
    return next((each for each in mine.order_by("index") if address in each.after), None)


def _foreign(entry: Entry, name: str) -> Foreign:
    body = body_of(entry) or {}
    headline = _headline(body)
    received, answered = answer_to(entry, RECEIVED), answer_to(entry, ACKNOWLEDGED)
    told = (body_of(answered) if answered else None) or {}
    return Foreign(
        entry, entry.origin, name, headline, body,
        received.said_at if received else None, answered.said_at if answered else None,
        str(told.get("by", "")),
    )  # fmt: skip


def _headline(body: dict[str, Any]) -> dict[str, str]:
    """Return the headline by our language tags, whatever the other place's entry holds."""
    told = body.get("headline")
    told = told if isinstance(told, dict) else {}
    return {tag: told[cap] for tag, cap in CAP_TAG.items() if isinstance(told.get(cap), str)}
