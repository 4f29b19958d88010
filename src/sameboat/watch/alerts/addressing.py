"""Whom an alert reaches: each place with its own time of arrival and its own probability.

The same rules hold where it is issued and where it arrives.  A place that is a peer is reached when
it is, contains or lies in an area of the alert; its arrival is that of the earliest such area.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.places.queries import places_of
from sameboat.lib.address import PLACE_CODE
from sameboat.lib.codes import prefecture_of
from sameboat.lib.times import as_utc_text, parse_moment
from sameboat.proof.canon import canonical
from sameboat.watch.alerts.audience import hearers_of, is_public
from sameboat.watch.alerts.facts import lies_in
from sameboat.watch.alerts.models import Alert

_PERCENTILES = ("p10", "p50", "p90")
#: Bytes of an entry's body; with more the entry would not fit, and the body would lie beside it.
MOST_BODY_BYTES = 14_000
MOST_READ = 2000  #: rows of another place's entry that are looked at


@dataclass(frozen=True)
class Reached:
    """How a hazard reaches one place: what is not known is None."""

    place: str
    p_permille: int | None = None
    p10: datetime | None = None
    p50: datetime | None = None
    p90: datetime | None = None

    @property
    def p(self) -> float | None:
        """The probability in [0, 1], None where it is not known."""
        return None if self.p_permille is None else self.p_permille / 1000

    @property
    def first(self) -> datetime | None:
        """When it is there at the earliest, as far as is known."""
        return self.p10 or self.p50 or self.p90

    def as_row(self) -> dict[str, Any]:
        """Return it as an entry says it; what is not known is not said."""
        row: dict[str, Any] = {"place": self.place}
        if self.p_permille is not None:
            row["p_reached_permille"] = self.p_permille
        times = {name: getattr(self, name) for name in _PERCENTILES}
        return row | {f"arrival_{name}_at": as_utc_text(at) for name, at in times.items() if at}


def reached_of(areas: Iterable[Mapping[str, Any]]) -> list[Reached]:
    """Return whom the areas of an alert of our own reach, by the places as they are named there."""
    return [
        Reached(
            area["code"],
            None if area.get("p_reached") is None else round(area["p_reached"] * 1000),
            *(moment_in(area.get(f"arrival_{name}")) for name in _PERCENTILES),
        )
        for area in areas
    ]


def reached_in(body: Mapping[str, Any]) -> list[Reached]:
    """Return whom another place's entry says it reaches; rows that cannot be read are left out."""
    rows = body.get("addressed")
    found = []
    for row in rows[:MOST_READ] if isinstance(rows, list) else ():
        place = row.get("place") if isinstance(row, dict) else None
        if not isinstance(place, str) or not PLACE_CODE.fullmatch(place):
            continue
        p = row.get("p_reached_permille")
        known = isinstance(p, int) and not isinstance(p, bool) and 0 <= p <= 1000
        times = (moment_in(row.get(f"arrival_{name}_at")) for name in _PERCENTILES)
        found.append(Reached(place, p if known else None, *times))
    return found


def reached_at(code: str, rows: Iterable[Reached]) -> Reached | None:
    """Return how one place is reached: by what it is, contains or lies in; None where by nothing.

    It is what is said of the place itself where something is; else the largest probability and
    the earliest arrival of the others.
    """
    return _among(code, list(rows), _above([code, *(row.place for row in rows)]))


def ours_among(rows: Iterable[Reached]) -> list[Reached]:
    """Return the rows that speak of our place, of what lies in it or of what it lies in."""
    rows = list(rows)
    home = settings.PLACE
    above = _above([home, *(row.place for row in rows)])
    found = [row for row in rows if home in above[row.place] or row.place in above[home]]
    return sorted(found, key=_by_arrival)


def not_own(codes: Iterable[Any], origin: str) -> list[str]:
    """Return which of these places are neither this one nor in it, each once."""
    told = [each for each in codes if isinstance(each, str) and PLACE_CODE.fullmatch(each)]
    above = _above(told)
    # One that we do not know lies where its digits say.
    return [each for each in dict.fromkeys(told)
            if origin not in above[each] and not lies_in(each, origin)]  # fmt: skip


def peers_reached(rows: Iterable[Reached]) -> list[Reached]:
    """Return how each place that we follow is reached, the earliest first."""
    rows = list(rows)
    peers = [peer.origin for peer in list_peers() if peer.left_at is None]
    above = _above([*peers, *(row.place for row in rows)])
    found = [each for code in peers if (each := _among(code, rows, above)) is not None]
    return sorted(found, key=_by_arrival)


def recipients_of(alert: Alert) -> list[str]:
    """Return whom the alert is addressed to as the peers are now: those reached, and those added.

    One that is not for everyone goes to those it is for, reached or not.
    """
    heard = hearers_of(alert)
    if not is_public(heard):
        return sorted(code for code in heard if code != settings.PLACE)
    reached = peers_reached(reached_of(alert.content["areas"]))
    return list(dict.fromkeys([*(each.place for each in reached), *alert.recipients]))


def addressed_of(alert: Alert, spent: int) -> list[dict[str, Any]]:
    """Return whom the entry of an alert names, peers first, as many as its body has room for."""
    own = reached_of(alert.content["areas"])
    peers = peers_reached(own)
    known = {each.place for each in peers}
    rest = sorted((each for each in own if each.place not in known), key=_by_arrival)
    rows: list[dict[str, Any]] = []
    for each in [*peers, *rest]:
        row = each.as_row()
        spent += len(canonical(row)) + 1
        if spent > MOST_BODY_BYTES:
            break
        rows.append(row)
    return rows


def _among(code: str, rows: list[Reached], above: Mapping[str, set[str]]) -> Reached | None:
    exact = next((row for row in rows if row.place == code), None)
    if exact is not None:
        return exact
    touching = [row for row in rows if code in above[row.place] or row.place in above[code]]
    if not touching:
        return None
    first = min(touching, key=_by_arrival)
    p = max((row.p_permille for row in touching if row.p_permille is not None), default=None)
    return Reached(code, p, first.p10, first.p50, first.p90)


def _above(codes: Iterable[str]) -> dict[str, set[str]]:
    """Return for each place itself and all it lies in; by its code where we do not know it."""
    wanted = set(codes)
    known = places_of(wanted)
    return {
        code: {code, *known[code].path.split("/")} if code in known else {code, prefecture_of(code)}
        for code in wanted
    }


def _by_arrival(each: Reached) -> tuple[bool, float, str]:
    at = each.p50 or each.first
    return (at is None, at.timestamp() if at else 0.0, each.place)


def moment_in(text: Any) -> datetime | None:
    """Return the moment that a text of another place says, None where it says none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return parse_moment(text)
    except ValueError:
        return None
