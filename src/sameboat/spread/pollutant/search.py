"""When a point exceeds limits, for how long, and its peak: an exact search in time; compiled.

The course of a concentration is looked at where it can turn: around what each step of each
release brings by each way.  Tops are refined, crossings found between looks, and what happens
while an intake is closed does not count.  Import inside functions: needs numba.
"""

from math import inf, log, nan, sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.pollutant.response import SHORT, flushed, level, wall_hour
from sameboat.spread.pollutant.tabled import fill, room_for

#: Where, in widths from its middle, the front or the tail of a step is looked at.
LOOKS = np.array(
    [-8.0, -6.0, -4.8, -4.0, -3.4, -2.9, -2.5, -2.1, -1.8, -1.5, -1.25, -1.0, -0.75, -0.5, -0.25,
     0.0, 0.25, 0.5, 0.8, 1.15, 1.5, 2.0, 2.6, 3.3, 4.2, 5.3, 6.5, 8.0]
)  # fmt: skip
#: The tail of a skewed cloud is looked at so much further, in widths times its skewness / 3.
TAIL = np.array([2.0, 5.0, 10.0, 18.0, 28.0, 40.0])
#: At most so many looks for all ways together; at least so many for each.
MOST_LOOKS, LEAST_LOOKS = 480, 48
_GOLDEN = 0.6180339887498949
#: Hours before and after a sudden change at which it is looked at.
_BESIDE = 1e-6


@compiled
def _mark(
    looks: Any, count: int, part: Any, steps: Any, low: int, high: int, climate: Any, flushes: Any,
    most: int, horizon: float,
) -> int:  # fmt: skip
    """Add the looks at one way; return how many there are now."""
    mean, width = part[2], part[2] * sqrt(part[2] / part[3])
    tail = width * width / mean
    begin = part[1] + mean + steps[low, 0] - min(8.0 * width, mean)
    end = part[1] + mean + steps[high - 1, 1] + 8.0 * width + 40.0 * tail
    turns = (high - low + 1) * (LOOKS.shape[0] + TAIL.shape[0])
    if turns > most:
        # Nothing passes with a finer shape than the width, however many steps there are …
        gap = max((end - begin) / most, 0.25 * width)
        for number in range(int((end - begin) / gap) + 1):
            at = wall_hour(begin + number * gap, climate, flushes)
            if 0.0 < at < horizon:
                looks[count] = at
                count += 1
        if gap <= width:
            return count
        # … but for a release so long that the looks lie further apart: then at each step's own.
        for step in range(low, high):
            for side in range(3):
                own = part[1] + mean + (1.0 - 0.5 * side) * steps[step, 0]
                at = wall_hour(own + 0.5 * side * steps[step, 1], climate, flushes)
                if 0.0 < at < horizon:
                    looks[count] = at
                    count += 1
        return count
    for edge in range(low, high + 1):
        own = part[1] + mean + (steps[edge, 0] if edge < high else steps[high - 1, 1])
        for number in range(LOOKS.shape[0] + TAIL.shape[0]):
            if number < LOOKS.shape[0]:
                away = LOOKS[number] * width
                if away < 0.0:
                    away = max(away, LOOKS[number] / 8.0 * mean)
            else:
                away = 8.0 * width + TAIL[number - LOOKS.shape[0]] * tail
            at = wall_hour(own + away, climate, flushes)
            if 0.0 < at < horizon:
                looks[count] = at
                count += 1
    return count


@compiled
def _sudden(looks: Any, count: int, flushes: Any, horizon: float) -> int:
    """Look on both sides of the hours at which added water reaches the point or ends."""
    for row in range(flushes.shape[0]):
        for edge in range(2):
            at = flushes[row, edge] + flushes[row, 3]
            if at < 1e8:
                at = flushed(at, flushes[row])
                for side in (-_BESIDE, _BESIDE):
                    if 0.0 < at + side < horizon:
                        looks[count] = at + side
                        count += 1
    return count


