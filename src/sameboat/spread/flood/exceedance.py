"""When a series passes each limit, compiled.  Import inside functions: needs numba."""

from math import inf, nan
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled


@compiled
def exceed(
    flow: Any,
    step: float,
    limits: Any,
    arrival: Any,
    cleared: Any,
    duration: Any,
    peak: Any,
    peak_hours: Any,
) -> None:
    """Write when each member first rises above each limit, last falls below, and how long it is
    above; its highest value and when.  Between two steps the series runs straight.

    Args: flow: (steps, members) float64.  step: hours.  limits: (limits,); NaN: none.
        arrival, cleared, duration: (limits, members).  peak, peak_hours: (members,).
    Source: this project, docs/reference/river-flood.md, "When a place is reached".
    """  # fmt: skip
    steps, members = flow.shape
    for member in range(members):
        peak[member], peak_hours[member] = flow[0, member], 0.0
        for t in range(1, steps):
            if flow[t, member] > peak[member]:
                peak[member], peak_hours[member] = flow[t, member], t * step
    for place in range(limits.shape[0]):
        limit = limits[place]
        for member in range(members):
            arrival[place, member] = cleared[place, member] = nan
            duration[place, member] = 0.0
            if np.isnan(limit) or not peak[member] > limit:
                continue
            above = flow[0, member] > limit
            if above:
                arrival[place, member] = 0.0
            spent = 0.0
            for t in range(1, steps):
                before, now = flow[t - 1, member], flow[t, member]
                rises = now > limit
                if rises and above:
                    spent += 1.0
                elif rises:
                    part = (now - limit) / (now - before)
                    spent += part
                    if np.isnan(arrival[place, member]):
                        arrival[place, member] = (t - part) * step
                elif above:
                    part = (before - limit) / (before - now)
                    spent += part
                    cleared[place, member] = (t - 1 + part) * step
                above = rises
            if above:
                cleared[place, member] = inf
            duration[place, member] = spent * step
