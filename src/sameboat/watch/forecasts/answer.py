"""The answer in JSON, as docs/reference/forecast-json.md describes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.lib.language import LANGUAGES, SHORT_KEY, choose
from sameboat.packs.records import Names, Observation, PlaceRecord, RegionPack, Scenario, Site
from sameboat.spread.footprint import Footprint
from sameboat.spread.summary import Band
from sameboat.watch.forecasts.hydrology import Watched
from sameboat.watch.forecasts.notices import Notice
from sameboat.watch.forecasts.observed import Taught
from sameboat.watch.forecasts.parameters import Parameters


def answer_of(
    pack: RegionPack,
    scenario: Scenario,
    parameters: Parameters,
    footprint: Footprint,
    watched: Watched,
    taught: Taught,
    *,
    case: str,
    notices: Sequence[Notice],
    model: str,
    version: str,
) -> dict[str, Any]:
    """Return the whole answer; moments in the scenario's zone, null where not reached."""
    zone = ZoneInfo(scenario.zone)
    start = scenario.started_at.astimezone(zone)
    records = {place.code: place for place in pack.places}
    sites = {site.key: site for site in pack.sites}
    thresholds = [{"value": value, "unit": "mg/L"} for value in parameters.thresholds]
    return {
        "model": model,
        "version": version,
        "seed": parameters.seed,
        "members": parameters.members,
        "region": {"id": pack.id, "version": pack.version},
        "case": case,
        "origin": scenario.origin,
        "started_at": start.isoformat(timespec="minutes"),
        "threshold": thresholds[0],
        "sites": [_site(sites[key], _said(footprint, key, start)) for key in watched.sites],
        "places": [_place(records[code], _said(footprint, code, start)) for code in watched.places],
        "scenario": scenario.key,
        "title": short_names(scenario.title),
        "region_digest": pack.digest or None,
        "thresholds": thresholds,
        "totals": _totals(footprint, watched, records, thresholds),
        "observations": [_observation(each, zone) for each in taught.used],
        "learning": _learning(taught),
        "notices": [{**notice.as_dict(), "message": _both(notice)} for notice in notices],
        "assumptions": list(parameters.assumptions),
    }


def short_names(names: Names) -> dict[str, str | None]:
    """Return names under the short keys `zh` and `en`; null where a language has none."""
    return {SHORT_KEY[tag]: choose(names, tag) or None for tag in LANGUAGES}


def _site(site: Site, said: dict[str, Any]) -> dict[str, Any]:
    return {"site": site.key, "name": short_names(site.names), "place": site.place, **said}


def _place(place: PlaceRecord, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "place": place.code,
        "name": short_names(place.names),
        **said,
        "population": place.population,
    }


def _totals(
    footprint: Footprint,
    watched: Watched,
    records: Mapping[str, PlaceRecord],
    thresholds: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    known = {code: records[code].population for code in watched.places}
    people = {code: float(count) for code, count in known.items() if count is not None}
    parents = {code: place.parent for code, place in records.items()}
    unknown = sorted(code for code, count in known.items() if count is None)
    return [
        {
            "threshold": threshold,
            "people": _rounded(footprint.total(people, parents, position), 0),
            "places_of_unknown_population": unknown,
        }
        for position, threshold in enumerate(thresholds)
    ]


def _learning(taught: Taught) -> dict[str, Any]:
    evidence = taught.log_evidence
    return {
        "method": "tempered sequential Monte Carlo (Del Moral, Doucet & Jasra 2006)",
        "used": len(taught.used),
        "widened": round(taught.widened, 3),
        "doubt": taught.doubt,
        "log_evidence": None if evidence is None else round(evidence, 3),
    }


def _said(footprint: Footprint, target: str, start: datetime) -> dict[str, Any]:
    first, *others = (
        _at_threshold(footprint, target, position, start)
        for position in range(len(footprint.thresholds))
    )
    if others:
        first["thresholds"] = [dict(first), *others]
    return first


def _at_threshold(
    footprint: Footprint, target: str, position: int, start: datetime
) -> dict[str, Any]:
    said = footprint.summary(target, position)
    return {
        "p_reached": round(said.p_reached, 4),
        "arrival_at": _moments(said.arrival_hours, start),
        "peak_at": _moments(said.peak_hours, start),
        "peak": _rounded(said.peak, None),
        "cleared_at": _moments(said.cleared_hours, start),
    }


def _moments(band: Band, start: datetime) -> dict[str, str | None]:
    def moment(hours: float | None) -> str | None:
        if hours is None:
            return None
        # Added in UTC: a clock that changes in between must not stretch the river.
        at = start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=round(hours * 60))
        return at.astimezone(start.tzinfo).isoformat(timespec="minutes")

    return {name: moment(hours) for name, hours in band.as_dict().items()}


def _rounded(band: Band, digits: int | None) -> dict[str, float | int | None]:
    def rounded(value: float | None) -> float | int | None:
        if value is None:
            return None
        return float(f"{value:.4g}") if digits is None else round(value)

    return {name: rounded(value) for name, value in band.as_dict().items()}


def _observation(each: Observation, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "site": each.site,
        "time": each.at.astimezone(zone).isoformat(timespec="minutes"),
        "quantity": each.quantity,
        "kind": each.kind,
        "value": each.value,
        "below": each.below,
        "unit": each.unit,
        "known_at": each.known_at.astimezone(zone).isoformat(timespec="minutes"),
    }


def _both(notice: Notice) -> Mapping[str, str]:
    return {SHORT_KEY[tag]: notice.in_language(tag) for tag in LANGUAGES}
