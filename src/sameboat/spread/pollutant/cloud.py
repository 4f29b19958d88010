"""Concentration of passing clouds: first exceedance, peak and clearing, compiled.

A cloud at one point is a sum of components (one for each way the water can take), each a shifted
inverse Gaussian: `weight` (mg/L h), `start`, `mean`, `shape` (hours of the river's own clock, see
`clock`).  `decay` (1/h) goes on in real time.  Import inside functions: needs numba.
"""

from math import exp, expm1, inf, log, nan, sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.pollutant.clock import LAST_HOUR
from sameboat.spread.pollutant.passage import passage_density, passed_share

#: A window is looked at in so many places before the search: where there is one way, its cloud
#: rises once and falls once; the clouds of several ways may have tops of their own.
_SCAN_ONE, _SCAN_SEVERAL = 12, 64


@compiled
def _run(time: float, slowing: float) -> float:
    return time if slowing < 1e-12 else -expm1(-slowing * time) / slowing


@compiled
def river_clock(time: float, freeze: float, ice: float, slowing: float) -> float:
    """Return the river's own hours; `clock.river_hours` for single numbers.

    Source: this project, docs/reference/river-pollutant.md, "The river's clock".
    """
    if time <= freeze:
        return _run(time, slowing)
    frozen = _run(freeze, slowing)
    return frozen + ice * (_run(time, slowing) - frozen)


@compiled
def wall_clock(own: float, freeze: float, ice: float, slowing: float) -> float:
    """Return real hours of the river's own; LAST_HOUR where it never shows them.

    Source: this project, docs/reference/river-pollutant.md, "The river's clock".
    """
    frozen = _run(freeze, slowing)
    full = own if own <= frozen else frozen + (own - frozen) / ice
    if slowing < 1e-12:
        return full
    left = 1.0 - slowing * full
    return LAST_HOUR if left <= 0.0 else min(-log(left) / slowing, LAST_HOUR)


@compiled
def is_far(late: float, early: float, mean: float, shape: float) -> bool:
    """Return whether less than exp(-40) of the mass passes between two times.

    Source: J. L. Folks & R. S. Chhikara (1978), J. R. Statist. Soc. B 40:263 (the density).
    """
    near = late if late < mean else max(early, mean)
    away = (near - mean) / mean
    return 0.5 * shape * away * away / near > 40.0


@compiled
def concentration(time: float, parts: Any, duration: float, climate: Any) -> float:
    """Return mg/L at one point, hours after the release began.

    Args: parts: (components, 4) of weight, start, mean, shape.  duration: of the release, hours
        of the river's clock, >= 0.  climate: (4,) decay 1/h, freeze h, ice (0, 1], slowing 1/h.
    Source: this project, docs/reference/river-pollutant.md, "The cloud at a point".
    """
    clock = river_clock(time, climate[1], climate[2], climate[3])
    total = 0.0
    for part in range(parts.shape[0]):
        weight = parts[part, 0]
        if weight <= 0.0:
            continue
        since, mean, shape = clock - parts[part, 1], parts[part, 2], parts[part, 3]
        if since <= 0.0:
            continue
        # A release much shorter than the cloud is wide equals one at its middle (to d2/24s2),
        # and the difference of two nearly equal shares would lose digits.
        if duration < 0.02 * mean * sqrt(mean / shape):
            total += weight * passage_density(since - 0.5 * duration, mean, shape)
        elif not is_far(since, since - duration, mean, shape):
            passed = passed_share(since, mean, shape) - passed_share(since - duration, mean, shape)
            total += weight * max(passed, 0.0) / duration
    return total * exp(-climate[0] * (time - clock))


@compiled
def _window(parts: Any, part: int, duration: float, climate: Any, last: float) -> tuple[Any, Any]:
    mean, start = parts[part, 2], parts[part, 1]
    width = mean * sqrt(mean / parts[part, 3])
    begin = start + max(0.0, mean - 8.0 * width)
    # The tail falls as exp(-t mean / 2 width^2): a skewed cloud is looked for much longer.
    end = start + mean + width * (8.0 + 40.0 * width / mean) + duration
    return (
        min(wall_clock(begin, climate[1], climate[2], climate[3]), last),
        min(wall_clock(end, climate[1], climate[2], climate[3]), last),
    )


