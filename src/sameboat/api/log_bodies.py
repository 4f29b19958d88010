"""Bodies beside the log, for the nodes in an entry's audience."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from sameboat.ground.logbook.bodies import MOST_REQUEST, NoRequest, NotForYou, give_body

_BODY = "/log/body"
_TEXT, _BYTES = "text/plain; charset=utf-8", "application/octet-stream"


def is_body(path: str) -> bool:
    """Return whether a path of a request is where peers ask for bodies."""
    return path == _BODY


def answer_body(request: HttpRequest, now: datetime) -> HttpResponse:
    """Answer a signed request for a body: 200 salt and content, 403, 404, 410 erased.

    Who is not in the audience reads the same answer as who asks for what is not there.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body = request.read(MOST_REQUEST + 1)
    if len(body) > MOST_REQUEST:
        return HttpResponse(f"at most {MOST_REQUEST} bytes\n", status=413, content_type=_TEXT)
    try:
        given = give_body(request=body, now=now)
    except NoRequest as refusal:
        return HttpResponse(f"{refusal}\n", status=403, content_type=_TEXT)
    except NotForYou:
        return HttpResponse("nothing is here for you\n", status=404, content_type=_TEXT)
    if given is None:
        return HttpResponse("it was erased\n", status=410, content_type=_TEXT)
    answer = HttpResponse(given.raw, content_type=_BYTES)
    answer["Cache-Control"] = "no-store"
    return answer
