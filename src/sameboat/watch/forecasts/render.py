"""The answer for people and programs: a table, CSV, GeoJSON, and a picture."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sameboat.lib.language import SHORT_KEY, choose, closest, translate
from sameboat.lib.language import mark as _
from sameboat.packs.records import RegionPack
from sameboat.watch.forecasts.service_names import service_name
from sameboat.watch.forecasts.simulation import Simulation
from sameboat.watch.forecasts.wording import change, number

_PLURAL = {"site": "sites", "facility": "facilities", "place": "places"}
#: What a map has no use for: its features say it, or it is a table of its own.
_APART = {
    "sites", "places", "facilities", "assumptions", "parameters", "observations", "options",
    "stages", "causes", "losses",
}  # fmt: skip
#: A band that is longer than this is told by its days alone.
_BY_DAYS = timedelta(days=3)
#: Columns of a terminal that a name uses at least.
_NAME = 6
_TIMES = ("arrival_at", "peak_at", "cleared_at")
CSV_COLUMNS = (
    "kind", "code", "name_zh", "name_en", "place", "threshold", "unit", "p_reached",
    *(f"{name}_{part}" for name in (*_TIMES, "peak") for part in ("p10", "p50", "p90")),
    "population", "label", "limit", "p_error",
    *(f"duration_hours_{part}" for part in ("p10", "p50", "p90")),
)  # fmt: skip


def as_table(result: Mapping[str, Any], language: str, width: int = 120) -> str:
    """Return the answer as a table for a terminal: the fact, then sites, then places."""
    from rich.console import Console

    def say(text: str, **facts: Any) -> str:
        return translate(text, language).format(**facts)

    out = Console(width=width, record=True, file=io.StringIO(), color_system=None)
    out.print(choose(result["title"], language), highlight=False)
    out.print(
        say(
            _("Threshold {threshold} · case {case} · {members} members · seed {seed}"),
            threshold=threshold_text(result["threshold"], language), case=result["case"],
            members=result["members"], seed=result["seed"],
        ),
        highlight=False,
    )  # fmt: skip
    if result.get("option"):
        out.print(say(_("Under: {options}"), options=", ".join(result["option"])), highlight=False)
    people = result["totals"][0]["people"]
    out.print(
        say(
            _("People living where it is exceeded: {p50} ({p10} to {p90})"),
            **{part: f"{value:,}" for part, value in people.items()},
        ),
        highlight=False,
    )
    for title, kind in (
        (_("Sites"), "site"),
        (_("Facilities"), "facility"),
        (_("Places, in order of arrival"), "place"),
    ):
        if result.get(_PLURAL[kind]):
            out.print(_targets_table(result, title, kind, language))
    if "losses" in result:
        out.print(_losses_table(result, language))
    if "options" in result:
        changes = _options_table(result, language)
        if changes.row_count:
            out.print(changes)
        else:
            out.print(say(_("No option changes which place is reached, or how strongly.")))
        if "losses" in result["options"]:
            out.print(_spared_table(result, language))
    for cause in result.get("causes", ()):
        for line in cause[SHORT_KEY[closest(language)]]:
            out.print(line, highlight=False)
    for notice in result["notices"]:
        out.print(f"! {choose(notice['message'], language)}", highlight=False)
    return out.export_text(styles=False).rstrip() + "\n"


def as_json_text(result: Mapping[str, Any]) -> str:
    """Return the answer as JSON text."""
    return json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_csv(result: Mapping[str, Any]) -> str:
    """Return the answer as CSV, one line per target and threshold."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_csv_rows(result))
    return out.getvalue()


def as_geojson(run: Simulation, pack: RegionPack) -> str:
    """Return sites, places and reaches as GeoJSON; a place without ground has no geometry."""
    features = []
    sites = {site.key: site for site in pack.sites}
    places = {place.code: place for place in pack.places}
    for row in run.result["sites"]:
        site = sites[row["site"]]
        features.append(_feature("site", row["site"], _point(site.lon, site.lat), row))
    for row in run.result["places"]:
        place = places[row["place"]]
        ground = _point(place.lon, place.lat) if place.ground == "point" else None
        if place.boundary is not None:
            import shapely

            ground = json.loads(shapely.to_geojson(shapely.from_wkb(place.boundary)))
        features.append(_feature("place", row["place"], ground, {**row, "level": place.level}))
    for row in run.result.get("facilities", ()):
        features.append(_feature("facility", row["facility"], None, row))
    for reach in pack.reaches:
        line = {"type": "LineString", "coordinates": [list(point) for point in reach.line]}
        about = {"reach": reach.key, "name": dict(reach.names), "schematic": reach.schematic}
        features.append(_feature("reach", reach.key, line if reach.line else None, about))
    keep = {name: value for name, value in run.result.items() if name not in _APART}
    words = list(dict.fromkeys(licence.attribution for licence in pack.licences))
    collection = {
        "type": "FeatureCollection",
        "forecast": keep,
        "attribution": words,
        "features": features,
    }
    return json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n"


