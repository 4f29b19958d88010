"""Flood routing by Muskingum-Cunge with variable parameters that loses no water (Todini).

Every reach has a table of what it carries and stores at each depth; the parameters of each step
follow from the flow of that step.  Flows are values at points in time, volumes their trapezoids.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sameboat.spread.flood.section import Rating

Array = NDArray[np.float64]
#: Pieces into which a reach is cut at most.
MOST_PIECES = 256
#: Times that the wedge is taken in a step; the first is drawn out from the two steps before.
ROUNDS = 1


@dataclass(frozen=True)
class Routed:
    """What left one reach: `outflow` (time, members), `stored_m3` more than at first (members,).

    Of the steps (times pieces) of each member: `bounded` had their diffusion put on the bound
    that keeps flows from being negative, `stopped` were held back there at the last, `above`
    lay above the rating table.
    """

    outflow: Array
    stored_m3: Array
    bounded: NDArray[np.int64]
    stopped: NDArray[np.int64]
    above: NDArray[np.int64]


@dataclass(frozen=True)
class NetworkFlood:
    """What passed each reach: (reaches,) each, and the flows themselves if they were kept.

    `imbalance`: (in - out - more stored) / in, of the whole network.
    """

    peak_m3s: Array
    peak_step: NDArray[np.int64]
    volume_m3: Array
    stored_m3: Array
    bounded: NDArray[np.int64]
    stopped: NDArray[np.int64]
    above: NDArray[np.int64]
    imbalance: float
    flows: NDArray[np.float32] | None = None  #: (reaches, time)


def count_pieces(
    rating: Rating, length_m: ArrayLike, slope: ArrayLike, *, step_s: float, flow_m3s: ArrayLike
) -> NDArray[np.int64]:
    """Return into how many pieces each reach is cut, at a flow.

    A piece is no longer than a step's travel c dt, or half of c dt + Q/(B S0 c) where that is
    more: C + D >= 1, and C no more than 1 unless the reach itself is shorter.
    Args: flow_m3s: (reaches,) or a number: the flow for which the cut is right, such as half of
        the expected peak; other flows are kept stable by `carry` all the same.
    Raises: ValueError: a length or slope not above 0.
    Source: V. M. Ponce & F. D. Theurer (1982), Accuracy criteria in diffusion routing, J. Hydraul.
    Div. 108:747; USACE, HEC-HMS Technical Reference Manual, Muskingum-Cunge model.
    """
    reaches = len(rating.flow)
    length = np.broadcast_to(np.asarray(length_m, dtype=np.float64), reaches)
    steep = np.broadcast_to(np.asarray(slope, dtype=np.float64), reaches)
    if not ((length > 0).all() and (steep > 0).all()):
        raise ValueError("length_m and slope must be > 0")
    flow = np.broadcast_to(np.asarray(flow_m3s, dtype=np.float64), reaches)
    cell = np.clip((rating.flow <= flow[:, None]).sum(axis=1), 1, rating.flow.shape[1] - 1)
    row = np.arange(reaches)
    celerity = rating.celerity[row, cell].astype(np.float64)
    # W = Q/(2 c2 B S0), so that Q/(B S0 c) = 2 W c.
    travel = celerity * step_s
    longest = np.maximum(travel, 0.5 * (travel + 2.0 * rating.wedge[row, cell] * celerity))
    found: NDArray[np.int64] = np.clip(np.ceil(length / longest), 1, MOST_PIECES).astype(np.int64)
    return found


def route_reach(
    inflow: Array,
    rating: Rating,
    *,
    reach: int = 0,
    length_m: float,
    step_s: float,
    pieces: int = 1,
    lateral: Array | None = None,
    conveyance: ArrayLike = 1.0,
    size: ArrayLike = 1.0,
    rounds: int = ROUNDS,
) -> Routed:
    """Route many members through one reach, each by itself; it begins in steady flow.

    Args: inflow: m3/s, (time, members), >= 0.  reach: row of the rating.  pieces: equal pieces
        of the reach (`count_pieces`).  lateral: m3/s that join along it, (time,), (time, 1) or
        (time, members).  conveyance, size: factors of flow at a depth (1/n) and of area (width),
        numbers or (members,), > 0.  rounds: more of them move a peak by less than 0.1 %.
    Raises: ValueError: a shape does not fit; a flow is negative; a factor is not above 0.
    Source: E. Todini (2007), A mass conservative and water storage consistent variable parameter
    Muskingum-Cunge approach, Hydrol. Earth Syst. Sci. 11:1645, eqs 40-46.
    """
    from sameboat.spread.flood.mct import carry_members

    flow = np.ascontiguousarray(inflow, dtype=np.float64)
    if flow.ndim != 2 or len(flow) < 2 or not (np.isfinite(flow).all() and (flow >= 0).all()):
        raise ValueError("inflow must be finite and >= 0 m3/s, shape (time, members)")
    for name, value in (("length_m", length_m), ("step_s", step_s), ("pieces", pieces)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} is {value}, allowed: > 0")
    steps, members = flow.shape
    side = np.zeros((steps, 1)) if lateral is None else np.asarray(lateral, dtype=np.float64)
    side = np.ascontiguousarray(side[:, None] if side.ndim == 1 else side)
    if side.shape not in ((steps, 1), (steps, members)) or not (side >= 0).all():
        raise ValueError("lateral must be >= 0 m3/s, (time,) or (time, members)")
    flows, sizes = (
        np.array(np.broadcast_to(np.asarray(each, dtype=np.float64), members))
        for each in (conveyance, size)
    )
    if not all((each > 0).all() and np.isfinite(each).all() for each in (flows, sizes)):
        raise ValueError("conveyance and size must be finite and > 0")
    outflow, stored = np.empty_like(flow), np.empty(members)
    counts = np.zeros((3, members), np.int64)
    tables = tuple(
        each[reach].astype(np.float64) for each in (rating.flow, rating.area, rating.wedge)
    )
    carry_members(
        flow, side, float(length_m), int(pieces), float(step_s), tables, flows, sizes, rounds,
        outflow, stored, counts,
    )  # fmt: skip
    return Routed(outflow, stored, counts[0], counts[1], counts[2])


def route_network(
    downstream: NDArray[np.integer],
    rating: Rating,
    *,
    length_m: ArrayLike,
    step_s: float,
    lateral: Array,
    base_m3s: ArrayLike = 0.0,
    pieces: NDArray[np.int64] | None = None,
    rounds: int = ROUNDS,
    keep: bool = False,
) -> NetworkFlood:
    """Route one flood through a whole network of reaches; it begins in steady flow.

    Args: downstream: (reaches,) reach below each, -1 = none; rivers only join.  lateral: m3/s
        that join along each reach, (reaches, time), >= 0.  base_m3s: constant inflow at the
        upper end, number or (reaches,).  pieces: of each reach; None: one.  keep: the flows of
        all reaches and times, as float32.
    Raises: ValueError: a shape does not fit, a flow is negative, or the reaches run in a circle.
    Source: Todini (2007), Hydrol. Earth Syst. Sci. 11:1645, eqs 40-46.
    """
    from sameboat.spread.flood.mct import carry_network
    from sameboat.spread.flood.order import order_reaches

    into = np.ascontiguousarray(downstream, dtype=np.int64)
    reaches = len(into)
    side = np.ascontiguousarray(lateral)
    if side.ndim != 2 or len(side) != reaches or side.shape[1] < 2 or side.min(initial=0.0) < 0:
        raise ValueError(f"lateral must be >= 0 m3/s, shape ({reaches}, time)")
    if not np.isfinite(side.sum(dtype=np.float64)):
        raise ValueError("lateral must be finite")
    length, base = (
        np.array(np.broadcast_to(np.asarray(each, dtype=np.float64), reaches))
        for each in (length_m, base_m3s)
    )
    if not ((length > 0).all() and (base >= 0).all() and 0 < step_s < np.inf):
        raise ValueError("length_m and step_s must be > 0, base_m3s >= 0")
    count = np.ones(reaches, np.int64) if pieces is None else np.asarray(pieces, dtype=np.int64)
    order, slots, rows = order_reaches(into)
    steps = side.shape[1]
    kept = np.empty((reaches if keep else 0, steps), np.float32)
    sums, counts = np.empty((reaches, 4)), np.zeros((reaches, 3), np.int64)
    ledger = np.zeros(3)
    carry_network(
        order, slots, into, side, base, length, count, float(step_s),
        (rating.flow, rating.area, rating.wedge), rounds, np.empty((rows, steps)), kept, sums,
        counts, ledger,
    )  # fmt: skip
    came = ledger[0] if ledger[0] > 0 else 1.0
    return NetworkFlood(
        sums[:, 0], sums[:, 1].astype(np.int64), sums[:, 2], sums[:, 3],
        counts[:, 0], counts[:, 1], counts[:, 2],
        float((ledger[0] - ledger[1] - ledger[2]) / came), kept if keep else None,
    )  # fmt: skip
