"""When an entry stood in its log, by the word of others: checkpoints and the cosignatures on them.

A cosignature counts once it is verified under the key of a witness that this node has pinned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from sameboat.ground.logbook.forks import list_forks
from sameboat.ground.logbook.keyring import trusted_keys
from sameboat.ground.logbook.models import Checkpoint, Cosignature, Entry
from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.logbook.proving import note_of, published, receipt_under
from sameboat.ground.logbook.queries import head, log_key
from sameboat.ground.logbook.witnessing import known_witnesses
from sameboat.proof.cosignature import cosignatures_of
from sameboat.proof.keys import Verifier
from sameboat.proof.note import BadNote, read_note
from sameboat.proof.policy import NOBODY, Policy
from sameboat.watch.alerts.facts import Line

#: So many checkpoints of another's log, before and after an entry, are looked at for cosignatures.
MOST_LOOKED_AT = 8
#: Of those that are known to have some, so many are compared for the earliest.
MOST_COMPARED = 4
#: Checkpoints whose cosignatures are kept in mind at once.
MOST_KEPT = 1000


@dataclass(frozen=True)
class _Seen:
    by: str
    at: datetime


class Seals:
    """Looks up when entries were seen; the keys are read once."""

    def __init__(self) -> None:
        self._known: dict[int, list[_Seen]] = {}

    @cached_property
    def witnesses(self) -> list[Verifier]:
        """The keys with which our peers cosign, and our own."""
        return known_witnesses()

    def sealed(self, line: Line) -> Line:
        """Return the line with what is known of when it stood in its log."""
        points = Checkpoint.objects.filter(origin=line.origin)
        after = points.filter(size__gt=line.index).order_by("size")
        before = points.filter(size__lte=line.index).order_by("-size")
        first = after.first()
        seen = min(self._seen(after), key=lambda pair: pair[0].at, default=(None, None))[0]
        unseen = max(self._seen(before), key=lambda pair: pair[0].at, default=(None, None))[0]
        return replace(
            line, kept_at=first.kept_at if first else None,
            seen_at=seen.at if seen else None, seen_by=seen.by if seen else "",
            unseen_at=unseen.at if unseen else None, unseen_by=unseen.by if unseen else "",
        )  # fmt: skip

    def _seen(self, points: QuerySet[Checkpoint]) -> Iterator[tuple[_Seen, Checkpoint]]:
        """Yield the cosignatures on the nearest checkpoints that have any, each with its own.

        More than one is looked at: a witness may have come late to the first, and another early to
        the next, which holds all that the first does.
        """
        for point in self._cosigned(points):
            for seen in self._on(point):
                yield seen, point

    def _cosigned(self, points: QuerySet[Checkpoint]) -> list[Checkpoint]:
        gathered = points.filter(Exists(Cosignature.objects.filter(checkpoint=OuterRef("pk"))))
        # Below the note of another's log may stand what a witness said whom we did not know then.
        return list(gathered[:MOST_COMPARED]) or [
            each for each in points[:MOST_LOOKED_AT] if any(self._on(each))
        ]

    def _on(self, point: Checkpoint) -> list[_Seen]:
        """Return the verified cosignatures on a checkpoint; many lines lie below one."""
        if point.pk not in self._known:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[point.pk] = list(self._verified(point))
        return self._known[point.pk]

    def _verified(self, point: Checkpoint) -> Iterator[_Seen]:
        try:
            found = cosignatures_of(read_note(note_of(point)), self.witnesses)
        except BadNote:
            return
        for each in found:
            try:
                yield _Seen(each.witness.name, datetime.fromtimestamp(each.time, UTC))
            except (OverflowError, OSError, ValueError):
                continue

    def point_of(self, line: Line) -> Checkpoint | None:
        """Return the checkpoint that proves most of a line: cosigned first, else any.

        None: it is not signed yet.
        """
        points = Checkpoint.objects.filter(origin=line.origin, size__gt=line.index)
        found = min(self._seen(points.order_by("size")), key=lambda pair: pair[0].at,
                    default=(None, None))[1]  # fmt: skip
        return found or points.order_by("size").first()

    def receipt(self, line: Line) -> bytes | None:
        """Return the receipt of a line, for `sameboat verify`; None where it is not signed yet."""
        point = self.point_of(line)
        entry = Entry.objects.filter(origin=line.origin, index=line.index).first()
        if point is None or entry is None:
            return None
        return receipt_under(entry, point)

    def forks(self, places: Iterable[str]) -> list[tuple[bytes, bytes]]:
        """Return the two notes of each fork of these places' logs."""
        names = _logs_of(places)
        return [(bytes(fork.first), bytes(fork.second)) for fork in list_forks()
                if fork.name in names]  # fmt: skip

    def policy(self) -> str:
        """Return the keys that this node has pinned, as a policy that asks for no quorum."""
        places = [settings.PLACE, *(peer.origin for peer in list_peers())]
        logs = [key for place in places for key in trusted_keys(place)]
        names = {f"witness-{number}": key for number, key in enumerate(self.witnesses, 1)}
        return str(Policy(tuple(logs), names, {}, NOBODY))


def read_until(place: str, now: datetime) -> datetime | None:
    """Return up to when a place's log is known here whole, None where nothing of it is.

    What it said last was said then by its own clock; where it was read to its end later, then.
    """
    if place == settings.PLACE:
        return now
    last, _chain = head(place)
    entry = Entry.objects.filter(origin=place, index=last).first()
    known = [entry.said_at] if entry is not None else []
    newest = published(place)
    peer = next((each for each in list_peers() if each.origin == place), None)
    if newest is not None and newest.size == last + 1 and peer and peer.answered_at:
        known.append(peer.answered_at)
    return max(known, default=None)


def forks_of(places: Iterable[str]) -> list[tuple[str, str]]:
    """Return (place, log) for each of these places whose log has signed two histories."""
    names = _logs_of(places)
    return sorted({(names[fork.name], fork.name) for fork in list_forks() if fork.name in names})


def _logs_of(places: Iterable[str]) -> dict[str, str]:
    """Return the name of each log -> its place, for those of these places whose key is known."""
    keys = {peer.origin: peer.verifier for peer in list_peers()}
    keys.setdefault(settings.PLACE, log_key(settings.PLACE) or "")
    return {keys[place].split("+", 1)[0]: place for place in places if keys.get(place)}
