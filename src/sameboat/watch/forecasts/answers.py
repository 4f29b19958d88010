"""What the model answers, turned into the rows of a forecast."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from sameboat.packs.records import RegionPack
from sameboat.spread.footprint import Footprint
from sameboat.spread.summary import Band
from sameboat.watch.forecasts.computing import Computed, Question
from sameboat.watch.forecasts.models import Forecast, ForecastSeries, ForecastTarget

_STEPS_HOURS = (1, 2, 3, 6, 12, 24, 48, 168)
_MOST_MAP_TIMES = 240
_MOST_SERIES_TIMES = 600


@dataclass(frozen=True)
class Answer:
    """One finished run with what the map shows of it."""

    computed: Computed
    map_hours: list[int]
    reaches: dict[str, list[dict[str, Any]]]  #: reach -> one dictionary per threshold


def answer_of(question: Question, computed: Computed) -> Answer:
    """Return the run with its map."""
    hours = map_hours_of(computed.footprint, computed.horizon_hours)
    started_at = question.scenario.started_at
    reaches = {}
    if computed.of_river:
        reaches = reaches_on_map(question.pack, computed.footprint, hours, started_at)
    return Answer(computed, hours, reaches)


def map_hours_of(footprint: Footprint, horizon_hours: float) -> list[int]:
    """Return the fixed grid of the map's slider: whole hours until the last clearing."""
    ends = footprint.cleared_hours[np.isfinite(footprint.cleared_hours)]
    never = np.isinf(footprint.cleared_hours).any()
    last = horizon_hours if never or not ends.size else min(float(ends.max()), horizon_hours)
    step = next((s for s in _STEPS_HOURS if last / s < _MOST_MAP_TIMES), _STEPS_HOURS[-1])
    return [step * at for at in range(math.ceil(last / step) + 1)]


def reaches_on_map(
    pack: RegionPack, footprint: Footprint, hours: list[int], started_at: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Return what the map tells of each reach: it is reached between its two ends.

    A reach is above the threshold from the arrival at its upper site until its lower site is
    clear, member by member; reaches without a site at either end are left out.
    """
    ends: dict[str, list[str]] = {}
    node_sites: dict[str, list[str]] = {}
    reach_by_key = {reach.key: reach for reach in pack.reaches}
    for site in pack.sites:
        if site.reach is None or site.fraction is None or site.key not in footprint.targets:
            continue
        ends.setdefault(site.reach, []).append(site.key)
        reach = reach_by_key[site.reach]
        for node, fraction in ((reach.from_node, 0.0), (reach.to_node, 1.0)):
            if site.fraction == fraction:
                node_sites.setdefault(node, []).append(site.key)
    groups = {
        reach.key: found
        for reach in pack.reaches
        if (found := ends.get(reach.key, []) + node_sites.get(reach.from_node, []))
    }
    if not groups:
        return {}
    union = footprint.union(groups)
    presence = _per_mille(union.presence(hours))
    return {
        key: [
            {**_summary(union, key, at, started_at), "presence": presence[row][at]}
            for at in range(len(union.thresholds))
        ]
        for row, key in enumerate(groups)
    }


def rows_of_targets(forecast: Forecast, answer: Answer) -> Iterator[ForecastTarget]:
    """Yield the rows of every site and place at every threshold."""
    footprint = answer.computed.footprint
    presence = _per_mille(footprint.presence(answer.map_hours))
    versions = forecast.load.place_versions
    ids = dict(versions.values_list("place__code", "place_id"))
    population = dict(versions.values_list("place__code", "population"))
    place_of = dict(forecast.load.sites.values_list("key", "place_id"))
    for kind, codes in (("site", answer.computed.sites), ("place", answer.computed.places)):
        for code in codes:
            row = footprint.index(code)
            for threshold in range(len(footprint.thresholds)):
                yield ForecastTarget(
                    forecast=forecast,
                    kind=kind,
                    code=code,
                    place_id=place_of[code] if kind == "site" else ids[code],
                    threshold=threshold,
                    population=population.get(code) if kind == "place" else None,
                    presence=presence[row][threshold],
                    **_bands(footprint, code, threshold, forecast.started_at),
                )


def rows_of_series(forecast: Forecast, answer: Answer) -> Iterator[ForecastSeries]:
    """Yield the band of each site, thinned for a chart."""
    for site, band in answer.computed.series.items():
        step = max(1, math.ceil(len(band["hours"]) / _MOST_SERIES_TIMES))
        yield ForecastSeries(
            forecast=forecast,
            site=site,
            times=[
                (forecast.started_at + timedelta(hours=float(hour))).isoformat(timespec="seconds")
                for hour in band["hours"][::step]
            ],
            **{
                name: [float(f"{value:.4g}") for value in band[name][::step]]
                for name in ("p10", "p50", "p90")
            },
        )


def _bands(footprint: Footprint, target: str, threshold: int, start: datetime) -> dict[str, Any]:
    said = footprint.summary(target, threshold)
    found: dict[str, Any] = {"p_reached": said.p_reached}
    for name, band in (
        ("arrival", said.arrival_hours),
        ("peak_at", said.peak_hours),
        ("cleared", said.cleared_hours),
    ):
        for quantile, hours in band.as_dict().items():
            found[f"{name}_{quantile}"] = _moment(start, hours)
    return found | {f"peak_{name}": value for name, value in said.peak.as_dict().items()}


def _summary(footprint: Footprint, target: str, at: int, start: datetime) -> dict[str, Any]:
    said = footprint.summary(target, at)
    arrival: Band = said.arrival_hours
    moments = {
        f"arrival_{name}": moment.isoformat() if (moment := _moment(start, hours)) else None
        for name, hours in arrival.as_dict().items()
    }
    return {"p": said.p_reached, "peak_p50": said.peak.p50, **moments}


def _moment(start: datetime, hours: float | None) -> datetime | None:
    if hours is None:
        return None
    return start + timedelta(seconds=round(hours * 3600))


def _per_mille(shares: Any) -> Any:
    return np.rint(shares * 1000).astype(int).tolist()
