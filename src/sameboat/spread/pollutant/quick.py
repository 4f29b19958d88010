"""One short release by one way to many targets, without a search; compiled.

With y = ln(t / m) the logarithm of the inverse Gaussian density is -1.5 y - f (cosh y - 1) and a
constant, f = shape / mean.  Measured from its top, z = y - y0, it has fallen by
p (cosh z - 1) - 1.5 (sinh z - z), p = sqrt(f2 + 1.5^2): convex in z, so that Newton finds both
crossings in two or three steps.  Import inside functions: needs numba.
"""

from math import inf, isnan, log, nan, pi, sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.pollutant.cloud import river_clock, wall_clock
from sameboat.spread.pollutant.lanes import cross, exponential, fallen_at, logarithm
from sameboat.spread.pollutant.response import SHORT

_ROOT_2PI = sqrt(2 * pi)
#: A clock that runs like that on the wall: it never freezes within this, hours.
_NEVER = 1e8
#: Clouds worked on at a time: their scratch fits the second cache.
LANES = 8192


@compiled
def _clouds(weight: float, mean: Any, variance: Any, full: Any, members: Any, scratch: Any) -> None:
    """Write p, start, hour of the top after it, height, and what is a short release.

    `mean`, `variance`, `full` (members,); no `variance`: Jobson's width.  `scratch` (6, members).
    """
    power, begin, top, high, brief = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    width = scratch[5]
    lanes = mean.shape[0]
    if variance.shape[0] == 0:
        for lane in range(lanes):
            m = mean[lane]
            own = exponential(members[3, lane] * logarithm(m)) * members[4, lane]
            width[lane] = own if own < 0.8 * m else 0.8 * m
    else:
        for lane in range(lanes):
            width[lane] = sqrt(variance[lane])
    for lane in range(lanes):
        m, w, loss = mean[lane], width[lane], members[6, lane]
        least, skew = 3.0 * w / m, members[5, lane]
        skew = skew if skew > least else least
        inner = 3.0 * w / skew
        shape = inner * inner * inner / (w * w)
        start = m - inner
        root = sqrt(1.0 + 2.0 * loss * inner * inner / shape)
        faded = -loss * start + shape / inner * (1.0 - root)
        faded = faded if faded > -700.0 else -700.0
        inner /= root
        factor = shape / inner
        p = sqrt(factor * factor + 2.25)
        lean = (p - 1.5) / factor
        off = lean - 1.0
        # The two exponentials are taken together.
        drop = faded - 0.5 * factor * off * off / lean
        drop = drop if drop > -700.0 else -700.0
        at = inner * lean
        density = sqrt(shape / at) / (_ROOT_2PI * at) * exponential(drop)
        power[lane], top[lane] = p, at
        begin[lane] = start + members[1, lane] + 0.5 * members[2, lane]
        high[lane] = weight * members[0, lane] / full[lane] * density
        brief[lane] = SHORT * inner * sqrt(inner / shape)


@compiled
def _known(climate: Any, members: Any, last: Any, scratch: Any, sure: Any) -> None:
    """Mark clouds that need the search: long, fading late, or with their top beyond the end."""
    begin, top, brief = scratch[1], scratch[2], scratch[4]
    for lane in range(last.shape[0]):
        own_clock = climate[lane, 0] < _NEVER or climate[lane, 2] > 0.0
        fades_late = members[6, lane] > 0.0 and own_clock
        long = members[2, lane] >= brief[lane]
        beyond = begin[lane] + top[lane] >= last[lane]
        sure[lane] = 0.0 if fades_late or long or beyond else 1.0


@compiled
def _fill(
    place: int, stop: int, ends: Any, cells: Any, weights: Any, hours: Any, variance: Any,
    full: Any, members: Any, climate: Any, last: Any, scratch: Any, sure: Any,
) -> None:  # fmt: skip
    """Write the clouds of some rows, (6, rows, members), and which of them need no search."""
    none = np.empty(0)
    for row in range(stop - place):
        end = ends[place + row]
        widths = variance[end] if variance.shape[0] else none
        own = scratch[:, row]
        _clouds(weights[place + row], hours[end], widths, full[cells[place + row]], members, own)
        _known(climate, members, last, own, sure[row])


@compiled
def _tell(
    place: int, rows: Any, members: Any, climate: Any, limits: Any, horizon: float, scratch: Any,
    sure: Any, crossed: Any, arrival: Any, cleared: Any, above: Any, peak: Any, peak_at: Any,
    left: Any,
) -> None:  # fmt: skip
    for line in range(scratch.shape[1]):
        row = rows[place + line]
        for member in range(members.shape[1]):
            if members[0, member] <= 0.0:
                continue
            if sure[line, member] == 0.0:
                left[place + line, member] = True
                continue
            air, high = climate[member], scratch[3, line, member]
            begin, top = scratch[1, line, member], scratch[2, line, member]
            own_clock = air[0] < _NEVER or air[2] > 0.0
            hour = begin + top
            peak[row, member] = high
            peak_at[row, member] = wall_clock(hour, air[0], air[1], air[2]) if own_clock else hour
            for limit in range(limits.shape[0]):
                if high <= limits[limit]:
                    arrival[row, limit, member], cleared[row, limit, member] = nan, nan
                    above[row, limit, member] = 0.0
                    continue
                begins, ends = crossed[limit, 0, line, member], crossed[limit, 1, line, member]
                if isnan(begins) or isnan(ends):
                    fall, power = log(high / limits[limit]), scratch[0, line, member]
                    begins = begin + top * fallen_at(fall, power, -1.0)
                    ends = begin + top * fallen_at(fall, power, 1.0)
                if own_clock:
                    begins = wall_clock(begins, air[0], air[1], air[2])
                    ends = wall_clock(ends, air[0], air[1], air[2])
                arrival[row, limit, member] = begins
                cleared[row, limit, member] = ends if ends < horizon else inf
                above[row, limit, member] = min(ends, horizon) - begins


@compiled
def _last_hours(climate: Any, horizon: float) -> Any:
    found = np.empty(climate.shape[0])
    for member in range(len(found)):
        air = climate[member]
        found[member] = river_clock(horizon, air[0], air[1], air[2])
    return found


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
    count = members.shape[1]
    block = max(1, LANES // count)
    last = _last_hours(climate, horizon)
    # Each step is compiled apart: inlined into one, their loops would not fill the lanes.
    for place in range(0, len(rows), block):
        stop = min(place + block, len(rows))
        shape = (stop - place, count)
        scratch, sure = np.empty((6, *shape)), np.empty(shape)
        crossed = np.empty((len(limits), 2, *shape))
        _fill(
            place, stop, ends, cells, weights, hours, variance, full, members, climate, last,
            scratch, sure,
        )  # fmt: skip
        flat = scratch.reshape(6, -1)
        for limit, told in zip(limits.tolist(), crossed.reshape(len(limits), 2, -1), strict=True):
            cross(flat[3], flat[0], flat[1], flat[2], limit, -1.0, told[0], flat.shape[1])
            cross(flat[3], flat[0], flat[1], flat[2], limit, 1.0, told[1], flat.shape[1])
        _tell(
            place, rows, members, climate, limits, horizon, scratch, sure, crossed, arrival,
            cleared, above, peak, peak_at, left,
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
