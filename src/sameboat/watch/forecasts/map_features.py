"""A forecast as GeoJSON: places with ground, reaches, sites; no base map, no border beyond."""

import json
from collections.abc import Iterable
from typing import Any

import shapely
from django.db.models import QuerySet

from sameboat.ground.places.models import PlaceVersion, Reach, Site
from sameboat.ground.places.queries import reaches_of, sites_of
from sameboat.lib.language import choose
from sameboat.watch.forecasts.models import Forecast, ForecastTarget

_TOLERANCE_DEG = 0.003  #: outlines are simplified to about 300 m
_MOMENTS = (
    "arrival_p10", "arrival_p50", "arrival_p90", "peak_at_p10", "peak_at_p50", "peak_at_p90",
    "cleared_p10", "cleared_p50", "cleared_p90",
)  # fmt: skip
_PEAKS = ("peak_p10", "peak_p50", "peak_p90")
_DIGITS = 4


def collection(forecast: Forecast, threshold: int, language: str) -> dict[str, Any]:
    """Return the FeatureCollection; see queries.map_of."""
    rows = list(forecast.targets.filter(threshold=threshold).select_related("place"))
    places = {row.code: row for row in rows if row.kind == "place"}
    sites = {row.code: row for row in rows if row.kind == "site"}
    versions = list(_drawn(forecast, places))
    reaches = list(reaches_of(forecast.load))
    features = [_place(version, places[version.place.code], language) for version in versions]
    features += [_reach(forecast, reach, threshold, language) for reach in reaches if reach.line]
    features += [
        _site(site, sites.get(site.key), language)
        for site in sites_of(forecast.load)
        if site.lon is not None and site.lat is not None
    ]
    return {
        "type": "FeatureCollection",
        "features": features,
        "started_at": forecast.started_at.isoformat(),
        "hours": forecast.map_hours,
        "threshold": _threshold(forecast, threshold),
        "attribution": attribution(forecast, versions, reaches),
        "schematic": any(reach.schematic for reach in reaches),
    }


def _threshold(forecast: Forecast, threshold: int) -> dict[str, Any]:
    """Return a threshold as the scenario gives it, or as the model answered."""
    if forecast.hazard == "river_pollutant":
        return dict(forecast.scenario["substance"]["threshold"][threshold])
    return dict(forecast.parameters["thresholds"][threshold])


def attribution(
    forecast: Forecast, versions: Iterable[PlaceVersion], reaches: Iterable[Reach]
) -> list[str]:
    """Return the words of the licences whose files the map draws, each once."""
    used = {version.licence for version in versions}
    words = []
    for licence in forecast.load.licences:
        covers_rivers = any(name.startswith(("reaches", "sites")) for name in licence["files"])
        if (licence["id"] in used or (covers_rivers and list(reaches))) and (
            licence["attribution"] not in words
        ):
            words.append(licence["attribution"])
    return words


def _drawn(forecast: Forecast, places: dict[str, ForecastTarget]) -> QuerySet[PlaceVersion]:
    """Return the places that have an answer and ground of their own, the largest first."""
    rows = forecast.load.place_versions.filter(place__code__in=places)
    return rows.exclude(ground="inherited").select_related("place").order_by("path")


def _place(version: PlaceVersion, target: ForecastTarget, language: str) -> dict[str, Any]:
    geometry: dict[str, Any] = {"type": "Point", "coordinates": [version.lon, version.lat]}
    if version.boundary is not None:
        shape = shapely.from_wkb(bytes(version.boundary)).simplify(_TOLERANCE_DEG)
        geometry = json.loads(shapely.to_geojson(shapely.set_precision(shape, 10**-_DIGITS)))
    properties = {
        "kind": "place",
        "code": version.place.code,
        "name": choose(version.names, language),
        "level": version.level,
        "population": version.population,
        **_told(target),
    }
    return {"type": "Feature", "id": version.place.code, "geometry": geometry,
            "properties": properties}  # fmt: skip


def _reach(forecast: Forecast, reach: Reach, threshold: int, language: str) -> dict[str, Any]:
    told = forecast.reaches.get(reach.key, [])
    line = [[round(lon, _DIGITS), round(lat, _DIGITS)] for lon, lat in reach.line]
    properties = {
        "kind": "reach",
        "code": reach.key,
        "name": choose(reach.names, language),
        "schematic": reach.schematic,
        "p": None,
        "presence": [],
        **(told[threshold] if threshold < len(told) else {}),
    }
    return {"type": "Feature", "id": f"reach:{reach.key}", "properties": properties,
            "geometry": {"type": "LineString", "coordinates": line}}  # fmt: skip


def _site(site: Site, target: ForecastTarget | None, language: str) -> dict[str, Any]:
    properties = {
        "kind": "site",
        "code": site.key,
        "name": choose(site.names, language),
        "place": site.place.code,
        "site_kind": site.kind,
        **(_told(target) if target else {"p": None, "presence": []}),
    }
    point = [round(site.lon or 0.0, _DIGITS), round(site.lat or 0.0, _DIGITS)]
    return {"type": "Feature", "id": f"site:{site.key}", "properties": properties,
            "geometry": {"type": "Point", "coordinates": point}}  # fmt: skip


def _told(target: ForecastTarget) -> dict[str, Any]:
    """Return what is said of one target: moments in ISO 8601, peaks, presence per mille."""
    moments = {
        name: moment.isoformat() if (moment := getattr(target, name)) else None for name in _MOMENTS
    }
    peaks = {name: getattr(target, name) for name in _PEAKS}
    return {"p": target.p_reached, "presence": target.presence, **moments, **peaks}
