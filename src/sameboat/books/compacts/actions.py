"""Proposing, signing, declining, amending and leaving a compact: each is said in our own log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sameboat.books.compacts import terms as texts
from sameboat.books.compacts.models import Compact, CompactAnswer, CompactVersion
from sameboat.books.compacts.queries import signatories_of, version_of
from sameboat.books.compacts.rebuilding import rebuild
from sameboat.books.compacts.refusals import (
    AlreadyAnswered,
    NotAMember,
    NotFollowed,
    NotInForce,
    NotOpen,
    SignedAnother,
    TermsTooLarge,
    UnknownCompact,
)
from sameboat.ground.logbook.actions import MAX_ENTRY_BYTES, say
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.logbook.queries import address_of
from sameboat.ground.people.models import Person
from sameboat.ground.people.queries import require, signature_of
from sameboat.lib.address import Address
from sameboat.proof.canon import canonical


@transaction.atomic
def propose_compact(
    *,
    names: Mapping[str, str],
    purpose: Mapping[str, str],
    members: Sequence[str],
    body: str = "",
    led: str = "beside",
    amends: str = "",
    key: UUID,
    by: Person | str,
    now: datetime,
) -> CompactVersion:
    """Propose a compact, or with `amends` (the address of the proposal in force) a new text of it.

    Proposing is not signing: the proposer signs like everybody else.  Twice is once.
    Raises: FaultyInput, NotAMember, NotFollowed, NotInForce, TermsTooLarge, NotAllowed.
    """
    _check_may(by)
    lock_log(settings.PLACE)
    known = CompactVersion.objects.filter(place=settings.PLACE, key=str(key)).first()
    if known is not None:
        return known
    told = texts.Terms(dict(names), dict(purpose), tuple(members), body, led, amends).as_dict()
    terms = texts.read_terms(told)
    if settings.PLACE not in terms.signatories:
        raise NotAMember(place=settings.PLACE)
    _check_followed(terms)
    about = str(Address(settings.PLACE, "compact", str(key)))
    if amends:
        earlier = version_of(amends)
        if earlier is None or earlier.state != "in_force":
            raise NotInForce(address=amends)
        about = earlier.compact.address
    told = {**terms.as_dict(), "key": str(key), "by": signature_of(by)}
    entry = _say_to_all(texts.PROPOSED, about, told, [amends] if amends else [], by, now)
    rebuild(address=about)
    return CompactVersion.objects.get(proposal=address_of(entry))


@transaction.atomic
def sign_compact(*, proposal: str, by: Person | str, now: datetime) -> CompactVersion:
    """Sign a proposal with this place's log.  In force once every signatory's log has.

    Twice is once.  Raises: UnknownCompact, NotAMember, NotOpen, AlreadyAnswered, SignedAnother,
    NotAllowed.
    """
    version = _open_for_us(proposal, "signed", by)
    if version is None:
        return _fresh(proposal)
    # What somebody has declined can never come: it binds nobody.
    rivals = CompactVersion.objects.filter(amends=version.amends).exclude(amends="")
    rivals = rivals.exclude(state="declined")
    signed = CompactAnswer.objects.filter(
        version__in=rivals.exclude(pk=version.pk), place=settings.PLACE, answer="signed"
    )
    if other := signed.select_related("version").first():
        raise SignedAnother(place=settings.PLACE, proposal=other.version.proposal)
    told = {"digest": version.digest, "amends": version.amends}
    _answer(texts.SIGNED, version, told, by, now)
    return _fresh(proposal)


@transaction.atomic
def decline_compact(
    *, proposal: str, because: str, by: Person | str, now: datetime
) -> CompactVersion:
    """Decline a proposal, which then never comes into force.  Twice is once.

    Raises: UnknownCompact, NotAMember, NotOpen, AlreadyAnswered, NotAllowed.
    """
    version = _open_for_us(proposal, "declined", by)
    if version is not None:
        _answer(texts.DECLINED, version, {"because": because[:1000]}, by, now)
    return _fresh(proposal)


@transaction.atomic
def leave_compact(*, address: str, because: str, by: Person | str, now: datetime) -> CompactVersion:
    """Leave a compact that is in force: from now on nothing said under it is for us.

    Twice is once.  Raises: UnknownCompact, NotInForce, NotAMember, NotAllowed.
    """
    _check_may(by)
    lock_log(settings.PLACE)
    if not Compact.objects.filter(address=address).exists():
        raise UnknownCompact(address=address)
    versions = CompactVersion.objects.filter(compact__address=address)
    gone = versions.filter(state="ended", in_force_at__isnull=False).last()
    version = versions.filter(state="in_force").first() or gone
    if version is None:
        raise NotInForce(address=address)
    if settings.PLACE not in (*version.members, version.body):
        raise NotAMember(place=settings.PLACE)
    if settings.PLACE not in version.left:
        _answer(texts.LEFT, version, {"because": because[:1000]}, by, now)
    return _fresh(version.proposal)


def _open_for_us(proposal: str, answer: str, by: Person | str) -> CompactVersion | None:
    """Return a proposal that we may answer, None where we have said just this."""
    _check_may(by)
    lock_log(settings.PLACE)
    version = version_of(proposal)
    if version is None:
        raise UnknownCompact(address=proposal)
    if settings.PLACE not in signatories_of(version):
        raise NotAMember(place=settings.PLACE)
    known = version.answers.filter(place=settings.PLACE).first()
    if known is not None and known.answer == answer:
        return None
    if known is not None:
        raise AlreadyAnswered(place=settings.PLACE, answer=known.answer)
    if version.state != "proposed":
        raise NotOpen(state=version.state)
    return version


def _answer(
    kind: str, version: CompactVersion, body: dict[str, Any], by: Person | str, now: datetime
) -> None:
    told = {"proposal": version.proposal, "by": signature_of(by), **body}
    _say_to_all(kind, version.compact.address, told, [version.proposal], by, now)
    rebuild(address=version.compact.address)


def _say_to_all(
    kind: str, about: str, body: dict[str, Any], after: list[str], by: Person | str, now: datetime
) -> Entry:
    """Say it to everyone and in the log itself: beside it, it would count for nobody.

    Raises: TermsTooLarge: it does not fit; nothing was said.
    """
    with transaction.atomic():
        entry = say(
            kind=kind, place=settings.PLACE, about=about, audience=["*"], body=body,
            after=after, by=by, now=now,
        )  # fmt: skip
        if entry.digest is not None:
            around = len(entry.canonical) - len(canonical({"digest": entry.digest}))
            limit = MAX_ENTRY_BYTES - around - len(canonical({"body": {}})) + 2
            raise TermsTooLarge(bytes=len(canonical(body)), limit=limit)
    return entry


def _fresh(proposal: str) -> CompactVersion:
    return CompactVersion.objects.select_related("compact").get(proposal=proposal)


def _check_may(by: Person | str) -> None:
    """A person needs the right to decide for the place; the operator has the machine."""
    if isinstance(by, Person):
        require(by, "approve", settings.PLACE)


def _check_followed(terms: texts.Terms) -> None:
    followed = {peer.origin for peer in list_peers() if peer.left_at is None}
    missing = sorted(terms.signatories - followed - {settings.PLACE})
    if missing:
        raise NotFollowed(places=missing)
