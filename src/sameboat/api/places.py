"""Places: found by code, name, point or parent."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from sameboat.api.access import who
from sameboat.api.paging import Limit, Offset, page_of
from sameboat.api.problems import ALWAYS
from sameboat.ground.places import queries
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _

if TYPE_CHECKING:
    from sameboat.ground.places.models import PlaceVersion

router = Router(tags=["places"], auth=who("read"))


class Pack(Schema):
    """The load of a region pack that a row comes from."""

    id: str
    version: str


class PlaceOut(Schema):
    """What this node knows of a place now; null is "not known", never 0."""

    code: str
    names: dict[str, str]
    level: str
    parent: str | None
    population: int | None
    share_60: float | None
    share_65: float | None
    share_80: float | None
    ground: str = Field(description="boundary, point or inherited")
    lon: float | None
    lat: float | None
    zone: str
    pack: Pack


class PlacePage(Schema):
    """Some of the places asked for."""

    items: list[PlaceOut]
    next_offset: int | None = Field(description="ask again with it; null at the end")


def place_out(version: "PlaceVersion") -> dict[str, Any]:
    """Return a place as the API shows it."""
    fields = ("names", "level", "population", "share_60", "share_65", "share_80", "ground",
              "lon", "lat", "zone")  # fmt: skip
    return {
        "code": version.place.code,
        "parent": version.parent.code if version.parent else None,
        "pack": {"id": version.load.pack, "version": version.load.version},
        **{name: getattr(version, name) for name in fields},
    }


@router.get("", response={200: PlacePage, **ALWAYS}, operation_id="list_places")
def list_places(
    request: HttpRequest,
    search: Annotated[str | None, Query(max_length=100)] = None,
    parent: Annotated[str | None, Query(max_length=48)] = None,
    lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
    lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """List places: whose name or code has `search`, below `parent`, or at `lon` and `lat`.

    With none of them, the uppermost places this node knows.
    """
    found: Any
    if (lon is None) != (lat is None):
        missing = "lon" if lon is None else "lat"
        raise FaultyInput(
            [
                Fault(
                    "missing", _("is missing: a point has both lon and lat."), field=missing,
                    next_step=_("Give both, in degrees."),
                )
            ]
        )  # fmt: skip
    if lon is not None and lat is not None:
        found = queries.places_at(lon, lat)
    elif search:
        found = queries.search_places(search, limit=offset + limit + 1)
    else:
        found = queries.children_of(parent)
    rows = islice(iter(found), offset, offset + limit + 1)
    return page_of([place_out(row) for row in rows], limit, offset)


@router.get("/{code}", response={200: PlaceOut, **ALWAYS}, operation_id="read_place")
def read_place(request: HttpRequest, code: str) -> dict[str, Any]:
    """Return one place."""
    return place_out(_known(code))


@router.get("/{code}/tree", response={200: PlacePage, **ALWAYS}, operation_id="list_places_below")
def list_places_below(
    request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """List every place below this one, parents before their children."""
    _known(code)
    rows = queries.tree_below(code)[offset : offset + limit + 1]
    return page_of([place_out(row) for row in rows], limit, offset)


@router.get(
    "/{code}/ancestors", response={200: list[PlaceOut], **ALWAYS}, operation_id="list_ancestors"
)
def list_ancestors(request: HttpRequest, code: str) -> list[dict[str, Any]]:
    """List the places that this one lies in, uppermost first."""
    _known(code)
    return [place_out(row) for row in queries.ancestors_of(code)]


@router.get(
    "/{code}/neighbours", response={200: list[PlaceOut], **ALWAYS}, operation_id="list_neighbours"
)
def list_neighbours(request: HttpRequest, code: str) -> list[dict[str, Any]]:
    """List the places that share a border with this one."""
    _known(code)
    return [place_out(row) for row in queries.neighbours_of(code)]


def _known(code: str) -> "PlaceVersion":
    version = queries.find_place(code)
    if version is None:
        raise Http404(code)
    return version
