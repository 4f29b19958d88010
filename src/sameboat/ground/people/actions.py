"""Giving accounts, roles and tokens, and taking them back; each leaves a line in the journal."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from sameboat.ground.people.models import (
    ROLES,
    SCOPES,
    AccessToken,
    JournalLine,
    Person,
    Role,
)
from sameboat.ground.people.queries import codes_above, digest_of, require, signature_of
from sameboat.ground.people.refusals import (
    LastAdministrator,
    NameTaken,
    NotDemo,
    UnknownPlace,
    UnknownRole,
    UnknownScope,
    WeakPassword,
)
from sameboat.ground.places.models import Place
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _

#: The operator at the machine's own command line; nobody above him can sign in.
OPERATOR = "operator"
TOKEN_PREFIX = "sbt_"
DEMO_PEOPLE = (
    ("wang", "duty", 7, ("duty_officer",)),
    ("li", "leader", 3, ("approver",)),
    ("zhao", "office", 1, ("administrator",)),
    ("viewer", "hall", 20, ("viewer",)),
)
DEMO_PASSWORD = "same-boat-2005"
#: Names go into addresses of the journal and of entries: nothing that could pass as another part.
USERNAME = re.compile(r"[\w.@+-]{1,64}")
DESK = re.compile(r"[a-z][a-z0-9_-]{0,31}")
LONGEST_TOKEN_NAME = 80


def note(
    *,
    what: str,
    by: Any,
    place: str,
    about: str = "",
    facts: dict[str, Any] | None = None,
    now: datetime,
) -> JournalLine:
    """Write one line in the journal, in the caller's transaction."""
    return JournalLine.objects.create(
        at=now, by=signature_of(by), place=place, what=what, about=about, facts=facts or {}
    )


def _require_administrator(by: Any, place: str) -> None:
    if by != OPERATOR:
        require(by, "administer", place)


@transaction.atomic
def add_person(
    *,
    username: str,
    password: str,
    desk: str = "duty",
    number: int | None = None,
    language: str = "zh-Hans",
    by: Any,
    now: datetime,
) -> Person:
    """Open an account; it may do nothing until it has a role.

    Raises:
        NotAllowed: `by` does not administer the home place.
        FaultyInput: the name or the desk is not of the form that names have.
        NameTaken: the name (in any case of letters) or the number belongs to another.
        WeakPassword: too short or too common.
    """
    _require_administrator(by, settings.PLACE)
    _check_names(username, desk)
    person = Person(username=username, desk=desk, language=language)
    _set_password(person, password)
    return _open_account(person, number, by=by, now=now)


def _open_account(person: Person, number: int | None, *, by: Any, now: datetime) -> Person:
    username = person.username
    last = Person.objects.order_by("-number").values_list("number", flat=True).first()
    person.number = (last or 0) + 1 if number is None else number
    # Whoever signs in as WANG is looked up as wang: two of them would lock each other out.
    if Person.objects.filter(username__iexact=username).exists():
        raise NameTaken(username=username, number=person.number)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise NameTaken(username=username, number=person.number) from None
    note(what="person.added", by=by, place=settings.PLACE, about=signature_of(person), now=now)
    return person


def _check_names(username: str, desk: str) -> None:
    given = (
        ("username", username, USERNAME, _("1–64 letters, digits or . @ + - _")),
        ("desk", desk, DESK, _("1–32 small letters, digits or - _, a letter first: duty")),
    )
    if faults := [
        Fault("not_a_name", _("This is no such name."), field=field, value=value, allowed=allowed)
        for field, value, form, allowed in given
        if not form.fullmatch(value)
    ]:
        raise FaultyInput(faults)


