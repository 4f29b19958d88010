"""The door's clock: requests carry the moment they arrived."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def node_now() -> datetime:
    """Return the moment on this node's clock, which in a replay is another."""
    return datetime.now(UTC) + settings.CLOCK_SHIFT


class ClockMiddleware:
    """Give each request `now`, shifted in a replay so that countdowns are right."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.now` (UTC) and go on."""
        request.now = node_now()  # type: ignore[attr-defined]
        return self.get_response(request)
