"""Who owns a thing that passes from place to place: computed from the entries of all logs.

A thing is first owned by the place in its address.  The owner offers it to another; the other
accepts; and the owner, whose word alone moves it, says that it is handed over.  So at every moment
exactly one place owns it, whatever has arrived where: who has asked keeps it until someone else
has accepted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OFFERED, ACCEPTED, DECLINED, WITHDRAWN, DONE = (
    "handover.offered", "handover.accepted", "handover.declined", "handover.withdrawn",
    "handover.done",
)  # fmt: skip
KINDS = (OFFERED, ACCEPTED, DECLINED, WITHDRAWN, DONE)


@dataclass(frozen=True)
class Word:
    """An entry about the thing, as the fold reads it."""

    origin: str
    index: int
    kind: str
    after: tuple[str, ...]
    body: dict[str, Any] = field(hash=False)
    said_at: datetime

    @property
    def address(self) -> str:
        """Return the entry's address."""
        return f"{self.origin}/entry/{self.index}"


@dataclass(frozen=True)
class Offer:
    """An offer of the present owner that is not decided, and the acceptance if there is one."""

    word: Word
    to: str
    accepted: Word | None = None


@dataclass(frozen=True)
class Holding:
    """Who owns a thing, since which entry (None: from the beginning), and what is on the table."""

    owner: str
    since: Word | None
    offer: Offer | None
    earlier: tuple[str, ...]  #: who owned it before, in order


def fold(first_owner: str, words: Iterable[Word]) -> Holding:
    """Return who owns a thing, from every entry about it.

    Args: first_owner: the place in its address.  words: in any order, each any number of times.
    """
    known = {word.address: word for word in words}
    owner, since, earlier = first_owner, None, []
    while (done := _handed_over(known, owner, since)) is not None:
        earlier.append(owner)
        owner, since = str(done.body["to"]), done
    return Holding(owner, since, _open_offer(known, owner, since), tuple(earlier))


def _own(known: dict[str, Word], owner: str, kind: str, since: Word | None) -> list[Word]:
    """Return what an owner said of a kind in this tenure, in the order of its log.

    A tenure has one beginning, and what is said in it comes after that: a place that owned the
    thing twice is not bound by what it said the first time.
    """
    found = [word for word in known.values() if word.origin == owner and word.kind == kind
             and (word.body.get("tenure") or "") == (since.address if since else "")]  # fmt: skip
    return sorted(found, key=lambda word: word.index)


def _handed_over(known: dict[str, Word], owner: str, since: Word | None) -> Word | None:
    """Return the owner's word that moves the thing on: the first that answers an acceptance."""
    for done in _own(known, owner, DONE, since):
        accepted = known.get(str(done.body.get("accepted")))
        if accepted is None or accepted.kind != ACCEPTED or accepted.origin != done.body.get("to"):
            continue
        offer = known.get(str(accepted.body.get("offer")))
        if offer in _own(known, owner, OFFERED, since) and offer.body.get("to") == accepted.origin:
            return done
    return None


def _open_offer(known: dict[str, Word], owner: str, since: Word | None) -> Offer | None:
    """Return the owner's last offer, where it is neither withdrawn nor declined."""
    offers = _own(known, owner, OFFERED, since)
    if not offers:
        return None
    last = offers[-1]
    withdrawn = {word.body.get("offer") for word in _own(known, owner, WITHDRAWN, since)}
    answers = sorted(
        (word for word in known.values() if word.kind in (ACCEPTED, DECLINED)
         and word.origin == last.body.get("to") and word.body.get("offer") == last.address),
        key=lambda word: word.index,
    )  # fmt: skip
    if last.address in withdrawn or (answers and answers[0].kind == DECLINED):
        return None
    return Offer(last, str(last.body.get("to")), answers[0] if answers else None)
