"""Entries that came too early: held until what they come after is here, then applied.

So any order of arrival ends in the same state: a reaction never sees an answer before its question,
and never an entry whose body is still on its way.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sameboat.ground.logbook.bodies import want_bodies
from sameboat.ground.logbook.models import Body, Cursor, Entry, HeldEntry, WantedBody
from sameboat.ground.logbook.queries import body_key, is_meant_for, split_address
from sameboat.ground.logbook.registry import Reaction

#: So many entries of one origin are held for one reaction; what comes too early after that stops
#: the reaction in that log until there is room.  So nothing is passed over, nobody has to ask for
#: another try, and other logs go on: whoever speaks without end after what never comes silences
#: itself alone.  Logs never stop each other: of all that is not taken yet, what was said first
#: waits for nothing.
MOST_HELD = 1000
#: What an entry waits for: another by its origin and index, or (no index) its own body.
Gap = tuple[str, int | None]


def gap_before(reaction: Reaction, entry: Entry) -> Gap | None:
    """Return the first thing that a reaction must see before this entry; None where all is here.

    Said in our own log, an entry comes after what was here already.
    """
    if entry.origin == settings.PLACE:
        return None
    for address in entry.after:
        # What is no entry's address is nothing to wait for; nor is what its own log says later:
        # nobody speaks after what is not said yet, and a log that says so backwards, entry by
        # entry, would be released one by one.
        wanted = split_address(address)
        if wanted is None or (wanted[0] == entry.origin and wanted[1] >= entry.index):
            continue
        if not _has_seen(reaction, *wanted):
            return wanted
    return (entry.origin, None) if _lacks_body(entry) else None


def _has_seen(reaction: Reaction, origin: str, index: int) -> bool:
    """Whether an entry is here, and the reaction has had it if it cares for it."""
    found = Entry.objects.filter(origin=origin, index=index).only("kind").first()
    if found is None:
        return False
    if found.kind not in reaction.kinds:
        return True
    if HeldEntry.objects.filter(reaction=reaction.name, entry=found).exists():
        return False
    passed = Cursor.objects.filter(reaction=reaction.name, origin=origin, next_index__gt=index)
    return passed.exists()


def hold(reaction: str, entry: Entry, gap: Gap, now: datetime) -> None:
    """Keep an entry back for one reaction.  Twice is once."""
    HeldEntry.objects.update_or_create(
        reaction=reaction, entry=entry,
        defaults={"waits_origin": gap[0], "waits_index": gap[1]},
        create_defaults={"waits_origin": gap[0], "waits_index": gap[1], "held_at": now,
                         "origin": entry.origin},
    )  # fmt: skip
    if gap[1] is None:  # it may have become ours since it was stored
        want_bodies([entry])


def holds_most(reaction: str, origin: str) -> bool:
    """Return whether a reaction holds as many entries of a log as it may."""
    return HeldEntry.objects.filter(reaction=reaction, origin=origin).count() >= MOST_HELD


def releasable(reaction: Reaction) -> QuerySet[HeldEntry]:
    """Return what a reaction holds and whose gap is closed, in the order in which it came.

    What it waits for was taken by the reaction, or is not for it; so a share of these moves on.
    """
    came = Entry.objects.filter(
        origin=OuterRef("waits_origin"), index=OuterRef("waits_index")
    )  # fmt: skip
    still = HeldEntry.objects.filter(
        reaction=reaction.name, entry__origin=OuterRef("waits_origin"),
        entry__index=OuterRef("waits_index"),
    )  # fmt: skip
    passed = Cursor.objects.filter(
        reaction=reaction.name, origin=OuterRef("waits_origin"),
        next_index__gt=OuterRef("waits_index"),
    )  # fmt: skip
    seen = Q(Exists(came), Exists(passed), ~Exists(still)) | Q(
        Exists(came.exclude(kind__in=reaction.kinds))
    )
    wanted = WantedBody.objects.filter(entry=OuterRef("entry"))
    held = HeldEntry.objects.filter(reaction=reaction.name)
    after = held.filter(seen, waits_index__isnull=False)
    return (after | held.filter(~Exists(wanted), waits_index=None)).order_by("pk")


def list_stopped() -> list[tuple[str, str]]:
    """Return the logs in which some reaction goes no further, each with whose it waits for most."""
    full = HeldEntry.objects.values("reaction", "origin").annotate(count=Count("pk"))
    found = {}
    for each in full.filter(count__gte=MOST_HELD).order_by("origin", "reaction"):
        held = HeldEntry.objects.filter(reaction=each["reaction"], origin=each["origin"])
        causes = held.values("waits_origin").annotate(count=Count("pk"))
        found[each["origin"]] = causes.order_by("-count", "waits_origin")[0]["waits_origin"]
    return list(found.items())


def count_held() -> int:
    """Return how many entries wait, each once however many reactions wait for it."""
    return HeldEntry.objects.values("entry").distinct().count()


def _lacks_body(entry: Entry) -> bool:
    """Whether an entry's body lies beside its log, is for us, and is not here yet."""
    if entry.digest is None or not is_meant_for(entry, settings.PLACE):
        return False
    return not Body.objects.filter(digest=body_key(entry.origin, entry.digest)).exists()
