"""Every error as RFC 9457 problem details: the fact, its numbers, the next step."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from pydantic import Field

from sameboat.ground.people.refusals import NotAllowed
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import closest, translate
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.lib.validation import fault_from
from sameboat.watch.alerts.refusals import MessageTooLarge
from sameboat.watch.forecasts.refusals import UnknownPlace

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"

#: refusal -> status; every other refusal is a conflict with what is there (409)
STATUS_OF: dict[type[Refusal], int] = {
    NotAllowed: 403,
    UnknownPlace: 404,
    MessageTooLarge: 413,
    FaultyInput: 422,
}

SAYS = {
    400: _("The request cannot be read. Send JSON in UTF-8, as the description at /api/ shows."),
    401: _("Nobody is signed in. Send `Authorization: Bearer <token>`, or sign in first."),
    403: _("This is not allowed. Ask an administrator for the role or a token with the scope."),
    404: _("There is nothing here that you may see. Look the address up at /api/."),
    405: _("This address does not take that method. It takes {allowed}."),
    406: _("This is not available in the form asked for."),
    409: _("This conflicts with what is there. Read it again."),
    413: _("The request is too large. At most {allowed} bytes are read."),
    415: _("Send the body as application/json."),
    422: _("{count} faults in the request; mend them and try again."),
    429: _("Too many requests. Wait {wait} s and try again."),
    500: _("Something is broken here; it was recorded. Nothing was changed. Tell the operator."),
    503: _("The node is busy. Try again in a moment."),
}


class RequestFault(Schema):
    """One thing wrong with the request."""

    code: str
    field: str | None = None
    value: str | None = None
    message: str


class Problem(Schema):
    """RFC 9457 problem details; `refusal` and `facts` are for programs, `detail` for people."""

    type: str = Field(description="urn:sameboat:problem:<name>, or about:blank")
    title: str
    status: int
    detail: str
    refusal: str | None = Field(None, description="name of the fact, stable across languages")
    facts: dict[str, Any] | None = None
    faults: list[RequestFault] | None = None


#: what every operation may answer beside its own success; for `response=`
ALWAYS = dict.fromkeys((400, 401, 403, 404, 413, 422, 429, 500), Problem)
#: … and operations that change something
CHANGING = {**ALWAYS, 409: Problem, 415: Problem}


class Refused(HttpError):
    """An HTTP refusal of the door itself, with facts for its sentence."""

    def __init__(self, status: int, **facts: Any) -> None:
        self.facts = facts
        super().__init__(status, str(status))


def problem(
    request: HttpRequest,
    status: int,
    *,
    detail: str | None = None,
    facts: dict[str, Any] | None = None,
    refusal: str | None = None,
    faults: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    """Return the problem in the reader's language."""
    language = reader_language()
    facts = facts or {}
    if detail is None:
        said = translate(SAYS.get(status, SAYS[400 if status < 500 else 500]), language)
        detail = said.format_map(_Facts(facts))
    body: dict[str, Any] = {
        "type": f"urn:sameboat:problem:{refusal}" if refusal else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if refusal:
        body |= {"refusal": refusal, "facts": facts}
    if faults is not None:
        body["faults"] = faults
    # What was sent is quoted, and may be half a character, which no answer can carry.
    text = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace")
    answer = HttpResponse(text, status=status, content_type=MEDIA_TYPE)
    answer["Content-Language"] = language
    answer["Cache-Control"] = "no-store"
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="sameboat"'
    return answer


def reader_language() -> str:
    """Return the language the request asked for (Accept-Language, or the reader's cookie)."""
    return closest(get_language())


def answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Show a refusal word for word, with its name and facts."""
    language = reader_language()
    status = next((code for kind, code in STATUS_OF.items() if isinstance(refusal, kind)), 409)
    faults = None
    if isinstance(refusal, FaultyInput):
        faults = [_shown(fault, language) for fault in refusal.faults]
    return problem(
        request,
        status,
        detail=refusal.in_language(language),
        facts=refusal.facts,
        refusal=refusal.name,
        faults=faults,
    )


def _shown(fault: Fault, language: str) -> dict[str, Any]:
    return {
        "code": fault.code,
        "field": fault.field or None,
        "value": None if fault.value is None else str(fault.value)[:200],
        "message": fault.in_language(language),
    }


def answers(media_type: str) -> dict[str, Any]:
    """Return the description of a 200 that is a text of this media type; for `openapi_extra`."""
    return {"responses": {200: {"content": {media_type: {"schema": {"type": "string"}}}}}}


def install(api: NinjaAPI) -> None:
    """Answer every exception of the API with a problem."""
    api.add_exception_handler(Refusal, _as_handler(answer_refusal))
    api.add_exception_handler(Http404, lambda request, _error: problem(request, 404))
    api.add_exception_handler(ValidationError, _as_handler(_answer_validation))
    api.add_exception_handler(HttpError, _as_handler(_answer_http_error))
    api.add_exception_handler(Exception, _as_handler(_answer_broken))


def _as_handler(handler: Any) -> Callable[[HttpRequest, Any], HttpResponse]:
    return cast("Callable[[HttpRequest, Any], HttpResponse]", handler)


def _answer_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [_shown(fault_from(each), reader_language()) for each in error.errors]
    return problem(request, 422, refusal="FaultyInput", facts={"count": len(faults)}, faults=faults)


def _answer_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    facts = dict(getattr(error, "facts", {}))
    if error.status_code == 429:
        facts["wait"] = int(getattr(error, "wait", None) or 1)
    return problem(request, error.status_code, facts=facts)


def _answer_broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Record what nobody expected; its words may hold what the reader must not see."""
    logger.error("%s %s", request.method, request.path, exc_info=error)
    return problem(request, 500)


class ProblemMiddleware:
    """Turn what never reached an operation (404, 405, 413, a broken page) into a problem too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer requests below /api/; leave all others as they are."""
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            return problem(request, 413, facts={"allowed": limit})
        answer = self.get_response(request)
        if answer.status_code < 400 or answer["Content-Type"].startswith(MEDIA_TYPE):
            return answer
        made = problem(request, answer.status_code, facts={"allowed": answer.get("Allow", "")})
        for header in ("Allow", "Retry-After"):
            if header in answer:
                made[header] = answer[header]
        return made


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"
