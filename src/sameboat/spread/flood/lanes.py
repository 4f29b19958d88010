"""Muskingum routing of many members at once, compiled: members innermost, the time loop around.

Thirty-two members stand side by side, a lane each, in every row of a flow series, so that one
instruction serves several of them and ten days of hours fit into the nearest cache.  Each lane
sees only its own numbers: which members share a call changes no bit.  Flows are float32 departures
from the steady flow before the event; volumes are added up in float64.  Import inside functions:
needs numba.
"""

from typing import Any, NamedTuple

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.flood.carry import (
    B1,
    B2,
    B3,
    BEFORE,
    FED,
    LANES,
    LIMIT,
    NONE,
    ONE,
    PEAK,
    STATE_ROWS,
    SUM,
    WHEN,
    U,
    carry,
    carry_head,
    carry_watched,
    set_weights,
)


class Line(NamedTuple):
    """Reaches in the order in which water is taken through them, (reaches,) each."""

    upper: Any  #: node at the upper end
    lower: Any
    share: Any  #: of the flow of the upper node, float32
    last: Any  #: is this the last reach to leave its upper node?
    storage: Any  #: K in steps
    weighting: Any  #: X; not a number: the member's own
    fed: Any  #: row of its lateral inflow; -1: none
    kept: Any  #: row in which its outflow is kept; -1: it is not
    real: Any  #: is its water counted?


class Pool(NamedTuple):
    """Flow series of nodes that have been reached and not yet left: (rows, steps x LANES)."""

    rows: Any
    slot: Any  #: (nodes,) row of a node; -1: no departure there
    start: Any  #: (rows,) first step, a multiple of 24, that is not nothing in every lane
    free: Any  #: (rows,) a stack of rows that nobody has
    top: Any  #: (1,) height of that stack
    held: Any  #: (LANES,) float64: water stored in the reaches at the end, m3/s x steps


class Watch(NamedTuple):
    """What is kept of every reach, (reaches, members) each; no members: nothing is."""

    limit: Any  #: departure above which a place is reached, m3/s
    peak: Any
    when: Any  #: step of the peak
    before: Any  #: steps before the limit is passed
    volume: Any  #: float64, m3/s x steps


@compiled
def take_row(pool: Any) -> int:
    """Return a row that nobody has; what stands in it is old.

    Source: this project, docs/reference/river-flood.md, "Order and memory".
    """
    pool.top[0] -= 1
    row: int = pool.free[pool.top[0]]
    return row


@compiled
def _fill(x: Any, other: Any, share: Any) -> None:
    if share == NONE:
        for at in range(x.shape[0]):
            x[at] = NONE
    else:
        for at in range(x.shape[0]):
            x[at] = share * other[at]


@compiled
def _dry(bits: Any) -> Any:
    """Return whether all these flows, seen as whole numbers, are nothing."""
    found = np.int32(0)
    for at in range(bits.shape[0]):
        found |= bits[at]
    return found == 0


@compiled
def _enter(line: Any, reach: int, pool: Any) -> Any:
    """Return the row with the flow that enters a reach, its own to change."""
    node = line.upper[reach]
    above = pool.slot[node]
    if above >= 0 and line.last[reach]:
        pool.slot[node] = -1
        if line.share[reach] != ONE:
            _fill(pool.rows[above], pool.rows[above], line.share[reach])
        return above
    row = take_row(pool)
    if above < 0:
        _fill(pool.rows[row], pool.rows[row], NONE)
        pool.start[row] = 0
    else:
        _fill(pool.rows[row], pool.rows[above], line.share[reach])
        pool.start[row] = pool.start[above]
    return row


