"""Alerts of other places: as their logs say them, with how they reach us and what we answered."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import address_of, body_of, origins, read_address
from sameboat.ground.people.queries import may
from sameboat.ground.places.queries import names_of, places_of
from sameboat.lib.language import CAP_TAG
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.addressing import (
    Reached,
    moment_in,
    not_own,
    ours_among,
    reached_at,
    reached_in,
)
from sameboat.watch.alerts.conversation import (
    ALREADY_ENDED,
    CANCELLED,
    FOLLOWS_NOTHING,
    ISSUED_KINDS,
    OTHER_ALERT,
    TOO_LONG,
    UNKNOWN_ALERT,
    Life,
    fold,
)
from sameboat.watch.alerts.ground import geojson_of, with_ground
from sameboat.watch.alerts.linking import newest_issued
from sameboat.watch.alerts.threads import conversation_of, is_for_us, ours_to, said_of

#: why an Update or Cancel was refused, as people read it
REFUSED_BECAUSE = {
    FOLLOWS_NOTHING: _("it follows no earlier entry of the place that said it"),
    UNKNOWN_ALERT: _("that place has issued no such alert"),
    OTHER_ALERT: _("its references name another alert than the one that it comes after"),
    ALREADY_ENDED: _("the alert that it follows had already ended"),
    TOO_LONG: _("too much was said before to follow the same alert"),
}
#: Of each place so many, the newest, whatever others say: no place crowds another out.
_OF_EACH = 10
_LOOKED_AT = 200  #: of each place so many are looked at to find those for us
_MOST_DRAWN = 100
_WAITS = timedelta(days=14)  #: an alert that nobody answered in this time is asked about no more
#: our entries after which no officer needs to be asked about an alert
_ANSWERED = ("alert.acknowledged", "alert.acting", "alert.unable", "alert.refused")
#: how an alert stands in the log of the place that issued it, by the state of its life there
_STANDING = {"issued": "in_force", "updated": "updated", "cancelled": "cancelled",
             "expired": "expired", "refused": "refused"}  # fmt: skip


@dataclass(frozen=True)
class Foreign:
    """An alert of another place, as its log says it; `state` is what we answered.

    `standing`: in_force, updated, cancelled, expired, refused (it matches nothing), or ends: it is
    a Cancel, and nothing that could be in force.
    """

    entry: Entry
    place: str
    name: str
    headline: dict[str, str]
    body: dict[str, Any]
    state: str
    reached: Reached | None  #: how it reaches our place, None where not that we know
    answers: dict[str, Entry]  #: state -> our entry that says so
    by: str = ""  #: who answered last, by desk and number
    text: str = ""  #: what we said with it
    refusal: str = ""  #: why we refused it, in marked words
    standing: str = ""
    #: where it says the harm begins, by name, if that is not its place's own ground
    elsewhere: str = ""
    #: in whose name it speaks, if it is neither its place nor below it
    in_the_name_of: str = ""

    @property
    def expires(self) -> datetime | None:
        """When it ends, as its place says."""
        return moment_in(self.body.get("expires"))

    @property
    def delivered(self) -> datetime | None:
        """When we said that it is here."""
        return self._at("delivered")

    @property
    def acknowledged(self) -> datetime | None:
        """When a person here acknowledged it."""
        return self._at("acknowledged")

    def _at(self, state: str) -> datetime | None:
        return self.answers[state].said_at if state in self.answers else None


def foreign_alerts(viewer: Any, language: str, *, now: datetime, limit: int = 40) -> list[Foreign]:
    """Return the alerts of other places for who may look at this place.

    Those in force come first, then the others, each newest first.  Where there are more than
    `limit`, every place has its share: the newest of each before the second of any.
    """
    if not may(viewer, "see", settings.PLACE):
        return []
    ranked = sorted(_ranked(), key=lambda each: (each[0], -each[1].pk))[: limit * 3]
    names = names_of({each.origin for _rank, each in ranked}, language)
    lives: dict[str, Life] = {}  # a thread is read once, however many of it are shown
    found = [(rank, _standing(_foreign(each, names[each.origin]), now, lives))
             for rank, each in ranked]  # fmt: skip
    found.sort(key=lambda each: (each[1].standing != "in_force", each[0], -each[1].entry.pk))
    shown = [_grounded(each, language) for _rank, each in found[:limit]]
    return sorted(shown, key=lambda each: (each.standing != "in_force", -each.entry.pk))


def waiting_for_answer(viewer: Any, language: str, *, now: datetime) -> list[Foreign]:
    """Return the alerts of others that arrived here, still hold, and that nobody here has answered.

    For who may answer for this place; the newest first, of each place at most as many as others.
    Every page asks: what arrived longer ago than `_WAITS` is no news, and is not looked at.
    """
    if not may(viewer, "draft", settings.PLACE):
        return []
    ours = Entry.objects.filter(origin=settings.PLACE, said_at__gt=now - _WAITS)
    receipts = ours.filter(kind="alert.received").order_by("said_at", "index")
    arrived = list(receipts.values_list("after", flat=True))
    if not arrived:
        return []
    answered = ours.filter(kind__in=_ANSWERED).values_list("after", flat=True)
    known = {address for after in answered for address in after}
    waiting = [address for after in arrived for address in after if address not in known]
    found = [each for address in _shared(waiting) if (entry := foreign_alert(address)) is not None
             if (each := _still_waiting(entry, language, now)) is not None]  # fmt: skip
    return sorted(found, key=lambda each: -each.entry.pk)


def foreign_alert(address: str) -> Entry | None:
    """Return the entry with which another place issued an alert for us, None where it is none."""
    entry = read_address(address)
    known = entry is not None and entry.kind in ISSUED_KINDS and entry.origin != settings.PLACE
    return entry if known and entry is not None and is_for_us(entry) else None


def foreign_of(viewer: Any, address: str, language: str, *, now: datetime) -> Foreign | None:
    """Return one alert of another place, None where there is none or the viewer may not look."""
    entry = foreign_alert(address)
    if entry is None or not may(viewer, "see", settings.PLACE):
        return None
    found = _foreign(entry, names_of([entry.origin], language)[entry.origin])
    return _grounded(_standing(found, now, {}), language)


def life_of(entry: Entry) -> tuple[Life, list[Life]]:
    """Return what became of another place's alert in that place's log, and what followed it."""
    talk = conversation_of(entry)
    address = address_of(entry)
    return talk.lives[address], talk.followers(address)


def ours_reached(foreign: Foreign, language: str) -> list[tuple[str, Reached]]:
    """Return each of our places that it says it reaches, by name, the earliest first."""
    rows = ours_among(reached_in(foreign.body))
    names = names_of([row.place for row in rows], language)
    return [(names[row.place], row) for row in rows]


def texts_of(foreign: Foreign) -> dict[str, dict[str, str]]:
    """Return headline, description and instruction by CAP language, as far as it has them."""
    told = foreign.body.get("texts")
    told = told if isinstance(told, dict) else {}
    found = {}
    for tag in CAP_TAG.values():
        said = told.get(tag)
        said = said if isinstance(said, dict) else {}
        parts = {part: said[part] for part in ("description", "instruction")
                 if isinstance(said.get(part), str)}  # fmt: skip
        if parts:
            language = next(key for key, cap in CAP_TAG.items() if cap == tag)
            found[tag] = {"headline": foreign.headline.get(language, "")} | parts
    return found


def ground_of(foreign: Foreign) -> list[dict[str, Any]]:
    """Return the places it is addressed to with our own outlines, those that we know."""
    rows = reached_in(foreign.body)[:_MOST_DRAWN]
    known = places_of(row.place for row in rows)
    areas: list[dict[str, Any]] = [
        {"code": row.place, "p_reached": (row.p_permille or 0) / 1000}
        for row in {row.place: row for row in rows}.values() if row.place in known
    ]  # fmt: skip
    drawn: list[dict[str, Any]] = with_ground({"areas": areas}, None)["areas"]
    return drawn


def map_of(areas: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the ground as a GeoJSON FeatureCollection."""
    return geojson_of(areas)