@compiled
def _top(
    low: float, high: float, parts: Any, origin: Any, first: Any, steps: Any, climate: Any,
    flushes: Any, tables: Any, side: float,
) -> tuple[float, float]:  # fmt: skip
    """Return hour and value of the highest (side 1) or lowest (-1) point between two looks."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    a = level(left, parts, origin, first, steps, climate, flushes, tables)
    b = level(right, parts, origin, first, steps, climate, flushes, tables)
    # A top is told to people; of a bottom only whether it lies below a limit matters.
    for _turn in range(22 if side > 0.0 else 12):
        if side * a < side * b:
            low, left, a = left, right, b
            right = low + _GOLDEN * (high - low)
            b = level(right, parts, origin, first, steps, climate, flushes, tables)
        else:
            high, right, b = right, left, a
            left = high - _GOLDEN * (high - low)
            a = level(left, parts, origin, first, steps, climate, flushes, tables)
    return (left, a) if side * a > side * b else (right, b)


@compiled
def _turns(before: float, here: float, after: float) -> float:
    """Return 1 for a top among three looks that follow each other, -1 for a bottom, else 0."""
    if here <= 0.0:
        return 0.0
    if before <= here > after:
        return 1.0
    # A dip below a limit may lie wholly between two looks, as a top above it may.
    return -1.0 if before >= here < after else 0.0


@compiled
def _cross(
    limit: float, low: float, high: float, value_low: float, value_high: float, parts: Any,
    origin: Any, first: Any, steps: Any, climate: Any, flushes: Any, tables: Any,
) -> float:  # fmt: skip
    """Return when a limit is crossed between two looks on either side of it."""
    rising = value_high > limit
    for _turn in range(60):
        if high - low < 1e-7 + 1e-9 * high:
            break
        middle = 0.5 * (low + high)
        if value_low > 0.0 and value_high > 0.0 and limit > 0.0:
            # The logarithm is nearly straight once the two are near each other.
            fall = log(value_high / value_low)
            if 0.0 < abs(fall) < 2.0:
                middle = low + (high - low) * min(max(log(limit / value_low) / fall, 0.001), 0.999)
        found = level(middle, parts, origin, first, steps, climate, flushes, tables)
        if abs(found - limit) <= 1e-9 * limit:
            return middle
        if (found > limit) == rising:
            high, value_high = middle, found
        else:
            low, value_low = middle, found
    return 0.5 * (low + high)


@compiled
def _apart(looks: Any, count: int) -> int:
    """Sort the looks; return how many there are: one that stands twice would hide half a top."""
    looks[:count].sort()
    apart = 1
    for row in range(1, count):
        if looks[row] > looks[apart - 1] + 1e-9:
            looks[apart] = looks[row]
            apart += 1
    return apart


@compiled
def _refined(
    looks: Any, values: Any, parts: Any, origin: Any, first: Any, steps: Any, climate: Any,
    flushes: Any, tables: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Return the looks and what they saw, with every top and bottom between them."""
    count = looks.shape[0]
    tops = 0
    for row in range(1, count - 1):
        tops += _turns(values[row - 1], values[row], values[row + 1]) != 0.0
    hours, found = np.empty(count + tops), np.empty(count + tops)
    at = 0
    for row in range(count):
        side = 0.0
        if 0 < row < count - 1:
            side = _turns(values[row - 1], values[row], values[row + 1])
        if side != 0.0:
            hour, value = _top(
                looks[row - 1], looks[row + 1], parts, origin, first, steps, climate, flushes,
                tables, side,
            )  # fmt: skip
            if hour < looks[row]:
                hours[at], found[at] = hour, value
                hours[at + 1], found[at + 1] = looks[row], values[row]
            else:
                hours[at], found[at] = looks[row], values[row]
                hours[at + 1], found[at + 1] = hour, value
            at += 2
        else:
            hours[at], found[at] = looks[row], values[row]
            at += 1
    return hours, found


