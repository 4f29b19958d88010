"""Muskingum routing of many members at once, compiled: members innermost, the time loop around.

Thirty-two members stand side by side, a lane each, in every row of a flow series, so that one
instruction serves several of them and ten days of hours fit into the nearest cache.  Each lane
sees only its own numbers: which members share a call changes no bit.  Flows are float32 departures
from the steady flow before the event; volumes are added up in float64.  Import inside functions:
needs numba.
"""

from math import ceil, exp
from typing import Any, NamedTuple

import numpy as np

from sameboat.spread.compiled import compiled

#: Members that stand side by side.
LANES = 32
#: Steps are taken in blocks of so many: a row of flows has a multiple of them.
BLOCK = 4
#: A memory of less than this, m3/s, is none: numbers next to the least there are make loops slow.
LEAST_FLOW = 1e-12

# Unsigned numbers spare the loops the test for an index counted from the end, and so let them
# be vectorised.  Rows of the state of one reach: what the next step inherits, highest flow, its
# step, steps before the limit, sum, limit, the three weights, and that of the lateral inflow.
_U = np.uint64
_N, _FOUR, _RUN = _U(LANES), _U(BLOCK), _U(24)
_PEAK, _WHEN, _BEFORE, _SUM, _LIMIT, _B1, _B2, _B3, _FED = (_U(LANES * row) for row in range(1, 10))
STATE_ROWS = 10
_ONE, _NONE, _TINY = np.float32(1), np.float32(0), np.float32(LEAST_FLOW)
_SLACK = 1e-9


@compiled
def stages_needed(storage: float, weighting: float) -> int:
    """Return into how many equal stages a reach is cut so that dt >= 2KX holds in each.

    Args: storage: K in steps, > 0.  weighting: X, 0 <= X <= 0.5.
    Source: G. T. McCarthy (1938), The unit hydrograph and flood routing; Chow, Maidment & Mays
    (1988), Applied Hydrology, section 8.4.
    """
    return max(1, ceil(2.0 * storage * weighting - _SLACK))


@compiled
def weights(storage: float, weighting: float) -> tuple[float, float, float]:
    """Return the weights of inflow now, inflow before and outflow before; they sum to one.

    Where dt > 2K(1-X) the usual weights would have the outflow swing below nothing: there the
    exact solution for inflow that runs straight between two steps takes their place, which is
    what ever more inner steps lead to.  None is below 0 where K comes from `stages_needed`.

    Args: storage: K of a stage, in steps.  weighting: X.
    Source: McCarthy (1938); Chow, Maidment & Mays (1988), eqs 8.4.8-8.4.10; J. E. Nash (1959), A
    note on the Muskingum flood-routing method, J. Geophys. Res. 64:1053.
    """
    slow = 2.0 * storage * (1.0 - weighting)
    usual = slow >= 1.0 - _SLACK
    kept = max(slow - 1.0, 0.0) / (slow + 1.0) if usual else exp(-2.0 / slow)
    # Either way a straight rise is handed on K later: that fixes the other two.
    first = max(1.0 - storage * (1.0 - kept), 0.0)
    return first, 1.0 - kept - first, kept


@compiled
def set_weights(storage: float, factor: Any, weighting: Any, state: Any, need: Any) -> int:
    """Write the weights of each lane into the state; return the stages of the longest.

    Args: storage: K of the reach, in steps.  factor, weighting: of each lane.  need: stages of
        each lane, written.
    Source: as `weights`.
    """
    most = 1
    for lane in range(LANES):
        held, place = storage * factor[lane], _U(lane)
        need[lane] = stages_needed(held, weighting[lane])
        most = max(most, need[lane])
        first, _second, kept = weights(held / need[lane], weighting[lane])
        # What rounding to float32 leaves goes to the second weight: the sum stays one.
        state[_B1 + place], state[_B3 + place] = first, kept
        state[_B2 + place] = 1.0 - float(state[_B1 + place]) - float(state[_B3 + place])
    return most


@compiled
def _carry(x: Any, state: Any, fed: Any, first: Any, steps: Any) -> None:
    for t in range(first, steps, _FOUR):
        at = t * _N
        side = (fed[t], fed[t + _U(1)], fed[t + _U(2)], fed[t + _U(3)])
        for lane in range(_N):
            b1, b2, b3 = state[_B1 + lane], state[_B2 + lane], state[_B3 + lane]
            share, memory = state[_FED + lane], state[lane]
            for k in range(_FOUR):
                inflow = x[at + k * _N + lane]
                flow = memory + b1 * inflow + side[k] * share
                memory = b2 * inflow + b3 * flow
                x[at + k * _N + lane] = flow
            state[lane] = memory if abs(memory) >= _TINY else _NONE


