"""Entries: what this node's places said, as it was said, to the byte."""

from base64 import b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from sameboat.api.access import person_of, who
from sameboat.api.paging import Limit
from sameboat.api.problems import ALWAYS
from sameboat.ground.logbook import queries

if TYPE_CHECKING:
    from sameboat.ground.logbook.models import Entry

router = Router(tags=["entries"], auth=who("read"))


class EntryOut(Schema):
    """One line of a place's logbook."""

    address: str
    origin: str
    index: int
    kind: str
    place: str
    said_at: datetime
    about: str
    after: list[str]
    audience: list[str]
    canonical: str = Field(description="the entry itself: RFC 8785 bytes, base64")
    chain: str = Field(description="SHA-256(previous chain in bytes + canonical), hex")


class EntryPage(Schema):
    """Entries in the order they were said."""

    items: list[EntryOut]
    next_after: int | None = Field(description="ask again with after_index; null at the end")


class ChainHead(Schema):
    """Where a place's log ends."""

    origin: str
    index: int | None = Field(description="null while nothing was said")
    chain: str


@router.get("", response={200: EntryPage, **ALWAYS}, operation_id="list_entries")
def list_entries(
    request: HttpRequest,
    after_index: Annotated[int, Query(ge=-1, le=2**62)] = -1,
    origin: Annotated[str | None, Query(max_length=48, description="else the home place")] = None,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """List the entries after an index that you may read, oldest first."""
    found = queries.list_entries(
        viewer=person_of(request),
        origin=origin or settings.PLACE,
        after_index=after_index,
        kind=kind,
        limit=limit + 1,
    )
    rows = found[:limit]
    return {
        "items": [_entry_out(row) for row in rows],
        "next_after": rows[-1].index if len(found) > limit else None,
    }


@router.get("/{origin}/head", response={200: ChainHead, **ALWAYS}, operation_id="read_chain_head")
def read_chain_head(request: HttpRequest, origin: str) -> dict[str, Any]:
    """Return the last index and chain hash of a place's log."""
    index, chain = queries.head(origin)
    return {"origin": origin, "index": index if index >= 0 else None, "chain": chain}


@router.get("/{origin}/{index}", response={200: EntryOut, **ALWAYS}, operation_id="read_entry")
def read_entry(request: HttpRequest, origin: str, index: int) -> dict[str, Any]:
    """Return one entry."""
    return _entry_out(_readable(request, origin, index))


@router.get(
    "/{origin}/{index}/canonical",
    response={200: dict[str, Any], **ALWAYS},
    operation_id="read_entry_bytes",
)
def read_entry_bytes(request: HttpRequest, origin: str, index: int) -> HttpResponse:
    """Return the entry's canonical bytes as they were chained (RFC 8785 JSON)."""
    entry = _readable(request, origin, index)
    return HttpResponse(bytes(entry.canonical), content_type="application/json")


def _readable(request: HttpRequest, origin: str, index: int) -> "Entry":
    if not -1 < index < 2**62:
        raise Http404(index)
    entry = queries.read_entry(origin, index)
    if entry is None or not _may_read(request, entry):
        raise Http404(index)
    return entry


def _may_read(request: HttpRequest, entry: "Entry") -> bool:
    """Return whether it was said to everyone, or in or to a place where this person may look."""
    return queries.may_read(person_of(request), entry)


def _entry_out(entry: "Entry") -> dict[str, Any]:
    fields = ("origin", "index", "kind", "place", "said_at", "about", "after", "audience", "chain")
    return {
        "address": f"{entry.origin}/entry/{entry.index}",
        "canonical": b64encode(bytes(entry.canonical)).decode("ascii"),
        **{name: getattr(entry, name) for name in fields},
    }