def _set_password(person: Person, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as problem:
        raise WeakPassword(problems=" ".join(problem.messages)) from None
    person.set_password(password)


@transaction.atomic
def reset_password(*, person: Person, password: str, by: Any, now: datetime) -> int:
    """Give a new password, end every session of the person and revoke every token of hers.

    Whoever knew the old password may have made tokens with it.  Returns how many were revoked.

    Raises:
        NotAllowed, WeakPassword.
    """
    _require_administrator(by, settings.PLACE)
    _set_password(person, password)
    person.save(update_fields=["password"])
    revoked = _shut_out(person, by=by, now=now)
    note(what="password.reset", by=by, place=settings.PLACE, about=signature_of(person), now=now)
    return revoked


@transaction.atomic
def close_account(*, person: Person, by: Any, now: datetime) -> None:
    """Let the person sign in no more; sessions end, tokens are worthless.  Twice is once.

    The account and its roles stay as rows: what it signed must still name somebody.

    Raises:
        NotAllowed: `by` does not administer the home place.
        LastAdministrator: nobody would be left to give roles at the home place.
    """
    _require_administrator(by, settings.PLACE)
    _keep_an_administrator(person, leaving=Q(person=person))
    if not Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
        return
    person.is_active = False
    _shut_out(person, by=by, now=now)
    note(what="person.closed", by=by, place=settings.PLACE, about=signature_of(person), now=now)


def _shut_out(person: Person, *, by: Any, now: datetime) -> int:
    end_sessions(person=person, by=by, now=now)
    tokens = list(person.tokens.filter(revoked_at=None))
    for token in tokens:
        revoke_token(token=token, by=by, now=now)
    return len(tokens)


def _keep_an_administrator(person: Person, *, leaving: Q) -> None:
    """Refuse what leaves nobody to give roles at the home place, or anywhere.

    Raises:
        LastAdministrator.
    """
    # The lock comes first: two administrators must not take each other's role at once.
    administrators = Role.objects.select_for_update().filter(
        kind="administrator", person__is_active=True
    )
    list(administrators)
    at_home = administrators.filter(place__code__in=codes_above(settings.PLACE))
    for roles in (at_home, administrators):
        if roles.filter(leaving).exists() and not roles.exclude(leaving).exists():
            raise LastAdministrator(username=person.username)


@transaction.atomic
def give_role(*, person: Person, place: str, kind: str, by: Any, now: datetime) -> Role:
    """Let a person act at a place and everywhere below it.  Twice is once.

    Raises:
        NotAllowed: `by` does not administer the place.
        UnknownRole.
        UnknownPlace: in no pack that is loaded, and not the home place either.
    """
    _require_administrator(by, place)
    if kind not in ROLES:
        raise UnknownRole(kind=kind, known=list(ROLES))
    ground = Place.objects.filter(code=place).first()
    if ground is None and place == settings.PLACE:
        # A body that places formed is in no pack, and its own people act for it all the same.
        ground, _made = Place.objects.get_or_create(code=place)
    if ground is None:
        raise UnknownPlace(place=place)
    role, new = Role.objects.get_or_create(person=person, place=ground, kind=kind)
    if new:
        facts = {"role": kind}
        note(
            what="role.given", by=by, place=place, about=signature_of(person), facts=facts, now=now
        )
    return role


@transaction.atomic
def take_role(*, role: Role, by: Any, now: datetime) -> None:
    """Take a role back.  Twice is once.

    Raises:
        NotAllowed: `by` does not administer the place.
        LastAdministrator: nobody would be left to give roles at the home place.
    """
    place = role.place.code
    _require_administrator(by, place)
    if role.kind == "administrator":
        _keep_an_administrator(role.person, leaving=Q(pk=role.pk))
    taken, _each = Role.objects.filter(pk=role.pk).delete()
    if taken:
        about, facts = signature_of(role.person), {"role": role.kind}
        note(what="role.taken", by=by, place=place, about=about, facts=facts, now=now)


@transaction.atomic
def make_token(
    *,
    person: Person,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    by: Any,
    now: datetime,
) -> tuple[AccessToken, str]:
    """Return a token and its secret; the secret is shown this once and not kept.

    Raises:
        NotAllowed: for another person, `by` must administer the home place.
        FaultyInput: no name, or one that is too long; no scope.
        UnknownScope.
    """
    if by != person:
        _require_administrator(by, settings.PLACE)
    _check_token(name, scopes)
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownScope(scope=scope, known=list(SCOPES))
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = AccessToken.objects.create(
        person=person,
        name=name,
        digest=digest_of(secret),
        scopes=list(scopes),
        made_at=now,
        expires_at=expires_at,
    )
    facts = {"name": name, "scopes": list(scopes)}
    note(
        what="token.made",
        by=by,
        place=settings.PLACE,
        about=signature_of(person),
        facts=facts,
        now=now,
    )
    return token, secret


def _check_token(name: str, scopes: Sequence[str]) -> None:
    faults = []
    if not 1 <= len(name) <= LONGEST_TOKEN_NAME or not name.isprintable():
        faults.append(
            Fault(
                "not_a_name", _("This is no such name."), field="name", value=name,
                allowed=f"1–{LONGEST_TOKEN_NAME}",
            )
        )  # fmt: skip
    if not scopes:
        faults.append(
            Fault(
                "no_scope", _("A token without a scope opens nothing."), field="scopes",
                allowed=", ".join(SCOPES),
            )
        )  # fmt: skip
    if faults:
        raise FaultyInput(faults)


@transaction.atomic
def revoke_token(*, token: AccessToken, by: Any, now: datetime) -> None:
    """Make a token worthless at once.  Twice is once.

    Raises:
        NotAllowed: another person's token, without administering the home place.
    """
    if by != token.person:
        _require_administrator(by, settings.PLACE)
    if AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        about, facts = signature_of(token.person), {"name": token.name}
        note(what="token.revoked", by=by, place=settings.PLACE, about=about, facts=facts, now=now)


@transaction.atomic
def end_session(*, person: Person, session_key: str, by: Any, now: datetime) -> None:
    """End one session of a person.  Twice is once.

    Raises:
        NotAllowed: another person's session, without administering the home place.
    """
    from allauth.usersessions.models import UserSession

    if by != person:
        _require_administrator(by, settings.PLACE)
    for session in UserSession.objects.filter(user=person, session_key=session_key):
        session.end()
        note(what="session.ended", by=by, place=settings.PLACE, about=signature_of(person), now=now)


@transaction.atomic
def end_sessions(*, person: Person, by: Any, now: datetime) -> None:
    """End every session of a person."""
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user=person):
        end_session(person=person, session_key=session.session_key, by=by, now=now)


@transaction.atomic
def add_demo_people(*, places: Sequence[str], by: Any, now: datetime) -> list[Person]:
    """Add the accounts of the demo, with the password that the sign-in page shows.

    Raises:
        NotDemo: the node is not in demo mode.
    """
    if not settings.DEMO:
        raise NotDemo()
    people = []
    # One hash for all: everybody knows the password, and hashing is slow on purpose.
    hashed = make_password(DEMO_PASSWORD)
    for username, desk, number, kinds in DEMO_PEOPLE:
        person = Person.objects.filter(username=username).first() or _open_account(
            Person(username=username, desk=desk, language="zh-Hans", password=hashed),
            number, by=by, now=now,
        )  # fmt: skip
        for place in places:
            for kind in kinds:
                give_role(person=person, place=place, kind=kind, by=by, now=now)
        people.append(person)
    return people
