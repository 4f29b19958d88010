"""Linear Muskingum routing on a river network: one member or many, the whole or a part of it.

Every reach has a storage time K and a weighting X; a reach that is too long or too short for the
step is treated as the theory asks (see `stability`), so that no flow is ever negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Reaches:
    """A network, each reach after all that bring it water; every array (reaches,).

    `upper` and `lower` are the nodes at its ends, 0 … nodes - 1; `row` is its place in what was
    given.  `last`: no other reach leaves its upper node after it.
    """

    upper: Rows
    lower: Rows
    share: Array  #: of the flow of the upper node, 0 … 1
    storage_hours: Array  #: K, > 0
    weighting: Array  #: X, 0 … 0.5; not a number: each member has its own
    nodes: int
    row: Rows
    last: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of reaches."""
        return len(self.upper)

    def pick(self, chosen: NDArray[np.bool_]) -> "Reaches":
        """Return some of the reaches, in the same order."""
        upper = self.upper[chosen]
        return Reaches(
            upper, self.lower[chosen], self.share[chosen], self.storage_hours[chosen],
            self.weighting[chosen], self.nodes, self.row[chosen], _last_leaving(upper),
        )  # fmt: skip

    def below(self, nodes: ArrayLike) -> NDArray[np.bool_]:
        """Return which reaches water can come to from these nodes."""
        wet = np.zeros(self.nodes, np.bool_)
        wet[np.asarray(nodes, dtype=np.int64)] = True
        found = np.zeros(len(self), np.bool_)
        for reach, (upper, lower) in enumerate(zip(self.upper, self.lower, strict=True)):
            if wet[upper]:
                found[reach] = wet[lower] = True
        return found


@dataclass(frozen=True)
class Stability:
    """How many reaches were cut into stages because they are long for the step, and how many
    take the exact solution because they are short for it; `stages` of all reaches together.
    """

    whole: int
    cut: int
    exact: int
    stages: int


@dataclass(frozen=True)
class Watched:
    """What was kept of every reach and member, in the order of the reaches: (reaches, members).

    Flows are departures from the steady flow before.  `arrival_hours`: first step above the
    limit, not a number where it is never passed.  `stored` and `left` (members,): the water in
    the reaches at the end and that which has left the network, m3.
    """

    peak: NDArray[np.float32]
    peak_hours: NDArray[np.float32]
    arrival_hours: NDArray[np.float32]
    volume_m3: Array
    stored_m3: Array
    left_m3: Array


def build_reaches(
    upper: ArrayLike,
    lower: ArrayLike,
    storage_hours: ArrayLike,
    weighting: ArrayLike = np.nan,
    share: ArrayLike = 1.0,
) -> Reaches:
    """Put reaches into the order in which water is taken through them.

    Args: upper, lower: (reaches,) whole numbers that name the nodes.  storage_hours: K, > 0.
        weighting: X, 0 … 0.5, NaN where members have their own.  share: 0 … 1.
    Raises: ValueError: a number lies outside its range, or reaches run in a circle.
    Source: this project, docs/reference/river-flood.md, "Order and memory".
    """
    from sameboat.spread.flood.traverse import depth_first, series_needed

    ends = np.stack([np.asarray(upper, dtype=np.int64), np.asarray(lower, dtype=np.int64)])
    size = ends.shape[1:]
    held, x, part = (
        np.array(np.broadcast_to(np.asarray(each, dtype=np.float64), size))
        for each in (storage_hours, weighting, share)
    )
    if not (np.isfinite(held).all() and (held > 0).all()):
        raise ValueError("storage_hours must be finite and > 0")
    if ((x < 0) | (x > 0.5)).any():
        raise ValueError("weighting must lie in 0 … 0.5")
    if not ((part >= 0) & (part <= 1)).all():
        raise ValueError("share must lie in 0 … 1")
    names, inverse = np.unique(ends, return_inverse=True)
    above, below = (np.ascontiguousarray(each) for each in inverse.reshape(ends.shape))
    nodes = len(names)
    order = depth_first(above, below, nodes)
    if len(order) < len(held):
        raise ValueError("some reaches run in a circle")
    needed = series_needed(above, below, nodes, order)
    first = np.argsort(-needed[above], kind="stable")
    row = first[depth_first(above[first], below[first], nodes)]
    return Reaches(
        above[row], below[row], part[row], held[row], x[row], nodes, row,
        _last_leaving(above[row]),
    )  # fmt: skip


