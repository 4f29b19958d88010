"""One alert with all it follows, all that follows it and all answers: from the logs kept here."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import address_of, body_of, is_meant_for, read_address
from sameboat.watch.alerts.conversation import (
    ANSWER_KINDS,
    ISSUED,
    ISSUED_KINDS,
    LIFE_KINDS,
    Conversation,
    Said,
    fold,
)


def conversation_of(entry: Entry) -> Conversation:
    """Return what is known of the alert that an entry issued, and of those before and after it."""
    thread = _thread(entry)
    abouts = {each.about for each in thread}
    answers = Entry.objects.filter(about__in=abouts, kind__in=ANSWER_KINDS)
    answers = answers.exclude(origin=entry.origin).defer("canonical")
    return fold([*map(said_of, thread), *map(said_of, answers)])


def said_of(entry: Entry) -> Said:
    """Return an entry as far as alerts care; the body of what follows another is read as well."""
    earlier, references = None, None
    if entry.kind in ISSUED_KINDS and entry.kind != ISSUED:
        body = body_of(entry) or {}
        told = body.get("earlier")
        earlier = None if told is None else str(told)
        references = _identifiers(body["references"]) if "references" in body else None
    return Said(
        entry.origin, entry.index, entry.kind, entry.about, tuple(map(str, entry.after)),
        earlier, references,
    )  # fmt: skip


def entries_at(addresses: Iterable[str]) -> dict[str, Entry]:
    """Return the entries at these addresses, by address; those that are not here are left out."""
    found = {each: read_address(each) for each in addresses}
    return {address: entry for address, entry in found.items() if entry is not None}


def answers_about(about: str) -> QuerySet[Entry]:
    """Return what all places answered to an alert."""
    return Entry.objects.filter(about=about, kind__in=ANSWER_KINDS)


def answer_to(entry: Entry, kind: str) -> Entry | None:
    """Return what we said first of this kind after another place's entry."""
    return next((each for each in answers_to(entry) if each.kind == kind), None)


def answers_to(entry: Entry) -> list[Entry]:
    """Return all that we have said after another place's entry, oldest first."""
    mine = Entry.objects.filter(origin=settings.PLACE, kind__in=ANSWER_KINDS, about=entry.about)
    address = address_of(entry)
    return [each for each in mine.order_by("index") if address in each.after]


def is_for_us(entry: Entry) -> bool:
    """Return whether what another place said is for everyone, for us or for a place below us."""
    return is_meant_for(entry, settings.PLACE)


def _thread(entry: Entry) -> list[Entry]:
    """Return the entries of the place that issued it which belong together, in its order."""
    root = _root(entry)
    rows = Entry.objects.filter(
        origin=entry.origin, kind__in=LIFE_KINDS, index__gte=root.index
    ).defer("canonical")
    about_at = {address_of(each): each.about for each in rows}
    # What it comes after may be of any kind: that it is here tells one refusal from another.
    before = [each for each in entries_at(entry.after).values() if each.origin == entry.origin]
    about_at |= {address_of(each): each.about for each in before}
    abouts, found = {root.about, entry.about}, {}
    for each in sorted(rows, key=lambda row: row.index):
        if each.about in abouts or abouts & {about_at.get(address, "") for address in each.after}:
            abouts.add(each.about)
            found[each.index] = each
    return list(({each.index: each for each in before} | found).values())


def _root(entry: Entry) -> Entry:
    """Return the entry that issued the first alert of the thread, as far as it can be followed."""
    while entry.kind != ISSUED:
        before = [each for each in entries_at(entry.after).values()
                  if each.origin == entry.origin and each.index < entry.index]  # fmt: skip
        rows = Entry.objects.filter(
            origin=entry.origin, about__in=[each.about for each in before],
            kind__in=ISSUED_KINDS, index__lt=entry.index,
        )  # fmt: skip
        first = rows.order_by("index").first()
        if first is None:
            break
        entry = first
    return entry


def _identifiers(references: Any) -> tuple[str, ...]:
    """Return the identifiers that CAP references name, `sender,identifier,sent` each."""
    if not isinstance(references, list):
        return ("",)
    return tuple(str(each).split(",")[1] if str(each).count(",") == 2 else ""
                 for each in references)  # fmt: skip