@compiled
def _carry_watched(x: Any, state: Any, fed: Any, first: Any, steps: Any) -> None:
    whole = steps - steps % _FOUR
    for t in range(first, whole, _FOUR):
        at, hour = t * _N, np.float32(t)
        side = (fed[t], fed[t + _U(1)], fed[t + _U(2)], fed[t + _U(3)])
        for lane in range(_N):
            b1, b2, b3 = state[_B1 + lane], state[_B2 + lane], state[_B3 + lane]
            share, memory = state[_FED + lane], state[lane]
            peak, when, before = state[_PEAK + lane], state[_WHEN + lane], state[_BEFORE + lane]
            total, limit = state[_SUM + lane], state[_LIMIT + lane]
            for k in range(_FOUR):
                inflow = x[at + k * _N + lane]
                flow = memory + b1 * inflow + side[k] * share
                memory = b2 * inflow + b3 * flow
                x[at + k * _N + lane] = flow
                total = total + flow
                when = hour + np.float32(k) if flow > peak else when
                peak = max(peak, flow)
                before = before + _ONE if peak <= limit else before
            state[lane] = memory if abs(memory) >= _TINY else _NONE
            state[_PEAK + lane], state[_WHEN + lane], state[_BEFORE + lane] = peak, when, before
            state[_SUM + lane] = total
    for t in range(whole, steps):  # what is left of the last block
        for lane in range(_N):
            inflow = x[t * _N + lane]
            flow = state[lane] + state[_B1 + lane] * inflow + fed[t] * state[_FED + lane]
            state[lane] = state[_B2 + lane] * inflow + state[_B3 + lane] * flow
            x[t * _N + lane] = flow
            state[_SUM + lane] += flow
            if flow > state[_PEAK + lane]:
                state[_PEAK + lane], state[_WHEN + lane] = flow, np.float32(t)
            if state[_PEAK + lane] <= state[_LIMIT + lane]:
                state[_BEFORE + lane] += _ONE


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
    if share == _NONE:
        for at in range(x.shape[0]):
            x[at] = _NONE
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
    """Return the row with the flow that enters a reach, its own to change; -1: none."""
    node = line.upper[reach]
    above = pool.slot[node]
    if above >= 0 and line.last[reach]:
        pool.slot[node] = -1
        if line.share[reach] != _ONE:
            _fill(pool.rows[above], pool.rows[above], line.share[reach])
        return above
    if above < 0 and line.fed[reach] < 0:
        return -1
    row = take_row(pool)
    if above < 0:
        _fill(pool.rows[row], pool.rows[row], _NONE)
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
        _carry(x, state, fed, _U(start), _U(steps))
        return
    for t in range(start, steps, 24):
        # float32 sums of a day of hours are exact enough; those of weeks are not.
        for lane in range(LANES):
            state[_SUM + _U(lane)] = 0.0
        _carry_watched(x, state, fed, _U(t), _U(min(t + 24, steps)))
        for lane in range(LANES):
            volume[lane] += state[_SUM + _U(lane)]


@compiled
def _hold(x: Any, state: Any, entered: Any, steps: int, held: Any) -> None:
    """Add the water that a stage stores at the end: what its weights say K[XI + (1-X)Q] is."""
    for lane in range(LANES):
        b1, b3 = float(state[_B1 + _U(lane)]), float(state[_B3 + _U(lane)])
        if b1 < 1.0:
            outer = 0.5 * (1.0 + b3) / (1.0 - b3)
            inner = 0.5 - b1 * (outer + 0.5)
            held[lane] += inner * entered[lane] + outer * x[(steps - 1) * LANES + lane]


@compiled
def _prepare(state: Any, need: Any, stage: int, factor: Any, fed: bool) -> None:
    """Empty the memory of a stage; lanes that need no more stages let the flow pass."""
    for lane in range(LANES):
        place = _U(lane)
        state[place] = 0.0
        if stage >= need[lane]:
            state[_B1 + place], state[_B2 + place], state[_B3 + place] = 1.0, 0.0, 0.0
            state[_FED + place] = 0.0
        elif fed:
            state[_FED + place] = (1.0 - state[_B3 + place]) * factor[lane] / need[lane]
        else:
            state[_FED + place] = 0.0


@compiled
def _watch_from(state: Any, watch: Any, reach: int, member: int, members: int, start: int) -> None:
    for lane in range(LANES):
        place = _U(lane)
        limit = watch.limit[reach, member + lane] if lane < members else 0.0
        state[_PEAK + place], state[_WHEN + place], state[_LIMIT + place] = 0.0, 0.0, limit
        state[_BEFORE + place] = start if limit >= 0.0 else 0.0


@compiled
def _write(
    state: Any, volume: Any, watch: Any, reach: int, member: int, members: int, dry_steps: int
) -> None:
    """Write what was watched of a reach; one that stayed dry for `dry_steps` passed no limit."""
    for lane in range(members):
        place, to = _U(lane), member + lane
        if dry_steps >= 0:
            watch.peak[reach, to], watch.when[reach, to], watch.volume[reach, to] = 0.0, 0.0, 0.0
            watch.before[reach, to] = dry_steps if watch.limit[reach, to] >= 0.0 else 0.0
        else:
            watch.peak[reach, to] = state[_PEAK + place]
            watch.when[reach, to] = state[_WHEN + place]
            watch.before[reach, to] = state[_BEFORE + place]
            watch.volume[reach, to] = volume[lane]


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
    padded = pool.rows.shape[1] // LANES
    for reach in range(first, stop):
        row = _enter(line, reach, pool)
        if row < 0:
            if watching:
                _write(state, volume, watch, reach, member, members, steps)
            continue
        own = line.weighting[reach]
        for lane in range(LANES):
            x_of[lane] = own if own == own else weighting[lane]
        stages = set_weights(line.storage[reach], factor, x_of, state, need)
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
                _carry(x, state, fed, _U(start), _U(padded))
            if line.real[reach]:
                _hold(x, state, entered, steps, pool.held)
        if watching:
            _write(state, volume, watch, reach, member, members, -1)
        if line.kept[reach] >= 0:
            kept[line.kept[reach], :] = x
        _leave(line.lower[reach], row, pool, padded)
