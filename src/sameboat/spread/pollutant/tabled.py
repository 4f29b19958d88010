"""A release in many steps: the share that has passed, from a table of polynomials; compiled.

One way's cloud is asked for at every edge of every step, hundreds of times.  Its share is
computed once at the nodes of a grid that is even in the logarithm of time (the leading bits of a
floating-point number are such a grid), and each cell keeps the polynomial that has the share, its
slope and its bend at both ends.  Import inside functions: needs numba.
"""

from math import exp, log, sqrt
from typing import Any, NamedTuple

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.pollutant.passage import passage_density, passed_share

#: Fewer steps than this are summed as they are: a table would cost more.
MANY = 8
#: Cells are at most this part of the cloud's own width in the logarithm of time.
FINE = 0.25
#: Densities below exp(-this) of the highest are none.
_FALLEN = 36.0
#: What the table misses of any step's concentration, as a part of the unit cloud's top.
BOUND = 1e-6
#: Cells of one table; with the two numbers above there are never as many.
ROOM = 384
_MOST_BITS = 30
_HEAD, _CURVE = 8, 7
#: A step shorter than this part of a short one is no step, and its rate no rate.
_NONE = 1e-3


class Tables(NamedTuple):
    """Tables of the ways to one point; without rows: nothing is tabled.

    `head` (parts, 8): whether there is one, first and last hour, bits of a time that a cell does
    not look at, number of the first cell, lag of the last step (hours), whether steps follow each
    other without a gap, and number of cells.  `curve` (parts, cells, 7): six coefficients over the
    cell, and cells per hour.  `rate` (parts, steps of its source): what each brings, kg for a
    short one where there are gaps, else kg/h, faded by as much less as it lags behind the last.
    `jump` (parts, steps of its source): how much the rate changes at the beginning of each.
    """

    head: Any
    curve: Any
    rate: Any
    jump: Any


@compiled
def room_for(parts: int, first: Any) -> Any:
    """Return room for the tables of one member, or none where no source has many steps.

    Args: parts: number of ways.  first: as for `response.level`.
    Source: this project, docs/reference/river-pollutant.md, "Many steps".
    """
    longest = 0
    for source in range(first.shape[0] - 1):
        longest = max(longest, first[source + 1] - first[source])
    if longest < MANY:
        return Tables(
            np.empty((0, _HEAD)), np.empty((0, 0, _CURVE)), np.empty((0, 0)), np.empty((0, 0))
        )
    return Tables(
        np.zeros((parts, _HEAD)), np.empty((parts, ROOM, _CURVE)),
        np.empty((parts, longest)), np.empty((parts, longest)),
    )  # fmt: skip


@compiled
def fill(tables: Any, parts: Any, origin: Any, first: Any, steps: Any, short: float) -> None:
    """Write the tables of one member; arrays as for `response.level`.

    Source: this project, docs/reference/river-pollutant.md, "Many steps".
    """
    for row in range(tables.head.shape[0]):
        low, high = first[origin[row]], first[origin[row] + 1]
        tables.head[row, 0] = 0.0
        if parts[row, 0] <= 0.0 or high - low < MANY:
            continue
        mean, shape, loss = parts[row, 2], parts[row, 3], parts[row, 4]
        if not _grid(tables.head[row], tables.curve[row], mean, shape):
            continue
        brief = short * mean * sqrt(mean / shape)
        lag = steps[high - 1, 3]
        whole = True
        for step in range(low, high):
            whole &= steps[step, 1] - steps[step, 0] >= _NONE * brief
            whole &= step == low or steps[step, 0] == steps[step - 1, 1]
        tables.head[row, 5], tables.head[row, 6] = lag, 1.0 if whole else 0.0
        before = 0.0
        for step in range(low, high):
            length = steps[step, 1] - steps[step, 0]
            rate = steps[step, 2]
            if whole or length >= brief:
                rate /= length
            if loss > 0.0 and rate > 0.0:
                rate *= exp(min(loss * (steps[step, 3] - lag), 700.0))
            tables.rate[row, step - low], tables.jump[row, step - low] = rate, rate - before
            before = rate


@compiled
def _grid(head: Any, curve: Any, mean: float, shape: float) -> bool:
    """Write one table; return whether it has room: else the cloud is too thin to be told so."""
    factor = shape / mean
    bow = _FALLEN / factor
    wide = log(1.0 + bow + sqrt(bow * (bow + 2.0)))
    bits = 0
    while FINE * 2.0**bits < sqrt(factor + 1.0):
        bits += 1
    if bits > _MOST_BITS:
        return False
    shift = 52 - bits
    begin = np.float64(mean * exp(-wide)).view(np.int64) >> shift
    last = (np.float64(mean * exp(wide)).view(np.int64) >> shift) + 1
    count = last - begin
    if count > curve.shape[0]:
        return False
    at = np.int64(begin << shift).view(np.float64)
    share, density = passed_share(at, mean, shape), passage_density(at, mean, shape)
    bend = _bend(at, density, mean, shape)
    head[0], head[1], head[3], head[4], head[7] = 1.0, at, shift, begin, count
    for cell in range(count):
        then = np.int64((begin + cell + 1) << shift).view(np.float64)
        width = then - at
        passed, slope = passed_share(then, mean, shape), passage_density(then, mean, shape)
        turn = _bend(then, slope, mean, shape)
        _join(curve[cell], passed - share, density * width, slope * width, bend * width * width,
              turn * width * width)  # fmt: skip
        curve[cell, 0], curve[cell, 6] = share, 1.0 / width
        at, share, density, bend = then, passed, slope, turn
    head[2] = at
    return True


