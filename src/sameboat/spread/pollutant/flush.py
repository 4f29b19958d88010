"""Water released from a reservoir: it thins what passes afterwards, and hastens all of it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.network import Network
from sameboat.spread.pollutant.river import DISCHARGE_POWER
from sameboat.spread.pollutant.transport import Along, Flush, Transport
from sameboat.spread.ways import Point, Ways

Array = NDArray[np.float64]


class Flow(Protocol):
    """Members on their way down the river."""

    @property
    def transport(self) -> Transport: ...  # noqa: D102
    @property
    def starts(self) -> Sequence[Point]: ...  # noqa: D102
    @property
    def alongs(self) -> Sequence[Along]: ...  # noqa: D102


def flushes_of(
    flushes: Sequence[Flush], point: Point, row: int, ways: Sequence[Ways], flow: Flow
) -> Array:
    """Return the added water as a target feels it, (members, flushes, 5).

    Each: from and until (h), how much faster the river runs below it, hours from it to the
    target without it, and its share of the discharge there.
    Source: H. E. Jobson (1996), USGS WRIR 96-4013, eq 14 (velocity and discharge); this project,
    docs/reference/river-pollutant.md, "Water from a reservoir".
    """
    transport = flow.transport
    found = [
        each for flush in flushes if (each := _felt(flush, point, row, ways, flow)) is not None
    ]
    if not found:
        return np.empty((transport.members, 0, 5))
    return np.stack(found, axis=1)


def _felt(flush: Flush, point: Point, row: int, ways: Sequence[Ways], flow: Flow) -> Array | None:
    transport = flow.transport
    network = transport.river.network
    below = _below(network, flush.point)
    same = point.channel == flush.point.channel and point.fraction >= flush.point.fraction
    portion = 1.0 if same else below.get(point.channel, 0.0)
    reached = [number for number, way in enumerate(ways) if way.ends[row]]
    if not reached or portion <= 0.0:
        return None
    # From the site down: a source that joins below it knows only the lower part of that way.
    found = [_hours(flush, number, row, ways[number], flow, below) for number in reached]
    hours, hastened = max(found, key=lambda each: float(each[0].sum()))
    pace = np.where(hastened > 0.0, hours / np.maximum(hastened, 1e-300), 1.0)
    cell = int(ways[reached[0]].target_cell[row])
    share = flush.added_m3s * portion / transport.discharge(point, cell)
    until = min(flush.until, 1e9)
    full = np.full(transport.members, 1.0)
    return np.stack([full * flush.since, full * until, pace, hours, share], axis=1)


def _below(network: Network, point: Point) -> dict[int, float]:
    """Return the channels below a point and the portion of its water that reaches each."""
    found: dict[int, float] = {}
    carried = {point.channel: 1.0}
    for channel in range(point.channel, len(network.keys)):
        here = carried.get(channel, 0.0)
        if here > 0.0:
            if channel != point.channel:
                found[channel] = here
            for next_ in network.leaving[channel]:
                carried[next_] = carried.get(next_, 0.0) + here * float(network.share[next_])
    return found


def _hours(
    flush: Flush, number: int, row: int, way: Ways, flow: Flow, below: dict[int, float]
) -> tuple[Array, Array]:
    """Return hours on a source's way below the added water, without it and with it, (members,)."""
    transport, start, summed = flow.transport, flow.starts[number], flow.alongs[number]
    end = way.ends[row][int(np.argmax(way.shares[row]))]
    river = transport.river
    hours, hastened = np.zeros(transport.members), np.zeros(transport.members)
    chain = []
    while end >= 0:
        chain.append(end)
        end = int(way.parent[end])
    # How far down the point's own channel each of its pieces begins, from the uppermost on.
    here_km = start.fraction * float(river.network.length_km[start.channel])
    here_km = here_km if start.channel == flush.point.channel else 0.0
    point_km = flush.point.fraction * float(river.network.length_km[flush.point.channel])
    for piece in reversed(chain):
        channel = int(way.channel[piece])
        portion = below.get(channel, 0.0)
        if channel == flush.point.channel:
            portion = 1.0 if here_km >= point_km - 1e-6 else 0.0
            here_km += float(way.length_km[piece])
        if portion <= 0.0:
            continue
        parent = int(way.parent[piece])
        taken = summed.hours[piece] - (summed.hours[parent] if parent >= 0 else 0.0)
        mean = 0.5 * (river.discharge_start_m3s[channel] + river.discharge_end_m3s[channel])
        carried = mean * transport.values["discharge_factor"]
        hours = hours + taken
        hastened = hastened + taken / (1.0 + flush.added_m3s * portion / carried) ** DISCHARGE_POWER
    return hours, hastened
