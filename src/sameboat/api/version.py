"""What software a node runs and what time it has: so that another can say why they do not agree."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from sameboat import __version__
from sameboat.lib.times import as_utc_text

_VERSION = "/version"


def is_version(path: str) -> bool:
    """Return whether a path of a request asks what runs here."""
    return path == _VERSION


def answer_version(request: HttpRequest, now: datetime) -> HttpResponse:
    """Answer software, version, place and time; nothing of it is a secret."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    answer = JsonResponse(
        {"software": "sameboat", "version": __version__, "place": settings.PLACE,
         "now": as_utc_text(now)}
    )  # fmt: skip
    answer["Cache-Control"] = "no-store"
    return answer
