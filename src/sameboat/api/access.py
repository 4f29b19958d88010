"""Who asks: a person by a token with scopes, or a signed-in browser; and how often."""

import threading
from collections import deque
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from ninja.security import APIKeyCookie, HttpBearer
from ninja.throttling import BaseThrottle

from sameboat.api.problems import Refused
from sameboat.ground.people.queries import token_person
from sameboat.ground.people.sign_in import address_of

if TYPE_CHECKING:
    from sameboat.ground.people.models import Person

PER_MINUTE = 600  #: requests of one person, or of one address while nobody is known


class Token(HttpBearer):
    """`Authorization: Bearer <token>` with the scope that the operation needs."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> "Person | None":
        """Return the token's person.

        Raises:
            Refused: 403, the token is good but lacks the scope; 415, the body is not JSON.
        """
        known = token_person(token.strip(), now=now_of(request)) if token.strip() else None
        if known is None:
            return None
        person, scopes = known
        if self.scope not in scopes:
            raise Refused(403, scope=self.scope)
        _require_json(request)
        return person


class SignedIn(APIKeyCookie):
    """A browser that has signed in; changes need its CSRF token as well."""

    param_name = "sameboat_session"

    def _get_key(self, request: HttpRequest) -> str | None:
        return request.COOKIES.get(self.param_name)

    def authenticate(self, request: HttpRequest, key: str | None) -> "Person | None":
        """Return the session's person, unless a token was sent: then only the token counts.

        Raises:
            Refused: 403, a change without the CSRF token of the session; 415, as above.
        """
        if "Authorization" in request.headers or not request.user.is_authenticated:
            return None
        if _lacks_csrf_token(request):
            raise Refused(403)
        _require_json(request)
        return request.user


def _require_json(request: HttpRequest) -> None:
    """Refuse forms: the operation exists and takes a body, and only JSON is read."""
    if request.method in {"POST", "PUT", "PATCH"} and request.content_type != "application/json":
        raise Refused(415)


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check without its page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponseForbidden(reason)


def _lacks_csrf_token(request: HttpRequest) -> bool:
    check = _CsrfCheck(lambda _request: HttpResponse())
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check.process_request(request)
    return check.process_view(request, _no_view, (), {}) is not None


def _no_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def who(scope: str) -> list[Any]:
    """Return what an operation takes as proof of who asks."""
    return [Token(scope), SignedIn()]


def person_of(request: HttpRequest) -> "Person":
    """Return the person that `who` found."""
    return cast("Person", request.auth)  # type: ignore[attr-defined]


def now_of(request: HttpRequest) -> datetime:
    """Return the moment the request arrived."""
    return cast(datetime, request.now)  # type: ignore[attr-defined]


def key_or_new(key: UUID | None) -> UUID:
    """Return the caller's Idempotency-Key; without one, each request is a new one."""
    return key or uuid4()


class Pace(BaseThrottle):
    """At most PER_MINUTE requests in any minute, counted in this process."""

    def __init__(self, per_minute: int = PER_MINUTE) -> None:
        self.per_minute = per_minute
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()
        self._wait = 0.0

    def allow_request(self, request: HttpRequest) -> bool:
        """Count this request; return False where it is one too many."""
        person = getattr(request, "auth", None)
        name = f"person {person.pk}" if person else f"address {address_of(request)}"
        with self._lock:
            at = monotonic()
            if len(self._seen) > 10_000:
                self._seen = {k: v for k, v in self._seen.items() if v and v[-1] > at - 60}
            seen = self._seen.setdefault(name, deque())
            while seen and seen[0] <= at - 60:
                seen.popleft()
            if len(seen) >= self.per_minute:
                self._wait = 60 - (at - seen[0])
                return False
            seen.append(at)
            return True

    def wait(self) -> float:
        """Return the seconds until one more is allowed."""
        return max(1.0, self._wait)
