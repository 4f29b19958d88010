"""Level-pool routing of many members, compiled.  Import inside functions: needs numba.

Every loop runs over time outside and members inside; a member sees only its own numbers, so which
members share a call changes no bit.
"""

from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled

#: Most halvings and secants of the solution for one step; it ends far earlier.
MOST_ROUNDS = 100
#: A storage is found when the bracket is narrower than this part of the pool.
CLOSE = 1e-13


@compiled
def cell_of(knots: Any, value: float) -> int:
    """Return the index of the piece between rising knots that holds a value, ends extended.

    Source: this project, docs/reference/river-flood-structures.md, "Reservoirs".
    """
    low, high = 0, len(knots) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if knots[middle] <= value:
            low = middle
        else:
            high = middle
    return low


@compiled
def along_knots(knots: Any, values: Any, value: float) -> float:
    """Return a piecewise linear function of rising knots, its end pieces extended.

    Source: this project, docs/reference/river-flood-structures.md, "Reservoirs".
    """
    at = cell_of(knots, value)
    part = (value - knots[at]) / (knots[at + 1] - knots[at])
    return float(values[at] + part * (values[at + 1] - values[at]))


@compiled
def _leaving(
    stored: float, spilt: float, most: float, order: float, comes: float, target: float,
    pace: float, least: float,
) -> float:  # fmt: skip
    """Return what spills and what the gates let through, when they can pass `most`."""
    wanted = order
    if np.isnan(order):
        wanted = max(comes - spilt + (stored - target) / pace, least)
    return max(spilt, 0.0) + min(max(wanted, 0.0), max(most, 0.0))


@compiled
def outflow_at(
    stored: float, knots: Any, spill: Any, gates: Any, order: float, comes: float, target: float,
    pace: float, least: float,
) -> float:  # fmt: skip
    """Return what leaves the pool at a storage: what spills, and what the gates let through.

    By the rule the gates pass on what comes in and does not spill, and let go the excess over
    the rule curve.
    Args: order: release that was ordered, m3/s; NaN: by the rule.  comes: inflow, m3/s.  target:
        storage of the rule curve, m3.  pace: seconds in which the excess over it is let go.
        least: of the release.
    Source: V. T. Chow, D. R. Maidment & L. W. Mays (1988), Applied Hydrology, section 8.2; this
    project, docs/reference/river-flood-structures.md, "Reservoirs".
    """
    at = cell_of(knots, stored)
    part = (stored - knots[at]) / (knots[at + 1] - knots[at])
    return _leaving(
        stored, spill[at] + part * (spill[at + 1] - spill[at]),
        gates[at] + part * (gates[at + 1] - gates[at]), order, comes, target, pace, least,
    )  # fmt: skip


@compiled
def _solve(
    known: float, half: float, knots: Any, spill: Any, gates: Any, order: float, comes: float,
    target: float, pace: float, least: float,
) -> float:  # fmt: skip
    """Return the storage S with S + half x outflow(S) = known: its left side rises with S."""
    first, last = 0, len(knots) - 1
    while last - first > 1:
        at = (first + last) // 2
        leaves = _leaving(knots[at], spill[at], gates[at], order, comes, target, pace, least)
        if knots[at] + half * leaves <= known:
            first = at
        else:
            last = at
    # Within the piece everything runs straight, but for where the gates begin or end to move.
    low, high = knots[first], known if last == len(knots) - 1 else knots[last]
    wide = knots[first + 1] - knots[first]
    spill_rise, gate_rise = spill[first + 1] - spill[first], gates[first + 1] - gates[first]
    below = above = 0.0
    close = CLOSE * max(abs(known), 1.0)
    found = low
    for round_ in range(MOST_ROUNDS):
        if round_ == 0:
            found = low
        elif round_ == 1:
            found = high
        elif high - low <= close:
            break
        else:
            found = low - below * (high - low) / (above - below)
        part = (found - knots[first]) / wide
        off = found - known + half * _leaving(
            found, spill[first] + part * spill_rise, gates[first] + part * gate_rise, order, comes,
            target, pace, least,
        )  # fmt: skip
        if off == 0.0 or (round_ == 0 and off > 0.0) or (round_ == 1 and off < 0.0):
            return float(found)
        # The end that stays counts half (Illinois): else it would stay for ever.
        if off < 0.0:
            low, below = found, off
            above = above * 0.5 if round_ > 1 else above
        else:
            high, above = found, off
            below = below * 0.5 if round_ > 1 else below
    return float(found)


@compiled
def pass_pool(
    inflow: Any, start: Any, step: float, knots: Any, spill: Any, gates: Any, orders: Any,
    targets: Any, pace: float, least: float, outflow: Any, storage: Any, limited: Any,
) -> None:  # fmt: skip
    """Write outflow and storage, (time, members), of a level pool, and the steps held back.

    The storage-indication equation S' + dt/2 O' = S + dt/2 (I + I' - O) is solved in every step.
    No more leaves than dt O' <= S + dt/2 (I + I' - O) - S_empty: where a pool is too small for
    the step this takes the place of the trapezoid, which would swing; nothing is lost.
    Args: orders, targets: (time, members) or (time, 1), m3/s and m3.  step, pace: s.
    Source: Chow, Maidment & Mays (1988), Applied Hydrology, eqs 8.2.1-8.2.3.
    """
    steps, members = inflow.shape
    wide, apart = orders.shape[1] > 1, targets.shape[1] > 1
    half, empty = 0.5 * step, knots[0]
    for member in range(members):
        storage[0, member] = start[member]
        order = orders[0, member if wide else 0]
        target = targets[0, member if apart else 0]
        outflow[0, member] = min(
            outflow_at(
                start[member],
                knots,
                spill,
                gates,
                order,
                inflow[0, member],
                target,
                pace,
                least,
            ),
            2.0 * (start[member] - empty) / step + inflow[0, member],
        )
        limited[member] = 0
    for t in range(1, steps):
        for member in range(members):
            order = orders[t, member if wide else 0]
            target = targets[t, member if apart else 0]
            known = storage[t - 1, member] + half * (
                inflow[t - 1, member] + inflow[t, member] - outflow[t - 1, member]
            )
            known = max(known, empty)
            found = _solve(
                known, half, knots, spill, gates, order, inflow[t, member], target, pace, least
            )
            leaves = max((known - found) / half, 0.0)
            most = (known - empty) / step
            if leaves > most:
                leaves = most
                limited[member] += 1
            outflow[t, member] = leaves
            storage[t, member] = known - half * leaves
