"""When each session was last seen, without a write for every page."""

from datetime import UTC, datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.usersessions.middleware import UserSessionsMiddleware
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse

#: A list of sessions need not be newer than this.  Each note is a write, which on SQLite waits
#: for every other write and wakes whoever watches the database.
NOTED_EVERY = timedelta(minutes=1)
_AGENT = UserSession._meta.get_field("user_agent").max_length


class SessionActivityMiddleware(UserSessionsMiddleware):  # type: ignore[misc]
    """Note a session's activity once a minute, and at once when its client changes."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Note the activity where that is due, and go on."""
        answer: HttpResponse
        if request.user.is_authenticated and _is_noted(request):
            answer = self.get_response(request)
        else:
            answer = super().__call__(request)
        return answer


def _is_noted(request: HttpRequest) -> bool:
    key = request.session.session_key
    seen = UserSession.objects.filter(session_key=key).only("last_seen_at", "ip", "user_agent")
    session = seen.first() if key else None
    if session is None or datetime.now(UTC) - session.last_seen_at >= NOTED_EVERY:
        return False
    agent = request.META.get("HTTP_USER_AGENT", "")[:_AGENT]
    return bool(session.ip == get_adapter().get_client_ip(request) and session.user_agent == agent)
