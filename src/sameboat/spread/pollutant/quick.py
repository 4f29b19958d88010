"""One short release by one way to many targets, without a search; compiled.

With y = ln(t / m) the logarithm of the inverse Gaussian density is -1.5 y - f (cosh y - 1) and a
constant, f = shape / mean.  Measured from its top, z = y - y0, it has fallen by
p (cosh z - 1) - 1.5 (sinh z - z), p = sqrt(f2 + 1.5^2): convex in z, so that Newton finds both
crossings in two or three steps.  Import inside functions: needs numba.
"""

from math import exp, inf, log, nan, pi, sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.pollutant.cloud import river_clock, wall_clock
from sameboat.spread.pollutant.response import SHORT

_ROOT_2PI = sqrt(2 * pi)
#: A clock that runs like that on the wall: it never freezes within this, hours.
_NEVER = 1e8


@compiled
def fallen_at(fall: float, power: float, side: float) -> float:
    """Return exp(z) where the density is exp(-fall) of its top, before (-1) or after it (1).

    Args: fall: >= 0.  power: p >= 1.5.
    Source: this project, docs/reference/river-pollutant.md, "One short release by one way".
    """
    ratio = fall / power
    bow = 2.0 * ratio
    if bow < 1.0:
        away = sqrt(bow) * (1.0 - bow * (1.0 / 24.0 - bow * (3.0 / 640.0)))
    else:
        away = log(1.0 + ratio + sqrt(ratio * (ratio + 2.0)))
    z = side * away + min(0.5 * ratio / power, 0.5 * away)
    grown = exp(z)
    for _turn in range(60):
        shrunk = 1.0 / grown
        rise, mean = 0.5 * (grown - shrunk), 0.5 * (grown + shrunk)
        slope = power * rise - 1.5 * (mean - 1.0)
        if slope * side <= 0.0:
            break
        step = (power * (mean - 1.0) - 1.5 * (rise - z) - fall) / slope
        # A step too far would leave the range in which the exponential can be told.
        step = min(max(step, -1.0), 1.0)
        z -= step
        if abs(step) < 1e-3:
            # What is left is less than the square of the step: the exponential needs no more.
            grown *= 1.0 - step + 0.5 * step * step
            if abs(step) < 2e-4:
                break
        else:
            grown = exp(z)
    return grown


@compiled
def _cloud(
    mean: float, width: float, weight: float, told: Any
) -> tuple[float, float, float, float]:
    """Return weight, start, mean and shape of a cloud after its losses, as `transport.part_of`."""
    skewness = max(told[5], 3.0 * width / mean)
    inner = 3.0 * width / skewness
    shape = inner * inner * inner / (width * width)
    start = mean - inner
    loss = told[6]
    if loss > 0.0:
        root = sqrt(1.0 + 2.0 * loss * inner * inner / shape)
        weight *= exp(-loss * start + shape / inner * (1.0 - root))
        inner /= root
    return weight, start, inner, shape


@compiled
def _one(
    weight: float, begin: float, inner: float, shape: float, air: Any, limits: Any, horizon: float,
    told: Any,
) -> bool:  # fmt: skip
    """Write one member: told is peak, its hour, and arrival, cleared, hours of each limit.

    Return False where the search must look: the top lies beyond the horizon.
    """
    own_clock = air[0] < _NEVER or air[2] > 0.0
    last = river_clock(horizon, air[0], air[1], air[2]) if own_clock else horizon
    factor = shape / inner
    power = sqrt(factor * factor + 2.25)
    lean = (power - 1.5) / factor
    top = inner * lean
    if begin + top >= last:
        return False
    off = lean - 1.0
    highest = weight * sqrt(shape / top) / (_ROOT_2PI * top)
    highest *= exp(-0.5 * factor * off * off / lean)
    hour = begin + top
    told[0] = highest
    told[1] = wall_clock(hour, air[0], air[1], air[2]) if own_clock else hour
    for row in range(limits.shape[0]):
        if limits[row] <= 0.0:
            return False
        told[2 + 3 * row], told[3 + 3 * row], told[4 + 3 * row] = nan, nan, 0.0
        if highest <= limits[row]:
            continue
        fall = log(highest / limits[row])
        first = begin + top * fallen_at(fall, power, -1.0)
        until = begin + top * fallen_at(fall, power, 1.0)
        if own_clock:
            first = wall_clock(first, air[0], air[1], air[2])
            until = wall_clock(until, air[0], air[1], air[2])
        told[2 + 3 * row] = first
        told[3 + 3 * row] = until if until < horizon else inf
        told[4 + 3 * row] = min(until, horizon) - first
    return True


