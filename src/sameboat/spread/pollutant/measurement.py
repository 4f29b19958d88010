"""How well clouds explain what was measured: values, fronts, peaks, and what was not found."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.pollutant.river import Clouds, Spill
from sameboat.spread.student import below, log_density

Array = NDArray[np.float64]

#: The river is not well mixed, samples are single bottles, and a cloud is never quite the curve
#: we draw: standard deviations of the natural logarithm, and of times as a part of the width.
VALUE_SPREAD = 0.5
PEAK_SPREAD = 0.35
TIME_PART = 0.3
TIME_HOURS = 3.0
#: Two measurements at one site within a day share most of their error.
SAME_DAY_HOURS = 24.0
SAME_DAY_CORRELATION = 0.7
FLOOR_MG_L = 1e-7
#: Residuals, logarithm of their density, and of the spread they were divided by; (members,) each.
Compared = tuple[Array, Array, Array]
KINDS = ("value", "front", "peak", "detected", "not_detected")


@dataclass(frozen=True)
class Measurement:
    """What was seen at one target.

    `value` mg/L; of a front, the value seen when it came; None where only "there" was said.
    `limit` mg/L: of detection, for fronts without value, detected and not detected.
    """

    target: int
    hours: float  #: since the release began
    kind: str  #: one of KINDS
    value: float | None
    limit: float
    error: float | None = None  #: one standard deviation, mg/L

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}, allowed: {', '.join(KINDS)}")
        if not self.limit > 0:
            raise ValueError(f"limit is {self.limit}, allowed: > 0 mg/L")


@dataclass(frozen=True)
class Misfit:
    """How far members are from measurements.

    `residuals` (measurements, members): standard deviations away, 0 where a bound is kept.
    `log_likelihood` (members,).
    """

    residuals: Array
    log_likelihood: Array


class Evidence:
    """The measurements of one spill, ready to be compared with members."""

    def __init__(
        self, spill: Spill, measurements: Sequence[Measurement], doubt: float = 1.0
    ) -> None:
        """Take the measurements; `doubt` >= 1 widens every error."""
        self.measurements = tuple(measurements)
        self.doubt = doubt
        self.rows = tuple(sorted({each.target for each in measurements}))
        self.spill = spill.only(self.rows)
        self.trust = [self._trust(each) for each in self.measurements]

    @property
    def dimension(self) -> int:
        """Number of leading scores that have a say in what was measured."""
        return self.spill.dimension

    def misfit(self, scores: Array) -> Misfit:
        """Compare members with every measurement; scores beyond `dimension` are not looked at."""
        clouds = self.spill.clouds(scores[: self.dimension])
        residuals = np.zeros((len(self.measurements), scores.shape[1]))
        total = np.zeros(scores.shape[1])
        passing = {row: _Passing(clouds, place) for place, row in enumerate(self.rows)}
        for number, each in enumerate(self.measurements):
            cloud = passing[each.target]
            if each.kind == "peak":
                found = self._peak(cloud, each)
            elif each.kind == "front":
                found = [self._front(cloud, each)]
            elif each.kind == "value" and each.value:
                found = [self._value(cloud, each)]
            else:
                found = [self._bound(cloud, each)]
            for away, log_shape, log_spread in found:
                residuals[number] = np.hypot(residuals[number], away)
                # Shared errors make the distances count less, not the spread: that would favour
                # members whose clouds are wide enough for any time to fit.
                total += self.trust[number] * log_shape - log_spread
        return Misfit(residuals, total)

    def log_likelihood(self, scores: Array) -> Array:
        """Return the logarithm of how likely the measurements are, (members,)."""
        return self.misfit(scores).log_likelihood

    def _trust(self, each: Measurement) -> float:
        beside = sum(
            other.target == each.target and abs(other.hours - each.hours) <= SAME_DAY_HOURS
            for other in self.measurements
        )
        return 1.0 / (1.0 + SAME_DAY_CORRELATION * (beside - 1))

    def _value(self, cloud: "_Passing", each: Measurement) -> Compared:
        assert each.value is not None
        seen = np.log(each.value)
        relative = (each.error or 0.0) / each.value
        log_c, slant = cloud.log_concentration(each.hours)
        spread = self.doubt * np.sqrt(VALUE_SPREAD**2 + relative**2 + slant**2)
        away = (log_c - seen) / spread
        return away, log_density(away), np.log(spread)

    def _bound(self, cloud: "_Passing", each: Measurement) -> Compared:
        log_c, slant = cloud.log_concentration(each.hours)
        above = (log_c - np.log(each.limit)) / (self.doubt * np.sqrt(VALUE_SPREAD**2 + slant**2))
        if each.kind != "detected":
            above = -above
        likely = np.log(below(above))
        return np.maximum(-above, 0.0), likely, np.zeros_like(likely)

    def _peak(self, cloud: "_Passing", each: Measurement) -> list[Compared]:
        at, log_top = cloud.peak()
        spread = self.doubt * np.hypot(TIME_HOURS, TIME_PART * cloud.wall_width)
        away = (at - each.hours) / spread
        found = [(away, log_density(away), np.log(spread))]
        if each.value:
            relative = (each.error or 0.0) / each.value
            wide = self.doubt * np.hypot(PEAK_SPREAD, relative)
            high = (log_top - np.log(each.value)) / wide
            found.append((high, log_density(high), np.full_like(high, np.log(wide))))
        return found

    def _front(self, cloud: "_Passing", each: Measurement) -> Compared:
        at, short = cloud.front(log(each.value or each.limit))
        spread = self.doubt * np.hypot(TIME_HOURS, TIME_PART * cloud.wall_width)
        # A cloud too thin ever to show this value is as far off as its top is too low.
        away = np.hypot((at - each.hours) / spread, short / VALUE_SPREAD)
        return away, log_density(away), np.log(spread)


class _Passing:
    """The clouds of all members at one target, each as one shifted inverse Gaussian.

    The several ways and the length of the release are folded into mean and variance: within the
    errors of measurement that is the same curve, and it needs no search.
    """

    def __init__(self, clouds: Clouds, place: int) -> None:
        from sameboat.spread.pollutant.curve import fold_clouds

        self.climate = clouds.climate
        self.curves, self.wall_width = fold_clouds(
            clouds.parts[place], clouds.duration, clouds.climate
        )

    def log_concentration(self, hours: float) -> tuple[Array, Array]:
        """Return log mg/L at this hour, and how much it changes within the error of time."""
        lag = 0.8 * TIME_PART * self.wall_width
        early, late = self._log(hours - lag), self._log(hours + lag)
        return self._log(np.full_like(lag, hours)), 0.5 * np.abs(late - early)

    def _log(self, times: Array) -> Array:
        from sameboat.spread.pollutant.curve import log_curve

        found: Array = log_curve(times, self.curves, self.climate, log(FLOOR_MG_L))
        return found

    def peak(self) -> tuple[Array, Array]:
        """Return the hour of the top and log mg/L there."""
        from sameboat.spread.pollutant.curve import curve_peaks

        at, top = curve_peaks(self.curves, self.climate, log(FLOOR_MG_L))
        return at, top

    def front(self, log_level: float) -> tuple[Array, Array]:
        """Return when the rising cloud reaches this level, and how far its top falls short."""
        from sameboat.spread.pollutant.curve import curve_fronts

        at, short = curve_fronts(log_level, self.curves, self.climate, log(FLOOR_MG_L))
        return at, short
