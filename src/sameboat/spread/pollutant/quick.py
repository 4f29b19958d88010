"""One short release by one way to many targets, without a search; compiled.

With y = ln(t / m) the logarithm of the inverse Gaussian density is -1.5 y - f (cosh y - 1) and a
constant, f = shape / mean.  Measured from its top, z = y - y0, it has fallen by
p (cosh z - 1) - 1.5 (sinh z - z), p = sqrt(f2 + 1.5^2): convex in z, so that Newton finds both
crossings in three steps.  Import inside functions: needs numba.
"""

from math import inf, isnan, log, nan, pi, sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled, inlined
from sameboat.spread.pollutant.cloud import river_clock, wall_clock
from sameboat.spread.pollutant.lanes import crossings, exponential, fallen_at, logarithm
from sameboat.spread.pollutant.response import SHORT

_ROOT_2PI = sqrt(2 * pi)
#: A clock that runs like that on the wall: it never freezes within this, hours.
_NEVER = 1e8
#: Clouds worked on at a time, a number known when compiled: their loops are whole vectors.
LANES = 64
#: Rows of what is known of them.  Of the member: kg over discharge factor, begin and length of the
#: release by the clock, power and scale of the width, skewness and then 3 over it, loss 1/h, and
#: the hour by the clock before which a top must lie.
KG, BEGIN, LENGTH, POWER, SCALE, SKEW, LOSS, LAST = range(8)
#: Of the place: hours on the way, variance and then width, discharge factor.
MEAN, WIDTH, FULL = 8, 9, 10
#: Of the cloud: p, start, hour of the top after it, height, whether it is told here (1), needs the
#: search (-1) or is none (0); when it crosses a limit, and its top on the wall.
P, START, TOP, HIGH, TOLD, BEFORE, AFTER, HOUR = range(11, 19)


@inlined
def _cloud(mean: float, width: float, most: float, loss: float) -> tuple[float, ...]:
    """Return p, start, hour of the top after it, its height, and the top's part of the mean.

    Args: mean, width: hours.  most: 3 / skewness, where dead zones add to that of a uniform reach,
        3 width / mean.  loss: 1/h.
    """
    part = mean / width
    part = part if part < most else most
    inner, square = width * part, part * part
    start = mean - inner
    # exp(-k t) times an inverse Gaussian is another one: a loss during the passage is exact.
    root = sqrt(1.0 + 2.0 * loss * inner / square)
    factor = square * root
    p = sqrt(factor * factor + 2.25)
    # The top lies at `less` of the mean, which is 1 / `more`.
    less, more = (p - 1.5) / factor, (p + 1.5) / factor
    top = inner / root * less
    drop = square * (1.0 - root) - loss * start - 0.5 * factor * (1.0 - less) * (more - 1.0)
    drop = drop if drop > -700.0 else -700.0
    return p, start, top, sqrt(factor * more) * exponential(drop) / (_ROOT_2PI * top), less


@inlined
def _clouds(weight: float, jobson: bool, w: Any) -> None:
    """Write the clouds of one place from what is known of its members."""
    for lane in range(LANES):
        m = w[MEAN, lane]
        if jobson:
            own = exponential(w[POWER, lane] * logarithm(m)) * w[SCALE, lane]
            w[WIDTH, lane] = own if own < 0.8 * m else 0.8 * m
        else:
            w[WIDTH, lane] = sqrt(w[WIDTH, lane])
    for lane in range(LANES):
        p, start, top, height, less = _cloud(
            w[MEAN, lane], w[WIDTH, lane], w[SKEW, lane], w[LOSS, lane]
        )
        start += w[BEGIN, lane] + 0.5 * w[LENGTH, lane]
        w[P, lane], w[START, lane], w[TOP, lane] = p, start, top
        w[HIGH, lane] = weight * w[KG, lane] / w[FULL, lane] * height
        w[HOUR, lane] = start + top
        # Longer than SHORT of the passing's width, mean / sqrt(f), both squared.
        long = w[LENGTH, lane] * w[LENGTH, lane] * ((p - 1.5) * less) >= SHORT * SHORT * top * top
        told = -1.0 if long or start + top >= w[LAST, lane] else 1.0
        w[TOLD, lane] = told if w[KG, lane] > 0.0 else 0.0


@inlined
def _cross(limit: float, w: Any) -> None:
    """Write when the clouds cross a limit; not a number: not found, or never."""
    for lane in range(LANES):
        ratio = w[HIGH, lane] / limit
        before, after = crossings(logarithm(ratio if ratio > 1.0 else 1.0), w[P, lane])
        w[BEFORE, lane] = w[START, lane] + w[TOP, lane] * before
        w[AFTER, lane] = w[START, lane] + w[TOP, lane] * after