@compiled
def _leave(node: int, row: int, pool: Any, steps: int) -> None:
    """Add the outflow of a reach to what the node at its lower end has."""
    x, start = pool.rows[row], pool.start[row]
    # Steps in which nothing has come yet need not be taken again further down.
    bits = x.view(np.int32)
    while start + 24 <= steps and _dry(bits[start * LANES : (start + 24) * LANES]):
        start += 24
    pool.start[row] = start
    there = pool.slot[node]
    if there < 0:
        pool.slot[node] = row
        return
    sum_ = pool.rows[there]
    for at in range(start * LANES, x.shape[0]):
        sum_[at] += x[at]
    pool.start[there] = min(pool.start[there], start)
    pool.free[pool.top[0]] = row
    pool.top[0] += 1


@compiled
def _pass_through(x: Any, state: Any, fed: Any, start: int, steps: int, volume: Any) -> None:
    """Take one stage; where `volume` has lanes, watch it."""
    if volume.shape[0] == 0:
        carry(x, state, fed, U(start), U(steps))
        return
    for t in range(start, steps, 24):
        # float32 sums of a day of hours are exact enough; those of weeks are not.
        for lane in range(LANES):
            state[SUM + U(lane)] = 0.0
        carry_watched(x, state, fed, U(t), U(min(t + 24, steps)))
        for lane in range(LANES):
            volume[lane] += state[SUM + U(lane)]


@compiled
def _begin(line: Any, reach: int, pool: Any, state: Any, fed: Any, steps: int, volume: Any) -> None:
    """Take a reach with nothing from above, in one stage, and add its outflow where it goes."""
    node = line.lower[reach]
    keep = ONE
    if pool.slot[node] < 0:
        pool.slot[node] = take_row(pool)
        keep = NONE
    out = pool.rows[pool.slot[node]]
    pool.start[pool.slot[node]] = 0
    before = out[(steps - 1) * LANES :][:LANES] * keep
    for t in range(0, steps, 24):
        for lane in range(LANES):
            state[SUM + U(lane)] = 0.0
        carry_head(out, state, fed, keep, U(t), U(min(t + 24, steps)))
        for lane in range(LANES):
            volume[lane] += state[SUM + U(lane)]
    if line.real[reach]:
        for lane in range(LANES):
            b3 = float(state[B3 + U(lane)])
            last = out[(steps - 1) * LANES + lane] - before[lane]
            pool.held[lane] += 0.5 * (1.0 + b3) / (1.0 - b3) * last


@compiled
def _hold(x: Any, state: Any, entered: Any, steps: int, held: Any) -> None:
    """Add the water that a stage stores at the end: what its weights say K[XI + (1-X)Q] is."""
    for lane in range(LANES):
        b1, b3 = float(state[B1 + U(lane)]), float(state[B3 + U(lane)])
        if b1 < 1.0:
            outer = 0.5 * (1.0 + b3) / (1.0 - b3)
            inner = 0.5 - b1 * (outer + 0.5)
            held[lane] += inner * entered[lane] + outer * x[(steps - 1) * LANES + lane]


@compiled
def _prepare(state: Any, need: Any, stage: int, factor: Any, fed: bool) -> None:
    """Empty the memory of a stage; lanes that need no more stages let the flow pass."""
    for lane in range(LANES):
        place = U(lane)
        state[place] = 0.0
        if stage >= need[lane]:
            state[B1 + place], state[B2 + place], state[B3 + place] = 1.0, 0.0, 0.0
            state[FED + place] = 0.0
        elif fed:
            state[FED + place] = (1.0 - state[B3 + place]) * factor[lane] / need[lane]
        else:
            state[FED + place] = 0.0


@compiled
def _watch_from(state: Any, watch: Any, reach: int, member: int, members: int, start: int) -> None:
    for lane in range(LANES):
        place = U(lane)
        limit = watch.limit[reach, member + lane] if lane < members else 0.0
        state[PEAK + place], state[WHEN + place], state[LIMIT + place] = 0.0, 0.0, limit
        state[BEFORE + place] = start if limit >= 0.0 else 0.0


