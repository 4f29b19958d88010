"""Concentration at a point from any number of ways, sources, steps and added water; compiled.

A part is one way from one source: weight (mg/L h per kg), start, mean, shape (hours of the river's
own clock) and loss (1/h).  A step is a time of even release: begin and end by the river's clock,
kg, lag.  A flush is water added upstream: from, until (hours), how much faster the river runs
below it, hours from it to the point, and its share of the discharge there.  Import inside
functions: needs numba.
"""

from math import exp, sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.pollutant.cloud import is_far, river_clock, wall_clock
from sameboat.spread.pollutant.passage import passage_density, passed_share
from sameboat.spread.pollutant.tabled import fill, room_for, tabled_rate

#: A release shorter than this part of the cloud's width passes as one at its middle (to d2/24s2).
SHORT = 0.02


@compiled
def hastened(time: float, since: float, until: float, pace: float) -> float:
    """Return hours of a clock that runs `pace` times as fast between two hours.

    Source: this project, docs/reference/river-pollutant.md, "Water from a reservoir".
    """
    if time <= since:
        return time
    return time + (pace - 1.0) * (min(time, until) - since)


@compiled
def slackened(own: float, since: float, until: float, pace: float) -> float:
    """Return the hour at which `hastened` shows this one.

    Source: this project, docs/reference/river-pollutant.md, "Water from a reservoir".
    """
    if own <= since:
        return own
    gained = (pace - 1.0) * (until - since)
    if own >= until + gained:
        return own - gained
    return since + (own - since) / pace


@compiled
def unflushed(time: float, flush: Any) -> float:
    """Return when what passes now would have passed without the added water.

    Source: this project, docs/reference/river-pollutant.md, "Water from a reservoir".
    """
    own: float = hastened(time, flush[0], flush[1], flush[2])
    found: float = flush[3] + slackened(own - flush[3], flush[0], flush[1], flush[2])
    return found


@compiled
def flushed(time: float, flush: Any) -> float:
    """Return when what would pass at this hour passes with the added water.

    Source: this project, docs/reference/river-pollutant.md, "Water from a reservoir".
    """
    own: float = flush[3] + hastened(time - flush[3], flush[0], flush[1], flush[2])
    found: float = slackened(own, flush[0], flush[1], flush[2])
    return found


@compiled
def part_rate(since_clock: float, part: Any, steps: Any, low: int, high: int, late: float) -> float:
    """Return mg/L of one way: the sum over its source's steps.

    Args: since_clock: hours of the river's clock since its start, less the way's own start.
        late: hours on the wall beyond those of the clock.
    Source: this project, docs/reference/river-pollutant.md, "Long releases and several sources".
    """
    mean, shape, loss = part[2], part[3], part[4]
    short = SHORT * mean * sqrt(mean / shape)
    total: float = 0.0
    seam, passed_seam = -1.0, 0.0
    for step in range(low, high):
        since = since_clock - steps[step, 0]
        if since <= 0.0:
            break
        mass = steps[step, 2]
        length = steps[step, 1] - steps[step, 0]
        if mass <= 0.0:
            continue
        if length < short:
            found = passage_density(since - 0.5 * length, mean, shape)
        elif is_far(since, since - length, mean, shape):
            continue
        else:
            first = passed_seam if seam == since else passed_share(since, mean, shape)
            seam = since_clock - steps[step, 1]
            passed_seam = passed_share(seam, mean, shape)
            found = max(first - passed_seam, 0.0) / length
        away = late - steps[step, 3]
        if loss > 0.0 and abs(away) > 1e-12:
            found *= exp(-loss * away)
        total += mass * found
    weighed: float = part[0] * total
    return weighed


@compiled
def level(
    time: float, parts: Any, origin: Any, first: Any, steps: Any, climate: Any, flushes: Any,
    tables: Any,
) -> float:  # fmt: skip
    """Return mg/L at one point, hours after the start.

    Args: parts: (parts, 5).  origin: (parts,) the source of each.  first: (sources + 1,) the
        first step of each.  steps: (steps, 4).  climate: (3,) freeze h, ice, slowing 1/h.
        flushes: (flushes, 5).  tables: `tabled.Tables` of the parts.
    Source: this project, docs/reference/river-pollutant.md, "Long releases and several sources".
    """
    seen, thinner = time, 1.0
    for row in range(flushes.shape[0]):
        flush = flushes[row]
        seen = unflushed(seen, flush)
        if flush[0] <= seen - flush[3] < flush[1]:
            thinner /= 1.0 + flush[4]
    clock = river_clock(seen, climate[0], climate[1], climate[2])
    total = 0.0
    for row in range(parts.shape[0]):
        if parts[row, 0] > 0.0 and clock > parts[row, 1]:
            since, low, high = clock - parts[row, 1], first[origin[row]], first[origin[row] + 1]
            if tables.head.shape[0] and tables.head[row, 0] > 0.0:
                mean = parts[row, 2]
                total += tabled_rate(
                    since, parts[row, 0], parts[row, 4], SHORT * mean * sqrt(mean / parts[row, 3]),
                    steps[low:high], time - clock, tables.head[row], tables.curve[row],
                    tables.rate[row], tables.jump[row],
                )  # fmt: skip
            else:
                total += part_rate(since, parts[row], steps, low, high, time - clock)
    return total * thinner


@compiled
def wall_hour(own: float, climate: Any, flushes: Any) -> float:
    """Return the hour on the wall of an hour of the river's clock, with all added water.

    Source: this project, docs/reference/river-pollutant.md, "The river's clock".
    """
    time: float = wall_clock(own, climate[0], climate[1], climate[2])
    for row in range(flushes.shape[0] - 1, -1, -1):
        time = flushed(time, flushes[row])
    return time


@compiled
def levels(
    times: Any, parts: Any, origin: Any, first: Any, steps: Any, climate: Any, flushes: Any
) -> Any:
    """Return mg/L, (times, members); arrays as for `level`, members in front.

    Source: this project, docs/reference/river-pollutant.md, "Long releases and several sources".
    """
    members = parts.shape[0]
    found = np.zeros((times.shape[0], members))
    tables = room_for(parts.shape[1], first)
    for member in range(members):
        fill(tables, parts[member], origin, first, steps[member], SHORT)
        for row in range(times.shape[0]):
            found[row, member] = level(
                times[row], parts[member], origin, first, steps[member], climate[member],
                flushes[member], tables,
            )  # fmt: skip
    return found
