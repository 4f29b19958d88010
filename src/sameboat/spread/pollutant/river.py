"""A dissolved pollutant carried down a river network, as an ensemble of clouds at points.

Advection, longitudinal dispersion, first-order decay, dilution by what flows in, splitting at
bifurcations, a release at once or over hours, and ice that slows the river.  The response of a way
down the river is an inverse Gaussian in time whose cumulants are summed along the way; for one
uniform reach with dispersion D it is the exact solution.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.footprint import Footprint
from sameboat.spread.network import Network
from sameboat.spread.pollutant.clock import river_hours
from sameboat.spread.priors import Prior, along, fixed
from sameboat.spread.ways import Point, Ways, find_ways

Array = NDArray[np.float64]
Progress = Callable[[float], None]

#: Of pieces x members held in memory at once; the answer does not depend on it.
_HELD = 4_000_000
#: Jobson's velocity grows with this power of Q/Qa (eq 14: 1 - 0.465) and, where area and mean
#: discharge grow together, with this power of the growth (1.25 x 0.821 - 0.821).
DISCHARGE_POWER = 0.535
GROWTH_POWER = 0.20525
GLOBALS = (
    "mass_kg", "discharge_factor", "velocity_factor", "width_factor", "width_growth",
    "skewness", "decay_per_hour", "freeze_hours", "ice_factor", "recession_per_hour",
)  # fmt: skip

_ONE, _NONE, _NEVER = fixed(1.0), fixed(0.0), fixed(1e9)


@dataclass(frozen=True)
class Unknowns:
    """Priors of what is not known of a release and its river."""

    mass_kg: Prior
    discharge_factor: Prior = _ONE  #: of the mean annual discharge
    velocity_factor: Prior = _ONE
    width_factor: Prior = _ONE  #: of the standard deviation of the cloud in time
    width_growth: Prior = _NONE  #: added to the power with which it grows with travel time
    skewness: Prior = _NONE  #: of the cloud in time; 0 = only that of the uniform reach
    decay_per_hour: Prior = _NONE
    freeze_hours: Prior = _NEVER  #: when ice begins to slow the river, since the release
    ice_factor: Prior = _ONE  #: velocity under ice over that of open water, (0, 1]
    recession_per_hour: Prior = _NONE  #: of the discharge
    velocity_along: tuple[float, float] = (0.0, 100.0)  #: spread of the logarithm, length km
    discharge_along: tuple[float, float] = (0.0, 100.0)
    growth: tuple[Prior, ...] = ()  #: of discharge and area where a larger river joins


@dataclass(frozen=True)
class River:
    """A network with what is known of its water, per channel (channels,).

    `velocity_floor` + `velocity_scale` q^0.535 is the velocity in m/s at q times the mean annual
    discharge.  `dispersion_m2s` not None: Fickian dispersion; None: the width that Jobson found
    to grow with travel time.  `below` (inflows, channels): is the channel below that inflow?
    """

    network: Network
    velocity_floor: Array
    velocity_scale: Array
    discharge_start_m3s: Array  #: mean annual, at the upper end
    discharge_end_m3s: Array
    dispersion_m2s: Array | None = None
    below: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        for name in ("velocity_floor", "velocity_scale"):
            values = getattr(self, name)
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise ValueError(f"{name} must be finite and >= 0 m/s")
        if not (self.velocity_floor + self.velocity_scale > 0).all():
            raise ValueError("velocity must be > 0 m/s in every channel")
        for name in ("discharge_start_m3s", "discharge_end_m3s", "dispersion_m2s"):
            values = getattr(self, name)
            if values is not None and not (np.isfinite(values).all() and (values > 0).all()):
                raise ValueError(f"{name} must be finite and > 0")

    def mean_discharge(self, point: Point) -> float:
        """Return the mean annual discharge at a point, m3/s."""
        start = self.discharge_start_m3s[point.channel]
        end = self.discharge_end_m3s[point.channel]
        return float(start + (end - start) * point.fraction)


@dataclass(frozen=True)
class Clouds:
    """The clouds of every member at every target.

    `parts` (targets, members, components, 4): weight mg/L h, start, mean, shape in hours of the
    river's clock.  `duration` (members,): of the release, hours of that clock.  `climate`
    (members, 4): decay 1/h, freeze h, ice, slowing 1/h.
    """

    parts: Array
    duration: Array
    climate: Array

    def concentrations(self, target: int, hours: Sequence[float] | Array) -> Array:
        """Return mg/L at one target, shape (hours, members)."""
        from sameboat.spread.pollutant.cloud import sample

        found: Array = sample(
            self.parts[target], self.duration, self.climate, np.asarray(hours, dtype=np.float64)
        )
        return found

    def expose(
        self,
        targets: Sequence[str],
        *,
        thresholds: Sequence[float],
        unit: str,
        horizon_hours: float,
        step_hours: float,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> Footprint:
        """Return when each target exceeds each threshold, searched on a grid of `step_hours`.

        `duration_hours` is the time really above, up to the last step.

        Args: executor: looks at several targets at a time; the numbers do not depend on it.
        Raises:
            ValueError: the step or the horizon is not above 0, or a threshold below 0.
        """
        from sameboat.spread.pollutant.cloud import expose

        if not 0 < step_hours <= horizon_hours < np.inf:
            raise ValueError(f"step_hours is {step_hours}, allowed: > 0, up to the horizon")
        limits = np.asarray(thresholds, dtype=np.float64)
        if not (np.isfinite(limits).all() and (limits >= 0).all()):
            raise ValueError(f"thresholds are {thresholds}, allowed: finite and >= 0")
        steps = int(horizon_hours / step_hours + 1e-9)
        shape = (len(targets), len(limits), len(self.duration))
        arrival, cleared, above = (np.empty(shape, np.float32) for _each in range(3))
        peak = np.empty((shape[0], shape[2]), np.float32)
        peak_hours = np.empty((shape[0], shape[2]), np.float32)
        look = partial(
            expose, duration=self.duration, climate=self.climate, limits=limits,
            step=step_hours, steps=steps,
        )  # fmt: skip
        looks = (executor.map if executor else map)(look, self.parts[: len(targets)])
        for row, found in enumerate(looks):
            arrival[row], cleared[row], above[row], peak[row], peak_hours[row] = found
            if progress is not None:
                progress((row + 1) / len(targets))
        return Footprint(
            tuple(targets), tuple(map(float, limits)), unit, arrival, cleared, peak, peak_hours,
            duration_hours=above,
        )  # fmt: skip


@dataclass(frozen=True)
class Spill:
    """A release into a river and the points that are watched."""

    river: River
    unknowns: Unknowns
    ways: Ways
    targets: tuple[Point, ...]
    duration_hours: float
    cell_km: float

    @property
    def cells(self) -> int:
        """Number of cells of the fields along the river."""
        found = [int(self.ways.cell.max())] if len(self.ways.cell) else []
        found.extend(int(cell) for cell in self.ways.target_cell)
        return max(found, default=0) + 1

    @property
    def dimension(self) -> int:
        """Number of standard normal scores that make one member."""
        return len(GLOBALS) + len(self.unknowns.growth) + 2 * self.cells

    def only(self, rows: Sequence[int]) -> "Spill":
        """Return the same release watched at these targets alone.

        Its members are the first `dimension` rows of this one's scores: what lies beyond the
        furthest of these targets has no say there.
        """
        targets = tuple(self.targets[row] for row in rows)
        return replace(self, ways=self.ways.only(rows), targets=targets)

    def values(self, scores: Array) -> dict[str, Array]:
        """Return the unknowns that hold for the whole river, each (members,)."""
        found = {
            name: getattr(self.unknowns, name).at(scores[row]) for row, name in enumerate(GLOBALS)
        }
        # Ice that was there before the release slows it from its first hour; a rising river
        # is not one that we know how to tell.
        for name in ("freeze_hours", "recession_per_hour"):
            found[name] = np.maximum(found[name], 0.0)
        return found

    def clouds(self, scores: Array, targets: Sequence[int] | None = None) -> Clouds:
        """Return the clouds of these members at the targets (all, or these rows).

        Args: scores: standard normal, shape (dimension, members).
        """
        if scores.shape[0] != self.dimension:
            raise ValueError(f"scores must have {self.dimension} rows")
        rows = range(len(self.targets)) if targets is None else targets
        members = scores.shape[1]
        pieces = max(len(self.ways.parent), 1)
        held = max(1, min(members, _HELD // pieces))
        chunks = [
            self._some_clouds(scores[:, first : first + held], rows)
            for first in range(0, members, held)
        ]
        values = self.values(scores)
        slowing = DISCHARGE_POWER * values["recession_per_hour"]
        freeze, ice = values["freeze_hours"], values["ice_factor"]
        climate = np.stack([values["decay_per_hour"], freeze, ice, slowing], axis=1)
        duration = river_hours(np.full(members, self.duration_hours), freeze, ice, slowing)
        return Clouds(np.concatenate(chunks, axis=1), duration, climate)

    def _some_clouds(self, scores: Array, rows: Sequence[int]) -> Array:
        from sameboat.spread.pollutant.cloud import accumulate

        values = self.values(scores)
        first = len(GLOBALS) + len(self.unknowns.growth)
        growth = [
            prior.at(scores[len(GLOBALS) + row]) for row, prior in enumerate(self.unknowns.growth)
        ]
        # The two fields take turns, so that a longer river leaves the nearer cells as they are.
        fast = self._field(scores[first::2], self.unknowns.velocity_along)
        full = self._field(scores[first + 1 :: 2], self.unknowns.discharge_along)
        hours = self._piece_hours(values, growth, fast)
        travel = accumulate(self.ways.parent, hours)
        spread = None
        if self.river.dispersion_m2s is not None:
            dispersion = self.river.dispersion_m2s[self.ways.channel][:, None]
            metres = self.ways.length_km[:, None] * 1000
            velocity = metres / np.maximum(hours * 3600, 1e-12)
            variance = 2 * dispersion * metres / velocity**3 / 3600**2
            spread = accumulate(self.ways.parent, variance * values["width_factor"] ** 2)
        parts = np.zeros((len(rows), scores.shape[1], self.ways.components, 4))
        parts[..., 2:] = 1.0
        for place, row in enumerate(rows):
            ends, shares = self.ways.ends[row], self.ways.shares[row]
            discharge = self._discharge(row, values, growth) * full[self.ways.target_cell[row]]
            for part, (end, share) in enumerate(zip(ends, shares, strict=True)):
                mean = travel[end] if end >= 0 else np.full(scores.shape[1], 1e-3)
                width = None if spread is None or end < 0 else spread[end]
                weight = values["mass_kg"] * share / (3.6 * discharge)
                parts[place, :, part] = self._part(weight, mean, width, values)
        return parts

    def _field(self, scores: Array, prior: tuple[float, float]) -> Array:
        field = along(scores, spread=prior[0], length_km=prior[1], step_km=self.cell_km)
        return np.exp(field, out=field)

    def _piece_hours(self, values: dict[str, Array], growth: list[Array], fast: Array) -> Array:
        """Return travel time of each piece, hours of the river's clock, (pieces, members)."""
        river, ways = self.river, self.ways
        pushed = values["discharge_factor"] ** DISCHARGE_POWER
        velocity = river.velocity_scale[ways.channel][:, None] * pushed
        if river.below is not None:
            for row, grown in enumerate(growth):
                inside = river.below[row][ways.channel]
                velocity[inside] *= grown**GROWTH_POWER
        velocity += river.velocity_floor[ways.channel][:, None]
        velocity *= values["velocity_factor"] * fast[ways.cell]
        found: Array = ways.length_km[:, None] / (3.6 * velocity)
        return found

    def _discharge(self, row: int, values: dict[str, Array], growth: list[Array]) -> Array:
        point, river = self.targets[row], self.river
        discharge: Array = river.mean_discharge(point) * values["discharge_factor"]
        if river.below is not None:
            for inflow, grown in enumerate(growth):
                if river.below[inflow, point.channel]:
                    discharge = discharge * grown
        return discharge

    def _part(
        self, weight: Array, mean: Array, variance: Array | None, values: dict[str, Array]
    ) -> Array:
        """Return weight, start, mean and shape of one way's cloud, (members, 4)."""
        if variance is None:
            variance = _jobson_variance(mean, values)
        # A uniform reach has skewness 3 sd / mean; dead zones add to it (Nordin & Troutman 1980).
        width = np.sqrt(variance)
        skewness = np.maximum(values["skewness"], 3 * width / mean)
        inner = 3 * width / skewness
        shape = inner**3 / variance
        start = mean - inner
        # exp(-k t) times an inverse Gaussian is another one: decay during the passage is exact.
        decay = values["decay_per_hour"]
        root = np.sqrt(1 + 2 * decay * inner**2 / shape)
        weight = weight * np.exp(-decay * start + shape / inner * (1 - root))
        return np.stack([weight, start, inner / root, shape], axis=1)


