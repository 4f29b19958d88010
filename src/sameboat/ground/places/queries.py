"""Where is it, what lies in it, who is next to it: reads of places, rivers and sites."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from sameboat.ground.places.lookup import GroundIndex
from sameboat.ground.places.models import (
    Neighbour,
    PackLoad,
    Place,
    PlaceVersion,
    Reach,
    Site,
    Stretch,
)
from sameboat.lib.codes import LEVELS
from sameboat.lib.language import choose
from sameboat.packs import records

REACH_FIELDS = (
    "key", "from_node", "to_node", "length_km", "share", "drainage_area_km2",
    "mean_discharge_m3s", "slope", "width_m", "schematic", "source",
)  # fmt: skip
_PLACE_FIELDS = (
    "names", "level", "population", "share_60", "share_65", "share_80", "ground", "lon", "lat",
    "zone", "licence",
)  # fmt: skip
_SITE_FIELDS = ("key", "names", "kind", "lon", "lat", "fraction", "source")


@dataclass(frozen=True)
class GroundRecords:
    """What a load knew, as the pack's own records; boundaries are left in the database."""

    places: tuple[records.PlaceRecord, ...]
    reaches: tuple[records.Reach, ...]
    stretches: tuple[records.Stretch, ...]
    sites: tuple[records.Site, ...]


def current_places() -> QuerySet[PlaceVersion]:
    """Return what this node knows now of every place, boundaries not read."""
    return (
        PlaceVersion.objects.filter(current=True)
        .select_related("place", "parent", "load")
        .defer("boundary")
    )


def find_place(code: str) -> PlaceVersion | None:
    """Return what this node knows now of one place."""
    return current_places().filter(place__code=code).first()


def places_of(codes: Iterable[str]) -> dict[str, PlaceVersion]:
    """Return code -> what this node knows now; codes that it does not know are left out."""
    found = current_places().filter(place__code__in=list(codes))
    return {version.place.code: version for version in found}


def tree_below(code: str) -> QuerySet[PlaceVersion]:
    """Return every place below this one, parents before their children; itself is not in it."""
    version = find_place(code)
    if version is None:
        return current_places().none()
    return current_places().filter(_inside(version.path)).order_by("path")


def children_of(code: str | None) -> QuerySet[PlaceVersion]:
    """Return the places directly below this one, or the uppermost of all when it is None."""
    above = Q(parent__isnull=True) if code is None else Q(parent__code=code)
    return current_places().filter(above).order_by("place__code")


def ancestors_of(code: str) -> list[PlaceVersion]:
    """Return the places that this one lies in, the uppermost first; itself is not in it."""
    version = find_place(code)
    above = version.path.split("/")[:-2] if version else []
    found = places_of(above)
    return [found[each] for each in above if each in found]


def neighbours_of(code: str) -> list[PlaceVersion]:
    """Return the places that share a border with this one, the longest border first."""
    version = find_place(code)
    if version is None:
        return []
    borders = Neighbour.objects.filter(load=version.load_id, place=version.place_id)
    codes = [border.other.code for border in borders.select_related("other").order_by("-border_km")]
    if not codes and version.ground == "boundary":
        codes = _ground().touching(code)
    found = places_of(codes)
    return [found[each] for each in codes if each in found]


def lies_in(codes: Iterable[str], *, place: str = "place") -> Q:
    """Return a condition on rows whose field `place` is one of these places or below one.

    It asks about the place of each row, so that it costs nothing to have many places.
    """
    wanted = set(codes)
    versions = PlaceVersion.objects.filter(current=True, place__code__in=wanted)
    paths = dict(versions.values_list("place__code", "path"))
    inside = Q(pk__in=[])
    for path in paths.values():
        inside |= _at_or_inside(path)
    found = Q(Exists(PlaceVersion.objects.filter(inside, current=True, place=OuterRef(place))))
    if in_no_pack := wanted - paths.keys():  # a body that places formed: nothing lies below it
        found |= Q(**{f"{place}__in": Place.objects.filter(code__in=in_no_pack).values("pk")})
    return found


def places_at(lon: float, lat: float) -> list[PlaceVersion]:
    """Return the places that the point lies in, the smallest first, then all they lie in.

    Raises:
        ValueError: lon outside [-180, 180] or lat outside [-90, 90].
    """
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"lon {lon} or lat {lat} is not on the globe")
    codes = _ground().places_at(lon, lat)
    found = places_of(codes[:1])
    return [*found.values(), *reversed(ancestors_of(codes[0]))] if codes else []


def search_places(text: str, limit: int = 20) -> list[PlaceVersion]:
    """Return places whose code or name, in any language, has every word of the text.

    Exact names and codes come first, then larger places before smaller ones.
    """
    words = text.lower().split()
    if not words:
        return []
    found = current_places()
    for word in words:
        found = found.filter(search_text__contains=word)
    whole = " ".join(words)
    exact = Q(place__code=whole) | Q(place__code=f"cn:{whole}")
    exact |= Q(search_text__contains=f"\n{whole}\n") | Q(search_text__endswith=f"\n{whole}")
    size = [When(level=level, then=Value(at)) for at, level in enumerate(LEVELS)]
    ordered = found.annotate(
        miss=Case(When(exact, then=Value(0)), default=Value(1), output_field=IntegerField()),
        size=Case(*size, default=Value(len(LEVELS)), output_field=IntegerField()),
    )
    return list(ordered.order_by("miss", "size", "place__code")[:limit])