@compiled
def reach(
    rows: Any, ends: Any, cells: Any, weights: Any, hours: Any, variance: Any, full: Any,
    members: Any, climate: Any, limits: Any, horizon: float, arrival: Any, cleared: Any,
    above: Any, peak: Any, peak_at: Any, left: Any,
) -> None:  # fmt: skip
    """Fill in the rows of a footprint; `left` (rows, members) marks what needs the search.

    Args: ends, cells, weights: of each row, the last piece, cell of the discharge, and share /
        (3.6 mean discharge).  hours, variance: (pieces, members) by the river's clock; variance
        without rows: Jobson's width.  full: (cells, members).  members: (members, 7) of kg over
        discharge factor, begin and length of the release by the clock, power and scale of the
        width, skewness, loss 1/h.  The rest as for `search.look`.
    Source: this project, docs/reference/river-pollutant.md, "One short release by one way".
    """
    found = np.empty(2 + 3 * limits.shape[0])
    for place in range(rows.shape[0]):
        row, end = rows[place], ends[place]
        for member in range(members.shape[0]):
            told, air = members[member], climate[member]
            if told[0] <= 0.0:
                continue
            mean = hours[end, member]
            if variance.shape[0] == 0:
                width = min(exp(told[3] * log(mean)) * told[4], 0.8 * mean)
            else:
                width = sqrt(variance[end, member])
            weight = weights[place] * told[0] / full[cells[place], member]
            weight, start, inner, shape = _cloud(mean, width, weight, told)
            decays_late = told[6] > 0.0 and (air[0] < _NEVER or air[2] > 0.0)
            long = told[2] >= SHORT * inner * sqrt(inner / shape)
            begin = start + told[1] + 0.5 * told[2]
            if decays_late or long or not _one(
                weight, begin, inner, shape, air, limits, horizon, found
            ):  # fmt: skip
                left[place, member] = True
                continue
            peak[row, member], peak_at[row, member] = found[0], found[1]
            for limit in range(limits.shape[0]):
                arrival[row, limit, member] = found[2 + 3 * limit]
                cleared[row, limit, member] = found[3 + 3 * limit]
                above[row, limit, member] = found[4 + 3 * limit]


@compiled
def travelled(parents: Any, lengths: Any, floors: Any, scales: Any, cells: Any, pushed: Any,
              factors: Any, fast: Any) -> Any:  # fmt: skip
    """Return hours from the source to the end of each piece, (pieces, members).

    Args: parents, lengths (km), floors, scales (m/s), cells: (pieces,).  pushed, factors:
        (members,) q^0.535 and what multiplies the velocity.  fast: (cells, members).
    Source: this project, docs/reference/river-pollutant.md, "Velocity and width".
    """
    found = np.empty((parents.shape[0], pushed.shape[0]))
    for row in range(parents.shape[0]):
        parent, length = parents[row], lengths[row] / 3.6
        floor, scale, along = floors[row], scales[row], fast[cells[row]]
        for member in range(pushed.shape[0]):
            speed = (floor + scale * pushed[member]) * factors[member] * along[member]
            before = found[parent, member] if parent >= 0 else 0.0
            found[row, member] = before + length / speed
    return found
