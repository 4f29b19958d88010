"""What each member's river does to what is released: travel, width, loss and dilution."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.pollutant import losses
from sameboat.spread.pollutant.clock import river_hours
from sameboat.spread.pollutant.river import DISCHARGE_POWER, River
from sameboat.spread.ways import Point, Ways

Array = NDArray[np.float64]
Values = Mapping[str, Array]
#: What is released at a point passes it within seconds, not at once.
_AT_ONCE = 1e-3


@dataclass(frozen=True)
class Flush:
    """Water added to the river at a point between two hours, m3/s, all the way down."""

    point: Point
    since: float
    until: float
    added_m3s: float


@dataclass(frozen=True)
class Transport:
    """The river of some members: `values` of the unknowns, and two fields along it (cells,
    members) that multiply velocity and discharge."""

    river: River
    depth_m: Array  #: (channels,) at the mean annual discharge
    form: str  #: dissolved, settling or floating
    values: Values
    fast: Array
    full: Array

    @property
    def members(self) -> int:
        """Number of members."""
        return int(self.fast.shape[1])

    def climate(self) -> Array:
        """Return freeze hour, ice and slowing 1/h of each member, (members, 3)."""
        slowing = DISCHARGE_POWER * self.values["recession_per_day"] / 24.0
        freeze = np.maximum(self.values["freeze_hours"], 0.0)
        return np.stack([freeze, self.values["ice_factor"], slowing], axis=1)

    def velocity(self, channel: NDArray[np.int64], cell: NDArray[np.int64]) -> Array:
        """Return the velocity of the water, m/s, (pieces, members)."""
        pushed = self.values["discharge_factor"] ** DISCHARGE_POWER
        found: Array = self.river.velocity_scale[channel][:, None] * pushed
        found += self.river.velocity_floor[channel][:, None]
        found *= self.values["velocity_factor"] * self.fast[cell]
        return found

    def discharge(self, point: Point, cell: int) -> Array:
        """Return the discharge at a point, m3/s, (members,)."""
        mean = self.river.mean_discharge(point)
        found: Array = mean * self.values["discharge_factor"] * self.full[cell]
        return found

    def along(self, ways: Ways) -> "Along":
        """Return what happens on the way down, summed from the source to each piece's end."""
        from sameboat.spread.pollutant.cloud import accumulate

        if self.river.dispersion_m2s is None and not self._needs_depth():
            return Along(self._hours(ways), None, None)
        velocity = self.velocity(ways.channel, ways.cell)
        depth = self._depth(ways) if self._needs_depth() else None
        rate = self._rate(velocity, depth)
        if self.form == "floating":
            velocity *= self.values["surface_factor"]
        hours = ways.length_km[:, None] / (3.6 * velocity)
        travel = accumulate(ways.parent, hours)
        lost = accumulate(ways.parent, hours * rate) if rate is not None else None
        spread = None
        if self.river.dispersion_m2s is not None:
            dispersion = self.river.dispersion_m2s[ways.channel][:, None]
            metres = ways.length_km[:, None] * 1000
            variance = 2 * dispersion * metres / velocity**3 / 3600**2
            spread = accumulate(ways.parent, variance * self.values["width_factor"] ** 2)
        return Along(travel, spread, lost)

    def _hours(self, ways: Ways) -> Array:
        from sameboat.spread.pollutant.quick import travelled

        factors = self.values["velocity_factor"]
        if self.form == "floating":
            factors = factors * self.values["surface_factor"]
        found: Array = travelled(
            ways.parent, ways.length_km, self.river.velocity_floor[ways.channel],
            self.river.velocity_scale[ways.channel], ways.cell,
            self.values["discharge_factor"] ** DISCHARGE_POWER, factors, self.fast,
        )  # fmt: skip
        return found

    def _needs_depth(self) -> bool:
        settles = self.form == "settling" and self.values["settling_m_per_day"].any()
        return bool(settles or self._volatile())

    def _volatile(self) -> bool:
        return self.form == "dissolved" and bool(self.values["henry_pa_m3_mol"].any())

    def _depth(self, ways: Ways) -> Array:
        full = self.values["discharge_factor"] ** losses.DEPTH_POWER * self.values["depth_factor"]
        found: Array = self.depth_m[ways.channel][:, None] * full
        return found

    def _rate(self, velocity: Array, depth: Array | None) -> Array | None:
        """Return what settles and volatilises, 1/h, (pieces, members); None: nothing does."""
        if depth is None:
            return None
        if self.form == "settling":
            return losses.settling_per_hour(self.values["settling_m_per_day"], depth)
        out = losses.volatilisation_m_per_day(
            self.values["henry_pa_m3_mol"], self.values["molar_mass_g_mol"], velocity_ms=velocity,
            depth=depth, wind_ms=self.values["wind_ms"],
            temperature_c=self.values["water_temperature_c"],
        )  # fmt: skip
        return losses.settling_per_hour(out, depth)

    def decay(self) -> Array:
        """Return what decays everywhere alike, 1/h, (members,)."""
        return losses.decay_per_hour(
            self.values["decay_per_day"], self.values["decay_theta"],
            self.values["water_temperature_c"],
        )  # fmt: skip


