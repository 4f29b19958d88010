"""Muskingum routing of one member with every flow kept, compiled: time steps side by side.

Each flow depends on the one before, so that a plain loop waits for every product.  Here the
recursion is doubled four times: after that each flow depends on the one sixteen steps before, and
sixteen are computed at once.  Import inside functions: needs numba.
"""

from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.flood.carry import stages_needed, weights

#: Steps side by side.
WIDTH = 16
_U = np.uint64
_W = _U(WIDTH)
_LAGS = (_U(1), _U(2), _U(4), _U(8))


@compiled
def _recur(x: Any, y: Any, kept: float, steps: Any) -> None:
    """Put into x[16:] the flows q[t] = kept q[t-1] + x[t]; x[:16] and y[:16] are nothing."""
    a1 = np.float32(kept)
    a2, a4, a8 = np.float32(kept**2), np.float32(kept**4), np.float32(kept**8)
    a16 = np.float32(kept**16)
    for t in range(steps):
        y[t + _W] = x[t + _W] + a1 * x[t + _W - _LAGS[0]]
    for t in range(steps):
        x[t + _W] = y[t + _W] + a2 * y[t + _W - _LAGS[1]]
    for t in range(steps):
        y[t + _W] = x[t + _W] + a4 * x[t + _W - _LAGS[2]]
    for t in range(steps):
        x[t + _W] = y[t + _W] + a8 * y[t + _W - _LAGS[3]]
    for t in range(steps):
        x[t + _W] = x[t + _W] + a16 * x[t]


@compiled
def _weigh(inflow: Any, side: Any, first: Any, second: Any, share: Any, x: Any, steps: Any) -> None:
    for t in range(steps):
        x[t + _W] = first * inflow[t + _W] + second * inflow[t + _W - _U(1)] + share * side[t]


@compiled
def _weigh_side(side: Any, share: Any, x: Any, steps: Any) -> None:
    for t in range(steps):
        x[t + _W] = share * side[t]


@compiled
def route_series(
    upper: Any,
    starts: Any,
    entering: Any,
    shares: Any,
    storage: Any,
    weighting: Any,
    lateral: Any,
    flows: Any,
) -> None:
    """Write the outflow of every reach, m3/s, (reaches, steps) float32, from rest.

    Args: upper: node at the upper end of each reach, upstream first.  starts, entering: the
        reaches that bring each node water, grouped as `traverse.group` does.  shares: of the flow
        of its upper node, of each reach.  storage: K in steps.  weighting: X.  lateral: m3/s,
        (reaches, steps) float32.
    Source: McCarthy (1938); P. M. Kogge & H. S. Stone (1973), A parallel algorithm for the
    efficient solution of a general class of recurrence equations, IEEE Trans. Comput. C-22:786.
    """  # fmt: skip
    steps = lateral.shape[1]
    whole = _U(steps)
    inflow = np.zeros(steps + WIDTH, np.float32)
    x, y = np.zeros(steps + WIDTH, np.float32), np.zeros(steps + WIDTH, np.float32)
    for reach in range(upper.shape[0]):
        node = upper[reach]
        stages = stages_needed(storage[reach], weighting[reach])
        first, second, kept = weights(storage[reach] / stages, weighting[reach])
        share = np.float32((1.0 - kept) / stages)
        fed = starts[node + 1] > starts[node]
        if fed:
            _gather(inflow, flows, entering[starts[node] : starts[node + 1]], shares[reach])
        for stage in range(stages):
            if fed or stage > 0:
                _weigh(
                    inflow, lateral[reach], np.float32(first), np.float32(second), share, x, whole
                )
            else:
                _weigh_side(lateral[reach], share, x, whole)
            _recur(x, y, kept, whole)
            if stage < stages - 1:
                inflow[WIDTH:] = x[WIDTH:]
        flows[reach, :] = x[WIDTH:]


@compiled
def _gather(inflow: Any, flows: Any, above: Any, share: float) -> None:
    part, whole = np.float32(share), _U(flows.shape[1])
    row = flows[above[0]]
    for t in range(whole):
        inflow[t + _W] = part * row[t]
    for place in range(1, above.shape[0]):
        row = flows[above[place]]
        for t in range(whole):
            inflow[t + _W] += part * row[t]
