"""The ground of an alert's areas: names and shapes, taken over from places when it is drafted.

They are kept in the content, so that what is issued is what was submitted even if a newer
region pack is loaded in between.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sameboat.ground.places.queries import find_place
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.cap.shapes import FEWEST_POINTS, MOST_POINTS, rings_of
from sameboat.watch.alerts.content import MAX_POINTS_IN_ALL, points_in

POINT_RADIUS_KM = 5.0  #: of the circle round a place that is known by a point only
_UNDRAWN: list[tuple[dict[str, Any] | None, dict[str, Any]]] = [(None, {})]


def with_ground(content: dict[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the content with names and shapes in every area.

    Shapes that the author gave stay; else those of the same place `before`; else the place's own:
    its outline, a circle round its point, or none where its ground is inherited.

    Raises:
        FaultyInput: a place that this node does not know has neither names nor shape.
    """
    known = {area["code"]: area for area in (before or {}).get("areas", [])}
    undrawn = sum(1 for area in content["areas"] if not _has_shape(area))
    # Many places share what one message can hold: the more there are, the plainer their borders.
    left = MAX_POINTS_IN_ALL - points_in(content["areas"])
    most = min(MOST_POINTS * 2, max(FEWEST_POINTS, left // max(1, undrawn)))
    faults: list[Fault] = []
    areas = []
    for at, area in enumerate(content["areas"]):
        given = {name: value for name, value in area.items() if value is not None}
        if {"names", "polygons", "circles"} - given.keys():
            own = known.get(area["code"]) or _own_ground(area["code"], most)
            if own is None and not (given.get("names") and _has_shape(given)):
                faults.append(_unknown(at, area["code"]))
                continue
            own = own or {}
            given.setdefault("names", own.get("names", {}))
            if not _has_shape(given):
                given |= {name: own.get(name, []) for name in ("polygons", "circles")}
        areas.append({**area, **given, **{n: given.get(n) or [] for n in ("polygons", "circles")}})
    if faults:
        raise FaultyInput(faults)
    return {**content, "areas": areas}


def geojson_of(areas: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the areas as a FeatureCollection; a circle is its point with `radius_km`."""
    features = []
    for area in areas:
        said = {k: v for k, v in area.items() if k not in {"polygons", "circles"}}
        shapes: list[tuple[dict[str, Any] | None, dict[str, Any]]] = []
        if area.get("polygons"):
            rings = [[ring] for ring in area["polygons"]]
            shapes.append(({"type": "MultiPolygon", "coordinates": rings}, {}))
        for lon, lat, radius_km in area.get("circles") or []:
            shapes.append(({"type": "Point", "coordinates": [lon, lat]}, {"radius_km": radius_km}))
        for geometry, more in shapes or _UNDRAWN:
            features.append(
                {"type": "Feature", "geometry": geometry, "properties": {**said, **more}}
            )
    return {"type": "FeatureCollection", "features": features}


def _own_ground(code: str, most_points: int) -> dict[str, Any] | None:
    version = find_place(code)
    if version is None:
        return None
    polygons, circles = [], []
    if version.ground == "boundary" and version.boundary is not None:
        rings = rings_of(bytes(version.boundary), most_in_all=most_points)
        polygons = [[[lon, lat] for lat, lon in ring] for ring in rings]
    elif version.ground == "point" and version.lon is not None and version.lat is not None:
        circles = [[version.lon, version.lat, POINT_RADIUS_KM]]
    return {"names": version.names, "polygons": polygons, "circles": circles}


def _has_shape(area: Mapping[str, Any]) -> bool:
    return bool(area.get("polygons") or area.get("circles"))


def _unknown(at: int, code: str) -> Fault:
    return Fault(
        "unknown_place",
        _("This node does not know the place."),
        field=f"areas[{at}].code",
        value=code,
        next_step=_("Load the region pack that has it, or give its names and a shape."),
    )
