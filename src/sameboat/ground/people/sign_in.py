"""How people sign in: accounts are given, never taken; second-factor secrets are sealed."""

from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.http import HttpRequest

KEY_FILE = "mfa_key"
TOO_MANY_NOTED_SECONDS = 60


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody opens an account for himself; an administrator does (`sameboat user add`)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False, always."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return where the request comes from, as the proxies that the node trusts say.

        A request that passed fewer of them came another way: then the address it came from.
        """
        try:
            return str(super().get_client_ip(request))
        except (ImproperlyConfigured, PermissionDenied):
            return str(request.META.get("REMOTE_ADDR") or "unknown")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Let the attempt be made, unless there were too many; that leaves a line."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            note_too_many(request)
            raise


def note_too_many(request: HttpRequest) -> None:
    """Write to the journal that attempts to sign in were refused unlooked at.

    One line a minute for each address (of IPv6, its /64): the journal is kept for ever, and
    nobody who hammers at the door shall fill it.
    """
    address = address_of(request)
    try:
        net = str(ip_network(f"{address}/{64 if ':' in address else 32}", strict=False))
    except ValueError:
        net = address
    if cache.add(f"too-many:{net}", True, TOO_MANY_NOTED_SECONDS):
        _write("sign_in.too_many", request, None, address=address)


def address_of(request: HttpRequest) -> str:
    """Return the address of whoever asks, however many trusted proxies lie between."""
    return ClosedSignup(request).get_client_ip(request)


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]
    """Second-factor secrets are encrypted with a key that lies apart from the database."""

    def encrypt(self, text: str) -> str:
        """Return the secret as it is stored."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; a database without its key file is of no use."""
        return _box().decrypt(encrypted_text.encode()).decode()


class NotedSessions(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Sessions that a person ends on his own page leave a line in the journal as well."""

    def end_sessions(self, sessions: Iterable[Any]) -> None:
        """End them, each with its line."""
        for session in sessions:
            session.end()
            _write("session.ended", self.request, session.user)


def _box() -> Fernet:
    file: Path = settings.HOME.keys / KEY_FILE
    return Fernet(file.read_bytes().strip())


def new_key() -> bytes:
    """Return a fresh key for KEY_FILE; `sameboat init` writes it once, 0600."""
    return Fernet.generate_key()


def connect_journal() -> None:
    """Write sign-ins, failures and second factors to the journal."""
    from allauth.account.signals import password_changed
    from allauth.mfa.signals import authenticator_added, authenticator_removed
    from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

    user_logged_in.connect(_signed_in, dispatch_uid="journal")
    user_logged_out.connect(_signed_out, dispatch_uid="journal")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="journal")
    password_changed.connect(_password_changed, dispatch_uid="journal")
    authenticator_added.connect(_factor_added, dispatch_uid="journal")
    authenticator_removed.connect(_factor_removed, dispatch_uid="journal")


def _write(what: str, request: Any, user: Any, **facts: Any) -> None:
    from sameboat.ground.people.actions import note

    if request is None or not hasattr(request, "now"):
        return
    by = user if user is not None else "somebody"
    note(what=what, by=by, place=settings.PLACE, facts=facts, now=request.now)


def _signed_in(request: Any = None, user: Any = None, **_rest: Any) -> None:
    _write("sign_in", request, user)


def _signed_out(request: Any = None, user: Any = None, **_rest: Any) -> None:
    if user is not None:
        _write("sign_out", request, user)


def _sign_in_failed(request: Any = None, credentials: Any = None, **_rest: Any) -> None:
    # The name typed may be a password typed in the wrong field: it is not kept.
    _write("sign_in.failed", request, None)


def _password_changed(request: Any = None, user: Any = None, **_rest: Any) -> None:
    _write("password.changed", request, user)


def _factor_added(
    request: Any = None, user: Any = None, authenticator: Any = None, **_r: Any
) -> None:
    _write("second_factor.added", request, user, kind=str(getattr(authenticator, "type", "")))


def _factor_removed(
    request: Any = None, user: Any = None, authenticator: Any = None, **_r: Any
) -> None:
    _write("second_factor.removed", request, user, kind=str(getattr(authenticator, "type", "")))