def _jobson_variance(mean: Array, values: dict[str, Array]) -> Array:
    from sameboat.spread.pollutant.jobson import spread_hours

    width = spread_hours(mean, values["discharge_factor"]) * values["width_factor"]
    # The power is uncertain about the travel times that Jobson's rivers had, some 100 h.
    width = width * (mean / 100.0) ** values["width_growth"]
    return np.minimum(width, 0.8 * mean) ** 2


def spill(
    river: River,
    unknowns: Unknowns,
    *,
    release: Point,
    targets: Sequence[Point],
    duration_hours: float = 0.0,
    cell_km: float = 25.0,
) -> Spill:
    """Prepare a release: trace the ways from it to every target.

    Args: duration_hours: of the release at an even rate, >= 0.  cell_km: of the fields along
        the river, > 0.
    Raises: ValueError: a number lies outside its range, or a point off the network.
    Source: this project, docs/reference/river-pollutant.md; H. E. Jobson (1996), USGS WRIR
    96-4013; C. F. Nordin & B. M. Troutman (1980), Longitudinal dispersion in rivers: the
    persistence of skewness in observed data, Water Resour. Res. 16:123.
    """
    if not (np.isfinite(duration_hours) and duration_hours >= 0):
        raise ValueError(f"duration_hours is {duration_hours}, allowed: >= 0")
    ways = find_ways(river.network, release, targets, cell_km=cell_km)
    return Spill(river, unknowns, ways, tuple(targets), duration_hours, cell_km)


def constant_river(
    network: Network, *, velocity_ms: Any, discharge_m3s: Any, dispersion_m2s: Any
) -> River:
    """Return a river whose velocity, discharge and Fickian dispersion are given per channel.

    Raises: ValueError: one of them is not above 0.
    Source: H. B. Fischer et al. (1979), Mixing in Inland and Coastal Waters, section 5.
    """
    shape = len(network.keys)

    def full(value: Any) -> Array:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), (shape,)).copy()

    flow = full(discharge_m3s)
    return River(network, full(velocity_ms), np.zeros(shape), flow, flow, full(dispersion_m2s))
