"""Bringing entries to reactions: in order, once, resumable after a kill at any line.

Each (reaction, origin) has a cursor, advanced in the reaction's own transaction.  A reaction that
fails is tried again with growing pauses; after MAX_FAILURES its entry is parked, and only entries
that come `after` a parked one wait behind it.  What another place said is held until everything it
comes `after` is here (holding.py), and reaches reactions only if it is meant for this place.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from sameboat.ground.logbook.holding import gap_before, hold, holds_most, releasable
from sameboat.ground.logbook.models import Cursor, Entry, HeldEntry, ParkedEntry
from sameboat.ground.logbook.queries import (
    address_of,
    head,
    is_meant_for,
    newest_row,
    origins,
    read_address,
)
from sameboat.ground.logbook.registry import REACTIONS, Reaction

MAX_FAILURES = 5
FIRST_PAUSE = timedelta(seconds=1)
#: Whoever would have to wait longer waits by a clock that was put back since.
LONGEST_PAUSE = FIRST_PAUSE * 2**MAX_FAILURES
#: So many entries of other kinds are looked over again and again before the cursor passes them.
STRIDE = 500
#: A pass that looks only at what is new looks at so many rows before that once more.
LOOK_BACK = 100
#: A reaction takes so many entries of one log, then the next has its turn: a long log that was
#: fetched at last must not keep the others' warnings waiting.
SHARE = 200
#: A round ends after about so many entries: whoever asked for it has other things to do as well.
ROUND = 5 * SHARE
#: One reaction and one origin, by their names.
Turn = tuple[str, str]
log = logging.getLogger(__name__)


class HoldsMost(Exception):
    """An entry came too early, and as many as may be are held already: it stays where it is."""


@dataclass(frozen=True)
class Share:
    """What one reaction did with its share of one log."""

    taken: int = 0
    looked: int = 0


@dataclass(frozen=True)
class Round:
    """What one round did, and what it left for the next."""

    taken: int = 0
    left: tuple[Turn, ...] = ()  #: who has more, in the order in which they come next
    more: bool = False  #: another round at once would find something to do


def deliver(*, now: datetime, after_row: int | None = None) -> int:
    """Run round after round until nothing is left; return how many entries were taken.

    Args: after_row: as `deliver_round` has it.
    """
    taken, done = 0, Round(more=True)
    while done.more:
        row = newest_row()
        done = deliver_round(now=now, after_row=after_row, left=done.left)
        taken, after_row = taken + done.taken, row
    return taken


def deliver_round(
    *, now: datetime, after_row: int | None = None, left: Sequence[Turn] = ()
) -> Round:
    """Give every reaction and origin a share: what this place said first, long backlogs last.

    Args: after_row: a round before this one had seen every entry up to this row, but for what it
        left: only what is new since is looked at, and what is due to be tried again.  None:
        everything.  left: what the round before left.
    """
    taken, more = _retry_parked(now)
    fresh = [(each.name, origin) for each, origin in
             (_everywhere() if after_row is None else _where_new(after_row, now))]  # fmt: skip
    looked, again, unserved = 0, list[Turn](), list[Turn]()
    for turn in _in_order(fresh, left):
        # However much is new, whoever waits longest gets a share in each round.
        if looked >= ROUND and turn != next(iter(left), None):
            unserved.append(turn)
            continue
        reaction, origin = turn
        share = _deliver_to(REACTIONS[reaction], origin, now)
        taken, looked = taken + share.taken, looked + share.looked
        if share.looked >= SHARE:
            again.append(turn)
    released, moved, more_held = _release_held(now)
    # Where something was released there is room for what comes too early.
    next_time = (*unserved, *again, *sorted(moved.difference(unserved, again)))
    return Round(taken + released, next_time, bool(next_time) or more or more_held)


def _in_order(fresh: Iterable[Turn], left: Sequence[Turn]) -> list[Turn]:
    """Return whose turn it is: our own log, what is new elsewhere, what was left last time."""
    known = [turn for turn in left if turn[0] in REACTIONS]
    new = [turn for turn in fresh if turn not in set(known)]
    return sorted(new, key=lambda turn: turn[1] != settings.PLACE) + known


def _everywhere() -> list[tuple[Reaction, str]]:
    reactions = list(REACTIONS.values())
    return [(each, origin) for origin in origins() for each in reactions if each.hears(origin)]


def _where_new(after_row: int, now: datetime) -> list[tuple[Reaction, str]]:
    """Return the reactions and origins that have something to do: two look-ups for all of them."""
    # Two that write at once may show their rows in another order than they were numbered.
    rows = Entry.objects.filter(id__gt=after_row - LOOK_BACK).order_by()
    new = rows.values_list("origin", "kind").distinct()
    found = {
        (reaction.name, origin)
        for origin, kind in new
        for reaction in REACTIONS.values()
        if kind in reaction.kinds and reaction.hears(origin)
    }
    due = Cursor.objects.filter(reaction__in=list(REACTIONS), retry_at__lte=now)
    found.update(due.values_list("reaction", "origin"))
    return [(REACTIONS[name], origin) for name, origin in sorted(found)]


def _deliver_to(reaction: Reaction, origin: str, now: datetime) -> Share:
    """Give a reaction its share of a log."""
    taken = looked = 0
    while looked < SHARE and (entry := _next_entry(reaction, origin, now)) is not None:
        looked += 1
        try:
            taken += _take(reaction, entry, now)
        except HoldsMost:
            break
        except Exception as problem:  # a reaction may fail in any way; the entry must not be lost
            log.warning("%s could not take %s", reaction.name, address_of(entry), exc_info=True)
            _note_failure(reaction, entry, problem, now)
    return Share(taken, looked)


def _next_entry(reaction: Reaction, origin: str, now: datetime) -> Entry | None:
    """Return the entry that is due, without a lock: mostly there is none."""
    cursor = Cursor.objects.filter(reaction=reaction.name, origin=origin).first()
    if cursor and cursor.retry_at and now < cursor.retry_at <= now + LONGEST_PAUSE:
        return None
    start = cursor.next_index if cursor else 0
    # The head is read first: what is said from here on lies behind it and is not passed over.
    last, _chain = head(origin)
    wanted = Entry.objects.filter(origin=origin, index__gte=start, kind__in=reaction.kinds)
    entry = wanted.order_by("index").first()
    if entry is None and last + 1 >= start + STRIDE:
        _pass_over(reaction, origin, last + 1)
    return entry


@transaction.atomic
def _pass_over(reaction: Reaction, origin: str, next_index: int) -> None:
    cursor = _locked_cursor(reaction, origin)
    if cursor.next_index < next_index:
        _advance(cursor, next_index)


@transaction.atomic
def _take(reaction: Reaction, entry: Entry, now: datetime) -> int:
    """Let the reaction take the entry, or park it behind one it comes after; return how many.

    Raises: HoldsMost: it would have to be held, and no more are.
    """
    # The lock comes first: two workers must not take the same entry.
    cursor = _locked_cursor(reaction, entry.origin)
    if cursor.next_index > entry.index:
        return 0
    if not is_meant_for(entry, settings.PLACE):
        _advance(cursor, entry.index + 1)
        return 0
    if gap := gap_before(reaction, entry):
        if holds_most(reaction.name, entry.origin):
            raise HoldsMost
        hold(reaction.name, entry, gap, now)
        _advance(cursor, entry.index + 1)
        return 0
    if blocker := _parked_before(reaction.name, entry):
        _park(reaction, entry, f"waits for {address_of(blocker)}", 0, now, waits_for=blocker)
        _advance(cursor, entry.index + 1)
        return 0
    reaction.react(entry=entry, now=now)
    _advance(cursor, entry.index + 1)
    return 1


def _locked_cursor(reaction: Reaction, origin: str) -> Cursor:
    cursor, _new = Cursor.objects.get_or_create(reaction=reaction.name, origin=origin)
    return Cursor.objects.select_for_update().get(pk=cursor.pk)


def _advance(cursor: Cursor, next_index: int) -> None:
    cursor.next_index = next_index
    cursor.failures = 0
    cursor.retry_at = None
    cursor.save()


def _parked_before(reaction: str, entry: Entry) -> Entry | None:
    """Return the first parked entry that this one comes after.

    Its row is locked: were it released meanwhile, this entry would wait for ever.
    """
    earlier = [found for address in entry.after if (found := read_address(address))]
    rows = ParkedEntry.objects.select_for_update(of=("self",)).select_related("entry")
    parked = rows.filter(reaction=reaction, entry__in=earlier).order_by("pk").first()
    return parked.entry if parked else None


@transaction.atomic
def _note_failure(reaction: Reaction, entry: Entry, problem: Exception, now: datetime) -> None:
    """Count the failure and pause; after the last one park the entry and go on behind it."""
    cursor = _locked_cursor(reaction, entry.origin)
    if cursor.next_index > entry.index:  # another worker could take it meanwhile
        return
    cursor.failures += 1
    if cursor.failures >= MAX_FAILURES:
        _park(reaction, entry, _said(problem), cursor.failures, now)
        _advance(cursor, entry.index + 1)
        return
    cursor.retry_at = now + FIRST_PAUSE * 2 ** (cursor.failures - 1)
    cursor.save()


def _park(
    reaction: Reaction,
    entry: Entry,
    problem: str,
    failures: int,
    now: datetime,
    waits_for: Entry | None = None,
) -> None:
    ParkedEntry.objects.get_or_create(
        reaction=reaction.name,
        entry=entry,
        defaults={
            "problem": problem,
            "failures": failures,
            "parked_at": now,
            "waits_for": waits_for,
        },
    )


def _retry_parked(now: datetime) -> tuple[int, bool]:
    """Give another try to what somebody asked for, then to what waited for it.

    Returns: how many were taken, and whether more than a share was asked for.
    """
    wanted = ParkedEntry.objects.filter(retry_at__isnull=False, reaction__in=list(REACTIONS))
    taken = 0
    for _number in range(SHARE):
        parked = wanted.order_by("entry__origin", "entry__index").first()
        if parked is None:
            return taken, False
        try:
            taken += _take_parked(parked.pk, now)
        except Exception as problem:
            log.warning("%s could not take a parked entry", parked.reaction, exc_info=True)
            ParkedEntry.objects.filter(pk=parked.pk).update(
                problem=_said(problem), failures=parked.failures + 1, retry_at=None
            )
    return taken, True


@transaction.atomic
def _take_parked(pk: int, now: datetime) -> int:
    rows = ParkedEntry.objects.select_for_update(of=("self",)).select_related("entry")
    parked = rows.filter(pk=pk, retry_at__isnull=False).first()
    if parked is None:
        return 0
    if blocker := _parked_before(parked.reaction, parked.entry):
        parked.waits_for, parked.retry_at = blocker, None
        parked.save(update_fields=["waits_for", "retry_at"])
        return 0
    REACTIONS[parked.reaction].react(entry=parked.entry, now=now)
    waiting = ParkedEntry.objects.filter(reaction=parked.reaction, waits_for=parked.entry)
    parked.delete()
    waiting.update(retry_at=now)
    return 1


def _release_held(now: datetime) -> tuple[int, set[Turn], bool]:
    """Let reactions have what they held, where the gap is closed; then what waited for that.

    Returns: how many were taken, whose logs moved on, and whether more than a share was free.
    """
    taken, moved, more = 0, set[Turn](), False
    for reaction in (each for each in REACTIONS.values() if each.foreign):
        own, origins_moved, own_more = _release_to(reaction, now)
        taken, more = taken + own, more or own_more
        moved.update((reaction.name, origin) for origin in origins_moved)
    return taken, moved, more


def _release_to(reaction: Reaction, now: datetime) -> tuple[int, set[str], bool]:
    taken, tried, moved = 0, set[int](), set[str]()
    # All that is free is taken before it is asked what that has set free.
    while free := [each for each in releasable(reaction)[:SHARE] if each.pk not in tried]:
        if len(tried) >= SHARE:
            return taken, moved, taken > 0
        tried.update(each.pk for each in free)
        for held in free:
            try:
                done = _take_held(held.pk, now)
                taken += done or 0
                moved.update(() if done is None else [held.origin])
            except Exception as problem:  # as any reaction may fail: people look at it
                log.warning("%s could not take a held entry", held.reaction, exc_info=True)
                _park_held(held.pk, problem, now)
                moved.add(held.origin)
    return taken, moved, False


@transaction.atomic
def _take_held(pk: int, now: datetime) -> int | None:
    """Take one held entry, hold it on behind another gap, or park it behind its blocker.

    Returns: how many were taken; None: it is held on.
    """
    held = _locked_held(pk)
    if held is None:
        return 0
    entry, reaction = held.entry, held.reaction
    if gap := gap_before(REACTIONS[reaction], entry):
        hold(reaction, entry, gap, now)
        return None
    held.delete()
    if blocker := _parked_before(reaction, entry):
        problem = f"waits for {address_of(blocker)}"
        _park(REACTIONS[reaction], entry, problem, 0, now, waits_for=blocker)
        return 0
    REACTIONS[reaction].react(entry=entry, now=now)
    return 1


@transaction.atomic
def _park_held(pk: int, problem: Exception, now: datetime) -> None:
    held = _locked_held(pk)
    if held is not None:
        _park(REACTIONS[held.reaction], held.entry, _said(problem), 1, now)
        held.delete()


def _locked_held(pk: int) -> HeldEntry | None:
    rows = HeldEntry.objects.select_for_update(of=("self",)).select_related("entry")
    return rows.filter(pk=pk).first()


def _said(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"[:2000]
