"""Who may do what, where; who is who."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from sameboat.ground.people.models import AccessToken, JournalLine, Person, Role
from sameboat.ground.people.refusals import NotAllowed
from sameboat.ground.places.models import PlaceVersion

#: verb -> the roles that give it.  A role holds at its place and everywhere below.
VERBS = {
    "see": {"viewer", "duty_officer", "approver", "administrator"},
    "forecast": {"duty_officer", "approver", "administrator"},
    "draft": {"duty_officer", "approver", "administrator"},
    "approve": {"approver", "administrator"},
    "administer": {"administrator"},
}


def may(person: Any, verb: str, place_code: str) -> bool:
    """Return whether a role of the person gives this verb at the place or somewhere above it."""
    if not isinstance(person, Person) or not person.is_active:
        return False
    codes = codes_above(place_code)
    return Role.objects.filter(person=person, kind__in=VERBS[verb], place__code__in=codes).exists()


def codes_above(place_code: str) -> list[str]:
    """Return the places at which a role reaches this place: from the root down to itself."""
    version = PlaceVersion.objects.filter(place__code=place_code, current=True).first()
    return [code for code in version.path.split("/") if code] if version else [place_code]


def require(person: Any, verb: str, place_code: str) -> None:
    """Go on only if the person may.

    Raises:
        NotAllowed: no role gives the verb there.
    """
    if not may(person, verb, place_code):
        raise NotAllowed(verb=verb, place=place_code)


def places_of(person: Any, verb: str) -> list[str]:
    """Return the topmost places at which the person has the verb; all below are meant too."""
    if not isinstance(person, Person) or not person.is_active:
        return []
    return sorted(
        Role.objects.filter(person=person, kind__in=VERBS[verb])
        .values_list("place__code", flat=True)
        .distinct()
    )


def signature_of(person: Any) -> str:
    """Return how entries and the journal name an actor: desk and number, never the person."""
    if isinstance(person, Person):
        return f"{settings.PLACE}/desk/{person.desk}#{person.number}"
    return str(person)


def find_person(username: str) -> Person | None:
    """Return the person who signs in by this name."""
    return Person.objects.filter(username=username).first()


def who_has_password(password: str, usernames: Iterable[str]) -> list[str]:
    """Return which of these accounts can still be opened with this password."""
    found = Person.objects.filter(username__in=list(usernames), is_active=True)
    return [person.username for person in found if person.check_password(password)]


def list_people(*, viewer: Any) -> QuerySet[Person]:
    """Return everybody, for those who administer the home place; else only the viewer."""
    if may(viewer, "administer", settings.PLACE):
        return Person.objects.order_by("number").prefetch_related("roles__place")
    return (
        Person.objects.filter(pk=viewer.pk) if isinstance(viewer, Person) else Person.objects.none()
    )


def roles_of(person: Person) -> list[Role]:
    """Return a person's roles with their places."""
    return list(person.roles.select_related("place").order_by("place__code", "kind"))


def digest_of(secret: str) -> str:
    """Return what is kept of a token's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_person(secret: str, now: datetime) -> tuple[Person, list[str]] | None:
    """Return whose token this is and its scopes; None for one unknown, revoked or expired."""
    token = (
        AccessToken.objects.select_related("person")
        .filter(digest=digest_of(secret), revoked_at=None, person__is_active=True)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .first()
    )
    return (token.person, list(token.scopes)) if token else None


def tokens_of(person: Person) -> QuerySet[AccessToken]:
    """Return a person's tokens, newest first; their secrets are not kept."""
    return person.tokens.order_by("-made_at")


def list_journal(
    *, viewer: Any, after_id: int | None = None, limit: int = 100
) -> list[JournalLine]:
    """Return lines of the journal, newest first, for those who administer the home place."""
    if not may(viewer, "administer", settings.PLACE):
        return []
    lines = JournalLine.objects.all()
    if after_id is not None:
        lines = lines.filter(id__lt=after_id)
    return list(lines[:limit])


def sessions_of(person: Person) -> list[Any]:
    """Return the person's live sessions (allauth.usersessions), newest first."""
    from allauth.usersessions.models import UserSession

    return sorted(
        (s for s in UserSession.objects.filter(user=person) if s.exists()),
        key=lambda session: session.last_seen_at,
        reverse=True,
    )


def newest_row() -> int:
    """Return the row of the newest line of the journal, 0 where there is none."""
    return JournalLine.objects.order_by("-id").values_list("id", flat=True).first() or 0


def rows_after(row: int, limit: int) -> list[tuple[int, str, str, str]]:
    """Return (row, what, about, place) of the lines written after a row, oldest first."""
    lines = JournalLine.objects.filter(id__gt=row).order_by("id")
    return list(lines.values_list("id", "what", "about", "place")[:limit])


def places_seen(people: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return for each of these people (rows) the topmost places seen; none for who has left."""
    seen: dict[int, set[str]] = {person: set() for person in people}
    roles = Role.objects.filter(person__in=list(seen), person__is_active=True)
    for person, code in roles.values_list("person", "place__code"):
        seen[person].add(code)
    return {person: frozenset(codes) for person, codes in seen.items()}


def all_people() -> QuerySet[Person]:
    """Return everybody, for the operator at the machine's own command line."""
    return Person.objects.order_by("number")