def names_of(codes: Iterable[str], language: str) -> dict[str, str]:
    """Return code -> name in this language; a place that is not known keeps its code."""
    codes = list(codes)
    rows = PlaceVersion.objects.filter(current=True, place__code__in=codes)
    names = dict(rows.values_list("place__code", "names"))
    return {code: choose(names.get(code, {}), language) or code for code in codes}


def current_load(pack_id: str) -> PackLoad | None:
    """Return the load of a pack that was made last."""
    return PackLoad.objects.filter(pack=pack_id).order_by("-pk").first()


def list_loads() -> QuerySet[PackLoad]:
    """Return every load of every pack, the newest first."""
    return PackLoad.objects.order_by("-pk")


def current_loads() -> QuerySet[PackLoad]:
    """Return the newest load of each pack, by pack."""
    newest = PackLoad.objects.values("pack").annotate(last=Max("pk")).values("last")
    return PackLoad.objects.filter(pk__in=newest).order_by("pack")


def find_load(pack_id: str, version: str) -> PackLoad | None:
    """Return one version of a pack, if this node has it."""
    return PackLoad.objects.filter(pack=pack_id, version=version).first()


def versions_in(load: PackLoad, codes: Iterable[str] | None = None) -> QuerySet[PlaceVersion]:
    """Return places as this load knew them, current or not, by code; all, or those named.

    A boundary is read when it is asked for.
    """
    rows = (
        load.place_versions if codes is None else load.place_versions.filter(place__code__in=codes)
    )
    return rows.select_related("place", "parent", "load").defer("boundary").order_by("place__code")


def reaches_of(load: PackLoad) -> QuerySet[Reach]:
    """Return the reaches of a load, by key."""
    return load.reaches.order_by("key")


def sites_of(owner: PackLoad | Place | str) -> QuerySet[Site]:
    """Return the sites of a load, or those in one place (by its row or code) in current loads."""
    rows = Site.objects.select_related("place", "reach", "load").order_by("key")
    if isinstance(owner, PackLoad):
        return rows.filter(load=owner)
    code = owner.code if isinstance(owner, Place) else owner
    return rows.filter(place__code=code, load__in=current_loads().values("pk"))


def site(load: PackLoad, key: str) -> Site | None:
    """Return one site of a load."""
    return sites_of(load).filter(key=key).first()


def records_of(load: PackLoad) -> GroundRecords:
    """Rebuild the pack's records from the rows of a load, for a model to run on."""
    versions = versions_in(load)
    return GroundRecords(
        places=tuple(_place_record(version) for version in versions),
        reaches=tuple(_reach_record(reach) for reach in reaches_of(load)),
        stretches=tuple(
            records.Stretch(each.reach.key, each.place.code, each.start, each.end)
            for each in Stretch.objects.filter(reach__load=load)
            .select_related("reach", "place")
            .order_by("pk")
        ),
        sites=tuple(_site_record(each) for each in sites_of(load)),
    )


def _ground() -> GroundIndex:
    """Return the index of all current boundaries; it is built anew when a pack is loaded."""
    loads = tuple(current_loads().values_list("pk", "digest"))
    drawn = PlaceVersion.objects.filter(current=True, ground="boundary")
    state = drawn.aggregate(last=Max("pk"), drawn=Count("pk"))
    return _index_of((loads, state["last"], state["drawn"]))


@lru_cache(maxsize=1)
def _index_of(state: object) -> GroundIndex:
    """Build the index; `state` tells one set of current boundaries from another."""
    drawn = PlaceVersion.objects.filter(current=True, ground="boundary").order_by("pk")
    rows = list(drawn.values_list("place__code", "boundary"))
    return GroundIndex(
        [code for code, _wkb in rows], [bytes(wkb) for _code, wkb in rows if wkb is not None]
    )


def _at_or_inside(path: str) -> Q:
    """Select the paths that begin with this one."""
    if connection.vendor == "sqlite":
        # LIKE would not use the index: "0" is the character after "/".
        return Q(path__gte=path, path__lt=path[:-1] + "0")
    return Q(path__startswith=path)


def _inside(path: str) -> Q:
    """Select the paths that begin with this one, and go on."""
    return _at_or_inside(path) & ~Q(path=path)


def _place_record(version: PlaceVersion) -> records.PlaceRecord:
    told = {name: getattr(version, name) for name in _PLACE_FIELDS}
    return records.PlaceRecord(
        code=version.place.code,
        parent=version.parent.code if version.parent else None,
        boundary=None,
        **told,
    )


def _reach_record(reach: Reach) -> records.Reach:
    told = {name: getattr(reach, name) for name in REACH_FIELDS}
    line = tuple((lon, lat) for lon, lat in reach.line)
    return records.Reach(names=reach.names, line=line, **told)


def _site_record(site: Site) -> records.Site:
    told = {name: getattr(site, name) for name in _SITE_FIELDS}
    return records.Site(place=site.place.code, reach=site.reach.key if site.reach else None, **told)
