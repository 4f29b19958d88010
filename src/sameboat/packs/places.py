"""places.csv and the boundaries beside it."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.lib.codes import LEVELS, normalise_code
from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.packs.manifest import Manifest
from sameboat.packs.numbers import number_of
from sameboat.packs.records import PlaceRecord
from sameboat.packs.text import Row, Unreadable, listed, read_text, rows_of

COLUMNS = (
    "code", "name_zh", "name_en", "level", "parent", "population",
    "share_60", "share_65", "share_80", "ground", "lon", "lat",
)  # fmt: skip
OPTIONAL = ("ground_file", "zone")
BOUNDARIES = "odbl/boundaries.geojson"
GROUNDS = ("boundary", "point", "inherited")


def read_places(folder: Path, manifest: Manifest, faults: list[Fault]) -> tuple[PlaceRecord, ...]:
    """Read every place with its ground; faults are appended."""
    try:
        text = read_text(folder / "places.csv", "places.csv")
    except Unreadable as problem:
        faults.append(problem.fault)
        return ()
    boundaries = read_boundaries(folder, faults)
    drawn = listed(BOUNDARIES, boundaries, faults)
    before = len(faults)
    rows = list(rows_of(text, "places.csv", COLUMNS, faults, optional=OPTIONAL))
    if not rows and len(faults) == before:
        faults.append(
            Fault(
                "empty_file",
                _("lists no place."),
                file="places.csv",
                next_step=_("Write at least one line below the header."),
            )
        )
        return ()
    places = [_place(row, boundaries, drawn, manifest, faults) for row in rows]
    lines = {place.code: row.line for place, row in zip(places, rows, strict=True)}
    _check_duplicates(rows, places, faults)
    _check_parents(rows, places, faults)
    known = listed("places.csv", lines, faults)
    for code in sorted(code for code in boundaries if code not in known):
        faults.append(
            Fault(
                "unknown_place",
                _("is drawn but not listed in places.csv."),
                file=BOUNDARIES,
                field="code",
                value=code,
                next_step=_("Add the place, or take its boundary out."),
            )
        )
    return tuple(places)


def code_of(row: Row, column: str, faults: list[Fault]) -> str:
    """Return a place code in its one form, with a fault where it is none."""
    try:
        return normalise_code(row[column])
    except ValueError:
        faults.append(
            row.fault(
                "unknown_code",
                column,
                _("is not a place code."),
                allowed=_("6, 9 or 12 digits of GB/T 2260, or scheme:code"),
            )
        )
        return row[column]


def _place(
    row: Row,
    boundaries: dict[str, bytes],
    drawn: set[str],
    manifest: Manifest,
    faults: list[Fault],
) -> PlaceRecord:
    code = code_of(row, "code", faults)
    names = {"zh-Hans": row["name_zh"], "en": row["name_en"]}
    if not any(names.values()):
        faults.append(row.fault("empty", "name_zh", _("the place has no name in any language.")))
    _one_of(row, "level", LEVELS, faults)
    _one_of(row, "ground", GROUNDS, faults)
    lon = number_of(row, "lon", faults, least=-180, most=180)
    lat = number_of(row, "lat", faults, least=-90, most=90)
    boundary = boundaries.get(code)
    _check_ground(row, code, lon, lat, drawn, faults)
    population = number_of(row, "population", faults, least=0, most=2_000_000_000, whole=True)
    shares = _shares(row, faults)
    file = BOUNDARIES if row["ground"] == "boundary" else row["ground_file"] or "places.csv"
    licence = manifest.licence_of(file)
    if row["ground_file"] and not licence:
        faults.append(
            row.fault(
                "missing_licence",
                "ground_file",
                _("no licence covers {file}."),
                next_step=_("Name the file under the licence that holds for it."),
                file=file,
            )
        )
    return PlaceRecord(
        code=code,
        names={tag: name for tag, name in names.items() if name},
        level=row["level"],
        parent=code_of(row, "parent", faults) if row["parent"] else None,
        population=None if population is None else int(population),
        share_60=shares[0],
        share_65=shares[1],
        share_80=shares[2],
        ground=row["ground"],
        lon=lon,
        lat=lat,
        boundary=boundary if row["ground"] == "boundary" else None,
        zone=_zone(row, manifest, faults),
        licence=licence,
    )


def _check_ground(
    row: Row,
    code: str,
    lon: float | None,
    lat: float | None,
    drawn: set[str],
    faults: list[Fault],
) -> None:
    if row["ground"] == "point" and (lon is None or lat is None):
        faults.append(
            row.fault(
                "no_point",
                "lon",
                _("the place is a point without lon and lat."),
                next_step=_("Give both, or write inherited."),
            )
        )
    if row["ground"] == "boundary" and code not in drawn:
        faults.append(
            row.fault(
                "no_boundary",
                "ground",
                _("no boundary of {place} is in {file}."),
                next_step=_("Draw it, or write point or inherited."),
                place=code,
                file=BOUNDARIES,
            )
        )


def _zone(row: Row, manifest: Manifest, faults: list[Fault]) -> str:
    zone = row["zone"]
    if not zone:
        return manifest.zone
    try:
        ZoneInfo(zone)
    except Exception:  # zoneinfo raises several kinds for text that is no zone
        faults.append(
            row.fault(
                "unknown_zone",
                "zone",
                _("is not an IANA time zone."),
                next_step=_("Write one such as Asia/Shanghai."),
            )
        )
    return zone


def _one_of(row: Row, column: str, known: tuple[str, ...], faults: list[Fault]) -> None:
    if row[column] not in known:
        faults.append(
            row.fault(
                "unknown_value", column, _("is none of those known."), allowed=", ".join(known)
            )
        )


def _shares(row: Row, faults: list[Fault]) -> list[float | None]:
    columns = ("share_60", "share_65", "share_80")
    shares = [number_of(row, column, faults, least=0, most=1) for column in columns]
    known = [
        (column, share) for column, share in zip(columns, shares, strict=True) if share is not None
    ]
    for (_older, larger), (column, smaller) in pairwise(known):
        if smaller > larger:
            faults.append(
                row.fault(
                    "shares",
                    column,
                    _("is larger than the share of a younger age that includes it."),
                    allowed=f"0 … {larger:g}",
                )
            )
    return shares


def _check_duplicates(rows: list[Row], places: list[PlaceRecord], faults: list[Fault]) -> None:
    counted = Counter(place.code for place in places)
    seen: set[str] = set()
    for row, place in zip(rows, places, strict=True):
        if counted[place.code] > 1 and place.code in seen:
            faults.append(
                row.fault("duplicate", "code", _("stands twice."), next_step=_("Keep one line."))
            )
        seen.add(place.code)


def _check_parents(rows: list[Row], places: list[PlaceRecord], faults: list[Fault]) -> None:
    parent_of = {place.code: place.parent for place in places}
    for row, place in zip(rows, places, strict=True):
        if place.parent and place.parent not in parent_of:
            faults.append(
                row.fault(
                    "unknown_place",
                    "parent",
                    _("is not listed in places.csv."),
                    next_step=_("Add it, or leave the parent empty."),
                )
            )
            continue
        seen, above = {place.code}, place.parent
        while above and above not in seen:
            seen.add(above)
            above = parent_of.get(above)
        if above == place.code:
            faults.append(
                row.fault(
                    "cycle",
                    "parent",
                    _("leads back to the place itself."),
                    next_step=_("A place cannot lie within itself."),
                )
            )


def read_boundaries(folder: Path, faults: list[Fault]) -> dict[str, bytes]:
    """Return code -> WKB of every boundary, each checked to be a valid polygon on the globe."""
    path = folder / BOUNDARIES
    if not path.exists():
        return {}
    features = read_features(path, BOUNDARIES, faults)
    from shapely import to_wkb

    found: dict[str, bytes] = {}
    for position, feature in enumerate(features):
        code = property_of(feature, "code")
        where = f"features[{position}]"
        try:
            key = normalise_code(code)
        except ValueError:
            faults.append(
                Fault(
                    "unknown_code",
                    _("is not a place code."),
                    file=BOUNDARIES,
                    field=f"{where}.properties.code",
                    value=code,
                    allowed=_("6, 9 or 12 digits of GB/T 2260, or scheme:code"),
                )
            )
            continue
        if key in found:
            faults.append(
                Fault(
                    "duplicate",
                    _("is drawn twice."),
                    file=BOUNDARIES,
                    field=where,
                    value=code,
                    next_step=_("Keep one of the two, or make them one MultiPolygon."),
                )
            )
            continue
        polygon = _polygon(feature.get("geometry"), where, code, faults)
        if polygon is not None:
            found[key] = to_wkb(polygon)
    return found


def property_of(feature: dict[str, Any], name: str) -> str:
    """Return one property of a GeoJSON feature as text, empty where it has none."""
    properties = feature.get("properties")
    value = properties.get(name) if isinstance(properties, dict) else None
    return "" if value is None else str(value)


def _polygon(geometry: Any, where: str, code: str, faults: list[Fault]) -> Any:
    """Return a valid polygon on the globe, or None after saying why it is none."""
    from shapely import is_valid, is_valid_reason
    from shapely.geometry import shape

    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        faults.append(
            _broken(where, code, _("is not a Polygon or MultiPolygon, but {kind}."), kind=kind)
        )
        return None
    try:
        parts = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
        rings = [ring for part in parts for ring in part]
        # Shapely would close an open ring itself, perhaps where the drawer had not ended.
        is_open = any(list(ring[0]) != list(ring[-1]) for ring in rings)
        places = [(float(point[0]), float(point[1])) for ring in rings for point in ring]
        on_globe = bool(places) and all(
            -180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in places
        )
        polygon = shape(geometry if on_globe else {"type": kind, "coordinates": []})
    except Exception as problem:  # whatever a broken geometry makes shapely raise
        faults.append(_broken(where, code, _("is not a valid boundary: {reason}."), reason=problem))
        return None
    if not on_globe:
        says = _("has coordinates outside lon -180 … 180, lat -90 … 90.")
    elif is_open:
        says = _("has a ring that is not closed: its last point is not its first.")
    elif not is_valid(polygon):
        says = _("is not a valid boundary: {reason}.")
    else:
        return polygon
    faults.append(_broken(where, code, says, reason=is_valid_reason(polygon)))
    return None


def _broken(where: str, code: str, says: str, **facts: Any) -> Fault:
    return Fault(
        "invalid_polygon",
        says,
        file=BOUNDARIES,
        field=where,
        value=code,
        facts=facts,
        next_step=_("Mend the ring in a map editor (make valid), in lon, lat order."),
    )


def read_features(path: Path, name: str, faults: list[Fault]) -> list[dict[str, Any]]:
    """Return the features of a GeoJSON FeatureCollection."""
    try:
        content = json.loads(read_text(path, name))
        features = content["features"]
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise TypeError
    except Unreadable as problem:
        faults.append(problem.fault)
    except json.JSONDecodeError as problem:
        faults.append(
            Fault(
                "broken_json",
                _("is not JSON: {problem}."),
                file=name,
                line=problem.lineno,
                facts={"problem": problem.msg},
            )
        )
    except (KeyError, TypeError, RecursionError):
        faults.append(Fault("broken_json", _("is not a GeoJSON FeatureCollection."), file=name))
    else:
        return features
    return []
