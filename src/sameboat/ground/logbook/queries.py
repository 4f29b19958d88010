"""Reading the logbook."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from sameboat.ground.logbook.models import (
    Body,
    Checkpoint,
    Cosignature,
    Entry,
    LogKey,
    ParkedEntry,
    Peer,
)
from sameboat.ground.logbook.reading import UNREADABLE
from sameboat.ground.places.models import Place, PlaceVersion
from sameboat.ground.places.queries import lies_in
from sameboat.lib.address import parse_address
from sameboat.lib.times import as_utc_text
from sameboat.proof.canon import read_canonical
from sameboat.proof.chain import BEGINNING, link

INDEX = re.compile("0|[1-9][0-9]{0,17}")
_HEAD = 'SELECT "index", chain FROM logbook_entry WHERE origin = %s ORDER BY "index" DESC LIMIT 1'


@runtime_checkable
class Viewer(Protocol):
    """Someone with places to look at; the room above knows persons and their roles."""

    def sees(self) -> Iterable[str]:
        """Return the topmost places that this viewer may see; all below are meant too."""


def address_of(entry: Entry) -> str:
    """Return the entry's address, `<origin>/entry/<index>`."""
    return f"{entry.origin}/entry/{entry.index}"


def head(origin: str) -> tuple[int, str]:
    """Return the last index of an origin's log and its chain; (-1, zeros) before the first."""
    # Before every entry that is said: a query that Django puts together takes five times as long.
    with connection.cursor() as cursor:
        cursor.execute(_HEAD, [origin])
        last = cursor.fetchone()
    return (last[0], last[1]) if last else (-1, BEGINNING)


def read_entry(origin: str, index: int) -> Entry | None:
    """Return one entry, None where it is not here."""
    return Entry.objects.filter(origin=origin, index=index).first()


def read_address(address: str) -> Entry | None:
    """Return the entry an address names, None where it is not here."""
    wanted = split_address(address)
    return read_entry(*wanted) if wanted else None


def split_address(address: str) -> tuple[str, int] | None:
    """Return the origin and index in an entry's address, None where it is none."""
    try:
        parts = parse_address(address)
    except ValueError:
        return None
    # One entry, one address: 007 is not 7.
    if parts.noun != "entry" or not INDEX.fullmatch(parts.id):
        return None
    return parts.place, int(parts.id)


def is_meant_for(entry: Entry, place: str) -> bool:
    """Return whether a place's node is in an entry's audience.

    A node speaks for its home place and all places below it; no audience is nobody.
    """
    if entry.origin == place or "*" in entry.audience or place in entry.audience:
        return True
    below = PlaceVersion.objects.filter(place__code__in=entry.audience, current=True)
    return any(place in path.split("/") for path in below.values_list("path", flat=True))


def entries_about(address: str) -> QuerySet[Entry]:
    """Return the entries that speak of one thing, oldest first."""
    return Entry.objects.filter(about=address).order_by("origin", "index")


