"""Dam and levee breach: how large, how fast, and what flows out.

The regressions are those of embankment dams that failed; what they leave open is large and is
given with them.  Outflows are means over the step around each point in time, so that their
trapezoid is the water that left.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
GRAVITY = 9.80665
#: Of the peak by Froehlich (1995) at 31 dams that failed, in log10: its standard error, and how
#: much too low it is on average (Wahl 2004, table 1: -0.04, two standard errors 0.32).  The width
#: and the formation time of 1995 had two standard errors of 0.39 and 0.64.
PEAK_ERROR_LOG10, PEAK_BIAS_LOG10 = 0.16, -0.04
WIDTH_ERROR_LOG10, FORMATION_ERROR_LOG10 = 0.195, 0.32
#: Factor of the width, and side slope (horizontal : vertical), by the way the dam failed.
OVERTOPPING, PIPING = "overtopping", "piping"
WIDTH_FACTOR = {OVERTOPPING: 1.3, PIPING: 1.0}
SIDE_SLOPE = {OVERTOPPING: 1.0, PIPING: 0.7}
#: Broad-crested weir through the bottom of a breach, SI.
BOTTOM_COEFFICIENT = 1.7


def froehlich_peak(volume_m3: ArrayLike, height_m: ArrayLike) -> Array:
    """Return the peak outflow of a failing embankment dam, m3/s: 0.607 V^0.295 h^1.24.

    Args: volume_m3: above the bottom of the breach at failure, > 0.  height_m: of that water.
    Raises: ValueError: one of them is not above 0.
    Source: D. C. Froehlich (1995), Peak outflow from breached embankment dam, J. Water Resour.
    Plann. Manage. 121:90, as given by T. L. Wahl (2004), J. Hydraul. Eng. 130:389, table 1.
    """
    volume, height = _above(volume_m3, "volume_m3"), _above(height_m, "height_m")
    return np.asarray(0.607 * volume**0.295 * height**1.24)


def froehlich_width(
    volume_m3: ArrayLike, height_m: ArrayLike, *, mode: str = OVERTOPPING
) -> Array:  # fmt: skip
    """Return the mean width of the final breach, m: 0.27 k V^0.32 h^0.04; k = 1.3 or 1.

    Args: height_m: of the breach, > 0.  mode: overtopping or piping (and all else).
    Raises: ValueError: a volume or height not above 0, or another mode.
    Source: D. C. Froehlich (2008), Embankment dam breach parameters and their uncertainties,
    J. Hydraul. Eng. 134:1708, as given by G. Brunner (2014), Using HEC-RAS for dam break studies,
    TD-39, table 3.
    """
    volume, height = _above(volume_m3, "volume_m3"), _above(height_m, "height_m")
    return np.asarray(0.27 * _by_mode(WIDTH_FACTOR, mode) * volume**0.32 * height**0.04)


def froehlich_formation_hours(volume_m3: ArrayLike, height_m: ArrayLike) -> Array:
    """Return the hours in which the breach forms: 63.2 s x sqrt(V/(g h2)).

    Raises: ValueError: a volume or height not above 0.
    Source: Froehlich (2008), J. Hydraul. Eng. 134:1708; Brunner (2014), TD-39.
    """
    volume, height = _above(volume_m3, "volume_m3"), _above(height_m, "height_m")
    return np.asarray(63.2 * np.sqrt(volume / (GRAVITY * height**2)) / 3600.0)


def side_slope(mode: str = OVERTOPPING) -> float:
    """Return the side slope of the final breach, horizontal : vertical.

    Raises: ValueError: another mode than overtopping and piping.
    Source: Froehlich (2008), J. Hydraul. Eng. 134:1708; Brunner (2014), TD-39.
    """
    return _by_mode(SIDE_SLOPE, mode)


def breach_outflow(
    hours: Array,
    *,
    start_hours: ArrayLike,
    peak_m3s: ArrayLike,
    volume_m3: ArrayLike,
    formation_hours: ArrayLike,
) -> Array:
    """Return a triangular outflow that empties the stored volume, m3/s, (time, members).

    It rises while the breach forms and falls so that the triangle holds the volume; where the
    peak would be past by then, it rises for half of the time that the volume lasts.  Each value is
    the mean over the step around it, so that no water is lost however short the wave.

    Args: hours: (time,), evenly spaced.  start_hours: when each breaks, NaN = never; (members,)
        or a number, as the others.  peak_m3s, volume_m3: >= 0.  formation_hours: >= 0.
    Raises: ValueError: hours are not even, or a number is negative.
    Source: US Soil Conservation Service (1985), Simplified dam-breach routing procedure, TR-66
    (triangular hydrograph); this project, docs/reference/river-flood-structures.md, "Breaches".
    """
    hours = np.asarray(hours, dtype=np.float64)
    step = even_step(hours)
    start, peak, volume, forming = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(each, dtype=np.float64))
          for each in (start_hours, peak_m3s, volume_m3, formation_hours))
    )  # fmt: skip
    if (peak < 0).any() or (volume < 0).any() or (forming < 0).any():
        raise ValueError("peak_m3s, volume_m3 and formation_hours must be >= 0")
    runs = ~np.isnan(start) & (peak > 0) & (volume > 0)
    start = np.where(runs, start, 0.0)
    lasts = np.where(runs, 2.0 * volume / (np.where(runs, peak, 1.0) * 3600.0), 1.0)
    rise = np.where(forming >= lasts, 0.5 * lasts, forming)
    edges = np.concatenate([[hours[0] - 0.5 * step], hours + 0.5 * step])
    since = np.clip(edges[:, None] - start, 0.0, lasts)
    # The part of the volume that has left by each edge: two parabolas.
    fall = lasts - rise
    first = np.minimum(since, rise)
    left = first * first / (np.where(rise > 0, rise, 1.0) * lasts)
    after = np.maximum(since - rise, 0.0)
    left = left + after * (2.0 * fall - after) / (np.where(fall > 0, fall, 1.0) * lasts)
    outflow: Array = np.where(runs, np.diff(left, axis=0) * volume / (step * 3600.0), 0.0)
    return outflow


@dataclass(frozen=True)
class Breach:
    """A breach that grows: final mean width, its bottom, how long it takes to form."""

    bottom_m: float  #: level of its bottom when it is formed
    top_m: float  #: level of the crest where it begins
    width_m: float  #: mean, when it is formed
    formation_hours: float
    side_slope: float = 1.0

    def __post_init__(self) -> None:
        if not -inf < self.bottom_m < self.top_m < inf:
            raise ValueError(f"bottom_m is {self.bottom_m}, allowed: < top_m ({self.top_m})")
        for name, least in (("width_m", 0.0), ("formation_hours", 0.0)):
            if not least < getattr(self, name) < inf:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed: > {least:g}")
        if not 0 <= self.side_slope < inf:
            raise ValueError(f"side_slope is {self.side_slope}, allowed: >= 0")


@dataclass(frozen=True)
class Failure:
    """What left through a breach: m3/s as means over the step around each time; the pool's level.

    (time, members) each.
    """

    outflow: Array
    level: Array


def empty_through_breach(
    hours: Array,
    breach: Breach,
    *,
    levels_m: ArrayLike,
    storage_m3: ArrayLike,
    start_hours: ArrayLike,
    level_start_m: ArrayLike,
    inflow: Array | None = None,
    width_factor: ArrayLike = 1.0,
    formation_factor: ArrayLike = 1.0,
) -> Failure:
    """Empty a pool through a growing breach: a broad-crested weir over what is still stored.

    The bottom sinks and the width grows evenly while the breach forms: Q = 1.7 b h^1.5 +
    1.35 z h^2.5.  Before that nothing leaves here: what spills and what the gates pass belongs to
    `pass_reservoir`.  The pool is stepped 16 times a step or more, never emptied below the bottom
    of the breach, and what comes in is what leaves and what is stored.

    Args: hours: (time,), evenly spaced.  levels_m, storage_m3: (levels,), rising.  start_hours:
        of each member, NaN = never.  level_start_m: at the first hour.  inflow: m3/s, (time,
        members), means over the step around each time; None: none.  width_factor,
        formation_factor: of each member, > 0.
    Raises: ValueError: a shape does not fit, a factor is not above 0.
    Source: D. L. Fread (1988), The NWS DAMBRK model, eqs 10-14 (coefficients in SI); this project,
    docs/reference/river-flood-structures.md, "Breaches".
    """
    from sameboat.spread.flood.opening import empty_pool

    hours = np.asarray(hours, dtype=np.float64)
    step = even_step(hours)
    levels = np.ascontiguousarray(levels_m, dtype=np.float64)
    storage = np.ascontiguousarray(storage_m3, dtype=np.float64)
    if levels.shape != storage.shape or levels.ndim != 1 or len(levels) < 2:
        raise ValueError("levels_m and storage_m3 must have the same >= 2 values")
    if (np.diff(levels) <= 0).any() or (np.diff(storage) <= 0).any() or storage[0] < 0:
        raise ValueError("levels_m and storage_m3 must rise, from a storage >= 0")
    given = [start_hours, level_start_m, width_factor, formation_factor]
    wide = np.broadcast_shapes(
        *(np.shape(each) for each in given), (1,) if inflow is None else np.shape(inflow)[1:]
    )
    start, level, width, forming = (
        np.array(np.broadcast_to(np.asarray(each, dtype=np.float64), wide)) for each in given
    )
    if not ((width > 0).all() and (forming > 0).all() and np.isfinite(level).all()):
        raise ValueError("width_factor and formation_factor must be > 0, level_start_m finite")
    comes = np.zeros((len(hours), *wide))
    if inflow is not None:
        if np.shape(inflow)[0] != len(hours):
            raise ValueError(f"inflow has {np.shape(inflow)[0]} times, allowed: {len(hours)}")
        comes = np.ascontiguousarray(np.broadcast_to(inflow, comes.shape), dtype=np.float64)
    outflow, found = np.empty_like(comes), np.empty_like(comes)
    empty_pool(
        hours[0], step, comes, levels, storage, start, level, width * breach.width_m,
        forming * breach.formation_hours, breach.bottom_m, breach.top_m, breach.side_slope,
        outflow, found,
    )  # fmt: skip
    return Failure(outflow, found)


@dataclass(frozen=True)
class LeveeBreach:
    """What a levee breach takes out of a river: (time, members) each, `stored` in m3."""

    through: Array
    diverted: Array
    stored: Array


def breach_levee(
    flow: Array,
    stage: Array,
    breach: Breach,
    *,
    step_hours: float,
    start_hours: ArrayLike,
    capacity_m3: ArrayLike,
    width_factor: ArrayLike = 1.0,
    formation_factor: ArrayLike = 1.0,
) -> LeveeBreach:
    """Take water out of a river through a levee that has broken, until the land behind is full.

    A broad-crested weir over the head of the river's stage, 1.7 b h^1.5; the head shrinks as the
    polder fills (its level rises evenly with what it holds, from the bottom to the top of the
    breach).  Never more than the river carries, nor than there is room for; no water is lost.

    Args: flow, stage: m3/s and m, (time, members).  start_hours: since the first row, of each
        member, NaN = never.  capacity_m3: of the land behind, up to the levee's top.
        width_factor, formation_factor: of each member, > 0.
    Raises: ValueError: a shape does not fit; a flow or capacity is negative.
    Source: Fread (1988), The NWS DAMBRK model, eq 12; this project,
    docs/reference/river-flood-structures.md, "Breaches".
    """
    flow, stage = np.asarray(flow, dtype=np.float64), np.asarray(stage, dtype=np.float64)
    if flow.ndim != 2 or flow.shape != stage.shape:
        raise ValueError("flow and stage must have one shape, (time, members)")
    if not (np.isfinite(flow).all() and (flow >= 0).all() and np.isfinite(stage).all()):
        raise ValueError("flow must be finite and >= 0 m3/s, stage finite")
    if not 0 < step_hours < inf:
        raise ValueError(f"step_hours is {step_hours}, allowed: > 0")
    members = flow.shape[1]
    start = np.broadcast_to(np.asarray(start_hours, dtype=np.float64), members)
    room = np.broadcast_to(np.asarray(capacity_m3, dtype=np.float64), members)
    if not (room >= 0).all():
        raise ValueError("capacity_m3 must be >= 0")
    width = breach.width_m * np.broadcast_to(np.asarray(width_factor, np.float64), members)
    forming = breach.formation_hours * np.broadcast_to(
        np.asarray(formation_factor, np.float64), members
    )
    seconds = step_hours * 3600.0
    depth = breach.top_m - breach.bottom_m
    diverted, stored = np.zeros_like(flow), np.zeros_like(flow)
    held = np.zeros(members)
    for t in range(len(flow)):
        since = np.where(np.isnan(start), -1.0, t * step_hours - start)
        grown = np.clip(since / forming, 0.0, 1.0)
        sill = breach.top_m - grown * depth
        filled = np.where(room > 0, held / np.where(room > 0, room, 1.0), 1.0)
        behind = breach.bottom_m + depth * np.minimum(filled, 1.0)
        head = np.maximum(stage[t] - np.maximum(sill, behind), 0.0)
        wanted = BOTTOM_COEFFICIENT * grown * width * head * np.sqrt(head)
        spare = np.maximum(room - held, 0.0) / (seconds if t else 0.5 * seconds)
        taken = np.minimum(np.minimum(wanted, flow[t]), spare)
        stored[t] = held + (0.5 * seconds * taken if t else 0.0)
        held = held + (seconds if t else 0.5 * seconds) * taken
        diverted[t] = taken
    return LeveeBreach(flow - diverted, diverted, stored)


def even_step(hours: Array) -> float:
    """Return the step of evenly spaced hours.

    Raises: ValueError: fewer than two hours, or steps that differ.
    Source: this project, docs/reference/river-flood-structures.md, "Breaches".
    """
    if len(hours) < 2:
        raise ValueError(f"hours has {len(hours)} values, allowed: >= 2")
    step = float(hours[1] - hours[0])
    if not step > 0 or np.abs(np.diff(hours) - step).max() > 1e-6 * step:
        raise ValueError("hours must rise by even steps")
    return step


def _above(values: ArrayLike, name: str) -> Array:
    found = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(found).all() and (found > 0).all()):
        raise ValueError(f"{name} must be finite and > 0")
    return found


def _by_mode(table: dict[str, float], mode: str) -> float:
    if mode not in table:
        raise ValueError(f"mode is {mode!r}, allowed: {', '.join(table)}")
    return table[mode]
