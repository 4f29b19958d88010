"""Detention basins: water taken out of a flood by rule, and where it is then."""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Basin:
    """A detention basin beside a river: when it opens, what its inlet passes, what it holds.

    Between `from_hours` and `until_hours` it takes what is above `threshold_m3s`, up to what its
    inlet passes, until it is full.  With `threshold_stage_m` it waits for that stage first and
    then stays open; where no flow is named beside it, it takes all that the inlet passes.
    """

    capacity_m3: float
    inlet_m3s: float
    threshold_m3s: float = inf
    threshold_stage_m: float = inf
    from_hours: float = 0.0
    until_hours: float = inf
    drain_m3s: float = 0.0  #: given back to the river once it runs low again
    drain_below_m3s: float = 0.0  #: flow of the river below which the basin is drained

    def __post_init__(self) -> None:
        for name in ("capacity_m3", "inlet_m3s", "drain_m3s", "drain_below_m3s", "from_hours"):
            if not 0 <= getattr(self, name) < inf:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed: finite, >= 0")
        for name in ("threshold_m3s", "threshold_stage_m", "until_hours"):
            if np.isnan(getattr(self, name)):
                raise ValueError(f"{name} is not a number")
        if self.threshold_m3s < 0:
            raise ValueError(f"threshold_m3s is {self.threshold_m3s}, allowed: >= 0")
        if self.until_hours <= self.from_hours:
            raise ValueError(f"until_hours is {self.until_hours}, allowed: > {self.from_hours}")


@dataclass(frozen=True)
class Diversion:
    """What went on down the river, what was taken out, and what the basin holds.

    `through`, `diverted` (m3/s; negative while it drains), `stored` (m3): (time, members);
    `opened_hours` (members,): NaN = never.
    """

    through: Array
    diverted: Array
    stored: Array
    opened_hours: Array


def divert(
    flow: Array,
    basin: Basin,
    *,
    step_hours: float,
    start_hours: float = 0.0,
    stage: Array | None = None,
    opening_m3s: ArrayLike | None = None,
    capacity_m3: ArrayLike | None = None,
) -> Diversion:
    """Take water out of a river into a basin, every member by itself; no water is lost.

    Flows are values at points in time and volumes their trapezoids: `stored` is the trapezoid of
    `diverted` to rounding, `through` + `diverted` is `flow`, and nothing is ever negative.

    Args: flow: m3/s, (time, members), >= 0.  start_hours: of the first row.  stage: m, (time,
        members), where a stage opens it.  opening_m3s: an order to open, number, (time,) or
        (time, members): takes up to this much whatever the thresholds say; NaN: by rule, 0: keep
        shut (`open_basin`).  capacity_m3: of each member, in place of the basin's.
    Raises: ValueError: a shape does not fit, or a flow is negative or not finite.
    Source: this project, docs/reference/river-flood-structures.md, "Detention basins".
    """
    flow = np.asarray(flow, dtype=np.float64)
    _check(flow, stage, step_hours)
    members = flow.shape[1]
    order = _spread(np.nan if opening_m3s is None else opening_m3s, flow.shape)
    room = _spread(basin.capacity_m3 if capacity_m3 is None else capacity_m3, (members,))
    if (order < 0).any() or not (room >= 0).all():
        raise ValueError("opening_m3s and capacity_m3 must be >= 0; opening_m3s NaN: by rule")
    diverted, stored = np.zeros_like(flow), np.zeros_like(flow)
    opened = np.full(members, np.nan)
    # Water in the basin and already on its way in the trapezoid that has begun.
    held = np.zeros(members)
    for t in range(len(flow)):
        now = start_hours + t * step_hours
        wanted = _wanted(basin, flow[t], None if stage is None else stage[t], order[t], now, opened)
        # A trapezoid has begun with what was taken before; the room that is left is shared
        # between this step and the half step in which the inlet closes.
        seconds = step_hours * (3600.0 if t else 1800.0)
        taken = np.minimum(wanted, np.maximum(room - held, 0.0) / seconds)
        drains = (wanted <= 0.0) & (flow[t] < basin.drain_below_m3s)
        change = taken - np.where(drains, np.minimum(basin.drain_m3s, held / seconds), 0.0)
        if t:
            stored[t] = held + 0.5 * seconds * change
        held = np.maximum(held + seconds * change, 0.0)
        diverted[t] = change
        opened = np.where(np.isnan(opened) & (taken > 0.0), now, opened)
    return Diversion(flow - diverted, diverted, stored, opened)


def _check(flow: Array, stage: Array | None, step_hours: float) -> None:
    if flow.ndim != 2 or not (np.isfinite(flow).all() and (flow >= 0).all()):
        raise ValueError("flow must be finite and >= 0 m3/s, shape (time, members)")
    if not 0 < step_hours < inf:
        raise ValueError(f"step_hours is {step_hours}, allowed: > 0")
    if stage is not None and np.shape(stage) != flow.shape:
        raise ValueError(f"stage has shape {np.shape(stage)}, allowed: {flow.shape}")


def _wanted(
    basin: Basin, flow: Array, stage: Array | None, order: Array, now: float, opened: Array
) -> Array:
    """Return what the inlet would take now, the room aside."""
    above = np.clip(flow - basin.threshold_m3s, 0.0, basin.inlet_m3s)
    if stage is not None and basin.threshold_stage_m < inf:
        open_now = (stage > basin.threshold_stage_m) | ~np.isnan(opened)
        most = above if basin.threshold_m3s < inf else np.minimum(flow, basin.inlet_m3s)
        above = np.where(open_now, most, 0.0)
    if not basin.from_hours <= now <= basin.until_hours:
        above = np.zeros_like(flow)
    ordered = np.minimum(np.minimum(order, basin.inlet_m3s), flow)
    return np.where(np.isnan(order), above, ordered)


def _spread(values: ArrayLike, shape: tuple[int, ...]) -> Array:
    values = np.asarray(values, dtype=np.float64)
    column = values.ndim == 1 and len(shape) == 2
    return np.broadcast_to(values[:, None] if column else values, shape)
