"""Joining another place's log, and leaving it: each is said in our own."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.models import Entry, Peer
from sameboat.ground.logbook.queries import body_of, log_key
from sameboat.lib.address import PLACE_CODE, parse_address
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.lib.web_address import read_web_address
from sameboat.proof.keys import COSIGNER, LOG, read_verifier

#: How an invitation begins; another number is another form.
FORM = "sameboat-invitation@v1"
_WORDS = 6
#: As much as is said of why a place was expelled; the column holds no more.
MOST_REASON = 400
_FINGERPRINT = re.compile("[0-9a-f]{64}")


class NotAnInvitation(Refusal):
    """The file is none, or was changed."""

    says = _("This is no invitation: {problem}. Ask the place to make it again: sameboat invite")


class IsOurselves(Refusal):
    """A node does not follow itself."""

    says = _("{origin} is this node's own place.")


class OtherKeyPinned(Refusal):
    """A place that we follow suddenly has another key."""

    says = _(
        "{origin} is followed under another key ({known}). Speak with the place. If it has changed "
        "its key and revoked the old one while this node was away: sameboat join FILE --replace"
    )


class NameTaken(Refusal):
    """Two logs under one name could not be told apart by whoever witnesses them."""

    says = _(
        "{origin} signs under a name ({name}) that another place signs under already. Ask it to "
        "make its keys under a name of its own: sameboat log init --name"
    )


class NotAPeer(Refusal):
    """We do not follow it."""

    says = _("{origin} is no peer of this node. See: sameboat peers")


class NoReason(Refusal):
    """Who is expelled, and everybody else, may read why."""

    says = _("Say why in 1 … {most} characters; these are {count}: --because TEXT")


@dataclass(frozen=True)
class Invitation:
    """Who a place is: its code, the address of its node, its two public keys, its certificate."""

    origin: str
    address: str
    verifier: str
    witness: str
    certificate: str = ""
    compact: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as its file holds it."""
        told = {"form": FORM, "place": self.origin, "address": self.address,
                "key": self.verifier, "witness": self.witness}  # fmt: skip
        more = {"certificate": self.certificate, "compact": self.compact}
        return told | {name: text for name, text in more.items() if text}

    @property
    def words(self) -> str:
        """What two officers read to each other: groups of four of the fingerprint of all of it."""
        told = (self.origin, self.address, self.verifier, self.witness, self.certificate,
                self.compact)  # fmt: skip
        digest = hashlib.sha256("\n".join(told).encode())
        text = digest.hexdigest()[: 4 * _WORDS]
        return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def read_invitation(content: Any) -> Invitation:
    """Return what an invitation says, checked.

    Raises: NotAnInvitation: something is missing or has another form.
    """
    try:
        if not isinstance(content, dict) or content.get("form") != FORM:
            raise ValueError(f"it does not say {FORM}")
        told = [content.get(key) for key in ("place", "address", "key", "witness")]
        if not all(isinstance(each, str) for each in told):
            raise ValueError("place, address, key or witness is missing")
        origin, address, key, witness = (str(each) for each in told)
        if not PLACE_CODE.fullmatch(origin):
            raise ValueError(f"place is {origin[:48]!r}")
        found = read_web_address(address)
        for name, text, kind in (("key", key, LOG), ("witness", witness, COSIGNER)):
            if read_verifier(text).kind != kind:
                raise ValueError(f"{name} is a key of another kind")
        certificate = _read_certificate(content.get("certificate", ""), found.scheme)
        compact = _read_compact(content.get("compact", ""))
    except ValueError as problem:
        raise NotAnInvitation(problem=str(problem)) from None
    return Invitation(origin, str(found), key, witness, certificate, compact)


def _read_certificate(told: object, scheme: str) -> str:
    if told == "":
        return ""
    if not isinstance(told, str) or not _FINGERPRINT.fullmatch(told):
        raise ValueError(f"certificate is {str(told)[:80]!r}, allowed: 64 digits 0-9 a-f")
    if scheme != "https":
        raise ValueError("it names a certificate, and its address is not https://…")
    return told


def _read_compact(told: object) -> str:
    if told == "":
        return ""
    try:
        parts = parse_address(told) if isinstance(told, str) else None
        if parts and parts.noun == "compact" and str(UUID(parts.id)) == parts.id:
            return str(told)
    except ValueError:
        pass
    raise ValueError(f"compact is {str(told)[:80]!r}, allowed: <place>/compact/<uuid>")


