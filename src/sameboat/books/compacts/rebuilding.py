"""Reading a compact's rows off the logs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from sameboat.books.compacts import terms as texts
from sameboat.books.compacts.models import Compact, CompactAnswer, CompactVersion
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import body_of, entries_about
from sameboat.lib.address import parse_address

#: So much of what each place says about one compact counts, in the order of its log: whoever talks
#: without end makes no node read without end.  The same on every node, so that all read the same.
MOST_SAID = 200
CHUNK = 500


@transaction.atomic
def rebuild(*, address: str) -> None:
    """Read a compact's rows off the logs again: whatever has arrived, in whatever order.

    Doing it twice changes nothing.  What was read off before, and is not what all that is here now
    says, goes.
    """
    # Another's entry and ours may arrive at once; each must see what the other wrote.
    lock_log(settings.PLACE)
    versions = read_versions(address)
    if not versions:
        return
    compact, _new = Compact.objects.get_or_create(
        address=address, defaults={"proposed_at": versions[0].said.said_at}
    )
    kept = [version.address for version in versions]
    CompactVersion.objects.filter(compact=compact).exclude(proposal__in=kept).delete()
    rows = CompactVersion.objects.filter(compact=compact).prefetch_related("answers")
    known = {row.proposal: row for row in rows}
    # What is no longer in force comes first: the database allows one text at a time.
    for version in sorted(versions, key=lambda each: each.state == "in_force"):
        _keep(compact, version, known.get(version.address))


def read_versions(address: str) -> list[texts.Version]:
    """Return the versions of a compact as all that is here says them, the first first."""
    return texts.fold(parse_address(address).place, _said_about(address))


def _keep(compact: Compact, version: texts.Version, known: CompactVersion | None) -> None:
    """Write a version and its answers, as far as they are not what the rows say."""
    terms = version.terms
    told = {
        "compact_id": compact.pk, "number": version.number, "amends": terms.amends,
        "key": str(version.said.body.get("key", ""))[:64], "place": version.said.origin,
        "names": dict(terms.names), "purpose": dict(terms.purpose),
        "members": list(terms.members), "body": terms.body, "led": terms.led,
        "digest": terms.digest, "state": version.state, "left": sorted(version.left),
        "proposed_at": version.said.said_at, "in_force_at": version.in_force_at,
    }  # fmt: skip
    row = known
    if row is None or not _says(row, told):
        row, _new = CompactVersion.objects.update_or_create(proposal=version.address, defaults=told)
    answers = {each.place: each for each in known.answers.all()} if known else {}
    if answers.keys() - version.answers.keys():
        row.answers.exclude(place__in=list(version.answers)).delete()
    for place, said in version.answers.items():
        given = {
            "answer": "signed" if said.kind == texts.SIGNED else "declined",
            "because": str(said.body.get("because", ""))[:1000], "entry": said.address,
            "by": _by(said), "said_at": said.said_at,
        }  # fmt: skip
        if place not in answers or not _says(answers[place], given):
            CompactAnswer.objects.update_or_create(version=row, place=place, defaults=given)


def _says(row: Model, told: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in told.items())


def _by(said: texts.Said) -> str:
    """Return who said it: a desk of that place, or its operator; nobody else's officer."""
    told = str(said.body.get("by", ""))[:160]
    return told if "/" not in told or told.startswith(f"{said.origin}/") else ""


def _said_about(address: str) -> Iterator[texts.Said]:
    """Yield what counts about a compact: what stands in the log, and was said to everyone.

    What was said to some alone would be in force for them and not for the others; and what lies
    beside the log can be given to some at once and to others late or never.
    """
    # By the address alone: with the origin or the kind as well, SQLite walks through a whole log.
    rows = entries_about(address).values_list("pk", "origin", "kind", "audience", "digest")
    counted = Counter[str]()
    chosen = []
    for pk, origin, kind, audience, digest in rows.iterator(chunk_size=CHUNK):
        if kind in texts.KINDS and audience == ["*"] and digest is None:
            counted[origin] += 1
            if counted[origin] <= MOST_SAID:
                chosen.append(pk)
    for start in range(0, len(chosen), CHUNK):
        for row in Entry.objects.filter(pk__in=chosen[start : start + CHUNK]):
            yield texts.Said(row.origin, row.index, row.kind, body_of(row) or {}, row.said_at)


def concerns(entry: Entry) -> bool:
    """Return whether an entry can change what a compact is: by its owner or one who may sign.

    Of anybody else it can count only once a proposal names that place, and that reads all again.
    """
    if entry.digest is not None or entry.audience != ["*"] or _said_enough_before(entry):
        return False
    if entry.origin == parse_address(entry.about).place:
        return True
    versions = CompactVersion.objects.filter(compact__address=entry.about)
    return any(entry.origin in (*each.members, each.body)
               for each in versions.only("members", "body"))  # fmt: skip


def _said_enough_before(entry: Entry) -> bool:
    """Return whether its place has said as much about the compact before it as counts."""
    before = Entry.objects.filter(
        about=entry.about, origin=entry.origin, index__lt=entry.index, kind__in=texts.KINDS,
        audience=["*"], digest=None,
    ).order_by("origin", "index")  # fmt: skip
    return len(before.values_list("pk")[:MOST_SAID]) == MOST_SAID
