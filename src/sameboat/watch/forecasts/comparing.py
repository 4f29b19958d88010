"""What was measured beside what a forecast says of the same site and time."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

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
    p10: float | None  #: intensity at that time, or the peak for kind "peak"
    p50: float | None
    p90: float | None
    at_p10: datetime | None  #: arrival for kind "front", time of the peak for kind "peak"
    at_p50: datetime | None
    at_p90: datetime | None
    inside: bool | None  #: it lies between the 10th and 90th percentile


def compare(
    forecast: Forecast, observations: Iterable[Observation], learned: set[int]
) -> list[Comparison]:
    """Compare observations of what the forecast is of, by time; others are left out.

    `learned` holds the keys of the rows that the forecast learned from.
    """
    found = list(observations)
    quantities = _quantities(forecast)
    answers = forecast.targets.filter(threshold=0).defer("presence")
    targets = {each.code: each for each in answers}
    return [
        _one(each, each.pk in learned, forecast.uuid, targets.get(each.site))
        for each in sorted(found, key=lambda each: (each.at, each.site))
        if each.quantity in quantities
    ]


def _quantities(forecast: Forecast) -> tuple[str, ...]:
    if forecast.hazard == "river_pollutant":
        return (forecast.scenario.get("substance", {}).get("key"),)
    return tuple(forecast.parameters.get("quantities", ()))


def _one(
    observation: Observation,
    used: bool,
    forecast: UUID,
    target: ForecastTarget | None,
) -> Comparison:
    if observation.kind == "front" and target is not None:
        times = (target.arrival_p10, target.arrival_p50, target.arrival_p90)
        inside = _between(times[0], observation.at, times[2])
        return Comparison(
            observation, used, *_band_at(forecast, observation.site, observation.at), *times, inside
        )
    if observation.kind == "peak" and target is not None:
        band = (target.peak_p10, target.peak_p50, target.peak_p90)
        times = (target.peak_at_p10, target.peak_at_p50, target.peak_at_p90)
        inside = _between(band[0], observation.value, band[2])
        return Comparison(observation, used, *band, *times, inside)
    band = _band_at(forecast, observation.site, observation.at)
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


@lru_cache(maxsize=4096)
def _band_at(
    forecast: UUID, site: str, at: datetime
) -> tuple[float | None, float | None, float | None]:
    """Return the band of a made forecast at a site and moment, between its times by lines.

    Neither a forecast that was made nor an observation is ever changed: it is read once.
    """
    series = ForecastSeries.objects.filter(forecast__uuid=forecast, site=site).first()
    if series is None or not series.times:
        return None, None, None
    # The times ascend: the two around the moment are found without reading the others.
    after = bisect_left(series.times, at, key=parse_moment)
    if after == len(series.times) or at < parse_moment(series.times[0]):
        return None, None, None
    begin, end = (parse_moment(series.times[row]) for row in (max(after - 1, 0), after))
    part = (at - begin) / (end - begin) if end > begin else 1.0
    low, median, high = (
        band[max(after - 1, 0)] * (1 - part) + band[after] * part
        for band in (series.p10, series.p50, series.p90)
    )
    return low, median, high
