"""When a series of values passes its limits, compiled: import inside functions."""

from math import inf, nan
from typing import Any

from sameboat.spread.compiled import compiled


@compiled
def strongest(seen: Any, first: Any, found: Any) -> None:
    """Fill `found` (targets, steps) with the highest of each target's points, (steps, points).

    Source: this project, docs/reference/air-release.md, "Places".
    """
    for target in range(found.shape[0]):
        for row in range(found.shape[1]):
            most = 0.0
            for point in range(first[target], first[target + 1]):
                most = max(most, seen[row, point])
            found[target, row] = most


@compiled
def expose(
    values: Any, hours: Any, limits: Any, end: float, arrival: Any, cleared: Any, duration: Any,
    peak: Any, peak_at: Any,
) -> None:  # fmt: skip
    """Fill in first exceedance, last fall, time above, peak and its time of each target.

    Args: values: (targets, times), linear in between, 0 at hour 0.  hours: (times,) rising.
        limits: (limits,).  end: of the run, h; values stay after the last time.  arrival,
        cleared, duration: (targets, limits).  peak, peak_at: (targets,).
    Source: this project, docs/reference/air-release.md, "Arrival, peak and clearing".
    """
    times = hours.shape[0]
    for target in range(values.shape[0]):
        most, at = 0.0, -1
        for row in range(times):
            if values[target, row] > most:
                most, at = values[target, row], row
        peak[target] = most
        peak_at[target] = hours[at] if at >= 0 else nan
        for each in range(limits.shape[0]):
            limit = limits[each]
            arrival[target, each], cleared[target, each] = nan, nan
            duration[target, each] = 0.0
            if most <= limit:
                continue
            last_hour, last = 0.0, 0.0
            for row in range(times):
                hour, value = hours[row], values[target, row]
                crossing = hour
                if (value > limit) != (last > limit):
                    crossing = last_hour + (limit - last) / (value - last) * (hour - last_hour)
                if value > limit:
                    if arrival[target, each] != arrival[target, each]:
                        arrival[target, each] = crossing
                    began = last_hour if last > limit else crossing
                    duration[target, each] += hour - began
                    cleared[target, each] = inf
                elif last > limit:
                    duration[target, each] += crossing - last_hour
                    cleared[target, each] = crossing
                last_hour, last = hour, value
            if last > limit:
                duration[target, each] += max(end - last_hour, 0.0)