@compiled
def _top(parts: Any, duration: float, climate: Any, step: float, steps: int) -> tuple[int, float]:
    """Return the step of the highest concentration and its value."""
    best, highest = -1, 0.0
    scan = _SCAN_ONE if parts.shape[0] == 1 else _SCAN_SEVERAL
    for part in range(parts.shape[0]):
        if parts[part, 0] <= 0.0:
            continue
        begin, end = _window(parts, part, duration, climate, steps * step)
        gap = max((end - begin) / scan, step)
        place, top = -1, 0.0
        for point in range(scan + 1):
            found = concentration(begin + point * gap, parts, duration, climate)
            if found > top and begin + point * gap <= steps * step:
                place, top = point, found
        if place < 0:
            continue
        low = max(int((begin + (place - 1) * gap) / step), 0)
        high = min(int((begin + (place + 1) * gap) / step) + 1, steps)
        while high - low > 2:
            left = low + (high - low) // 3
            right = high - (high - low) // 3
            if concentration(left * step, parts, duration, climate) < concentration(
                right * step, parts, duration, climate
            ):
                low = left
            else:
                high = right
        for k in range(low, high + 1):
            found = concentration(k * step, parts, duration, climate)
            if found > highest:
                best, highest = k, found
    return best, highest


@compiled
def _crossing(
    parts: Any, duration: float, climate: Any, step: float, limit: float, low: int, high: int
) -> float:
    """Return when the limit is crossed between a step below it and a step above it, or back."""
    rising = concentration(low * step, parts, duration, climate) <= limit
    while abs(high - low) > 1:
        middle = (low + high) // 2
        if (concentration(middle * step, parts, duration, climate) <= limit) == rising:
            low = middle
        else:
            high = middle
    below = concentration(low * step, parts, duration, climate)
    above = concentration(high * step, parts, duration, climate)
    if above == below:
        return high * step
    return (low + (high - low) * (limit - below) / (above - below)) * step


@compiled
def _first_and_last(
    parts: Any, duration: float, climate: Any, step: float, steps: int, limit: float, best: int
) -> tuple[float, float]:
    """Return first exceedance and last fall below; `best` is a step above the limit."""
    scan = _SCAN_ONE if parts.shape[0] == 1 else _SCAN_SEVERAL
    first_low, first_high = 0, best
    last_high, last_low = best, -1
    for part in range(parts.shape[0]):
        if parts[part, 0] <= 0.0:
            continue
        begin, end = _window(parts, part, duration, climate, steps * step)
        gap = max((end - begin) / scan, step)
        for point in range(scan + 1):
            k = min(int((begin + point * gap) / step), steps)
            if concentration(k * step, parts, duration, climate) > limit:
                first_high = min(first_high, k)
                last_high = max(last_high, k)
    for part in range(parts.shape[0]):
        if parts[part, 0] <= 0.0:
            continue
        begin, end = _window(parts, part, duration, climate, steps * step)
        gap = max((end - begin) / scan, step)
        for point in range(scan + 1):
            k = min(int((begin + point * gap) / step), steps)
            if k < first_high:
                first_low = max(first_low, k)
            if k > last_high and (last_low < 0 or k < last_low):
                last_low = k
    if last_low < 0:
        last_low = steps
    first = 0.0
    if concentration(first_low * step, parts, duration, climate) <= limit:
        first = _crossing(parts, duration, climate, step, limit, first_low, first_high)
    last = inf
    if concentration(last_low * step, parts, duration, climate) <= limit:
        last = _crossing(parts, duration, climate, step, limit, last_high, last_low)
    return first, last


@compiled
def _mode(mean: float, shape: float) -> float:
    lean = 1.5 * mean / shape
    return mean / (sqrt(1.0 + lean * lean) + lean)


