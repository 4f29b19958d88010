"""Muskingum-Cunge after Todini, compiled: reach outside, time within, members innermost.

The storage of a piece of channel is V(Q) + W(Q) (O - I), Q = (I + O)/2: V = A(Q) dx, and
W = Q/(2 c2 B S0), in which Todini's c1, c2, c3 are contained.  V is kept as what is stored, so
that whatever W is taken, what comes in is what goes out and what stays, to rounding.

The state `held` of a piece is S/dt + (I - O)/2.  A step solves, in the table's own unit s,

    V(s)/dt + (1 + 2W/dt) Q(s) = held + q + (1 + 2W/dt) I',    O' = 2 Q(s) - I'

whose left side rises with s: the piece of the table that holds the answer is found by walking
from that of the step before, and there the equation is linear.  W is first that of the steps
before, drawn out; it may be taken anew from the solution, as Todini does.  Import inside functions.
"""

from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled


@compiled
def ready_tables(
    area: Any, wedge: Any, flow: Any, length: float, step: float, v: Any, w: Any, q: Any,
    touched: Any,
) -> None:  # fmt: skip
    """Write what the steps of one piece need at each node: V/dt, W/dt within its bounds, Q.

    C + D >= 1 and D >= C - 1 (in Todini's starred numbers) keep a rising inflow from drawing the
    outflow below zero and a long step from swinging.  Where a node lies outside, its W is put on
    the bound, and `touched` says so: more diffusion, no less water.
    Source: E. Todini (2007), HESS 11:1645, eqs 40-46; V. M. Ponce & V. Yevjevich (1978),
    Muskingum-Cunge method with variable parameters, J. Hydraul. Div. 104:1663.
    """
    for node in range(len(area)):
        v[node] = area[node] * length / step
        q[node] = flow[node]
    for node in range(1, len(area)):
        k = v[node] / (2.0 * q[node])
        wanted = wedge[node] / step
        w[node] = max(wanted, abs(k - 0.5))
        touched[node] = w[node] != wanted
    w[0], touched[0] = w[1], touched[1]


@compiled
def steady_state(flow: float, v: Any, w: Any, q: Any) -> tuple[int, float, float]:
    """Return the piece of the table that a steady flow lies in, and V/dt and W/dt there.

    Source: this project, docs/reference/river-flood-structures.md, "Muskingum-Cunge after Todini".
    """
    cell, last = 0, len(q) - 2
    while cell < last and q[cell + 1] <= flow:
        cell += 1
    part = (flow - q[cell]) / (q[cell + 1] - q[cell])
    wedge = w[cell] + min(part, 1.0) * (w[cell + 1] - w[cell])
    return cell, v[cell] + part * (v[cell + 1] - v[cell]), wedge


@compiled
def carry(
    row: Any, lateral: Any, share: float, v: Any, w: Any, q: Any, touched: Any, rounds: int,
    counts: Any,
) -> float:  # fmt: skip
    """Route one row of flows, (time,), through one piece, in place; return the change of S/dt.

    Args: row: inflow, m3/s; outflow when done.  lateral: (time,) m3/s of the whole reach, of
        which `share` joins this piece along its way.  counts: added to: steps on a bound of the
        wedge, steps held back from a negative flow, steps above the table.
    Source: E. Todini (2007), HESS 11:1645, eqs 40-46; this project,
    docs/reference/river-flood-structures.md, "Muskingum-Cunge after Todini".
    """
    last = len(q) - 2
    before = row[0]
    side = share * lateral[0]
    out = before + side
    cell, stored, wedge = steady_state(0.5 * (before + out), v, w, q)
    first = stored + wedge * (out - before)
    held = first + 0.5 * (before - out)
    row[0], older = out, wedge
    bounded, stopped, above = 0, 0, 0
    for t in range(1, len(row)):
        inflow = row[t]
        joins = share * lateral[t]
        held += 0.5 * (side + joins)
        side = joins
        flow, drawn = 0.0, min(max(2.0 * wedge - older, 0.5 * wedge), 2.0 * wedge)
        older, wedge = wedge, drawn
        for _round in range(rounds):
            m = 1.0 + 2.0 * wedge
            known = held + m * inflow
            low, high = v[cell] + m * q[cell], v[cell + 1] + m * q[cell + 1]
            while high < known and cell < last:
                cell += 1
                low, high = high, v[cell + 1] + m * q[cell + 1]
            while low > known and cell > 0:
                cell -= 1
                low, high = v[cell] + m * q[cell], low
            part = (known - low) / (high - low)
            flow = q[cell] + part * (q[cell + 1] - q[cell])
            # Above the table the wedge stays that of its last node; below it nothing lies.
            wedge = w[cell] + min(part, 1.0) * (w[cell + 1] - w[cell])
        bounded += touched[cell]
        above += part > 1.0
        out = 2.0 * flow - inflow
        if out < 0.0:
            out = 0.0
            stopped += 1
        elif out > held + inflow:
            out = held + inflow
            stopped += 1
        held += inflow - out
        before = inflow
        row[t] = out
    counts[0] += bounded
    counts[1] += stopped
    counts[2] += above
    return float(held - 0.5 * (before - out) - first)


