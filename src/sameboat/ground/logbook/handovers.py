"""Handing a thing over to another place: offered, accepted, and done by the owner's own word."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from sameboat.ground.logbook import handing
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.handing import Holding, Offer, Word
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.peers import NotAPeer, list_peers
from sameboat.ground.logbook.queries import body_of, entries_about
from sameboat.lib.address import parse_address
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class NotTheOwner(Refusal):
    """Only who owns a thing gives it away."""

    says = _("{address} is owned by {owner}; only its owner hands it over.")


class OfferOpen(Refusal):
    """Two offers at once would make two owners possible."""

    says = _("{address} is offered to {to} already. Withdraw that offer first, or wait for it.")


class NoOffer(Refusal):
    """There is nothing to answer."""

    says = _("{address} is not offered to {place}, or not any more.")


class OfferAccepted(Refusal):
    """What was accepted is handed over, not taken back."""

    says = _("{to} has accepted {address} already; it is being handed over.")


def holding_of(address: str) -> Holding:
    """Return who owns a thing, and what is on the table, by the entries that are here.

    What was said to some alone does not count: for the others the thing would have another owner.

    Raises: ValueError: the text is no address.
    """
    rows = entries_about(address).filter(kind__in=handing.KINDS, audience=["*"])
    return handing.fold(
        parse_address(address).place,
        [Word(row.origin, row.index, row.kind, tuple(row.after), body_of(row) or {}, row.said_at)
         for row in rows],
    )  # fmt: skip


@transaction.atomic
def offer_handover(*, address: str, to: str, by: object, now: datetime) -> Holding:
    """Offer a thing of ours to another place; it stays ours until that has accepted.

    Twice is once.  Raises: NotTheOwner, OfferOpen, NotAPeer: its acceptance could not be heard.
    """
    lock_log(settings.PLACE)
    held = _ours(address)
    if held.offer is not None:
        if held.offer.to == to:
            return held
        raise OfferOpen(address=address, to=held.offer.to)
    if to not in {peer.origin for peer in list_peers() if peer.left_at is None}:
        raise NotAPeer(origin=to)
    _say(handing.OFFERED, address, {"to": to, **_tenure(held)}, _since(held), by, now)
    return holding_of(address)


@transaction.atomic
def withdraw_offer(*, address: str, by: object, now: datetime) -> Holding:
    """Take an offer back that nobody has accepted.  Twice is once.

    Raises: NotTheOwner, OfferAccepted.
    """
    lock_log(settings.PLACE)
    held = _ours(address)
    if held.offer is None:
        return held
    if held.offer.accepted is not None:
        raise OfferAccepted(address=address, to=held.offer.to)
    offer = held.offer.word.address
    _say(handing.WITHDRAWN, address, {"offer": offer, **_tenure(held)}, [offer], by, now)
    return holding_of(address)


@transaction.atomic
def accept_handover(*, address: str, by: object, now: datetime) -> Holding:
    """Accept what another place offers to us; ours it is when that place says so.

    Twice is once.  Raises: NoOffer.
    """
    lock_log(settings.PLACE)
    held = holding_of(address)
    if held.owner == settings.PLACE and held.since is not None:
        return held
    offer = _for_us(held, address)
    if offer.accepted is None:
        told = {"offer": offer.word.address}
        _say(handing.ACCEPTED, address, told, [offer.word.address], by, now)
    return holding_of(address)


@transaction.atomic
def decline_handover(*, address: str, because: str, by: object, now: datetime) -> Holding:
    """Decline what another place offers to us.

    Raises: NoOffer.  OfferAccepted: we have accepted it.
    """
    lock_log(settings.PLACE)
    offer = _for_us(holding_of(address), address)
    if offer.accepted is not None:
        raise OfferAccepted(address=address, to=settings.PLACE)
    told = {"offer": offer.word.address, "because": because[:1000]}
    _say(handing.DECLINED, address, told, [offer.word.address], by, now)
    return holding_of(address)


@transaction.atomic
def complete_handover(*, address: str, by: object, now: datetime) -> Holding:
    """Say that a thing of ours is handed over, where it was accepted.  Twice is once."""
    lock_log(settings.PLACE)
    held = holding_of(address)
    offer = held.offer
    if held.owner != settings.PLACE or offer is None or offer.accepted is None:
        return held
    accepted = offer.accepted.address
    told = {"to": offer.to, "accepted": accepted, **_tenure(held)}
    _say(handing.DONE, address, told, [accepted], by, now)
    return holding_of(address)


def _ours(address: str) -> Holding:
    held = holding_of(address)
    if held.owner != settings.PLACE:
        raise NotTheOwner(address=address, owner=held.owner)
    return held


def _for_us(held: Holding, address: str) -> Offer:
    if held.offer is None or held.offer.to != settings.PLACE:
        raise NoOffer(address=address, place=settings.PLACE)
    return held.offer


def _tenure(held: Holding) -> dict[str, str]:
    return {"tenure": held.since.address} if held.since else {}


def _since(held: Holding) -> list[str]:
    return [held.since.address] if held.since else []


def _say(
    kind: str, address: str, body: dict[str, Any], after: Sequence[str], by: object, now: datetime
) -> None:
    say(kind=kind, place=settings.PLACE, about=address, body=body, audience=["*"], after=after,
        by=by, now=now)  # fmt: skip
