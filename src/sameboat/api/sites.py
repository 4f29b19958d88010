"""Sites: gauges, intakes, plants, dams and homes, as each loaded region pack names them."""

from typing import TYPE_CHECKING, Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from sameboat.api.access import who
from sameboat.api.paging import Limit, Offset
from sameboat.api.places import Pack
from sameboat.api.problems import ALWAYS
from sameboat.ground.places import queries

if TYPE_CHECKING:
    from sameboat.ground.places.models import PackLoad, Site

router = Router(tags=["sites"], auth=who("read"))


class SiteOut(Schema):
    """A thing that can do or suffer harm."""

    key: str
    names: dict[str, str]
    kind: str
    place: str
    lon: float | None
    lat: float | None
    reach: str | None
    fraction: float | None = Field(description="where on the reach: 0 upstream, 1 downstream")
    source: str
    pack: Pack


class SitePage(Schema):
    """Some of the sites asked for."""

    items: list[SiteOut]
    next_offset: int | None = Field(description="ask again with it; null at the end")


@router.get("", response={200: SitePage, **ALWAYS}, operation_id="list_sites")
def list_sites(
    request: HttpRequest,
    pack: Annotated[str | None, Query(max_length=64, description="region pack: songhua")] = None,
    place: Annotated[str | None, Query(max_length=48)] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """List sites as the newest load of each region pack names them: of a pack, of a place."""
    loads = queries.current_loads() if pack is None else [_load(pack)]
    found = [
        site
        for load in loads
        for site in queries.sites_of(load)
        if place is None or site.place.code == place
    ]
    return {
        "items": [_site_out(row) for row in found[offset : offset + limit]],
        "next_offset": offset + limit if len(found) > offset + limit else None,
    }


@router.get("/{pack}/{key}", response={200: SiteOut, **ALWAYS}, operation_id="read_site")
def read_site(request: HttpRequest, pack: str, key: str) -> dict[str, Any]:
    """Return one site."""
    load = _load(pack)
    site = queries.site(load, key)
    if site is None:
        raise Http404(key)
    return _site_out(site)


def _load(pack: str) -> "PackLoad":
    load = queries.current_load(pack)
    if load is None:
        raise Http404(pack)
    return load


def _site_out(site: "Site") -> dict[str, Any]:
    fields = ("key", "names", "kind", "lon", "lat", "fraction", "source")
    return {
        "place": site.place.code,
        "reach": site.reach.key if site.reach else None,
        "pack": {"id": site.load.pack, "version": site.load.version},
        **{name: getattr(site, name) for name in fields},
    }
