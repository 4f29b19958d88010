"""One shifted inverse Gaussian per member, for comparing with measurements; compiled.

A curve is (members, 4): logarithm of the weight (mg/L h), start, mean after the start, shape, in
hours of the river's clock; a climate is (members, 4) as in `cloud`.  Import inside functions:
needs numba.
"""

from math import exp, log, pi, sqrt
from typing import Any

import numpy as np

from sameboat.spread.cloud import river_clock, wall_clock
from sameboat.spread.passage import compiled

_LEAST = -700.0
_LOG_2PI = log(2 * pi)


@compiled
def _log_at(time: float, curve: Any, climate: Any, floor: float) -> float:
    own = river_clock(time, climate[1], climate[2], climate[3])
    since = max(own - curve[1], 1e-6)
    away = (since - curve[2]) / curve[2]
    found = curve[0] + 0.5 * (log(curve[3]) - _LOG_2PI - 3.0 * log(since))
    found -= 0.5 * curve[3] * away * away / since + climate[0] * (time - own)
    # The floor is added, not cut off: a likelihood must not have edges.
    high, low = max(max(found, _LEAST), floor), min(max(found, _LEAST), floor)
    above: float = high + log(1.0 + exp(low - high))
    return above


@compiled
def _mode(curve: Any) -> float:
    lean = 1.5 * curve[2] / curve[3]
    found: float = curve[1] + curve[2] * (sqrt(1.0 + lean * lean) - lean)
    return found


@compiled
def log_curve(times: Any, curves: Any, climate: Any, floor: float) -> Any:
    """Return log mg/L of each member at its own time, (members,), smoothly above `floor`.

    Source: this project, docs/reference/river-pollutant.md, "Learning".
    """
    found = np.empty(times.shape[0])
    for member in range(times.shape[0]):
        found[member] = _log_at(times[member], curves[member], climate[member], floor)
    return found


@compiled
def curve_peaks(curves: Any, climate: Any, floor: float) -> tuple[Any, Any]:
    """Return real hour and log mg/L of each member's top, (members,) each.

    Source: Folks & Chhikara (1978), J. R. Statist. Soc. B 40:263 (the mode).
    """
    members = curves.shape[0]
    hours, tops = np.empty(members), np.empty(members)
    for member in range(members):
        air = climate[member]
        hours[member] = wall_clock(_mode(curves[member]), air[1], air[2], air[3])
        tops[member] = _log_at(hours[member], curves[member], air, floor)
    return hours, tops


@compiled
def curve_fronts(level: float, curves: Any, climate: Any, floor: float) -> tuple[Any, Any]:
    """Return when each rising curve reaches a level (log mg/L), and how far its top falls short.

    A curve that never reaches it is given the hour of its top.
    Source: this project, docs/reference/river-pollutant.md, "Learning".
    """
    hours, tops = curve_peaks(curves, climate, floor)
    short = np.maximum(level - tops, 0.0)
    for member in range(curves.shape[0]):
        curve, air = curves[member], climate[member]
        wanted = min(level, tops[member] - 1e-3)
        width = curve[2] * sqrt(curve[2] / curve[3])
        begin = max(curve[1], _mode(curve) - 10.0 * width)
        low, high = wall_clock(begin, air[1], air[2], air[3]), hours[member]
        for _ in range(9):
            middle = 0.5 * (low + high)
            if _log_at(middle, curve, air, floor) > wanted:
                high = middle
            else:
                low = middle
        # Within so short a piece the logarithm is straight.
        below, above = _log_at(low, curve, air, floor), _log_at(high, curve, air, floor)
        part = (wanted - below) / (above - below) if above > below else 0.5
        hours[member] = low + min(max(part, 0.0), 1.0) * (high - low)
    return hours, short