def _shared(addresses: list[str]) -> list[str]:
    """Return up to `_OF_EACH` addresses, the newest of each place before the second of any."""
    counts: Counter[str] = Counter()
    ranked = []
    for address in reversed(addresses):
        origin = address.partition("/")[0]
        ranked.append((counts[origin], address))
        counts[origin] += 1
    return [address for _rank, address in sorted(ranked, key=lambda each: each[0])[:_OF_EACH]]


def _still_waiting(entry: Entry, language: str, now: datetime) -> Foreign | None:
    """Return the alert if it holds: not over by its own word, nor by what its place said since."""
    expires = moment_in((body_of(entry) or {}).get("expires"))
    if expires is not None and expires <= now:
        return None
    found = _foreign(entry, names_of([entry.origin], language)[entry.origin])
    found = _standing(found, now, {})
    return found if found.standing in {"in_force", "ends"} else None


def _ranked() -> list[tuple[int, Entry]]:
    """Return the newest alerts for us of each place: how many newer ones it has, and the entry."""
    heard: dict[tuple[str, ...], bool] = {}
    found: list[tuple[int, Entry]] = []
    for origin in origins():
        if origin == settings.PLACE:
            continue
        ours = []
        for each in newest_issued(origin, _LOOKED_AT):
            audience = tuple(each.audience)
            if audience not in heard:
                heard[audience] = is_for_us(each)
            if heard[audience]:
                ours.append(each)
            if len(ours) == _OF_EACH:
                break
        found += enumerate(ours)
    return found


