"""The places whose logs we follow: who, since when, how far, and what is wrong."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.console.answers import reader
from sameboat.console.drawing import Drawing, draw
from sameboat.console.policy_part import policy_part
from sameboat.ground.logbook.following import entries_of
from sameboat.ground.logbook.forks import list_forks
from sameboat.ground.logbook.peers import expelled_by, list_peers
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.queries import head, log_key, size_known_to
from sameboat.ground.places.queries import names_of, places_of, tree_below
from sameboat.lib.language import choose

if TYPE_CHECKING:
    from sameboat.ground.places.models import PlaceVersion


@login_required
def peers(request: HttpRequest) -> HttpResponse:
    """List the peers, our own log beside them, and every fork that was proved."""
    found = list_peers()
    names = names_of([peer.origin for peer in found], reader())
    rows: list[dict[str, Any]] = [
        {"peer": peer, "name": names[peer.origin], "entries": entries_of(peer.origin),
         "expelled_us": expelled_by(peer.origin),
         "signed": published(peer.origin),
         "cosigned": size_known_to(settings.PLACE, peer.witness.split("+", 1)[0])}
        for peer in found
    ]  # fmt: skip
    own = published(settings.PLACE)
    last, _chain = head(settings.PLACE)
    return render(
        request,
        "console/peers.html",
        {
            "at": "log", "rows": rows, "key": log_key(settings.PLACE), "own": own,
            "staged": last + 1 - (own.size if own else 0), "forks": list_forks(),
            "cosigners": list(own.cosignatures.order_by("time")) if own else [],
            "policy": policy_part(),
            "drawing": _map([settings.PLACE, *(peer.origin for peer in found)]),
        },
    )  # fmt: skip


def _map(codes: list[str]) -> Drawing | None:
    """Return who is where, as far as it is known here; None where fewer than two are."""
    features = [
        {"geometry": {"type": "Point", "coordinates": point},
         "properties": {"kind": "place", "code": code,
                        "name": choose(version.names, reader()) or code}}
        for code, version in places_of(codes).items() if (point := _point(version))
    ]  # fmt: skip
    if len(features) < 2:
        return None
    return draw({"features": features, "hours": []}, origin=settings.PLACE, letters=2.0)


def _point(version: "PlaceVersion") -> list[float] | None:
    """Return where a place is: its own point, else the middle of those below it."""
    if version.lon is not None and version.lat is not None:
        return [version.lon, version.lat]
    below = tree_below(version.place.code).filter(lon__isnull=False, lat__isnull=False)
    points: list[tuple[Any, Any]] = list(below.values_list("lon", "lat"))
    if not points:
        return None
    return [sum(each[axis] for each in points) / len(points) for axis in (0, 1)]
