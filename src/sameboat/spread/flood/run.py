"""Runs a flood group by group: departures through the reaches, whole flows through structures."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.draws import Draws
from sameboat.spread.flood.routing import Routing, pad_lanes
from sameboat.spread.flood.structures import (
    Answer,
    Dam,
    Levee,
    Pond,
    break_dam,
    break_levee,
    pass_pond,
    sample_hydrograph,
    take_out,
)

if TYPE_CHECKING:
    from sameboat.spread.flood.problem import Flood

Array = NDArray[np.float64]
#: What an earlier hazard can do to which structure.
EVENTS = {Dam: "dam_breaks", Levee: "levee_breaks"}


def hours_of(flood: "Flood") -> Array:
    """Return the points in time, (steps,).

    Source: this project, docs/reference/river-flood.md, "Sources".
    """
    return np.arange(flood.steps, dtype=np.float64) * flood.step_hours


class Group:
    """The numbers of one group of lanes, and the water that came in and was taken out."""

    def __init__(self, flood: "Flood", draws: Draws, values: dict[str, Array], lanes: slice):
        self.values = {key: each[lanes] for key, each in values.items()}
        self.width = len(self.values["travel_time_factor"])
        self.hours = hours_of(flood)
        self.flood = flood
        self.came = np.zeros(self.width)  # m3/s x steps
        self.taken = np.zeros(self.width)
        self.events = {
            each.key: pad_lanes(draws.when(f"{event}:{each.key}"), draws.members)[lanes]
            for each in flood.structures
            for kind, event in EVENTS.items()
            if isinstance(each, kind)
        }

    def base(self, node: int) -> Array:
        """Return the steady flow that comes to a node before the event, (members,)."""
        found: Array = self.flood.base_node_m3s[node] * self.values["base_flow_factor"]
        return found

    def sources(self) -> Iterator[tuple[int, Array]]:
        """Yield the node and the flow, (steps, members), of each source; it is counted as come."""
        for source in self.flood.sources:
            delay, factor = np.zeros(self.width), np.ones(self.width)
            if source.uncertain:
                delay, factor = self.values["source_delay_hours"], self.values["source_factor"]
            flow = sample_hydrograph(source, self.hours, delay, factor)
            self.came += flow.sum(axis=0) - 0.5 * flow[-1]
            yield source.node, flow

    def missing(self, left: Array, held: Array) -> Array:
        """Return the part of the water that neither left nor is held anywhere, (members,)."""
        lost = self.came - self.taken - left - held
        scale = np.maximum(np.abs(self.came), np.abs(self.taken))
        found: Array = np.where(scale > 0, np.abs(lost) / np.where(scale > 0, scale, 1.0), 0.0)
        return found

    def stand(self, each: Any, departure: Array) -> Array:
        """Return the change of what goes on below a structure, (steps, LANES)."""
        if isinstance(each, Dam):
            answer = break_dam(
                each, self.hours, self.events[each.key], self.values["breach_peak_factor"],
                self.values["breach_time_factor"],
            )  # fmt: skip
        else:
            # What rounding leaves below nothing is nothing.
            whole = np.maximum(self.base(each.node) + departure, 0.0)
            if isinstance(each, Levee):
                answer = break_levee(
                    each, whole, self.hours, self.events[each.key],
                    self.values["breach_peak_factor"], self.values["breach_time_factor"],
                )  # fmt: skip
            else:
                act: Any = pass_pond if isinstance(each, Pond) else take_out
                answer = act(each, whole, self.hours)
        assert isinstance(answer, Answer)
        if isinstance(each, Dam):
            self.came -= answer.taken
        else:
            self.taken += answer.taken
        return answer.change


def routed(
    flood: "Flood", draws: Draws, values: dict[str, Array]
) -> Iterator[tuple[slice, Array, Array]]:
    """Yield (members, flows (targets, steps, members), part of the water missing), by groups.

    Source: this project, docs/reference/river-flood.md, "Many members".
    """
    from sameboat.spread.flood.carry import LANES

    touched = touched_by(flood)
    reaches = flood.reaches.pick(touched)
    place = np.where(touched, np.cumsum(touched) - 1, -1)
    lateral = np.zeros((len(flood.lateral), flood.steps), np.float32)
    fed = np.full(len(reaches), -1, np.int64)
    hours = hours_of(flood)
    none, one = np.zeros(1), np.ones(1)
    for row, (reach, flow) in enumerate(flood.lateral):
        lateral[row] = sample_hydrograph(flow, hours, none, one)[:, 0]
        fed[place[reach]] = row
    kept = np.full(len(reaches), -1, np.int64)
    for row, target in enumerate(flood.watched):
        if place[target.reach] >= 0 and kept[place[target.reach]] < 0:
            kept[place[target.reach]] = row
    room = Routing(
        reaches, step_hours=flood.step_hours, steps=flood.steps, lateral=lateral, fed=fed,
        kept=kept, open_nodes=len(flood.sources) + len(flood.structures),
        taps=flood.taps[touched],
    )  # fmt: skip
    row_of = [int(kept[place[each.reach]]) if place[each.reach] >= 0 else -1
              for each in flood.watched]  # fmt: skip
    spans = spans_of(flood, reaches.upper)
    padded = {key: pad_lanes(each, draws.members) for key, each in values.items()}
    for first in range(0, draws.members, LANES):
        count = min(LANES, draws.members - first)
        group = Group(flood, draws, padded, slice(first, first + LANES))
        missing = _route_group(group, room, spans)
        members = slice(first, first + count)
        rows = [
            None if kept < 0 else room.kept[kept].reshape(room.padded, room.width)[: flood.steps]
            for kept in row_of
        ]
        yield members, whole_flows(flood, group, rows)[:, :, :count], missing[:count]


def touched_by(flood: "Flood") -> NDArray[np.bool_]:
    """Return which reaches anything can happen in, (reaches,).

    Source: this project, docs/reference/river-flood.md, "Equations".
    """
    return flood.reaches.below(
        [each.node for each in (*flood.sources, *flood.structures)]
        + [int(flood.reaches.upper[reach]) for reach, _flow in flood.lateral]
    )


def spans_of(flood: "Flood", upper: NDArray[np.int64]) -> list[tuple[int, list[Any]]]:
    """Return (first reach below, structures) of each node that has some, in the water's order.

    Structures at the end of the network come last; dams come before what their wave meets.
    Source: this project, docs/reference/river-flood.md, "Order and memory".
    """
    found: dict[int, list[Any]] = {}
    for each in sorted(flood.structures, key=lambda part: not isinstance(part, Dam)):
        leaving = np.flatnonzero(upper == each.node)
        found.setdefault(int(leaving[0]) if len(leaving) else len(upper), []).append(each)
    return sorted(found.items(), key=lambda item: item[0])


def _route_group(group: Group, room: Routing, spans: list[tuple[int, list[Any]]]) -> Array:
    from sameboat.spread.flood.lanes import Watch, route_lanes

    flood, values = group.flood, group.values
    pool = room.pool()
    flat = np.empty((len(room.reaches), 0), np.float32)
    watch = Watch(flat, flat, flat, flat, np.empty((len(room.reaches), 0)))
    for node, flow in group.sources():
        room.pour(pool, node, flow)
    sides = room.lateral[: len(flood.lateral), : flood.steps].astype(np.float64)
    for (reach, _source), flow in zip(flood.lateral, sides, strict=True):
        if not flood.taps[reach]:
            group.came += flow.sum() * values["lateral_factor"]
    at = 0
    for stop, structures in [*spans, (len(room.reaches), [])]:
        route_lanes(
            at, stop, room.line, pool, values["travel_time_factor"], values["weighting"],
            room.lateral, values["lateral_factor"], room.kept, watch, 0, group.width, flood.steps,
        )  # fmt: skip
        at = stop
        for each in structures:
            here = room.flow(pool, each.node)
            departure = np.zeros((flood.steps, group.width))
            if here is not None:
                departure[:] = here
            room.pour(pool, each.node, group.stand(each, departure))
    return group.missing(room.left(pool), pool.held)


def whole_flows(flood: "Flood", group: Group, departures: Sequence[Array | None]) -> Array:
    """Return the whole flow at each target, (targets, steps, members), from its departure.

    Source: this project, docs/reference/river-flood.md, "Equations".
    """
    found = np.empty((len(departures), flood.steps, group.width))
    for row, (target, departure) in enumerate(zip(flood.watched, departures, strict=True)):
        found[row] = flood.base_m3s[target.reach] * group.values["base_flow_factor"]
        if departure is not None:
            np.maximum(found[row] + departure, 0.0, out=found[row])
    return found
