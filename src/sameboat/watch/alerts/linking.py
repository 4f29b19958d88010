"""Which alerts belong together: each issuing entry is put into its thread once, in log order.

A thread is an alert and all that was said to follow it, refused or not.  Which one an entry belongs
to follows from the columns of the entries before it in its own log, so every node finds the same;
the rule is conversation.py's, and a test compares the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet

from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import head, origins, split_address
from sameboat.watch.alerts.conversation import ISSUED, ISSUED_KINDS
from sameboat.watch.alerts.models import ThreadCursor, ThreadLink

MOST_IN_PASS = 5000  #: of one origin, in one transaction
_AT_ONCE = 100  #: entries that are put into threads with a handful of look-ups
_READ_AT_ONCE = 20
_STRIDE = 500  #: so many entries of other kinds are looked over again before the cursor passes them


def link_threads() -> int:
    """Put what is new in all logs into threads; return how many entries.  Twice is once."""
    lasts = [(origin, head(origin)[0]) for origin in origins()]
    # Mostly there is nothing: that is seen without keeping others from writing.
    return sum(_link(origin, last) for origin, last in lasts if _is_due(origin, last))


@transaction.atomic
def link_up_to(entry: Entry) -> None:
    """Put a log's entries into threads, up to and with this one.  Twice is once."""
    while _link(entry.origin, entry.index) == MOST_IN_PASS:
        pass


def links_around(entry: Entry, most: int) -> list[ThreadLink]:
    """Return the first `most` links of an entry's thread, in order; of a later entry its own alone.

    What was not put into its thread yet is so for this look only.
    """
    # The cursor is read first: what is linked meanwhile is found twice, and never left out.
    threads, new = _Threads(entry.origin), list[ThreadLink]()
    for rows in _batches(list(_unlinked(entry.origin, _cursor(entry.origin)))):
        new += threads.take(rows)
    saved = ThreadLink.objects.filter(origin=entry.origin)
    own = next((each for each in new if each.index == entry.index), None)
    own = own or saved.get(index=entry.index)
    if own.number > most:
        return [own]
    found = {each.index: each for each in new if each.root == own.root and each.number <= most}
    found |= {each.index: each for each in saved.filter(root=own.root, number__lte=most)}
    return [found[index] for index in sorted(found)]


def newest_issued(origin: str, most: int) -> Iterator[Entry]:
    """Yield the entries with which a place issued alerts, the newest first; `most` at most."""
    new = [row[0] for row in _unlinked(origin, _cursor(origin))]
    linked = ThreadLink.objects.filter(origin=origin).order_by("-index")
    saved = linked.values_list("entry_id", flat=True)[:most]
    chosen = list(dict.fromkeys([*reversed(new), *saved]))[:most]
    for at in range(0, len(chosen), _READ_AT_ONCE):
        rows = Entry.objects.in_bulk(chosen[at : at + _READ_AT_ONCE])
        yield from (rows[pk] for pk in chosen[at : at + _READ_AT_ONCE])


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    index: int
    kind: str
    about: str
    after: list[str]

    def before(self, origin: str) -> list[int]:
        """Return the indexes of what it comes after in its own log."""
        found = (split_address(each) for each in self.after)
        return [each[1] for each in found if each and each[0] == origin and each[1] < self.index]


class _Threads:
    """The threads of one log, as far as they are looked at; they are read as they are needed."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.roots: dict[str, int | None] = {}  # alert -> root of the thread of who issued it first
        self.lengths: dict[int, int] = {}

    def take(self, rows: list[_Row]) -> list[ThreadLink]:
        """Return the links of the entries that come next in the log."""
        befores = {row.index: row.before(self.origin) for row in rows if row.kind != ISSUED}
        wanted = {index for each in befores.values() for index in each}
        told = Entry.objects.filter(origin=self.origin, index__in=wanted).order_by()
        about_at = dict(told.values_list("index", "about"))
        self._read({*about_at.values(), *(row.about for row in rows)})
        return [self._link(row, befores.get(row.index, []), about_at) for row in rows]

    def _link(self, row: _Row, before: list[int], about_at: dict[int, str]) -> ThreadLink:
        via = next(
            (each for each in before if self._root(about_at.get(each, "")) is not None), None
        )
        root = row.index if via is None else self._root(about_at[via])
        assert root is not None
        number = self.lengths.get(root, 0) + 1
        self.lengths[root] = number
        first = self._root(row.about) is None
        if first:
            self.roots[row.about] = root
        return ThreadLink(
            entry_id=row.pk, origin=self.origin, index=row.index, about=row.about, first=first,
            root=root, number=number, via=via,
        )  # fmt: skip

    def _root(self, about: str) -> int | None:
        return self.roots.get(about)

    def _read(self, abouts: set[str]) -> None:
        wanted = abouts - self.roots.keys()
        saved = ThreadLink.objects.filter(origin=self.origin)
        found = dict(saved.filter(about__in=wanted, first=True).values_list("about", "root"))
        self.roots |= dict.fromkeys(wanted) | found
        roots = set(found.values()) - self.lengths.keys()
        lengths = saved.filter(root__in=roots).values_list("root").annotate(Max("number"))
        self.lengths |= dict(lengths.order_by())


@transaction.atomic
def _link(origin: str, last: int) -> int:
    """Put up to MOST_IN_PASS entries of a log into threads; return how many."""
    # The lock comes first: two that link at once must not count the same thread.
    lock_log(settings.PLACE)
    if not _is_due(origin, last):
        return 0
    rows = list(_unlinked(origin, _cursor(origin)).filter(index__lte=last)[:MOST_IN_PASS])
    threads = _Threads(origin)
    for batch in _batches(rows):
        ThreadLink.objects.bulk_create(threads.take(batch))
    end = rows[-1][1] if len(rows) == MOST_IN_PASS else last
    ThreadCursor.objects.update_or_create(origin=origin, defaults={"next_index": end + 1})
    return len(rows)


def _is_due(origin: str, last: int) -> bool:
    start = _cursor(origin)
    new = _unlinked(origin, start).filter(index__lte=last)
    return start <= last and (last - start >= _STRIDE or new.exists())


def _cursor(origin: str) -> int:
    rows = ThreadCursor.objects.filter(origin=origin)
    return rows.values_list("next_index", flat=True).first() or 0


def _unlinked(origin: str, start: int) -> QuerySet[Entry, tuple[int, int, str, str, list[str]]]:
    rows = Entry.objects.filter(origin=origin, index__gte=start, kind__in=ISSUED_KINDS)
    return rows.order_by("index").values_list("pk", "index", "kind", "about", "after")


def _batches(rows: list[tuple[int, int, str, str, list[str]]]) -> list[list[_Row]]:
    taken = [_Row(*row) for row in rows]
    return [taken[at : at + _AT_ONCE] for at in range(0, len(taken), _AT_ONCE)]
