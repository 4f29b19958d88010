"""What every page's frame shows."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse

from sameboat.console.answers import now_of, reader
from sameboat.console.live import newest, written
from sameboat.ground.people.actions import DEMO_PASSWORD, DEMO_PEOPLE
from sameboat.ground.people.queries import may, signature_of
from sameboat.ground.places.queries import find_place
from sameboat.watch.alerts.foreign import waiting_for_answer
from sameboat.watch.alerts.queries import waiting_for

#: what a browser map needs; without it the server's own drawing stays
BUILT = "console/build/map.js"


class PositionMiddleware:
    """Give each page the position of the newest entry and line before anything of it is read.

    What happens between its being drawn and its stream's beginning is then noticed (live.py).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on: only views of the console need it."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_given: object) -> None:
        """Set `request.position` where a page is about to be drawn."""
        if view.__module__.startswith("sameboat.console.") and request.method == "GET":
            request.position = written(newest())  # type: ignore[attr-defined]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the bar and the rail: home place, demo, clock, what waits for me."""
    context: dict[str, Any] = {
        "home_code": settings.PLACE,
        "home_zone": settings.TIME_ZONE,
        "demo": settings.DEMO,
        "replay": bool(settings.CLOCK_SHIFT),
        "built": _built(),
    }
    person = getattr(request, "user", None)
    home = find_place(settings.PLACE)
    context["home_names"] = home.names if home else {}
    if person is None or not person.is_authenticated:
        if settings.DEMO:
            context["demo_accounts"] = _demo_accounts()
        return context
    waiting = waiting_for(person)
    unanswered = waiting_for_answer(person, reader(), now=now_of(request))
    context |= {
        "waiting": waiting,
        "unanswered": unanswered,
        "waits": len(waiting) + len(unanswered),
        "signature": signature_of(person),
        "administers": may(person, "administer", settings.PLACE),
    }
    return context


def _demo_accounts() -> list[dict[str, str]]:
    """Return the published accounts, which exist in demo mode only."""
    return [
        {"username": username, "role": kinds[0], "password": DEMO_PASSWORD}
        for username, _desk, _number, kinds in DEMO_PEOPLE
    ]


@cache
def _built() -> bool:
    """Return whether the browser's map and charts were built on this machine."""
    return finders.find(BUILT) is not None
