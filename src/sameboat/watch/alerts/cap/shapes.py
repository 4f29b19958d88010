"""Between CAP's rings and the shapes of a map: cut, mended, simplified, turned the right way.

CAP writes latitude first and may cross the 180th meridian; GeoJSON (RFC 7946) writes longitude
first, turns outer rings anticlockwise and never crosses it.  Several polygons and circles of one
area mean their union.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, pairwise
from math import cos, degrees, pi, radians, sin
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Point, Polygon, box

from sameboat.lib.geometry import EARTH_RADIUS_KM
from sameboat.watch.alerts.cap.alert import CapArea, Circle, Ring

WORLD = box(-180, -90, 180, 90)
CIRCLE_POINTS = 64
SMALLEST_RADIUS_KM = 0.001  #: anything smaller is a point
_BEARINGS = -2 * pi * np.arange(CIRCLE_POINTS + 1) / CIRCLE_POINTS
_SINES, _COSINES = np.sin(_BEARINGS), np.cos(_BEARINGS)
_POLYGON = b"\x01\x03\0\0\0\x01\0\0\0"  # little-endian, polygon, one ring
FINEST = 9  #: decimals of a degree; finer than a millimetre, GEOS loses shapes
#: an alert is read on phones and radios: a border to about 11 m, in at most so many points
PRECISION = 4
MOST_POINTS = 200
FEWEST_POINTS = 12  #: a border with fewer is no border any more
SMALLEST_DEGREES2 = 1e-7  #: islets below a few hundred square metres are left out


def ground_of(area: CapArea) -> shapely.Geometry:
    """Return the union of an area's polygons and circles, longitude first, WGS 84.

    Rings are mended where they cross themselves and cut at the 180th meridian; a ring without
    area becomes the line or point it is.  Empty if the area has neither.
    """
    parts = shapes_of(area)
    if len(parts) == 1:
        return parts[0]
    return shapely.union_all(parts) if parts else Polygon()


def shapes_of(area: CapArea) -> list[shapely.Geometry]:
    """Return each polygon and circle of an area as a valid shape, as `ground_of` unites them."""
    shapes = [shape_of_ring(ring) for ring in area.polygons]
    return shapes + [shape_of_circle(circle) for circle in area.circles]


def geojson_of(area: CapArea) -> dict[str, Any]:
    """Return the ground of an area as a GeoJSON geometry that RFC 7946 accepts."""
    shape = shapely.orient_polygons(ground_of(area), exterior_cw=False)
    geometry: dict[str, Any] = shapely.geometry.mapping(shape)
    return geometry


def shape_of_ring(ring: Ring) -> shapely.Geometry:
    """Return one CAP polygon as a valid shape."""
    flat = np.fromiter(chain.from_iterable(ring), float, 2 * len(ring)).round(FINEST)
    return _shape_of(flat.reshape(-1, 2)[:, ::-1])


def is_simple(ring: Sequence[tuple[float, float]]) -> bool:
    """Return whether a closed ring (latitude first) holds ground and nowhere meets itself."""
    points = [(lon, lat) for lat, lon in ring]
    shape = Polygon(_unrolled(points))
    return bool(shapely.is_valid(shape)) and shape.area > 0


def _shape_of(points: NDArray[np.float64]) -> shapely.Geometry:
    lon = points[:, 0]
    if lon.max() > 0 > lon.min():  # else no step can be longer than half the globe
        jumps = np.abs(np.diff(lon))
        if ((jumps > 180) & (jumps < 360)).any():
            return _cut(_unrolled(points.tolist()))
    shape = _polygon(points)
    if not shapely.is_valid(shape):
        lat = points[0, 1]
        if shape.area == 0 and lon.max() - lon.min() == 360 and (points[:, 1] == lat).all():
            # All along one parallel, once round the globe: the cap of the nearer pole.
            return box(-180, lat, 180, 90) if lat >= 0 else box(-180, -90, 180, lat)
        return _mended(shape)
    return shape


def _polygon(points: NDArray[np.float64]) -> shapely.Geometry:
    # Through WKB a polygon costs 3 us instead of 20: one ring, so many points, the numbers.
    return shapely.from_wkb(
        _POLYGON + len(points).to_bytes(4, "little") + points.astype("<f8").tobytes()
    )


def _unrolled(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Let longitudes run on past 180 instead of jumping to the other side of the map."""
    turned, shift = [points[0]], 0.0
    for before, (lon, lat) in pairwise(points):
        jump = lon - before[0]
        shift -= 360.0 if jump > 180 else -360.0 if jump < -180 else 0.0
        turned.append((lon + shift, lat))
    if abs(turned[-1][0] - turned[0][0]) > 180:
        # The ring goes once round a pole: close it over the nearer one.
        pole = 90.0 if sum(lat for _lon, lat in turned) > 0 else -90.0
        turned += [(turned[-1][0], pole), (turned[0][0], pole), turned[0]]
    return turned