@compiled
def _bend(time: float, density: float, mean: float, shape: float) -> float:
    """Return the slope of the density of the inverse Gaussian."""
    return density * (0.5 * shape * (1.0 / (time * time) - 1.0 / (mean * mean)) - 1.5 / time)


@compiled
def _join(curve: Any, rise: float, one: float, other: float, bend: float, turn: float) -> None:
    """Write the coefficients of the polynomial with these rise, slopes and bends over 0 … 1."""
    curve[1], curve[2] = one, 0.5 * bend
    curve[3] = 10.0 * rise - 6.0 * one - 4.0 * other - 1.5 * bend + 0.5 * turn
    curve[4] = -15.0 * rise + 8.0 * one + 7.0 * other + 1.5 * bend - turn
    curve[5] = 6.0 * rise - 3.0 * (one + other) - 0.5 * (bend - turn)


@compiled
def _share(time: float, head: Any, curve: Any) -> float:
    if time <= head[1]:
        return 0.0
    if time >= head[2]:
        return 1.0
    shift = np.int64(head[3])
    bits = np.float64(time).view(np.int64)
    c = curve[(bits >> shift) - np.int64(head[4])]
    x = np.float64(bits & ((np.int64(1) << shift) - 1)) / np.float64(np.int64(1) << shift)
    found: float = c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * c[5]))))
    return found


@compiled
def _density(time: float, head: Any, curve: Any) -> float:
    if time <= head[1] or time >= head[2]:
        return 0.0
    shift = np.int64(head[3])
    bits = np.float64(time).view(np.int64)
    c = curve[(bits >> shift) - np.int64(head[4])]
    x = np.float64(bits & ((np.int64(1) << shift) - 1)) / np.float64(np.int64(1) << shift)
    slope = c[1] + x * (2.0 * c[2] + x * (3.0 * c[3] + x * (4.0 * c[4] + x * 5.0 * c[5])))
    found: float = max(slope * c[6], 0.0)
    return found


@compiled
def tabled_rate(
    since_clock: float, weight: float, loss: float, brief: float, steps: Any, late: float,
    head: Any, curve: Any, rate: Any, jump: Any,
) -> float:  # fmt: skip
    """Return mg/L of one way as `response.part_rate` does, from its table.

    A polynomial through shares, slopes and bends h apart misses the slope by at most
    h^5 sqrt(5) / 30000 of the sixth derivative: with h = FINE of the width, BOUND of the top.
    Args: weight, loss: of the part.  brief: hours below which a step is a short one.
        steps: (steps, 4) of the part's source.
    Source: G. Birkhoff & A. Priver (1967), Hermite interpolation errors for derivatives, J. Math.
    Phys. 46:440; this project, docs/reference/river-pollutant.md, "Many steps".
    """
    # What has passed to the last digit, and what has not begun to: steps are in order.
    high = steps.shape[0]
    begin = _first_after(since_clock - head[2], steps, 1, 0, high)
    stop = _first_after(since_clock - head[1], steps, 0, begin, high)
    if head[6] > 0.0:
        total = _by_jumps(since_clock, steps, begin, stop, high, head, curve, rate, jump)
    else:
        total = _by_steps(since_clock, brief, steps, begin, stop, head, curve, rate)
    if loss > 0.0 and total > 0.0:
        total *= exp(-loss * (late - head[5]))
    return weight * total


@compiled
def _first_after(time: float, steps: Any, side: int, low: int, high: int) -> int:
    """Return the first step that begins (0) or ends (1) after a time."""
    while low < high:
        middle = (low + high) // 2
        if steps[middle, side] <= time:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _by_steps(
    since_clock: float, brief: float, steps: Any, begin: int, stop: int, head: Any, curve: Any,
    rate: Any,
) -> float:  # fmt: skip
    total: float = 0.0
    for step in range(begin, stop):
        since = since_clock - steps[step, 0]
        length = steps[step, 1] - steps[step, 0]
        if length < brief:
            total += rate[step] * _density(since - 0.5 * length, head, curve)
        else:
            passed = _share(since, head, curve) - _share(since_clock - steps[step, 1], head, curve)
            total += rate[step] * max(passed, 0.0)
    return total


@compiled
def _by_jumps(
    since_clock: float, steps: Any, begin: int, stop: int, high: int, head: Any, curve: Any,
    rate: Any, jump: Any,
) -> float:  # fmt: skip
    """Sum, edge by edge, how much the rate changes times the share that has passed since."""
    if begin >= stop:
        return 0.0
    # The step that goes on where the whole has passed of its beginning, and the end of the last.
    total: float = rate[begin] * _share(since_clock - steps[begin, 0], head, curve)
    if stop == high:
        total -= rate[high - 1] * _share(since_clock - steps[high - 1, 1], head, curve)
    shift, cell, last = np.int64(head[3]), np.int64(head[4]), np.int64(head[7]) - 1
    mask = (np.int64(1) << shift) - 1
    scale = 1.0 / np.float64(np.int64(1) << shift)
    for step in range(begin + 1, stop):
        bits = np.float64(since_clock - steps[step, 0]).view(np.int64)
        # Rounding may put an edge a hair beyond the table.
        c = curve[min(max((bits >> shift) - cell, 0), last)]
        x = np.float64(bits & mask) * scale
        share = c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * c[5]))))
        total += jump[step] * share
    return max(total, 0.0)
