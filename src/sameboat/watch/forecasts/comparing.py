"""What was measured beside what a forecast says of the same site and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.times import parse_moment
from sameboat.watch.forecasts.models import (
    Forecast,
    ForecastSeries,
    ForecastTarget,
    Observation,
)


@dataclass(frozen=True)
class Comparison:
    """One observation and the forecast's band for it; None where the forecast says nothing."""

    observation: Observation
    used: bool  #: the forecast learned from it, so agreement proves little
    p10: float | None  #: concentration at that time, or the peak for kind "peak", mg/L
    p50: float | None
    p90: float | None
    at_p10: datetime | None  #: arrival for kind "front", time of the peak for kind "peak"
    at_p50: datetime | None
    at_p90: datetime | None
    inside: bool | None  #: it lies between the 10th and 90th percentile


def compare(forecast: Forecast, observations: Iterable[Observation]) -> list[Comparison]:
    """Compare observations of the forecast's substance, by time; others are left out."""
    found = list(observations)
    substance = forecast.scenario.get("substance", {}).get("key")
    used = set(forecast.observations.values_list("pk", flat=True))
    told = forecast.series.filter(site__in={each.site for each in found})
    series = {each.site: _Series.of(each) for each in told}
    answers = forecast.targets.filter(kind="site", threshold=0).defer("presence")
    targets = {each.code: each for each in answers}
    return [
        _one(each, each.pk in used, series.get(each.site), targets.get(each.site))
        for each in sorted(found, key=lambda each: (each.at, each.site))
        if each.quantity == substance
    ]


class _Series(NamedTuple):
    """The band at one site as arrays: moments in seconds since 1970, concentrations in mg/L."""

    times: NDArray[np.float64]
    bands: tuple[NDArray[np.float64], ...]  #: 10th, 50th, 90th percentile

    @classmethod
    def of(cls, told: ForecastSeries) -> "_Series":
        times = np.array([parse_moment(text).timestamp() for text in told.times])
        return cls(times, tuple(np.array(b, dtype=float) for b in (told.p10, told.p50, told.p90)))


def _one(
    observation: Observation,
    used: bool,
    series: _Series | None,
    target: ForecastTarget | None,
) -> Comparison:
    if observation.kind == "front" and target is not None:
        times = (target.arrival_p10, target.arrival_p50, target.arrival_p90)
        inside = _between(times[0], observation.at, times[2])
        return Comparison(observation, used, *_band_at(series, observation.at), *times, inside)
    if observation.kind == "peak" and target is not None:
        band = (target.peak_p10, target.peak_p50, target.peak_p90)
        times = (target.peak_at_p10, target.peak_at_p50, target.peak_at_p90)
        inside = _between(band[0], observation.value, band[2])
        return Comparison(observation, used, *band, *times, inside)
    band = _band_at(series, observation.at)
    return Comparison(observation, used, *band, None, None, None, _agrees(observation, band))


def _agrees(
    observation: Observation, band: tuple[float | None, float | None, float | None]
) -> bool | None:
    low, _median, high = band
    if low is None or high is None:
        return None
    if observation.kind == "not_detected":
        return None if observation.below is None else low <= observation.below
    if observation.value is None:
        return high > 0 if observation.kind == "detected" else None
    return low <= observation.value <= high


def _between(low: object, value: object, high: object) -> bool | None:
    if low is None or value is None or high is None:
        return None
    return bool(low <= value <= high)  # type: ignore[operator]


def _band_at(
    series: _Series | None, at: datetime
) -> tuple[float | None, float | None, float | None]:
    """Return the band of a series at a moment, between its times by straight lines."""
    if series is None or not len(series.times):
        return None, None, None
    moment = at.timestamp()
    if not series.times[0] <= moment <= series.times[-1]:
        return None, None, None
    low, median, high = (float(np.interp(moment, series.times, each)) for each in series.bands)
    return low, median, high