@dataclass(frozen=True)
class Along:
    """Sums from the source to the end of each piece, (pieces, members).

    `hours` of the river's clock; `variance` of the passing (None: Jobson's width); `lost`: the
    exponent of what settles and volatilises (None: nothing does).
    """

    hours: Array
    variance: Array | None
    lost: Array | None

    def at(self, end: int, members: int) -> tuple[Array, Array | None, Array | None]:
        """Return hours, variance and lost at the end of a piece; -1 is the source itself."""
        if end < 0:
            return np.full(members, _AT_ONCE), None, None
        return (
            self.hours[end],
            None if self.variance is None else self.variance[end],
            None if self.lost is None else self.lost[end],
        )


def shares_of_form(transport: Transport) -> list[tuple[Array, Array]]:
    """Return the fractions into which what is released falls, each with its own loss in 1/h.

    Oil falls into what can evaporate and what cannot.
    Source: W. Stiver & D. Mackay (1984), Evaporation rate of spills of hydrocarbons and petroleum
    mixtures, Environ. Sci. Technol. 18:834 (first order in what is left); this project,
    docs/reference/river-pollutant.md, "Oil that floats".
    """
    decay = transport.decay()
    if transport.form != "floating":
        return [(np.ones(transport.members), decay)]
    share = transport.values["evaporating_share"]
    gone = transport.values["evaporation_per_day"] / 24.0
    return [(1.0 - share, decay), (share, decay + gone)]


def width_law(values: Values) -> tuple[Array, Array]:
    """Return power and factor of Jobson's width, w = factor T^power hours, (members,) each.

    It is 1 / (sqrt(2 pi) Cup) with Cup = 857e-6 T^(-0.760 q^-0.079) in 1/s; the power is
    uncertain about the travel times that his rivers had, some 100 h.
    Source: H. E. Jobson (1996), USGS WRIR 96-4013, eq 7.
    """
    growth = values["width_growth"]
    scale = values["width_factor"] * 100.0**-growth
    scale *= 1e6 / (857.0 * 3600 * np.sqrt(2 * np.pi))
    return 0.760 * values["discharge_factor"] ** -0.079 + growth, scale


def width_hours(mean: Array, variance: Array | None, values: Values) -> Array:
    """Return the standard deviation of a passing cloud in time, hours, (members,).

    Source: H. E. Jobson (1996), USGS WRIR 96-4013, eq 7; this project,
    docs/reference/river-pollutant.md, "Velocity and width".
    """
    if variance is not None:
        found: Array = np.sqrt(variance)
        return found
    power, scale = width_law(values)
    width = np.exp(power * np.log(mean)) * scale
    return np.minimum(width, 0.8 * mean)


def part_of(weight: Array, mean: Array, width: Array, loss: Array, values: Values) -> Array:
    """Return weight, start, mean, shape and loss of one way's cloud, (members, 5).

    Args: weight: mg/L h per kg, before any loss.  mean, width: hours of the river's clock.
        loss: 1/h.
    Source: C. F. Nordin & B. M. Troutman (1980), Water Resour. Res. 16:123; this project,
    docs/reference/river-pollutant.md, "The cloud at a point".
    """
    # A uniform reach has skewness 3 sd / mean; dead zones add to it.
    skewness = np.maximum(values["skewness"], 3 * width / mean)
    inner = 3 * width / skewness
    shape = inner**3 / width**2
    start = mean - inner
    # exp(-k t) times an inverse Gaussian is another one: a loss during the passage is exact.
    root = np.sqrt(1 + 2 * loss * inner**2 / shape)
    kept = weight * np.exp(-loss * start + shape / inner * (1 - root))
    return np.stack([kept, start, inner / root, shape, loss], axis=1)


def open_share(mean: Array, climate: Array) -> Array:
    """Return the part of the way that is done in open water: nothing volatilises through ice.

    Args: mean: hours of the river's clock, (members,).  climate: (members, 3).
    Source: this project, docs/reference/river-pollutant.md, "What the river loses".
    """
    freeze, _ice, slowing = climate.T
    open_water = river_hours(freeze, freeze, np.ones_like(freeze), slowing)
    return np.minimum(open_water / np.maximum(mean, 1e-12), 1.0)