@transaction.atomic
def join(*, invitation: Invitation, by: object, now: datetime) -> Peer:
    """Follow a place's log from now on, under this key.  Twice is once.

    A peer that is followed already may have a new address and a new certificate: the officers
    have compared the words again.

    Raises: IsOurselves, OtherKeyPinned, NameTaken.
    """
    if invitation.origin == settings.PLACE:
        raise IsOurselves(origin=invitation.origin)
    known = Peer.objects.filter(origin=invitation.origin).first()
    if known is not None and known.left_at is None:
        if (known.verifier, known.witness) != (invitation.verifier, invitation.witness):
            raise OtherKeyPinned(origin=known.origin, known=known.verifier)
        Peer.objects.filter(pk=known.pk).update(
            address=invitation.address, certificate=invitation.certificate, retry_at=None
        )
        known.refresh_from_db()
        return known
    _check_names(invitation)
    if known is not None and known.verifier != invitation.verifier:
        raise OtherKeyPinned(origin=known.origin, known=known.verifier)
    peer, _new = Peer.objects.update_or_create(
        origin=invitation.origin,
        defaults={"address": invitation.address, "verifier": invitation.verifier,
                  "witness": invitation.witness, "certificate": invitation.certificate,
                  "joined_at": now, "left_at": None, "expelled_because": "",
                  "failures": 0, "retry_at": None, "problem": ""},
    )  # fmt: skip
    say_joined(peer, now)
    return peer


def say_joined(peer: Peer, now: datetime) -> None:
    """Say that a place's log is followed from now on, and under which key."""
    _say("peer.joined", peer.origin, {"key": peer.verifier}, now)


def _check_names(invitation: Invitation) -> None:
    own = (log_key(settings.PLACE) or "").split("+", 1)[0]
    for field, key in (("verifier", invitation.verifier), ("witness", invitation.witness)):
        name = key.split("+", 1)[0]
        others = Peer.objects.exclude(origin=invitation.origin)
        if name == own or others.filter(**{f"{field}__startswith": f"{name}+"}).exists():
            raise NameTaken(origin=invitation.origin, name=name)


@transaction.atomic
def leave(*, origin: str, by: object, now: datetime) -> Peer:
    """Follow a place no longer; what was taken of its log stays.  Twice is once.

    Raises: NotAPeer.
    """
    peer = Peer.objects.filter(origin=origin).first()
    if peer is None:
        raise NotAPeer(origin=origin)
    if peer.left_at is None:
        Peer.objects.filter(pk=peer.pk).update(left_at=now)
        peer.refresh_from_db()
        _say("peer.left", origin, {}, now)
    return peer


@transaction.atomic
def expel(*, origin: str, because: str, by: object, now: datetime) -> Peer:
    """Have no more to do with a place, and say why to everybody.  Twice is once.

    It is not followed, not witnessed, and gets nothing that is not for everyone; what was taken
    of its log stays.  Only joining it again, with an invitation and its words, takes it back.

    Raises: NotAPeer; NoReason: nothing, or too much, is said about why.
    """
    because = because.strip()
    if not because or len(because) > MOST_REASON:
        raise NoReason(count=len(because), most=MOST_REASON)
    # The lock comes first: two who expel at once say it once.
    peer = Peer.objects.select_for_update().filter(origin=origin).first()
    if peer is None:
        raise NotAPeer(origin=origin)
    if not peer.expelled_because:
        left_at = peer.left_at or now
        Peer.objects.filter(pk=peer.pk).update(
            left_at=left_at, expelled_because=because, hinted=False
        )
        peer.refresh_from_db()
        _say("peer.expelled", origin, {"because": because}, now)
    return peer


def expelled_by(origin: str) -> str:
    """Return why a place has expelled ours, by what is here of its log; empty where it has not."""
    said = Entry.objects.filter(
        origin=origin, about=_about(origin, str(settings.PLACE)),
        kind__in=["peer.joined", "peer.expelled"],
    )  # fmt: skip
    newest = said.order_by("index").last()
    if newest is None or newest.kind != "peer.expelled":
        return ""
    reason = str((body_of(newest) or {}).get("because", ""))[:MOST_REASON]
    # Others wrote it: nothing that moves a terminal's cursor is shown.
    return "".join(each if each.isprintable() else " " for each in reason).strip() or "–"


def list_peers() -> list[Peer]:
    """Return every place that is or was followed, in order of joining."""
    return list(Peer.objects.order_by("joined_at", "pk"))


def _say(kind: str, origin: str, body: dict[str, Any], now: datetime) -> None:
    place = str(settings.PLACE)
    say(
        kind=kind, place=place, about=_about(place, origin),
        body={"place": origin, **body}, audience=["*"], by="operator", now=now,
    )  # fmt: skip


def _about(place: str, other: str) -> str:
    return f"{place}/peer/{re.sub('[:.]', '-', other)}"