@compiled
def _write(
    state: Any, volume: Any, watch: Any, reach: int, member: int, members: int, dry_steps: int
) -> None:
    """Write what was watched of a reach; one that stayed dry for `dry_steps` passed no limit."""
    for lane in range(members):
        place, to = U(lane), member + lane
        if dry_steps >= 0:
            watch.peak[reach, to], watch.when[reach, to], watch.volume[reach, to] = 0.0, 0.0, 0.0
            watch.before[reach, to] = dry_steps if watch.limit[reach, to] >= 0.0 else 0.0
        else:
            watch.peak[reach, to] = state[PEAK + place]
            watch.when[reach, to] = state[WHEN + place]
            watch.before[reach, to] = state[BEFORE + place]
            watch.volume[reach, to] = volume[lane]


@compiled
def _route_reach(
    reach: int, line: Any, pool: Any, state: Any, need: Any, stages: int, lateral: Any,
    lateral_factor: Any, kept: Any, watch: Any, member: int, members: int, steps: int,
    volume: Any, entered: Any,
) -> None:  # fmt: skip
    """Take the water through every stage of one reach and hand it on."""
    watching = watch.peak.shape[1] > 0
    padded = pool.rows.shape[1] // LANES
    row = _enter(line, reach, pool)
    x, start, fed = pool.rows[row], pool.start[row], lateral[line.fed[reach]]
    for stage in range(stages):
        _prepare(state, need, stage, lateral_factor, line.fed[reach] >= 0)
        last = stage == stages - 1
        if watching and last:
            _watch_from(state, watch, reach, member, members, start)
            volume[:] = 0.0
        for lane in range(LANES):
            entered[lane] = x[(steps - 1) * LANES + lane]
        if watching and last:
            _pass_through(x, state, fed, start, steps, volume)
        else:
            carry(x, state, fed, U(start), U(padded))
        if line.real[reach]:
            _hold(x, state, entered, steps, pool.held)
    if watching:
        _write(state, volume, watch, reach, member, members, -1)
    if line.kept[reach] >= 0:
        kept[line.kept[reach], :] = x
    _leave(line.lower[reach], row, pool, padded)


@compiled
def route_lanes(
    first: int,
    stop: int,
    line: Any,
    pool: Any,
    factor: Any,
    weighting: Any,
    lateral: Any,
    lateral_factor: Any,
    kept: Any,
    watch: Any,
    member: int,
    members: int,
    steps: int,
) -> None:
    """Take the water of one group of lanes through the reaches `first` … `stop` - 1.

    Args: factor, weighting: of K, and X, of each lane.  lateral: (rows, steps up to a multiple of
        BLOCK), m3/s; the last row is nothing.  lateral_factor: of each lane.  kept: (rows, steps
        x LANES), written.  watch: written for `members` members from number `member` on.
    Source: McCarthy (1938); this project, docs/reference/river-flood.md, "Order and memory".
    """  # fmt: skip
    state = np.zeros(STATE_ROWS * LANES, np.float32)
    need = np.ones(LANES, np.int64)
    x_of = np.empty(LANES)
    entered = np.empty(LANES, np.float32)
    watching = watch.peak.shape[1] > 0
    volume = np.zeros(LANES if watching else 0)
    for reach in range(first, stop):
        head = pool.slot[line.upper[reach]] < 0
        if head and line.fed[reach] < 0:
            if watching:
                _write(state, volume, watch, reach, member, members, steps)
            continue
        own = line.weighting[reach]
        for lane in range(LANES):
            x_of[lane] = own if own == own else weighting[lane]
        stages = set_weights(line.storage[reach], factor, x_of, state, need)
        if watching and head and stages == 1 and line.kept[reach] < 0:
            _prepare(state, need, 0, lateral_factor, True)
            _watch_from(state, watch, reach, member, members, 0)
            volume[:] = 0.0
            _begin(line, reach, pool, state, lateral[line.fed[reach]], steps, volume)
            _write(state, volume, watch, reach, member, members, -1)
            continue
        _route_reach(
            reach, line, pool, state, need, stages, lateral, lateral_factor, kept, watch, member,
            members, steps, volume, entered,
        )  # fmt: skip
