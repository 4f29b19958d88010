"""Runs a flood through the channels of its reaches: whole flows, by Muskingum-Cunge after Todini.

What is handed from reach to reach is the departure from the steady flow before, as in `run`, so
that a river in which nothing happens stays as it is and structures see the same; each reach takes
the whole flow.  A point in time stands before the first, in which only the steady flow runs.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.draws import Draws
from sameboat.spread.flood.channels import conveyance_of
from sameboat.spread.flood.routing import pad_lanes
from sameboat.spread.flood.run import Group, spans_of, touched_by, whole_flows
from sameboat.spread.flood.structures import sample_hydrograph
from sameboat.spread.flood.todini import route_reach

if TYPE_CHECKING:
    from sameboat.spread.flood.problem import Flood

Array = NDArray[np.float64]


def routed_by_channel(
    flood: "Flood", draws: Draws, values: dict[str, Array]
) -> Iterator[tuple[slice, Array, Array]]:
    """Yield (members, flows (targets, steps, members), part of the water missing), by groups.

    Source: this project, docs/reference/river-flood.md, "By the channels".
    """
    from sameboat.spread.flood.carry import LANES

    touched = touched_by(flood)
    padded = {key: pad_lanes(each, draws.members) for key, each in values.items()}
    for first in range(0, draws.members, LANES):
        count = min(LANES, draws.members - first)
        river = _River(Group(flood, draws, padded, slice(first, first + LANES)), touched)
        missing = river.run()
        rows = [river.kept.get(each.reach) for each in flood.watched]
        flows = whole_flows(flood, river.group, rows)
        yield slice(first, first + count), flows[:, :, :count], missing[:count]


def count_steps(flood: "Flood", values: dict[str, Array]) -> dict[str, int]:
    """Return into how many pieces all reaches are cut and what became of the steps of one member.

    Args: values: of its parameters, (1,) each.
    Source: this project, docs/reference/river-flood-structures.md, "Muskingum-Cunge after Todini".
    """
    assert flood.channels is not None
    draws = Draws(np.zeros((flood.dimension, 1)), np.zeros(1, np.uint64))
    padded = {key: pad_lanes(each, 1) for key, each in values.items()}
    river = _River(Group(flood, draws, padded, slice(0, 1)), touched_by(flood))
    river.run()
    return {"pieces": int(flood.channels.pieces.sum()), **river.steps}


class _River:
    """One group of members on its way down: departures at the nodes, and what was kept."""

    def __init__(self, group: Group, touched: NDArray[np.bool_]) -> None:
        self.group, self.touched = group, touched
        self.flood = group.flood
        self.here: dict[int, Array] = {}  # by node, (steps, members)
        self.kept: dict[int, Array] = {}  # by reach
        self.stored = np.zeros(group.width)  # m3/s x steps
        self.watched = {each.reach for each in self.flood.watched}
        self.sides = dict(self.flood.lateral)
        self.carries = conveyance_of(group.values["travel_time_factor"])
        self.steps = {"bounded": 0, "stopped": 0, "above": 0}
        self.shown = set(self.flood.reaches.lower[self.flood.taps].tolist())

    def run(self) -> Array:
        """Take the water through all reaches and structures; return the part missing."""
        group, flood = self.group, self.flood
        for node, flow in group.sources():
            self._pour(node, flow)
        at = 0
        for stop, structures in [*spans_of(flood, flood.reaches.upper), (len(flood.reaches), [])]:
            for reach in range(at, stop):
                if self.touched[reach]:
                    self._pass(reach)
            at = stop
            for each in structures:
                departure = self.here.get(each.node)
                if departure is None:
                    departure = np.zeros((flood.steps, group.width))
                self._pour(each.node, group.stand(each, departure))
        left = sum(
            flow.sum(axis=0) - 0.5 * flow[-1]
            for node, flow in self.here.items() if node not in self.shown
        )  # fmt: skip
        return group.missing(left, self.stored)

    def _pour(self, node: int, flow: Array) -> None:
        if node in self.here:
            self.here[node] = self.here[node] + flow
        else:
            self.here[node] = flow

    def _pass(self, reach: int) -> None:
        """Take what stands at the upper node of a reach through its channel."""
        flood, group = self.flood, self.group
        assert flood.channels is not None
        reaches, channels = flood.reaches, flood.channels
        upper, share = int(reaches.upper[reach]), reaches.share[reach]
        before = share * flood.base_node_m3s[upper]
        joins = max(float(flood.base_m3s[reach]) - before, 0.0)
        factor = group.values["base_flow_factor"]
        inflow = np.tile(before * factor, (flood.steps + 1, 1))
        if upper in self.here:
            # What rounding leaves below nothing is nothing.
            inflow[1:] = np.maximum(inflow[1:] + share * self.here[upper], 0.0)
        beside = np.tile(joins * factor, (flood.steps + 1, 1))
        if reach in self.sides:
            zero, one = np.zeros(1), np.ones(1)
            side = sample_hydrograph(self.sides[reach], group.hours, zero, one)
            side = side * group.values["lateral_factor"]
            beside[1:] += side
            if not flood.taps[reach]:
                group.came += side.sum(axis=0) - 0.5 * side[-1]
        found = route_reach(
            inflow, channels.rating, reach=reach, length_m=float(channels.length_m[reach]),
            step_s=flood.step_hours * 3600.0, pieces=int(channels.pieces[reach]), lateral=beside,
            conveyance=self.carries,
        )  # fmt: skip
        for key in self.steps:
            self.steps[key] += int(getattr(found, key).sum())
        departure = found.outflow[1:] - (before + joins) * factor
        if not flood.taps[reach]:
            self.stored += found.stored_m3 / (flood.step_hours * 3600.0)
        if reach in self.watched:
            self.kept[reach] = departure
        if reaches.last[reach]:
            self.here.pop(upper, None)
        self._pour(int(reaches.lower[reach]), departure)
