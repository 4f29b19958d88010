"""One alert, all it follows, all that follows it and what was answered: from the logs kept here.

However much a place says, only what the states depend on is read: of a thread its first so many,
of the answers of each place the first of each kind and the latest.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import address_of, body_of, is_meant_for, split_address
from sameboat.watch.alerts import conversation
from sameboat.watch.alerts.conversation import (
    ANSWER_KINDS,
    EXPIRED,
    ISSUED,
    ISSUED_KINDS,
    Conversation,
    Said,
    fold,
)
from sameboat.watch.alerts.linking import links_around
from sameboat.watch.alerts.models import ThreadLink


def conversation_of(entry: Entry) -> Conversation:
    """Return what became of the alert that an entry issued, and of those before and after it.

    Only in the log of the place that issued them: what others answered is `answered`.
    """
    return fold(_thread(entry))


def answered(entry: Entry) -> tuple[Conversation, list[Entry]]:
    """Return the conversation with what others answered to this alert and to those it follows.

    The entries are those that show a state, of this one alone.
    """
    thread = _thread(entry)
    lives = fold(thread).lives
    heard = list(_that_count(entry))
    said, earlier = [*map(said_of, heard)], lives[address_of(entry)].earlier
    while earlier:
        life = lives[earlier]
        said += map(said_of, _that_count(life.said).defer("canonical"))
        earlier = life.earlier
    return fold([*thread, *said]), heard


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


def answer_to(entry: Entry, kind: str) -> Entry | None:
    """Return what we said first of this kind after another place's entry."""
    return _answers_to(entry, [kind]).first()


def answers_to(entry: Entry) -> QuerySet[Entry]:
    """Return all that we have said after another place's entry, oldest first."""
    return _answers_to(entry, ANSWER_KINDS)


def ours_to(entry: Entry) -> list[Entry]:
    """Return what counts of what we have said after another place's entry."""
    return list(_that_count(entry, by=settings.PLACE))


def is_for_us(entry: Entry) -> bool:
    """Return whether what another place said is for everyone, for us or for a place below us."""
    return is_meant_for(entry, settings.PLACE)


def _answers_to(entry: Entry, kinds: Iterable[str]) -> QuerySet[Entry]:
    mine = _said_about(entry.about, settings.PLACE, kinds)
    return mine.filter(after=[address_of(entry)]).order_by("index")


def _said_about(about: Any, by: Any, kinds: Iterable[str] = ANSWER_KINDS) -> QuerySet[Entry]:
    """Return what one place said about one thing."""
    return Entry.objects.filter(about=about, origin=by, kind__in=list(kinds))


def _that_count(about: Entry | Said, *, by: str | None = None) -> QuerySet[Entry]:
    """Return the answers to an alert on which its states depend.

    Of each place the first of each kind, and the last: of acting and not able the latest counts.
    """
    address = f"{about.origin}/entry/{about.index}"
    rows = _said_about(about.about, by) if by else Entry.objects.filter(about=about.about)
    # A place may have said it after something else before: that does not count.
    rows = rows.alias(before=Cast("after", TextField())).filter(before__contains=f'"{address}"')
    rows = rows.filter(kind__in=ANSWER_KINDS).exclude(origin=about.origin).order_by()
    ends = rows.values_list("origin", "kind").annotate(Min("pk"), Max("pk"))
    # Rows count in order of storing, which in each log is the order of saying.
    found = {pk for *_of, first, last in ends for pk in (first, last)}
    return Entry.objects.filter(pk__in=found)


def _thread(entry: Entry) -> list[Said]:
    """Return all that the states of a thread depend on, each with its number in it."""
    links = links_around(entry, conversation.MOST_IN_THREAD)
    number = {each.index: each.number for each in links}
    rows = Entry.objects.filter(pk__in=[each.entry_id for each in links])
    told = [replace(said_of(each), number=number[each.index]) for each in rows]
    over = Entry.objects.filter(pk__in=list(_expired(links)))
    wanted = set(_before(links, rows)) - number.keys()
    before = Entry.objects.filter(origin=entry.origin, index__in=wanted)
    mentions = map(_mentioned, before.defer("canonical"))
    # What is an end and is mentioned as well counts as an end.
    return [*mentions, *map(said_of, over.defer("canonical")), *told]


def _expired(links: list[ThreadLink]) -> Iterator[int]:
    """Yield the rows that say first that an alert of the thread has expired."""
    over = _said_about(OuterRef("about"), OuterRef("origin"), [EXPIRED])
    over = over.filter(index__gt=OuterRef("index"))
    first = over.order_by().values("about").annotate(first=Min("pk")).values("first")
    # Of two that issued the same alert, its end is that of the first.
    issued = Entry.objects.filter(pk__in=[each.entry_id for each in links if each.first]).order_by()
    found = issued.annotate(over=Subquery(first)).values_list("over", flat=True)
    yield from (each for each in found if each is not None)


def _before(links: list[ThreadLink], rows: Iterable[Entry]) -> Iterator[int]:
    """Yield the indexes of what leads from each entry of a thread to what it follows."""
    yield from (each.via for each in links if each.via is not None)
    # That the first comes after anything at all tells one refusal from another.
    alone = {each.index for each in links if each.via is None}
    for row in rows:
        found = (split_address(each) for each in row.after if row.index in alone)
        yield from (each[1] for each in found if each and each[0] == row.origin)


def _mentioned(entry: Entry) -> Said:
    # What a thread merely comes after is no part of it.
    return Said(entry.origin, entry.index, "", entry.about)


def _identifiers(references: Any) -> tuple[str, ...]:
    """Return the identifiers that CAP references name, `sender,identifier,sent` each."""
    if not isinstance(references, list):
        return ("",)
    return tuple(str(each).split(",")[1] if str(each).count(",") == 2 else ""
                 for each in references)  # fmt: skip
