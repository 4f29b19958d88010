"""Points that stand for the places around something that spreads through the air."""

from collections.abc import Mapping
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Any

from sameboat.lib.codes import normalise_code
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs.records import PlaceRecord, RegionPack, Scenario
from sameboat.watch.forecasts.hazards.asked import in_file, leaves_of, middle_of, point_of

Point = tuple[float, float]  #: longitude, latitude, degrees
EARTH_KM = 6371.0088
MOST_POINTS = 200


def source_point(pack: RegionPack, told: Any, scenario: Scenario, field: str) -> Point:
    """Return where something is released: a site, lon and lat, or the scenario's origin.

    Raises:
        FaultyInput: the site is not known, or nothing tells a point.
    """
    told = told if isinstance(told, Mapping) else {}
    found: Point | None = None
    if "site" in told:
        for site in pack.sites:
            if site.key == told["site"] and site.lon is not None and site.lat is not None:
                found = (site.lon, site.lat)
    elif "lon" in told or "lat" in told:
        found = point_of(told)
    else:
        code = told.get("place", scenario.origin)
        for place in pack.places:
            if place.code == _code(code):
                found = middle_of(pack, place)
    if found is None:
        fault = Fault(
            "no_point", _("does not tell a point."), field=field,
            value=dict(told) or scenario.origin, allowed="site | lon, lat | place",
        )  # fmt: skip
        raise FaultyInput(in_file([fault], scenario))
    return found


def places_within(
    pack: RegionPack, centre: Point, *, within_km: float, points: int
) -> dict[str, list[Point]]:
    """Return the leaf places that come within a distance, each with its points.

    A boundary is filled with a grid of at most about `points`; a place without one is its point.
    Where places of the pack lie in it, their points already tell where its people live.
    """
    found: dict[str, list[Point]] = {}
    for place in leaves_of(pack):
        every = _points(place, points)
        if every and min(distance_km(centre, each) for each in every) <= within_km:
            found[place.code] = every
    return found


def sites_within(pack: RegionPack, centre: Point, within_km: float) -> dict[str, Point]:
    """Return the sites of the pack within a distance."""
    return {
        site.key: (site.lon, site.lat)
        for site in pack.sites
        if site.lon is not None
        and site.lat is not None
        and distance_km(centre, (site.lon, site.lat)) <= within_km
    }


def distance_km(one: Point, other: Point) -> float:
    """Return the distance on the sphere (haversine)."""
    lon_1, lat_1, lon_2, lat_2 = (radians(each) for each in (*one, *other))
    half = sin((lat_2 - lat_1) / 2) ** 2
    half += cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def number_in(
    inputs: dict[str, Any], name: str, low: float, high: float, default: float,
    scenario: Scenario, where: str,
) -> float:  # fmt: skip
    """Take a number of the adapter's own out of the inputs.

    Raises:
        FaultyInput: it lies outside its range.
    """
    value = inputs.pop(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        fault = Fault(
            "out_of_range", _("lies outside its range."), field=f"{where}inputs.{name}",
            value=value, allowed=f"{low:g} … {high:g}",
        )  # fmt: skip
        raise FaultyInput(in_file([fault], scenario))
    return float(value)


def _points(place: PlaceRecord, most: int) -> list[Point]:
    own = [] if place.lon is None or place.lat is None else [(place.lon, place.lat)]
    if place.boundary is None:
        return own
    import shapely

    shape = shapely.from_wkb(place.boundary)
    west, south, east, north = shape.bounds
    # A grid that puts `most` points into the box's share that the shape fills.
    filled = max(shape.area / max((east - west) * (north - south), 1e-12), 0.05)
    shape_of_box = (east - west) * cos(radians((south + north) / 2)) / max(north - south, 1e-9)
    rows = max(1, ceil(sqrt(most / filled / max(shape_of_box, 1e-3))))
    columns = max(1, ceil(most / filled / rows))
    shapely.prepare(shape)
    found = [
        (lon, lat)
        for row in range(rows)
        for column in range(columns)
        if shape.intersects(
            shapely.Point(
                lon := west + (column + 0.5) * (east - west) / columns,
                lat := south + (row + 0.5) * (north - south) / rows,
            )
        )
    ]
    return found or own


def _code(text: Any) -> str:
    try:
        return normalise_code(str(text))
    except ValueError:
        return str(text)