def stability(
    reaches: Reaches, *, step_hours: float, factor: float = 1.0, weighting: float = 0.2
) -> Stability:
    """Return how the reaches stand to the step: 2KX <= dt <= 2K(1-X) holds in every stage but the
    exact ones.

    Args: step_hours: > 0.  factor: of K.  weighting: X where a reach has none.
    Source: McCarthy (1938); this project, docs/reference/river-flood.md, "Long and short reaches".
    """
    x = np.where(np.isnan(reaches.weighting), weighting, reaches.weighting)
    held = reaches.storage_hours * factor / step_hours
    stages = np.maximum(1, np.ceil(2 * held * x - 1e-9)).astype(np.int64)
    exact = 2 * held / stages * (1 - x) < 1 - 1e-9
    cut = stages > 1
    return Stability(
        int((~cut & ~exact).sum()), int(cut.sum()), int(exact.sum()), int(stages.sum())
    )


def route_muskingum(
    inflow: ArrayLike,
    *,
    storage_hours: float,
    weighting: float,
    step_hours: float,
    outflow_start: float | None = None,
) -> Array:
    """Route a flood wave through one reach with Muskingum storage, S = K[XI + (1-X)Q].

    Args: inflow: m3/s, shape (time,).  storage_hours: K > 0.  weighting: X in [0, 0.5].
        outflow_start: of the first step; None: the inflow.
    Returns: discharge leaving the reach, m3/s, shape (time,).
    Raises: ValueError: step_hours lies outside [2KX, 2K(1-X)].
    Source: Chow, Maidment & Mays (1988), Applied Hydrology, eqs 8.4.7-8.4.10.
    """
    low = 2 * storage_hours * weighting
    high = 2 * storage_hours * (1 - weighting)
    if not low - 1e-9 <= step_hours <= high + 1e-9:
        raise ValueError(f"step_hours is {step_hours}, allowed: {low:g} … {high:g}")
    flow = np.asarray(inflow, dtype=np.float64)
    below = high + step_hours
    first, second, kept = step_hours - low, step_hours + low, high - step_hours
    found = np.empty_like(flow)
    found[0] = flow[0] if outflow_start is None else outflow_start
    for t in range(1, len(flow)):
        found[t] = (first * flow[t] + second * flow[t - 1] + kept * found[t - 1]) / below
    return found


