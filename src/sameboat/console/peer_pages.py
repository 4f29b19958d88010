"""The places whose logs we follow: who, since when, how far, and what is wrong."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.console.answers import reader
from sameboat.ground.logbook.following import entries_of
from sameboat.ground.logbook.forks import list_forks
from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.logbook.proving import published
from sameboat.ground.logbook.queries import head, log_key
from sameboat.ground.places.queries import names_of


@login_required
def peers(request: HttpRequest) -> HttpResponse:
    """List the peers, our own log beside them, and every fork that was proved."""
    found = list_peers()
    names = names_of([peer.origin for peer in found], reader())
    rows: list[dict[str, Any]] = [
        {"peer": peer, "name": names[peer.origin], "entries": entries_of(peer.origin),
         "signed": published(peer.origin)}
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
        },
    )  # fmt: skip