def _cut(points: Sequence[tuple[float, float]]) -> shapely.Geometry:
    """Cut a shape that runs past 180 degrees and put its pieces where the map has them."""
    shape = _valid(Polygon(points))
    west, _south, east, _north = shape.bounds
    turns = range(round((west - 180) // 360), round((east + 180) // 360) + 1)
    pieces = [
        shapely.intersection(shapely.affinity.translate(shape, xoff=-360.0 * turn), WORLD)
        for turn in turns
    ]
    whole = [piece for piece in pieces if piece.area > 0]
    return shapely.union_all(whole or pieces)


def _valid(shape: shapely.Geometry) -> shapely.Geometry:
    return shape if shapely.is_valid(shape) else _mended(shape)


def _mended(shape: shapely.Geometry) -> shapely.Geometry:
    mended = shapely.make_valid(shape)
    flat = [each for part in shapely.get_parts(mended) for each in shapely.get_parts(part)]
    areas = [each for each in flat if each.area > 0]
    return shapely.union_all(areas) if areas else mended


def shape_of_circle(circle: Circle) -> shapely.Geometry:
    """Return a circle on the globe as a polygon; less than a metre is a point.

    A circle larger than half the globe is the whole of it.
    """
    lat, lon, radius_km = circle
    angle = radius_km / EARTH_RADIUS_KM
    if radius_km < SMALLEST_RADIUS_KM:
        return Point(lon, lat)
    if angle >= pi:
        return WORLD
    phi = radians(lat)
    there = np.arcsin(np.clip(sin(phi) * cos(angle) + cos(phi) * sin(angle) * _COSINES, -1.0, 1.0))
    turn = np.arctan2(_SINES * (sin(angle) * cos(phi)), cos(angle) - sin(phi) * np.sin(there))
    around = lon + np.degrees(turn)
    around = np.where(around > 180, around - 360, np.where(around < -180, around + 360, around))
    points = np.stack([around, np.degrees(there)], axis=1)
    points[-1] = points[0]
    if abs(lat) + degrees(angle) < 80 and abs(lon) + 6 * degrees(angle) < 180:
        return _polygon(points)  # far from poles and seam nothing can cross itself
    return _shape_of(points)


def rings_of(
    ground: bytes | shapely.Geometry,
    *,
    precision: int = PRECISION,
    most_points: int = MOST_POINTS,
    most_in_all: int | None = None,
) -> tuple[Ring, ...]:
    """Return polygons for an alert from the ground of a place.

    Args:
        ground: WKB or a shape, longitude first, degrees; points and lines give nothing.
        precision: decimals kept (4: about 11 m).
        most_points: of each ring; the border is simplified until it fits.
        most_in_all: of all rings together; they are simplified further, then the smallest left
            out, but never the largest.

    Returns:
        Outer rings, latitude first, closed, anticlockwise, cut at the 180th meridian.  CAP has no
        holes: an enclave is warned with the ground around it, which errs on the safe side.
    """
    shape = shapely.from_wkb(ground) if isinstance(ground, bytes) else ground
    outer = MultiPolygon(
        [
            Polygon(part.exterior)
            for part in shapely.get_parts(shape)
            if part.geom_type == "Polygon" and not part.is_empty
        ]
    )
    parts = [part for part in _polygons(_valid(outer)) if part.area >= SMALLEST_DEGREES2]
    parts.sort(key=lambda part: -part.area)
    rings = _rings(parts, precision, most_points)
    if most_in_all is None:
        return tuple(rings)
    while sum(map(len, rings)) > most_in_all and most_points > FEWEST_POINTS:
        most_points = max(FEWEST_POINTS, most_points // 2)
        rings = _rings(parts, precision, most_points)
    room = list(accumulate(map(len, rings)))
    return tuple(
        ring for at, ring in enumerate(rings) if at == 0 or room[at] <= most_in_all
    )  # fmt: skip


def _rings(parts: Iterable[Any], precision: int, most_points: int) -> list[Ring]:
    rings = [
        tuple((round(lat, precision) + 0.0, round(lon, precision) + 0.0) for lon, lat in small)
        for part in parts
        for small in _simplified(part, precision, most_points)
    ]
    return [ring for ring in rings if len(ring) >= 4 and ring[0] == ring[-1]]


def _polygons(shape: shapely.Geometry) -> list[Any]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


def _simplified(part: Any, precision: int, most_points: int) -> Iterable[list[Any]]:
    """Simplify one polygon until every ring fits, keeping it valid at the precision asked."""
    grid, tolerance = 10.0**-precision, 10.0**-precision
    while True:
        small = shapely.set_precision(shapely.simplify(part, tolerance), grid)
        pieces = [shapely.orient_polygons(Polygon(each.exterior)) for each in _polygons(small)]
        if all(len(each.exterior.coords) <= most_points for each in pieces):
            return [list(each.exterior.coords) for each in pieces if each.area > 0]
        tolerance *= 1.5


def circle_around(lon: float, lat: float, radius_km: float) -> Circle:
    """Return a circle for a place of which only the point is known."""
    return round(lat, PRECISION), round(lon, PRECISION), round(radius_km, 2)
