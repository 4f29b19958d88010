"""What stands in a river's way at one node: reservoirs, detention basins, dams, levees.

Each takes the whole flow that comes to its node, one group of members at a time, and answers with
the change of the flow that goes on.  Flows are means over the step around each time; the first
step, of which half lies before the start, carries half.
"""

from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.flood.basin import Basin, divert
from sameboat.spread.flood.breach import Breach, breach_levee, breach_outflow
from sameboat.spread.flood.reservoir import Reservoir, pass_reservoir
from sameboat.spread.flood.stage import RatingCurve

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Order:
    """An order to a gate or an inlet: this much, m3/s, from one hour until another."""

    from_hours: float
    until_hours: float
    amount: float


@dataclass(frozen=True)
class Hydrograph:
    """Water that comes in beside the base flow, m3/s over hours; straight between, else none."""

    key: str
    node: int
    hours: Array
    flow: Array
    uncertain: bool = True  #: scaled and shifted with the members' source factor and delay


@dataclass(frozen=True)
class Pond:
    """A reservoir at a node."""

    key: str
    node: int
    reservoir: Reservoir
    level_start_m: float
    target_hours: Array  #: of the rule curve; empty: the level at the start
    target_m: Array
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True)
class Detention:
    """A detention basin beside a node."""

    key: str
    node: int
    basin: Basin
    orders: tuple[Order, ...] = ()
    rating: RatingCurve | None = None  #: where a stage opens it


@dataclass(frozen=True)
class Dam:
    """A dam that breaks at a set hour, when an earlier hazard says so, or never."""

    key: str
    node: int
    volume_m3: float
    peak_m3s: float
    formation_hours: float
    breaks_hours: float = nan


@dataclass(frozen=True)
class Levee:
    """A levee that breaks at a set hour, above a stage, when an earlier hazard says so, or never.

    What goes through is lost to the river: it stays on the land behind.
    """

    key: str
    node: int
    breach: Breach
    capacity_m3: float  #: of the land behind, up to the levee's top
    rating: RatingCurve
    breaks_hours: float = nan
    breaks_above_m: float = inf


Structure = Pond | Detention | Dam | Levee


@dataclass(frozen=True)
class Answer:
    """How a structure changes what goes on: (time, members); water it took, m3/s x steps."""

    change: Array
    taken: Array


def ordered(orders: tuple[Order, ...], hours: Array) -> Array | None:
    """Return what is ordered at each hour, NaN where nothing is; the last order holds.

    Source: this project, docs/reference/options.md, "The vocabulary".
    """
    if not orders:
        return None
    found = np.full(len(hours), nan)
    for each in orders:
        found[(hours >= each.from_hours) & (hours < each.until_hours)] = each.amount
    return found


def pass_pond(pond: Pond, flow: Array, hours: Array) -> Answer:
    """Route the flow at a reservoir's node through it.

    Args: flow: m3/s, (time, members), >= 0.  hours: (time,), even.
    Source: this project, docs/reference/river-flood-structures.md, "Reservoirs".
    """
    step = float(hours[1] - hours[0])
    target = None
    if len(pond.target_hours):
        target = np.interp(hours, pond.target_hours, pond.target_m)
    found = pass_reservoir(
        flow, pond.reservoir, step_hours=step, level_start_m=pond.level_start_m,
        target_m=target, release_m3s=ordered(pond.orders, hours),
    )  # fmt: skip
    stored = (found.storage[-1] - found.storage[0]) / (step * 3600.0)
    return Answer(_halve(found.outflow - flow), stored)


def take_out(basin: Detention, flow: Array, hours: Array) -> Answer:
    """Take water out of the flow at a detention basin's node.

    Args: as `pass_pond`.
    Source: this project, docs/reference/river-flood-structures.md, "Detention basins".
    """
    step = float(hours[1] - hours[0])
    stage = None if basin.rating is None else basin.rating.stage_at(flow)
    found = divert(
        flow, basin.basin, step_hours=step, stage=stage,
        opening_m3s=ordered(basin.orders, hours),
    )  # fmt: skip
    return Answer(_halve(-found.diverted), found.stored[-1] / (step * 3600.0))


def break_dam(dam: Dam, hours: Array, event: Array, peak: Array, forming: Array) -> Answer:
    """Return the wave of a dam that breaks at its set hour or when an event says so.

    Args: event: hours of each member, NaN = never.  peak, forming: factors of each member.
    Source: this project, docs/reference/river-flood-structures.md, "Breaches".
    """
    start = np.fmin(event, dam.breaks_hours)
    wave = breach_outflow(
        hours, start_hours=start, peak_m3s=dam.peak_m3s * peak, volume_m3=dam.volume_m3,
        formation_hours=dam.formation_hours * forming,
    )  # fmt: skip
    return Answer(wave, 0.5 * wave[-1] - wave.sum(axis=0))


def break_levee(
    levee: Levee, flow: Array, hours: Array, event: Array, width: Array, forming: Array
) -> Answer:
    """Take out what goes through a levee from the moment it breaks, until the land is full.

    Args: flow: m3/s, (time, members), >= 0.  event: hours of each member, NaN = never.  width,
        forming: factors of each member.
    Source: this project, docs/reference/river-flood-structures.md, "Breaches".
    """
    step = float(hours[1] - hours[0])
    stage = levee.rating.stage_at(flow)
    over = stage > levee.breaks_above_m
    passed = np.where(over.any(axis=0), hours[over.argmax(axis=0)], nan)
    start = np.fmin(np.fmin(event, levee.breaks_hours), passed)
    found = breach_levee(
        flow, stage, levee.breach, step_hours=step, start_hours=start,
        capacity_m3=levee.capacity_m3, width_factor=width, formation_factor=forming,
    )  # fmt: skip
    return Answer(_halve(-found.diverted), found.stored[-1] / (step * 3600.0))


def sample_hydrograph(source: Hydrograph, hours: Array, delay: Array, factor: Array) -> Array:
    """Return m3/s as means over the step around each hour, (time, members): no water is lost.

    Args: delay: hours by which each member's comes later.  factor: of each member.
    Source: this project, docs/reference/river-flood.md, "Sources".
    """
    step = float(hours[1] - hours[0])
    edges = np.concatenate([hours - 0.5 * step, hours[-1:] + 0.5 * step])
    times, flow = source.hours, source.flow
    if len(times) == 1:
        return np.zeros((len(hours), len(delay)))
    gone = np.concatenate([[0.0], np.cumsum(0.5 * np.diff(times) * (flow[1:] + flow[:-1]))])
    at = np.clip(np.maximum(edges, 0.0)[:, None] - delay, times[0], times[-1])
    cell = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    since = at - times[cell]
    rise = (flow[cell + 1] - flow[cell]) / (times[cell + 1] - times[cell])
    passed = gone[cell] + since * (flow[cell] + 0.5 * rise * since)
    found: Array = np.maximum(np.diff(passed, axis=0), 0.0) / step * factor
    return found


def with_order(part: "Pond | Detention", order: Order) -> "Pond | Detention":
    """Return the structure with one more order.

    Source: this project, docs/reference/options.md, "The vocabulary".
    """
    return replace(part, orders=(*part.orders, order))


def opening(amount: float | None) -> float:
    """Return what an inlet takes when it is opened without an amount: all that it passes.

    Source: this project, docs/reference/options.md, "The vocabulary".
    """
    return inf if amount is None else amount


def _halve(change: Array) -> Array:
    change[0] *= 0.5
    return change
