"""Takes flows through one stage of a reach, compiled: the innermost loops of the lanes.

Import inside functions: needs numba.
"""

from math import ceil, exp
from typing import Any

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
U = np.uint64
WIDE, FOUR = U(LANES), U(BLOCK)
PEAK, WHEN, BEFORE, SUM, LIMIT, B1, B2, B3, FED = (U(LANES * row) for row in range(1, 10))
STATE_ROWS = 10
ONE, NONE, TINY = np.float32(1), np.float32(0), np.float32(LEAST_FLOW)
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
        held, place = storage * factor[lane], U(lane)
        need[lane] = stages_needed(held, weighting[lane])
        most = max(most, need[lane])
        first, _second, kept = weights(held / need[lane], weighting[lane])
        # What rounding to float32 leaves goes to the second weight: the sum stays one.
        state[B1 + place], state[B3 + place] = first, kept
        state[B2 + place] = 1.0 - float(state[B1 + place]) - float(state[B3 + place])
    return most


@compiled
def carry(x: Any, state: Any, fed: Any, first: Any, steps: Any) -> None:
    """Take the flows x, (steps x LANES), through one stage, in place, a block of steps at a time.

    Args: state: (STATE_ROWS x LANES).  fed: (steps,), inflow along it.  first: a multiple of 4.
    Source: McCarthy (1938); this project, docs/reference/river-flood.md, "Many members".
    """
    for t in range(first, steps, FOUR):
        at = t * WIDE
        side = (fed[t], fed[t + U(1)], fed[t + U(2)], fed[t + U(3)])
        for lane in range(WIDE):
            b1, b2, b3 = state[B1 + lane], state[B2 + lane], state[B3 + lane]
            share, memory = state[FED + lane], state[lane]
            for k in range(FOUR):
                inflow = x[at + k * WIDE + lane]
                flow = memory + b1 * inflow + side[k] * share
                memory = b2 * inflow + b3 * flow
                x[at + k * WIDE + lane] = flow
            state[lane] = memory if abs(memory) >= TINY else NONE


@compiled
def carry_watched(x: Any, state: Any, fed: Any, first: Any, steps: Any) -> None:
    """As `carry`, and keep sum, peak, its step and the steps before the limit in the state.

    Source: McCarthy (1938); this project, docs/reference/river-flood.md, "Many members".
    """
    whole = steps - steps % FOUR
    for t in range(first, whole, FOUR):
        at, hour = t * WIDE, np.float32(t)
        side = (fed[t], fed[t + U(1)], fed[t + U(2)], fed[t + U(3)])
        for lane in range(WIDE):
            b1, b2, b3 = state[B1 + lane], state[B2 + lane], state[B3 + lane]
            share, memory = state[FED + lane], state[lane]
            peak, when, before = state[PEAK + lane], state[WHEN + lane], state[BEFORE + lane]
            total, limit = state[SUM + lane], state[LIMIT + lane]
            for k in range(FOUR):
                inflow = x[at + k * WIDE + lane]
                flow = memory + b1 * inflow + side[k] * share
                memory = b2 * inflow + b3 * flow
                x[at + k * WIDE + lane] = flow
                total = total + flow
                when = hour + np.float32(k) if flow > peak else when
                peak = max(peak, flow)
                before = before + ONE if peak <= limit else before
            state[lane] = memory if abs(memory) >= TINY else NONE
            state[PEAK + lane], state[WHEN + lane], state[BEFORE + lane] = peak, when, before
            state[SUM + lane] = total
    for t in range(whole, steps):  # what is left of the last block
        for lane in range(WIDE):
            inflow = x[t * WIDE + lane]
            flow = state[lane] + state[B1 + lane] * inflow + fed[t] * state[FED + lane]
            state[lane] = state[B2 + lane] * inflow + state[B3 + lane] * flow
            x[t * WIDE + lane] = flow
            state[SUM + lane] += flow
            if flow > state[PEAK + lane]:
                state[PEAK + lane], state[WHEN + lane] = flow, np.float32(t)
            if state[PEAK + lane] <= state[LIMIT + lane]:
                state[BEFORE + lane] += ONE


@compiled
def carry_head(out: Any, state: Any, fed: Any, keep: Any, first: Any, steps: Any) -> None:
    """As `carry_watched` where nothing comes from above: add to `keep` times what is there.

    Source: McCarthy (1938); this project, docs/reference/river-flood.md, "Many members".
    """
    whole = steps - steps % FOUR
    for t in range(first, whole, FOUR):
        at, hour = t * WIDE, np.float32(t)
        side = (fed[t], fed[t + U(1)], fed[t + U(2)], fed[t + U(3)])
        for lane in range(WIDE):
            b3, share, memory = state[B3 + lane], state[FED + lane], state[lane]
            peak, when, before = state[PEAK + lane], state[WHEN + lane], state[BEFORE + lane]
            total, limit = state[SUM + lane], state[LIMIT + lane]
            for k in range(FOUR):
                flow = memory + side[k] * share
                memory = b3 * flow
                out[at + k * WIDE + lane] = keep * out[at + k * WIDE + lane] + flow
                total = total + flow
                when = hour + np.float32(k) if flow > peak else when
                peak = max(peak, flow)
                before = before + ONE if peak <= limit else before
            state[lane] = memory if abs(memory) >= TINY else NONE
            state[PEAK + lane], state[WHEN + lane], state[BEFORE + lane] = peak, when, before
            state[SUM + lane] = total
    for t in range(whole, steps):
        for lane in range(WIDE):
            flow = state[lane] + fed[t] * state[FED + lane]
            state[lane] = state[B3 + lane] * flow
            out[t * WIDE + lane] = keep * out[t * WIDE + lane] + flow
            state[SUM + lane] += flow
            if flow > state[PEAK + lane]:
                state[PEAK + lane], state[WHEN + lane] = flow, np.float32(t)
            if state[PEAK + lane] <= state[LIMIT + lane]:
                state[BEFORE + lane] += ONE