@compiled
def _summed(row: Any, lateral: Any) -> tuple[float, int, float, float]:
    """Return the peak and its step, and the trapezoids of the row and of what joined it."""
    top, when, total, joined = row[0], 0, 0.0, 0.0
    for t in range(len(row)):
        if row[t] > top:
            top, when = row[t], t
        total += row[t]
        joined += lateral[t]
    total -= 0.5 * (row[0] + row[-1])
    return top, when, total, joined - 0.5 * (lateral[0] + lateral[-1])


@compiled
def carry_network(
    order: Any, slots: Any, into: Any, lateral: Any, base: Any, length: Any, pieces: Any,
    step: float, tables: Any, rounds: int, pool: Any, kept: Any, sums: Any, counts: Any,
    ledger: Any,
) -> None:  # fmt: skip
    """Route a whole network, one reach after the other, upstream before downstream.

    Args: slots: the row of `pool` that each reach uses.  tables: flow, area and wedge, (reaches,
        nodes).  sums: (reaches, 4), written: peak, its step, volume, more stored.  ledger: added
        to: volume that came, that left at the outlets, more stored, in units of the step.
    Source: as `carry`.
    """
    flow, area, wedge = tables
    nodes = flow.shape[1]
    v, w, q = np.empty(nodes), np.empty(nodes), np.empty(nodes)
    touched = np.empty(nodes, np.int64)
    begun = np.zeros(len(pool), np.bool_)
    for at in range(len(order)):
        reach = order[at]
        slot, below, count = slots[reach], into[reach], pieces[reach]
        row = pool[slot]
        if begun[slot]:
            row += base[reach]
        else:
            row[:] = base[reach]
        ready_tables(
            area[reach], wedge[reach], flow[reach], length[reach] / count, step, v, w, q, touched
        )
        more = 0.0
        for _piece in range(count):
            more += carry(row, lateral[reach], 1.0 / count, v, w, q, touched, rounds, counts[reach])
        top, when, total, joined = _summed(row, lateral[reach])
        sums[reach, 0], sums[reach, 1], sums[reach, 2] = top, when, total * step
        sums[reach, 3] = more * step
        ledger[0] += joined + base[reach] * (len(row) - 1)
        ledger[2] += more
        if len(kept):
            kept[reach] = row.astype(np.float32)
        begun[slot] = below >= 0 and slots[below] == slot
        if below < 0:
            ledger[1] += total
        elif slots[below] != slot:
            if begun[slots[below]]:
                pool[slots[below]] += row
            else:
                pool[slots[below]] = row
                begun[slots[below]] = True


@compiled
def carry_members(
    inflow: Any, lateral: Any, length: float, pieces: int, step: float, tables: Any,
    conveyance: Any, size: Any, rounds: int, outflow: Any, stored: Any, counts: Any,
) -> None:  # fmt: skip
    """Route (time, members) through one reach; every member has its own conveyance and size.

    Flow in the table is multiplied by `conveyance`, area by `size`; the wedge by size/conveyance
    (Q/(c2 B S0) with the width as the size).  `counts` (3, members) is added to.
    Args: tables: flow, area and wedge, (nodes,).
    Source: as `carry`.
    """
    flow, area, wedge = tables
    steps, members = inflow.shape
    nodes = len(flow)
    v, w, q = np.empty(nodes), np.empty(nodes), np.empty(nodes)
    touched = np.empty(nodes, np.int64)
    own, side, tally = np.empty(steps), np.empty(steps), np.empty(3, np.int64)
    wide = lateral.shape[1] > 1
    for member in range(members):
        more_flow, more_area = conveyance[member], size[member]
        ready_tables(
            area * more_area, wedge * (more_area / more_flow), flow * more_flow, length / pieces,
            step, v, w, q, touched,
        )  # fmt: skip
        for t in range(steps):
            own[t] = inflow[t, member]
            side[t] = lateral[t, member if wide else 0]
        tally[:] = 0
        more = 0.0
        for _piece in range(pieces):
            more += carry(own, side, 1.0 / pieces, v, w, q, touched, rounds, tally)
        stored[member] = more * step
        counts[:, member] += tally
        outflow[:, member] = own