@compiled
def _mend(lanes: int, limit: float, climate: Any, w: Any) -> None:
    """Find the crossings that three steps did not find, and turn all into hours on the wall."""
    for lane in range(lanes):
        if w[TOLD, lane] <= 0.0 or w[HIGH, lane] <= limit:
            continue
        if isnan(w[BEFORE, lane]) or isnan(w[AFTER, lane]):
            fall, p = log(w[HIGH, lane] / limit), w[P, lane]
            w[BEFORE, lane] = w[START, lane] + w[TOP, lane] * fallen_at(fall, p, -1.0)
            w[AFTER, lane] = w[START, lane] + w[TOP, lane] * fallen_at(fall, p, 1.0)
        freeze, ice, slowing = climate[lane, 0], climate[lane, 1], climate[lane, 2]
        if freeze < _NEVER or slowing > 0.0:
            w[BEFORE, lane] = wall_clock(w[BEFORE, lane], freeze, ice, slowing)
            w[AFTER, lane] = wall_clock(w[AFTER, lane], freeze, ice, slowing)


@inlined
def _tell_tops(lanes: int, climate: Any, w: Any, peak: Any, peak_at: Any, left: Any) -> None:
    for lane in range(lanes):
        freeze, ice, slowing = climate[lane, 0], climate[lane, 1], climate[lane, 2]
        if freeze < _NEVER or slowing > 0.0:
            w[HOUR, lane] = wall_clock(w[HOUR, lane], freeze, ice, slowing)
        left[lane] = w[TOLD, lane] < 0.0
    for lane in range(lanes):
        peak[lane] = w[HIGH, lane] if w[TOLD, lane] > 0.0 else 0.0
        peak_at[lane] = w[HOUR, lane] if w[TOLD, lane] > 0.0 else nan


@inlined
def _tell_crossings(
    lanes: int, limit: float, horizon: float, w: Any, arrival: Any, cleared: Any, above: Any
) -> None:
    for lane in range(lanes):
        reached = w[TOLD, lane] > 0.0 and w[HIGH, lane] > limit
        begins, ends = w[BEFORE, lane], w[AFTER, lane]
        over = ends if ends < horizon else inf
        until = ends if ends < horizon else horizon
        arrival[lane] = begins if reached else nan
        cleared[lane] = over if reached else nan
        above[lane] = until - begins if reached else 0.0


@compiled
def _known(members: Any, climate: Any, horizon: float) -> Any:
    """Return the members' rows of what is known, (8, members)."""
    found = np.empty((8, members.shape[1]))
    found[:LAST] = members
    for member in range(members.shape[1]):
        freeze, ice, slowing = climate[member, 0], climate[member, 1], climate[member, 2]
        found[SKEW, member] = 3.0 / members[SKEW, member]
        found[LAST, member] = river_clock(horizon, freeze, ice, slowing)
        if members[LOSS, member] > 0.0 and (freeze < _NEVER or slowing > 0.0):
            # What fades while the clock runs slower needs the search.
            found[LAST, member] = -inf
    return found


@compiled
def reach(
    rows: Any, ends: Any, cells: Any, weights: Any, hours: Any, variance: Any, full: Any,
    members: Any, climate: Any, limits: Any, horizon: float, arrival: Any, cleared: Any,
    above: Any, peak: Any, peak_at: Any, left: Any,
) -> None:  # fmt: skip
    """Fill in the rows of a footprint; `left` (rows, members) marks what needs the search.

    Args: ends, cells, weights: of each row, the last piece, cell of the discharge, and share /
        (3.6 mean discharge).  hours, variance: (pieces, members) by the river's clock; variance
        without rows: Jobson's width.  full: (cells, members).  members: (7, members) of kg over
        discharge factor, begin and length of the release by the clock, power and scale of the
        width, skewness, loss 1/h.  limits: > 0.  The rest as for `search.look`.
    Source: this project, docs/reference/river-pollutant.md, "One short release by one way".
    """
    count, jobson = members.shape[1], variance.shape[0] == 0
    known = _known(members, climate, horizon)
    # One array of a size known when compiled: no loop has to fear that its rows overlap.
    w = np.ones((19, LANES))
    for first in range(0, count, LANES):
        stop = min(first + LANES, count)
        lanes, air = stop - first, climate[first:stop]
        w[:MEAN, :lanes] = known[:, first:stop]
        for line in range(rows.shape[0]):
            row, end = rows[line], ends[line]
            w[MEAN, :lanes] = hours[end, first:stop]
            w[FULL, :lanes] = full[cells[line], first:stop]
            if not jobson:
                w[WIDTH, :lanes] = variance[end, first:stop]
            _clouds(weights[line], jobson, w)
            tops = peak[row, first:stop], peak_at[row, first:stop]
            _tell_tops(lanes, air, w, *tops, left[line, first:stop])
            for place in range(limits.shape[0]):
                limit = limits[place]
                _cross(limit, w)
                _mend(lanes, limit, air, w)
                _tell_crossings(
                    lanes, limit, horizon, w, arrival[row, place, first:stop],
                    cleared[row, place, first:stop], above[row, place, first:stop],
                )  # fmt: skip


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