@compiled
def _between(
    parts: Any, duration: float, climate: Any, step: float, limit: float, first: float, last: float
) -> float:
    """Return the hours that lie at or below the limit between two times above it.

    Only the clouds of several ways can leave such a gap, and only between their tops: that of one
    way rises once and falls once.
    """
    here, end = int(first / step) + 1, int(last / step)
    early, late = inf, 0.0
    for part in range(parts.shape[0]):
        if parts[part, 0] > 0.0:
            top = parts[part, 1] + _mode(parts[part, 2], parts[part, 3])
            early, late = min(early, top), max(late, top + duration)
    early = wall_clock(early, climate[1], climate[2], climate[3])
    late = wall_clock(late, climate[1], climate[2], climate[3])
    looks = np.empty(parts.shape[0] * (_SCAN_SEVERAL + 1) + 1, np.int64)
    count = 0
    for part in range(parts.shape[0]):
        if parts[part, 0] <= 0.0:
            continue
        begin, far = _window(parts, part, duration, climate, last)
        gap = max((far - begin) / _SCAN_SEVERAL, step)
        for point in range(_SCAN_SEVERAL + 1):
            at = begin + point * gap
            k = int(at / step)
            if early < at < late and here < k < end:
                looks[count] = k
                count += 1
    looks[count] = end
    looks[: count + 1].sort()
    spent, under, left = 0.0, False, first
    for row in range(count + 1):
        # Both ends lie above the limit, whatever rounding says of them.
        low = row < count and concentration(looks[row] * step, parts, duration, climate) <= limit
        if low != under:
            hour = _crossing(parts, duration, climate, step, limit, here, looks[row])
            spent += 0.0 if low else hour - left
            under, left = low, hour
        here = looks[row]
    return spent


@compiled
def expose(
    parts: Any, duration: Any, climate: Any, limits: Any, step: float, steps: int
) -> tuple[Any, Any, Any, Any, Any]:
    """Search, on a grid of `step` hours, when each limit is exceeded and left, and for how long.

    Args: parts: (members, components, 4).  duration: (members,).  climate: (members, 4).
        limits: (limits,) mg/L, ascending or not.  steps: last step of the run.
    Returns: arrival, cleared, hours above up to the last step (limits, members), peak and peak
        time (members,); nan = never, infinity = not cleared by the last step.
    Source: this project, docs/reference/river-pollutant.md, "Arrival, peak and clearing".
    """
    members = parts.shape[0]
    arrival = np.full((limits.shape[0], members), nan)
    cleared = np.full((limits.shape[0], members), nan)
    above = np.zeros((limits.shape[0], members))
    peak = np.zeros(members)
    peak_at = np.full(members, nan)
    for member in range(members):
        cloud, length, air = parts[member], duration[member], climate[member]
        best, highest = _top(cloud, length, air, step, steps)
        if best < 0:
            continue
        peak[member] = highest
        peak_at[member] = best * step
        for row in range(limits.shape[0]):
            if highest > limits[row]:
                first, last = _first_and_last(cloud, length, air, step, steps, limits[row], best)
                arrival[row, member] = first
                cleared[row, member] = last
                last = min(last, step * steps)
                above[row, member] = last - first
                if cloud.shape[0] > 1:
                    above[row, member] -= _between(
                        cloud, length, air, step, limits[row], first, last
                    )
    return arrival, cleared, above, peak, peak_at


@compiled
def sample(parts: Any, duration: Any, climate: Any, times: Any) -> Any:
    """Return concentrations, mg/L, shape (times, members).

    Args: as `expose`; times: (times,) hours.
    Source: this project, docs/reference/river-pollutant.md, "The cloud at a point".
    """
    found = np.zeros((times.shape[0], parts.shape[0]))
    for member in range(parts.shape[0]):
        cloud, length, air = parts[member], duration[member], climate[member]
        first, last = inf, 0.0
        for part in range(parts.shape[1]):
            begin, end = _window(cloud, part, length, air, LAST_HOUR)
            first, last = min(first, begin), max(last, end)
        for row in range(times.shape[0]):
            if first <= times[row] <= last:
                found[row, member] = concentration(times[row], cloud, length, air)
    return found


@compiled
def accumulate(parents: Any, added: Any) -> Any:
    """Return running sums down a tree: row r is row parents[r] plus added[r]; -1 begins.

    Args: parents: (rows,), each less than its row.  added: (rows, members).
    Source: this project, docs/reference/river-pollutant.md, "Many ways to one place".
    """
    total = np.empty_like(added)
    for row in range(parents.shape[0]):
        parent = parents[row]
        for member in range(added.shape[1]):
            before = total[parent, member] if parent >= 0 else 0.0
            total[row, member] = before + added[row, member]
    return total