def _standing(foreign: Foreign, now: datetime, lives: dict[str, Life]) -> Foreign:
    """Return it with how it stands: what its own log says, and what it says of its own end."""
    address = address_of(foreign.entry)
    if address not in lives:
        lives |= conversation_of(foreign.entry).lives
    standing = _STANDING[lives[address].state]
    if standing == "in_force" and foreign.entry.kind == CANCELLED:
        standing = "ends"
    if standing == "in_force" and foreign.expires and foreign.expires <= now:
        standing = "expired"
    return replace(foreign, standing=standing)


def _grounded(foreign: Foreign, language: str) -> Foreign:
    """Return it with whose ground it speaks of, where that is not its place's own.

    A place answers for its own ground alone.  Whom it warns elsewhere is no matter of whose ground
    it is: that is what a warning is for.
    """
    entry, source = foreign.entry, foreign.body.get("origin")
    speaks = not_own([entry.place, entry.about.split("/")[0]], entry.origin)
    begins = not_own([source], entry.origin)
    names = names_of([*speaks, *begins], language)
    return replace(
        foreign, elsewhere=names[begins[0]] if begins else "",
        in_the_name_of=names[speaks[0]] if speaks else "",
    )  # fmt: skip


def _foreign(entry: Entry, name: str) -> Foreign:
    body = body_of(entry) or {}
    ours = ours_to(entry)
    talk = fold([said_of(entry), *map(said_of, ours)])
    # What it follows has its own page: here counts what we said of this one.
    answer = talk.answers.get((address_of(entry), settings.PLACE))
    at = {address_of(each): each for each in ours}
    proofs = {state: at[said.address] for state, said in answer.proofs.items()} if answer else {}
    state = answer.state if answer else "queued"
    told = (body_of(proofs[state]) if state in proofs else None) or {}
    return Foreign(
        entry, entry.origin, name, headline_in(body), body, state,
        reached_at(settings.PLACE, reached_in(body)), proofs, str(told.get("by", "")),
        str(told.get("text", "")), REFUSED_BECAUSE.get(str(told.get("fact")), ""),
    )  # fmt: skip


def headline_in(body: dict[str, Any]) -> dict[str, str]:
    """Return the headline by our language tags, whatever the other place's entry holds."""
    told = body.get("headline")
    told = told if isinstance(told, dict) else {}
    return {tag: told[cap] for tag, cap in CAP_TAG.items() if isinstance(told.get(cap), str)}