def _targets_table(result: Mapping[str, Any], title: str, kind: str, language: str) -> Any:
    """Return one line for each site, facility or place."""
    from rich.table import Table

    def say(text: str, **facts: Any) -> str:
        return translate(text, language).format(**facts)

    rows = list(result[_PLURAL[kind]])
    table = Table(title=say(title), title_justify="left")
    peak = say(_("peak {unit}"), unit=result["threshold"]["unit"]).strip()
    table.add_column("", overflow="fold", min_width=_NAME)
    for heading in (
        say(_("reached")), say(_("arrives (10 % to 90 %)")), say(_("peak at")), peak,
        say(_("clear by")),
    ):  # fmt: skip
        table.add_column(heading, no_wrap=True)
    if kind == "place":
        table.add_column(say(_("people")), justify="right", no_wrap=True)
        rows = _by_arrival(rows)
    for row in rows:
        cells = _cells(row, kind, result["threshold"]["unit"], language)
        if kind == "place":
            people = row["population"]
            cells.append(f"{people:,}" if people is not None else say(_("not known")))
        table.add_row(*cells)
    return table


def threshold_text(threshold: Mapping[str, Any], language: str) -> str:
    """Return a threshold as people read it: what it is called, and its value with the unit."""
    name = choose(threshold.get("name") or {}, language)
    if threshold["value"] is None:
        return name or str(threshold.get("label", ""))
    value = f"{threshold['value']:g} {threshold['unit']}".strip()
    return f"{name} ({value})" if name and threshold["unit"] else name or value


def _options_table(result: Mapping[str, Any], language: str) -> Any:
    """Return one line for each place and option that changes something there."""
    from rich.table import Table

    told = result["options"]
    names = {each["key"]: choose(each["name"], language) for each in told["options"]}
    places = {row["place"]: choose(row["name"], language) for row in result["places"]}
    before = {row["place"]: row for row in told["places"] if row["option"] == told["first"]}
    table = Table(title=translate(_("Options, place by place"), language), title_justify="left")
    for heading in (
        _("place"), _("option"), _("reached"), _("change"), _("peak"),
        _("change (10 % to 90 %)"), _("better"), _("worse"),
    ):  # fmt: skip
        table.add_column(translate(heading, language), overflow="fold")
    for row in told["places"]:
        reached, peak = row["reached"], row["peak"]
        moved = (reached["better"], reached["worse"], peak["better"], peak["worse"])
        if row["option"] == told["first"] or not any(moved):
            continue
        table.add_row(
            places[row["place"]],
            names[row["option"]],
            f"{before[row['place']]['reached']['outcome']:.0%} → {reached['outcome']:.0%}",
            f"{reached['change']:+.0%} ± {reached['error']:.0%}".replace("-", "−"),
            number(peak["outcome"], result["threshold"]["unit"]),
            change(peak, result["threshold"]["unit"]),
            f"{peak['better']:.0%}",
            f"{peak['worse']:.0%}",
        )
    return table


def _losses_table(result: Mapping[str, Any], language: str) -> Any:
    """Return one line for each place and kind of service."""
    from rich.table import Table

    places = {row["place"]: choose(row["name"], language) for row in result["places"]}
    table = Table(title=translate(_("Service lost, in person-hours"), language),
                  title_justify="left")  # fmt: skip
    for heading in (_("place"), _("service"), "10 %", "50 %", "90 %"):
        table.add_column(translate(heading, language), overflow="fold")
    for row in result["losses"]:
        lost = [_whole(row["person_hours"][part]) for part in ("p10", "p50", "p90")]
        table.add_row(
            places.get(row["place"], row["place"]), service_name(row["service"], language), *lost
        )
    return table


