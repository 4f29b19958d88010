"""For whom an alert is, as a form: everyone, or places; and whom it is addressed to besides."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest

from sameboat.books.compacts.queries import compacts_in_force
from sameboat.console.answers import reader
from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.places.queries import names_of
from sameboat.lib.language import choose
from sameboat.watch.alerts.audience import EVERYONE, resolved

if TYPE_CHECKING:
    from sameboat.watch.alerts.models import Alert

_ALL, _NAMED = "everyone", "named"


def sent(request: HttpRequest) -> dict[str, Any]:
    """Return audience and recipients as the form says them; the action checks them."""
    lines = request.POST.get("others", "").splitlines()
    codes = request.POST.getlist("recipient") + [line.split()[0] for line in lines if line.split()]
    whom = request.POST.get("for_whom", "")
    if whom == _ALL:
        return {"audience": EVERYONE, "recipients": codes}
    # A form that does not say it changes nothing: what is for a few must not become public so.
    heard = codes if whom == _NAMED else [whom]
    return {"audience": heard, "recipients": []} if whom else {}


def shown(request: HttpRequest, alert: "Alert | None" = None) -> dict[str, Any]:
    """Return what the form shows: what was sent just now, else what the alert says."""
    heard, added = (alert.audience, alert.recipients) if alert else (EVERYONE, [])
    if request.method == "POST" and (told := sent(request)):
        heard, added = told["audience"], told["recipients"]
    chosen = added if heard == EVERYONE else [code for code in heard if "/" not in code]
    compacts = [
        (each.compact.address, choose(each.names, reader()), each.compact.address in heard)
        for each in compacts_in_force()
    ]
    peers = [peer.origin for peer in list_peers() if peer.left_at is None]
    names = names_of([*peers, *resolved(heard), *chosen], reader())
    return {
        "for_whom": _ALL if heard == EVERYONE else _NAMED if chosen else "",
        "compacts": compacts,
        "peers": [(code, names[code], code in chosen) for code in peers],
        "others": "\n".join(
            f"{code} {names[code]}" if names[code] != code else code
            for code in chosen if code not in peers and code != settings.PLACE
        ),
        "fixed": alert is not None and alert.earlier is not None,
        "heard": [(code, names.get(code, code)) for code in resolved(heard)],
    }  # fmt: skip