def list_entries(
    *,
    viewer: Any,
    origin: str | None = None,
    after_index: int | None = None,
    kind: str | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Return entries that the viewer may see, newest last.

    A person sees what was said to everyone, what was said in a place where a role lets her look,
    or below it, and what another place said to such a place by name.  The worker and the operator
    (plain text) see all; nobody sees nothing.
    """
    chosen = _seen_by(viewer)
    entries = Entry.objects.alias(hearers=Cast("audience", TextField()))
    if origin:
        chosen &= Q(origin=origin)
    if kind:
        chosen &= Q(kind=kind)
    if after_index is not None:
        return list(entries.filter(chosen, index__gt=after_index)[:limit])
    newest: list[Entry] = list(entries.filter(chosen).order_by("-id")[:limit])
    return newest[::-1]


def _seen_by(viewer: Any) -> Q:
    if isinstance(viewer, str):
        return Q()
    if not isinstance(viewer, Viewer):
        return Q(pk__in=[])
    codes = list(viewer.sees())
    if not codes:
        return Q(pk__in=[])
    below = Place.objects.filter(lies_in(codes, place="pk"), code=OuterRef("place"))
    seen = Q(audience=["*"]) | Q(place__in=codes) | Q(Exists(below))
    # Of what others said to us the place is theirs.  Named are few, so that a long log of what is
    # for others is read quickly; what names a place further down is found by `may_read`.
    named = {*codes, *_among(codes, [settings.PLACE])}
    to_us = Q()
    for code in named:
        to_us |= Q(hearers__contains=f'"{code}"')
    return seen | (~Q(origin=settings.PLACE) & to_us)


def may_read(viewer: Any, entry: Entry) -> bool:
    """Return whether the viewer may see one entry: as list_entries, and whoever it names below."""
    if isinstance(viewer, str):
        return True
    codes = list(viewer.sees()) if isinstance(viewer, Viewer) else []
    if not codes:
        return False
    # What we said to others is for those here who may look where it was said.
    named = entry.audience if entry.origin != settings.PLACE else []
    return "*" in entry.audience or bool(_among(codes, [entry.place, *named]))


def _among(codes: list[str], places: Iterable[str]) -> set[str]:
    """Return which of the wanted places are among these or lie in them."""
    wanted = set(places)
    lying = Place.objects.filter(lies_in(codes, place="pk"), code__in=wanted)
    return (wanted & set(codes)) | set(lying.values_list("code", flat=True))


def body_key(origin: str, digest: str) -> str:
    """Return under which key the body of an entry beside the log is kept here.

    Digests are public: who writes another's into its own log must neither show that body as its
    own nor, by saying that it was erased, take it from the other.  So each origin has its own.
    """
    if origin == settings.PLACE:
        return digest
    return hashlib.sha256(f"{origin}\n{digest}".encode()).hexdigest()


def body_of(entry: Entry) -> dict[str, Any] | None:
    """Return what the entry says; None where its body was erased or is for others, or is none."""
    if entry.kind == UNREADABLE:
        return None
    content = read_canonical(bytes(entry.canonical))
    if "body" in content:
        said = content["body"]
        return said if isinstance(said, dict) else None
    key = body_key(entry.origin, str(content["digest"]))
    beside = Body.objects.filter(digest=key).first()
    return dict(read_canonical(bytes(beside.content))) if beside and beside.content else None


def log_key(origin: str) -> str | None:
    """Return the verifier key with which an origin's log signs now, None where it has none."""
    return LogKey.objects.filter(origin=origin).values_list("verifier", flat=True).last()


def list_log_keys(origin: str) -> list[LogKey]:
    """Return every key of an origin's log, the newest last."""
    return list(LogKey.objects.filter(origin=origin))


def size_known_to(origin: str, witness: str) -> int:
    """Return the largest tree of ours that a witness has cosigned, by its key's name."""
    rows = Cosignature.objects.filter(checkpoint__origin=origin, witness=witness)
    return (
        rows.order_by("-checkpoint__size").values_list("checkpoint__size", flat=True).first() or 0
    )


def uncosigned_by(point: Checkpoint) -> list[Peer]:
    """Return the peers that answer and have not cosigned a checkpoint of ours."""
    done = set(point.cosignatures.values_list("witness", flat=True))
    peers = Peer.objects.filter(left_at=None, failures=0).order_by("pk")
    return [peer for peer in peers if peer.witness.split("+", 1)[0] not in done]


def check_chain(origin: str) -> int | None:
    """Return the index of the first entry that is not as it was said, or None.

    Looked at: no index is missing, each chain follows from the one before, and the columns say
    what the bytes say.
    """
    chain = BEGINNING
    rows = Entry.objects.filter(origin=origin).order_by("index")
    for index, entry in enumerate(rows.iterator(chunk_size=1000)):
        chain = link(chain, bytes(entry.canonical))
        if entry.index != index or entry.chain != chain or not _columns_agree(entry):
            return index
    return None


def _columns_agree(entry: Entry) -> bool:
    try:
        said = read_canonical(bytes(entry.canonical))
    except ValueError:
        return False
    columns = {
        "v": 1,
        "kind": entry.kind,
        "place": entry.place,
        "said_at": as_utc_text(entry.said_at),
        "about": entry.about,
        "after": entry.after,
        "audience": entry.audience,
    }
    beside = {"digest": entry.digest} if entry.digest else {"body": said.get("body")}
    return bool(said == columns | beside)


def origins() -> list[str]:
    """Return whose logs are kept here, in a few look-ups however long the logs are."""
    found: list[str] = []
    rows = Entry.objects.order_by("origin").values_list("origin", flat=True)
    while following := rows.filter(origin__gt=found[-1] if found else "").first():
        found.append(following)
    return found


def list_parked() -> QuerySet[ParkedEntry]:
    """Return what reactions could not take, newest first."""
    return ParkedEntry.objects.select_related("entry").order_by("-parked_at")


def newest_row() -> int:
    """Return the row of the newest entry, 0 where there is none; rows count in order of storing."""
    return Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def rows_after(row: int, limit: int) -> list[tuple[int, str, str, str, bool]]:
    """Return (row, kind, about, place, said to everyone) stored after a row, oldest first."""
    rows = Entry.objects.filter(id__gt=row).order_by("id")
    told = rows.values_list("id", "kind", "about", "place", "audience")[:limit]
    return [(*rest, audience == ["*"]) for *rest, audience in told]