@compiled
def course(
    parts: Any, origin: Any, first: Any, steps: Any, climate: Any, flushes: Any, tables: Any,
    horizon: float,
) -> tuple[Any, Any]:  # fmt: skip
    """Return hours and mg/L of one member, close enough that nothing turns between two unseen.

    Args: as for `response.level`, of one member.  horizon: h, > 0.
    Source: this project, docs/reference/river-pollutant.md, "Arrival, peak and clearing".
    """
    ways = 0
    for row in range(parts.shape[0]):
        ways += parts[row, 0] > 0.0
    most = max(MOST_LOOKS // max(ways, 1), LEAST_LOOKS)
    least = 2 * (LOOKS.shape[0] + TAIL.shape[0])
    room = ways * (max(most, least) + 2 + 3 * steps.shape[0]) + 4 * flushes.shape[0] + 2
    looks = np.empty(room)
    looks[0] = 0.0
    count = 1
    for row in range(parts.shape[0]):
        low, high = first[origin[row]], first[origin[row] + 1]
        if parts[row, 0] > 0.0 and high > low:
            count = _mark(
                looks, count, parts[row], steps, low, high, climate, flushes, max(most, least),
                horizon,
            )  # fmt: skip
    count = _sudden(looks, count, flushes, horizon)
    looks[count] = horizon
    count += 1
    count = _apart(looks, count)
    values = np.empty(count)
    for row in range(count):
        values[row] = level(looks[row], parts, origin, first, steps, climate, flushes, tables)
    return _refined(looks[:count], values, parts, origin, first, steps, climate, flushes, tables)


@compiled
def spells(
    limit: float, hours: Any, values: Any, parts: Any, origin: Any, first: Any, steps: Any,
    climate: Any, flushes: Any, tables: Any,
) -> Any:  # fmt: skip
    """Return begin and end of each time above a limit, (spells, 2); the last may end at the end.

    Args: hours, values: from `course`; the rest as for it.
    Source: this project, docs/reference/river-pollutant.md, "Arrival, peak and clearing".
    """
    rises = 0
    for row in range(hours.shape[0]):
        rises += values[row] > limit and (row == 0 or values[row - 1] <= limit)
    found = np.empty((rises, 2))
    at = -1
    for row in range(hours.shape[0]):
        above = values[row] > limit
        before = row > 0 and values[row - 1] > limit
        if above == before:
            continue
        hour = hours[row]
        if row > 0:
            hour = _cross(
                limit, hours[row - 1], hours[row], values[row - 1], values[row], parts, origin,
                first, steps, climate, flushes, tables,
            )  # fmt: skip
        if above:
            at += 1
            found[at, 0], found[at, 1] = hour, hours[hours.shape[0] - 1]
        else:
            found[at, 1] = hour
    return found


@compiled
def closings(shut: Any, above: Any, delay: float, horizon: float) -> Any:
    """Return the times during which an intake is closed, in order and apart, (windows, 2).

    Args: shut: (orders, 2) by order.  above: (spells, 2) above the limit of its rule, each
        followed `delay` hours later; what lasts to the horizon has no end.
    Source: this project, docs/reference/river-pollutant.md, "Intakes".
    """
    every = np.empty((shut.shape[0] + above.shape[0], 2))
    count = 0
    for row in range(shut.shape[0]):
        every[count] = shut[row]
        count += 1
    for row in range(above.shape[0]):
        if above[row, 0] + delay < above[row, 1]:
            every[count, 0], every[count, 1] = above[row, 0] + delay, above[row, 1]
            if above[row, 1] >= horizon:
                every[count, 1] = inf
            count += 1
    order = np.argsort(every[:count, 0])
    found = np.empty((count, 2))
    kept = 0
    for row in order:
        if kept and every[row, 0] <= found[kept - 1, 1]:
            found[kept - 1, 1] = max(found[kept - 1, 1], every[row, 1])
        else:
            found[kept] = every[row]
            kept += 1
    return found[:kept]


@compiled
def _counted(spell: Any, closed: Any, horizon: float, told: Any) -> None:
    """Add what of a spell lies outside the closings: told is first, last, hours."""
    at, end = spell[0], spell[1]
    for row in range(closed.shape[0] + 1):
        until = end if row == closed.shape[0] else min(end, closed[row, 0])
        if until > at:
            if np.isnan(told[0]):
                told[0] = at
            told[1] = inf if until >= horizon else until
            told[2] += until - at
        if row < closed.shape[0]:
            at = max(at, closed[row, 1])


@compiled
def _is_closed(hour: float, closed: Any) -> bool:
    inside = False
    for row in range(closed.shape[0]):
        inside |= closed[row, 0] < hour < closed[row, 1]
    return inside


@compiled
def look(
    parts: Any, origin: Any, first: Any, steps: Any, climate: Any, flushes: Any, limits: Any,
    shut: Any, rule: Any, horizon: float,
) -> tuple[Any, Any, Any, Any, Any]:  # fmt: skip
    """Return arrival, cleared and hours above (limits, members), peak and its hour (members,).

    Args: parts … flushes: as for `response.levels`.  limits: (limits,) mg/L.  shut: (orders, 2)
        hours between which the intake is closed.  rule: (2,) mg/L above which it closes (not a
        number: never) and after how many hours.  horizon: h.
    Source: this project, docs/reference/river-pollutant.md, "Arrival, peak and clearing".
    """
    members, rows = parts.shape[0], limits.shape[0]
    arrival, cleared = np.full((rows, members), nan), np.full((rows, members), nan)
    above, peak, peak_at = np.zeros((rows, members)), np.zeros(members), np.full(members, nan)
    told = np.empty(3)
    tables = room_for(parts.shape[1], first)
    none = np.empty((0, 2))
    for member in range(members):
        part, step, air, flush = parts[member], steps[member], climate[member], flushes[member]
        fill(tables, part, origin, first, step, SHORT)
        hours, values = course(part, origin, first, step, air, flush, tables, horizon)
        ruled = none
        if not np.isnan(rule[0]):
            ruled = spells(rule[0], hours, values, part, origin, first, step, air, flush, tables)
        closed = closings(shut, ruled, rule[1], horizon)
        for row in range(hours.shape[0]):
            if values[row] > peak[member] and not _is_closed(hours[row], closed):
                peak[member], peak_at[member] = values[row], hours[row]
        for row in range(2 * closed.shape[0]):
            edge = closed[row // 2, row % 2]
            if 0.0 < edge <= horizon:
                value = level(edge, part, origin, first, step, air, flush, tables)
                if value > peak[member]:
                    peak[member], peak_at[member] = value, edge
        for row in range(rows):
            if peak[member] > limits[row]:
                told[0], told[1], told[2] = nan, nan, 0.0
                found = spells(
                    limits[row], hours, values, part, origin, first, step, air, flush, tables
                )
                for number in range(found.shape[0]):
                    _counted(found[number], closed, horizon, told)
                arrival[row, member], cleared[row, member] = told[0], told[1]
                above[row, member] = told[2]
    return arrival, cleared, above, peak, peak_at


@compiled
def close(
    found: Any, times: Any, parts: Any, origin: Any, first: Any, steps: Any, climate: Any,
    flushes: Any, shut: Any, rule: Any, horizon: float,
) -> None:  # fmt: skip
    """Set to 0 what is found (times, members) while the intake is closed; else as `look`.

    Source: this project, docs/reference/river-pollutant.md, "Intakes".
    """
    none = np.empty((0, 2))
    tables = room_for(parts.shape[1], first)
    for member in range(parts.shape[0]):
        part, step, air, flush = parts[member], steps[member], climate[member], flushes[member]
        fill(tables, part, origin, first, step, SHORT)
        ruled = none
        if not np.isnan(rule[0]):
            hours, values = course(part, origin, first, step, air, flush, tables, horizon)
            ruled = spells(rule[0], hours, values, part, origin, first, step, air, flush, tables)
        closed = closings(shut, ruled, rule[1], horizon)
        for row in range(times.shape[0]):
            if _is_closed(times[row], closed):
                found[row, member] = 0.0
