"""One shifted inverse Gaussian per member, for comparing with measurements; compiled.

A curve is (members, 4): logarithm of the weight (mg/L h), start, mean after the start, shape, in
hours of the river's clock; a climate is (members, 4) as in `cloud`.  Import inside functions:
needs numba.
"""

from math import exp, log, pi, sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.pollutant.cloud import river_clock, wall_clock

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
def _fold(parts: Any, duration: float, curve: Any) -> float:
    """Write one member's curve and return its width, in hours of the river's clock."""
    total, heaviest = 0.0, 0
    for part in range(parts.shape[0]):
        total += parts[part, 0]
        if parts[part, 0] > parts[heaviest, 0]:
            heaviest = part
    total = max(total, 1e-300)
    mean, square = 0.0, 0.0
    for part in range(parts.shape[0]):
        share, inner = parts[part, 0] / total, parts[part, 2]
        centre = parts[part, 1] + inner
        mean += share * centre
        square += share * (inner**3 / parts[part, 3] + centre**2)
    variance = square - mean * mean + duration * duration / 12.0
    width = sqrt(max(variance, 1e-12))
    mean += 0.5 * duration
    skewness = 3.0 * sqrt(parts[heaviest, 2] / max(parts[heaviest, 3], 1e-300))
    kept = min(3.0 * width / max(skewness, 1e-9), mean)
    curve[0], curve[1], curve[2], curve[3] = log(total), mean - kept, kept, kept**3 / width**2
    return width


@compiled
def fold_clouds(parts: Any, duration: Any, climate: Any) -> tuple[Any, Any]:
    """Return each member's cloud at one point as one curve, and its width by the clock on the wall.

    The several ways and the length of the release are folded into mean and variance: within the
    errors of measurement that is the same curve, and it needs no search.  A slower river draws
    the passing out, so the width by the wall, (members,), is at least that of the river's clock.

    Args: parts: (members, components, 4).  duration: (members,).  climate: (members, 4), as in
        `cloud.expose`.
    Source: this project, docs/reference/river-pollutant.md, "Learning".
    """
    members = parts.shape[0]
    curves, wall_width = np.empty((members, 4)), np.empty(members)
    for member in range(members):
        air = climate[member]
        width = _fold(parts[member], duration[member], curves[member])
        middle = curves[member, 1] + curves[member, 2]
        late = wall_clock(middle + 0.5 * width, air[1], air[2], air[3])
        early = wall_clock(middle - 0.5 * width, air[1], air[2], air[3])
        wall_width[member] = max(late - early, width)
    return curves, wall_width


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