def route_one(
    reaches: Reaches,
    lateral: NDArray[np.float32],
    *,
    step_hours: float,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Route one member through the whole network from rest and keep every flow.

    Args: lateral: inflow along each reach, m3/s, (reaches, time) float32, in the order of the
        reaches.  out: where to write, of the same shape.
    Returns: outflow of every reach, m3/s, (reaches, time) float32.
    Raises: ValueError: a shape does not fit, a reach has no weighting, or the step is not > 0.
    Source: McCarthy (1938); this project, docs/reference/river-flood.md, "One member".
    """
    from sameboat.spread.flood.scan import route_series
    from sameboat.spread.flood.traverse import group

    if not step_hours > 0 or np.isnan(reaches.weighting).any():
        raise ValueError("step_hours must be > 0 and every reach must have a weighting")
    if lateral.ndim != 2 or len(lateral) != len(reaches) or lateral.dtype != np.float32:
        raise ValueError(f"lateral must be float32, shape ({len(reaches)}, time)")
    flows = np.empty_like(lateral) if out is None else out
    starts, entering = group(reaches.lower, reaches.nodes)
    route_series(
        reaches.upper, starts, entering, reaches.share.astype(np.float32),
        reaches.storage_hours / step_hours, reaches.weighting, lateral, flows,
    )  # fmt: skip
    return flows


def route_members(
    reaches: Reaches,
    *,
    step_hours: float,
    steps: int,
    members: int,
    lateral: NDArray[np.float32] | None = None,
    lateral_factor: ArrayLike = 1.0,
    sources: Sequence[tuple[int, Array]] = (),
    source_factor: ArrayLike = 1.0,
    storage_factor: ArrayLike = 1.0,
    weighting: ArrayLike = 0.2,
    limit_m3s: ArrayLike = 0.0,
) -> Watched:
    """Route an ensemble and keep peak, arrival and volume of every reach and member.

    Only reaches below a source or with lateral inflow are computed.
    Args: lateral: (reaches, time) float32 m3/s, the same for all but for `lateral_factor`
        (members,).  sources: (node, m3/s (time,)), scaled by `source_factor`.
        storage_factor, weighting: of K, and X, of each member.  limit_m3s: (reaches,) or a number.
    Raises: ValueError: a shape does not fit.
    Source: McCarthy (1938); this project, docs/reference/river-flood.md, "Many members".
    """
    from sameboat.spread.flood.carry import LANES
    from sameboat.spread.flood.lanes import Watch, route_lanes

    room = Routing(
        reaches, step_hours=step_hours, steps=steps, lateral=lateral, open_nodes=len(sources)
    )
    by_lane = [
        pad_lanes(each, members)
        for each in (storage_factor, weighting, lateral_factor, source_factor)
    ]
    shape = (len(reaches), members)
    limit = np.asarray(limit_m3s, dtype=np.float32)
    limit = np.broadcast_to(limit[:, None] if limit.ndim == 1 else limit, shape)
    peak, when, before = (np.empty(shape, np.float32) for _each in range(3))
    volume = np.empty(shape)
    watch = Watch(np.ascontiguousarray(limit), peak, when, before, volume)
    stored, left = np.empty(members), np.empty(members)
    for first in range(0, members, LANES):
        lanes = slice(first, first + LANES)
        count = min(LANES, members - first)
        factor, x, side, strength = (each[lanes] for each in by_lane)
        pool = room.pool()
        for node, flow in sources:
            room.pour(pool, node, np.outer(flow, strength))
        route_lanes(
            0, len(reaches), room.line, pool, factor, x, room.lateral, side, room.kept, watch,
            first, count, steps,
        )  # fmt: skip
        stored[lanes] = pool.held[:count] * step_hours * 3600.0
        left[lanes] = room.left(pool)[:count] * step_hours * 3600.0
    before[before >= steps] = np.nan
    when *= np.float32(step_hours)
    before *= np.float32(step_hours)
    volume *= step_hours * 3600.0
    return Watched(peak, when, before, volume, stored, left)


class Routing:
    """The arrays with which the lanes are routed: those of the network, and room for flows."""

    def __init__(
        self,
        reaches: Reaches,
        *,
        step_hours: float,
        steps: int,
        lateral: NDArray[np.float32] | None = None,
        fed: Rows | None = None,
        kept: Rows | None = None,
        open_nodes: int = 0,
        taps: NDArray[np.bool_] | None = None,
    ) -> None:
        """Take a network; `fed` and `kept` are rows of each reach, -1 where there is none.

        `taps` only show what passes part of the way down another reach: their water is not counted.
        """
        from sameboat.spread.flood.carry import BLOCK, LANES
        from sameboat.spread.flood.lanes import Line
        from sameboat.spread.flood.traverse import most_rows

        if not step_hours > 0 or steps < 1:
            raise ValueError(f"step_hours, steps are {step_hours}, {steps}, allowed: > 0, >= 1")
        self.reaches, self.step_hours, self.steps = reaches, step_hours, steps
        self.width = LANES
        self.padded = -(-steps // BLOCK) * BLOCK
        rows = 0 if lateral is None else len(lateral)
        if lateral is not None and fed is None and rows != len(reaches):
            raise ValueError(f"lateral must have {len(reaches)} rows")
        if lateral is not None and self.padded == steps and fed is None:
            self.lateral = np.ascontiguousarray(lateral)
        else:
            self.lateral = np.zeros((rows + 1, self.padded), np.float32)
            if lateral is not None:
                self.lateral[:rows, :steps] = lateral
        none = np.full(len(reaches), -1, np.int64)
        real = np.ones(len(reaches), np.bool_) if taps is None else ~taps
        self.shown = set(reaches.lower[~real].tolist())
        if fed is None:
            fed = np.arange(len(reaches)) if rows else none
        self.line = Line(
            reaches.upper, reaches.lower, reaches.share.astype(np.float32), reaches.last,
            reaches.storage_hours / step_hours, reaches.weighting, fed,
            none if kept is None else kept, real,
        )  # fmt: skip
        most = int(kept.max()) + 1 if kept is not None and len(kept) else 0
        self.kept = np.empty((most, self.padded * LANES), np.float32)
        self.rows = most_rows(reaches.upper, reaches.lower, reaches.last, reaches.nodes)
        self.rows += open_nodes + 2
        self._pool = np.zeros((self.rows, self.padded * LANES), np.float32)

    def pool(self) -> Any:
        """Return room for the flows of one group of lanes, with no water anywhere."""
        from sameboat.spread.flood.lanes import Pool

        return Pool(
            self._pool, np.full(self.reaches.nodes, -1), np.zeros(self.rows, np.int64),
            np.arange(self.rows), np.array([self.rows]), np.zeros(self.width),
        )  # fmt: skip

    def flow(self, pool: Any, node: int) -> NDArray[np.float32] | None:
        """Return the departure at a node, (steps, LANES), to look at or to change; None: none."""
        row = pool.slot[node]
        if row < 0:
            return None
        found: NDArray[np.float32] = pool.rows[row].reshape(self.padded, self.width)[: self.steps]
        return found

    def pour(self, pool: Any, node: int, flow: NDArray[Any]) -> None:
        """Add a departure, (steps, LANES), at a node."""
        from sameboat.spread.flood.lanes import take_row

        if pool.slot[node] < 0:
            if pool.top[0] == 0:
                raise ValueError("more sources than there is room for")
            pool.slot[node] = row = take_row(pool)
            pool.rows[row] = 0.0
        pool.start[pool.slot[node]] = 0
        here = self.flow(pool, node)
        assert here is not None
        here += flow

    def left(self, pool: Any) -> Array:
        """Return what has left at the ends of the network, m3/s x steps, (LANES,)."""
        total = np.zeros(self.width)
        for node in np.flatnonzero(pool.slot >= 0):
            if int(node) in self.shown:
                continue
            flow = self.flow(pool, int(node))
            assert flow is not None
            total += flow.sum(axis=0, dtype=np.float64) - 0.5 * flow[-1]
        return total


def pad_lanes(values: ArrayLike, members: int) -> Array:
    """Return a value for each member, repeated up to a whole number of groups of lanes.

    Source: this project, docs/reference/river-flood.md, "Many members".
    """
    from sameboat.spread.flood.carry import LANES

    given = np.broadcast_to(np.asarray(values, dtype=np.float64), (members,))
    return np.pad(given, (0, -members % LANES), mode="edge")


def _last_leaving(upper: Rows) -> NDArray[np.bool_]:
    last = np.zeros(len(upper), np.bool_)
    _nodes, place = np.unique(upper[::-1], return_index=True)
    last[len(upper) - 1 - place] = True
    return last