def _spared_table(result: Mapping[str, Any], language: str) -> Any:
    """Return one line for each option, place and service of which it changes the loss."""
    from rich.table import Table

    told = result["options"]
    names = {each["key"]: choose(each["name"], language) for each in told["options"]}
    places = {row["place"]: choose(row["name"], language) for row in result["places"]}
    table = Table(title=translate(_("Service lost under each option, in person-hours"), language),
                  title_justify="left")  # fmt: skip
    for heading in (_("place"), _("service"), _("option"), _("mean"), _("change"), "10 %", "90 %"):
        table.add_column(translate(heading, language), overflow="fold")
    for row in told["losses"]:
        lost = row["person_hours"]
        if row["option"] == told["first"] or not (lost["better"] or lost["worse"]):
            continue
        table.add_row(
            places.get(row["place"], row["place"]), service_name(row["service"], language),
            names[row["option"]], _whole(lost["outcome"]),
            f"{_whole(lost['change'], '+')} ± {_whole(lost['error'])}",
            _whole(lost["low"], "+"), _whole(lost["high"], "+"),
        )  # fmt: skip
    return table


def _whole(count: float, sign: str = "") -> str:
    """Return a large number to three digits: more are not known."""
    return f"{float(f'{count:.3g}'):{sign},.0f}"


def _by_arrival(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["arrival_at"]["p50"] or "9", row["place"]))


def _cells(row: Mapping[str, Any], kind: str, unit: str, language: str) -> list[str]:
    def moment(text: str | None) -> str:
        return f"{text[5:10]} {text[11:16]}" if text else "–"

    name = choose(row["name"], language)
    if kind != "place" and name != row[kind]:
        name = f"{row[kind]} {name}"
    arrival, top = row["arrival_at"], row["peak_at"]
    peak = {part: number(value, unit) for part, value in row["peak"].items()}
    return [
        name,
        f"{row['p_reached']:.0%}",
        f"{moment(arrival['p50'])} ({_band(arrival)})",
        moment(top["p50"]),
        f"{peak['p50']} ({peak['p10']} … {peak['p90']})",
        moment(row["cleared_at"]["p50"]),
    ]


def _band(times: Mapping[str, str | None]) -> str:
    """Return 10 % to 90 % as closely as it matters: by the clock, in hours, over weeks by days."""
    first, middle, last = (
        datetime.fromisoformat(each) if each else None
        for each in (times["p10"], times["p50"], times["p90"])
    )
    if None in (first, middle, last) or last - first > _BY_DAYS:  # type: ignore[operator]
        return " … ".join(f"{each:%m-%d}" if each else "–" for each in (first, last))
    assert first is not None
    assert middle is not None
    assert last is not None
    if first.date() == middle.date() == last.date():
        return f"{first:%H:%M} … {last:%H:%M}"
    before, after = ((each - middle) / timedelta(hours=1) for each in (first, last))
    return f"{before:+.0f} h … {after:+.0f} h"


def _csv_rows(result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, plural in _PLURAL.items():
        for row in result.get(plural, ()):
            levels = row.get("thresholds", [row])
            for threshold, said in zip(result["thresholds"], levels, strict=True):
                yield {
                    "kind": kind,
                    "code": row[kind],
                    "name_zh": row["name"]["zh"],
                    "name_en": row["name"]["en"],
                    "place": row["place"],
                    "threshold": threshold["value"],
                    "unit": threshold["unit"],
                    "p_reached": said["p_reached"],
                    **{
                        f"{name}_{part}": value
                        for name in (*_TIMES, "peak")
                        for part, value in said[name].items()
                    },
                    "population": row.get("population"),
                    "label": threshold.get("label"),
                    "limit": said.get("limit", threshold["value"]),
                    "p_error": said["p_error"],
                    **{
                        f"duration_hours_{part}": value
                        for part, value in said["duration_hours"].items()
                    },
                }


def _point(lon: float | None, lat: float | None) -> dict[str, Any] | None:
    if lon is None or lat is None:
        return None
    return {"type": "Point", "coordinates": [lon, lat]}


def _feature(
    kind: str, code: str, geometry: dict[str, Any] | None, properties: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"{kind}:{code}",
        "geometry": geometry,
        "properties": {"kind": kind, **properties},
    }
