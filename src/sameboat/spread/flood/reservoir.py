"""A reservoir in the path of a flood: level-pool routing with spillway, gates and a rule curve.

Flows are values at points in time, volumes their trapezoids: what comes in is what goes out and
what is stored, to the rounding of the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
GRAVITY = 9.80665
#: Levels between those of the table, so that a weir's curve is followed.
FINE_LEVELS = 200


@dataclass(frozen=True)
class Weir:
    """A free overfall or spillway: C L H^1.5; `coefficient` m^0.5/s (1.7 broad-crested)."""

    crest_m: float
    length_m: float
    coefficient: float = 1.7

    def flow(self, levels: Array) -> Array:
        """Return m3/s at each level, m.

        Source: Chow (1959), Open-Channel Hydraulics, section 14-2.
        """
        head = np.maximum(levels - self.crest_m, 0.0)
        found: Array = self.coefficient * self.length_m * head * np.sqrt(head)
        return found


@dataclass(frozen=True)
class Orifice:
    """A bottom outlet or a gate in the wall: C A sqrt(2 g H); H above its centre."""

    centre_m: float
    area_m2: float
    coefficient: float = 0.6

    def flow(self, levels: Array) -> Array:
        """Return m3/s at each level, m.

        Source: Brater & King (1976), Handbook of Hydraulics, section 4.
        """
        head = np.maximum(levels - self.centre_m, 0.0)
        found: Array = self.coefficient * self.area_m2 * np.sqrt(2 * GRAVITY * head)
        return found


@dataclass(frozen=True)
class Reservoir:
    """What a pool holds and lets go at each level; every row (levels,), levels rising.

    `spill_m3s` leaves whatever anybody does; `gate_m3s` is the most that the gates can pass.
    Between the levels everything runs straight; above the last the last piece goes on.
    """

    levels_m: Array
    storage_m3: Array
    spill_m3s: Array
    gate_m3s: Array
    response_hours: float = 24.0  #: in which the excess over the rule curve is let go
    least_release_m3s: float = 0.0  #: of the gates, while there is water

    def __post_init__(self) -> None:
        size = len(self.levels_m)
        if size < 2:
            raise ValueError(f"levels_m has {size} values, allowed: >= 2")
        for name in ("levels_m", "storage_m3", "spill_m3s", "gate_m3s"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            if values.shape != (size,) or not np.isfinite(values).all():
                raise ValueError(f"{name} must be finite, shape ({size},)")
            object.__setattr__(self, name, np.ascontiguousarray(values))
        for name in ("levels_m", "storage_m3"):
            if (np.diff(getattr(self, name)) <= 0).any():
                raise ValueError(f"{name} must rise from each value to the next")
        for name in ("spill_m3s", "gate_m3s"):
            values = getattr(self, name)
            if (values < 0).any() or (np.diff(values) < 0).any():
                raise ValueError(f"{name} must be >= 0 and never fall as the level rises")
        if self.storage_m3[0] < 0:
            raise ValueError(f"storage_m3[0] is {self.storage_m3[0]}, allowed: >= 0")
        if not 0 < self.response_hours < np.inf:
            raise ValueError(f"response_hours is {self.response_hours}, allowed: > 0 h")
        if not 0 <= self.least_release_m3s < np.inf:
            raise ValueError(f"least_release_m3s is {self.least_release_m3s}, allowed: >= 0")

    def storage_at(self, level_m: ArrayLike) -> Array:
        """Return the storage, m3, at levels, m, the end pieces extended; never below empty."""
        found: Array = np.maximum(
            _along(self.levels_m, self.storage_m3, level_m), self.storage_m3[0]
        )
        return found

    def level_at(self, storage_m3: ArrayLike) -> Array:
        """Return the level, m, at storages, m3, the end pieces extended."""
        return _along(self.storage_m3, self.levels_m, storage_m3)


@dataclass(frozen=True)
class Passage:
    """What a reservoir made of a flood: (time, members) each, `limited` (members,).

    `limited`: steps in which less was let go than the curve says, for the pool is too small for
    the step (the trapezoid would swing).
    """

    outflow: Array
    level: Array
    storage: Array
    limited: NDArray[np.int64]


def build_reservoir(
    levels_m: ArrayLike,
    storage_m3: ArrayLike,
    *,
    spillways: Sequence[Weir | Orifice] = (),
    gates: Sequence[Weir | Orifice] = (),
    spill_m3s: ArrayLike | None = None,
    gate_m3s: ArrayLike | None = None,
    response_hours: float = 24.0,
    least_release_m3s: float = 0.0,
) -> Reservoir:
    """Return a reservoir from its table and from the equations of its openings.

    The table is made finer, so that the curve of a weir is followed; storage runs straight
    between the levels of the table.
    Args: levels_m, storage_m3, spill_m3s, gate_m3s: (levels,), levels rising.  spillways, gates:
        added to the table's columns; gates stand for all of them fully open.
    Raises: ValueError: a column does not fit, is negative, or falls.
    Source: Chow, Maidment & Mays (1988), Applied Hydrology, section 8.2.
    """
    levels = np.asarray(levels_m, dtype=np.float64)
    storage = np.asarray(storage_m3, dtype=np.float64)
    if levels.ndim != 1 or len(levels) < 2 or (np.diff(levels) <= 0).any():
        raise ValueError("levels_m must have >= 2 values and rise")
    none = np.zeros(len(levels))
    columns = [
        storage,
        none if spill_m3s is None else np.asarray(spill_m3s, dtype=np.float64),
        none if gate_m3s is None else np.asarray(gate_m3s, dtype=np.float64),
    ]
    if any(each.shape != levels.shape for each in columns):
        raise ValueError(f"every column must have {len(levels)} values")
    crests = [each.crest_m if isinstance(each, Weir) else each.centre_m
              for each in (*spillways, *gates)]  # fmt: skip
    fine = np.unique(
        np.concatenate(
            [levels, np.linspace(levels[0], levels[-1], FINE_LEVELS if crests else 2),
             [each for each in crests if levels[0] < each < levels[-1]]]
        )
    )  # fmt: skip
    stored, spilt, gated = (np.interp(fine, levels, each) for each in columns)
    for each in spillways:
        spilt = spilt + each.flow(fine)
    for each in gates:
        gated = gated + each.flow(fine)
    return Reservoir(fine, stored, spilt, gated, response_hours, least_release_m3s)


def pass_reservoir(
    inflow: Array,
    reservoir: Reservoir,
    *,
    step_hours: float,
    level_start_m: ArrayLike,
    target_m: ArrayLike | None = None,
    release_m3s: ArrayLike | None = None,
) -> Passage:
    """Route inflows through a reservoir, every member by itself.

    By the rule the gates pass on what comes in and let go the excess over the target level, or
    make up what is short of it, within `response_hours`; never less than `least_release_m3s` nor
    more than they can pass.  An order takes the place of the rule.

    Args: inflow: m3/s, (time, members), >= 0.  level_start_m: number or (members,).  target_m:
        rule curve, number, (time,) or (time, members); None: the level at the start.
        release_m3s: ordered release of the gates, number, (time,) or (time, members), NaN where
        the rule holds (`set_gate`, `release_water`).
    Raises: ValueError: a shape does not fit; an inflow is negative or not finite.
    Source: Chow, Maidment & Mays (1988), Applied Hydrology, eqs 8.2.1-8.2.3; this project,
    docs/reference/river-flood-structures.md, "Reservoirs".
    """
    from sameboat.spread.flood.pool import pass_pool

    flow = np.ascontiguousarray(inflow, dtype=np.float64)
    if flow.ndim != 2 or not (np.isfinite(flow).all() and (flow >= 0).all()):
        raise ValueError("inflow must be finite and >= 0 m3/s, shape (time, members)")
    if not 0 < step_hours < np.inf:
        raise ValueError(f"step_hours is {step_hours}, allowed: > 0")
    steps, members = flow.shape
    start = np.array(np.broadcast_to(reservoir.storage_at(level_start_m), (members,)))
    if not np.isfinite(start).all():
        raise ValueError("level_start_m must be finite")
    targets = (
        start[None, :].repeat(steps, axis=0)
        if target_m is None
        else _columns(reservoir.storage_at(target_m), flow.shape)
    )
    orders = _columns(np.nan if release_m3s is None else release_m3s, flow.shape)
    if (orders < 0).any():
        raise ValueError("release_m3s must be >= 0 m3/s, or NaN where the rule holds")
    outflow, storage = np.empty_like(flow), np.empty_like(flow)
    limited = np.zeros(members, np.int64)
    pass_pool(
        flow, start, step_hours * 3600.0, reservoir.storage_m3, reservoir.spill_m3s,
        reservoir.gate_m3s, orders, targets, reservoir.response_hours * 3600.0,
        reservoir.least_release_m3s, outflow, storage, limited,
    )  # fmt: skip
    return Passage(outflow, reservoir.level_at(storage), storage, limited)


def _columns(values: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return (time, members), or (time, 1) where all members share a column."""
    found = np.asarray(values, dtype=np.float64)
    found = found[:, None] if found.ndim == 1 else found
    wide = found.ndim == 2 and found.shape[1] > 1
    return np.array(np.broadcast_to(found, shape if wide else (shape[0], 1)))


def _along(knots: Array, values: Array, at: ArrayLike) -> Array:
    at = np.asarray(at, dtype=np.float64)
    cell = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
    rise = (values[cell + 1] - values[cell]) / (knots[cell + 1] - knots[cell])
    found: Array = values[cell] + (at - knots[cell]) * rise
    return found
