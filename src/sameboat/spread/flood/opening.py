"""A pool that runs out through a growing breach, compiled.  Import inside functions: needs numba.

A member sees only its own numbers: which members share a call changes no bit.
"""

from math import sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.flood.pool import along_knots

#: Steps of the pool within one step of the flood, at least.
INNER_STEPS = 16
#: At most this part of what lies above the breach leaves in one inner step.
MOST_PART = 0.5
_BOTTOM, _SIDE = 1.7, 1.35


@compiled
def breach_flow(
    level: float, grown: float, bottom: float, top: float, width: float, slope: float
) -> float:
    """Return m3/s through a breach of which this part has formed.

    Args: level: of the pool, m.  grown: 0..1.  width: mean width of the final breach, m.
    Source: D. L. Fread (1988), The NWS DAMBRK model, eqs 10-14.
    """
    sill = top - grown * (top - bottom)
    head = level - sill
    if grown <= 0.0 or head <= 0.0:
        return 0.0
    # The mean width holds over the height of the final breach; the bottom is narrower.  A breach
    # narrower than its sides would make it is a triangle of that mean width, with steeper sides.
    side = min(slope, width / (top - bottom))
    base = (width - side * (top - bottom)) * grown
    return float((_BOTTOM * base + _SIDE * side * head) * head * sqrt(head))


@compiled
def empty_pool(
    first: float, step: float, inflow: Any, levels: Any, storage: Any, starts: Any, level: Any,
    widths: Any, forming: Any, bottom: float, top: float, slope: float, outflow: Any, found: Any,
) -> None:  # fmt: skip
    """Write the outflow, means over the step around each time, and the level at each time.

    Args: first, step: hours.  inflow: m3/s, (time, members).  starts, level, widths, forming:
        (members,).  outflow, found: (time, members), written.
    Source: Fread (1988), The NWS DAMBRK model, eqs 10-14; this project,
    docs/reference/river-flood-structures.md, "Breaches".
    """
    steps, members = inflow.shape
    for member in range(members):
        held = max(along_knots(levels, storage, level[member]), storage[0])
        floor = max(along_knots(levels, storage, bottom), storage[0])
        for t in range(steps):
            begin = first + (t - 0.5) * step
            # A breach that forms within a step is followed all the same.
            inner = INNER_STEPS
            while step / inner > 0.125 * forming[member] and inner < 64 * INNER_STEPS:
                inner *= 2
            part = step / inner * 3600.0
            left = 0.0
            now = 0.0
            for k in range(inner):
                if 2 * k == inner:
                    now = along_knots(storage, levels, held)
                after = begin + (k + 0.5) * step / inner - starts[member]
                held += part * inflow[t, member]
                if not np.isnan(after) and after > 0.0:
                    grown = min(after / forming[member], 1.0)
                    flow = breach_flow(
                        along_knots(storage, levels, held), grown, bottom, top,
                        widths[member], slope,
                    )  # fmt: skip
                    leaves = min(flow * part, MOST_PART * max(held - floor, 0.0))
                    held -= leaves
                    left += leaves
            found[t, member] = now
            outflow[t, member] = left / (step * 3600.0)
