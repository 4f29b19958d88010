"""Members side by side: logarithms, exponentials and crossings that fill a processor's lanes.

The library's functions work on one number at a time; these are branchless, so that a loop over
members becomes vector code.  Import inside functions: needs numba.
"""

from math import exp, log, nan, sqrt

import numpy as np

from sameboat.spread.compiled import compiled, inlined

#: Added to a number below 2^51 this leaves its nearest whole number in the last bits.
_MAGIC = 6755399441055744.0
_MAGIC_BITS = 0x4338000000000000
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10


@inlined
def exponential(x: float) -> float:
    """Return exp(x) to 1e-12 of itself; -700 <= x <= 700.

    Source: W. J. Cody & W. Waite (1980), Software Manual for the Elementary Functions, ch. 6 (the
    reduction by ln 2 in two parts); the series of exp to the tenth power.
    """
    whole = x * _LOG2E + _MAGIC
    power = whole - _MAGIC
    r = (x - power * _LN2_HIGH) - power * _LN2_LOW
    high = 1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r / 3628800)))
    low = 1.0 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * high))))
    bits = (np.float64(whole).view(np.int64) + 1023) << 52
    found: float = (1.0 + r * low) * np.int64(bits).view(np.float64)
    return found


@inlined
def logarithm(x: float) -> float:
    """Return ln x to 1e-15; 1e-300 <= x <= 1e300.

    Source: W. J. Cody & W. Waite (1980), ch. 5: ln m = 2 artanh((m - 1) / (m + 1)).
    """
    bits = np.float64(x).view(np.int64)
    power = (bits - _ROOT_HALF_BITS) >> 52
    part = np.int64(bits - (power << 52)).view(np.float64)
    number = np.int64(power + _MAGIC_BITS).view(np.float64) - _MAGIC
    s = (part - 1.0) / (part + 1.0)
    z = s * s
    high = 1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z / 17)))
    found: float = 2.0 * s * (1.0 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * high))))
    return found + number * (_LN2_HIGH + _LN2_LOW)


@inlined
def _step(z: float, grown: float, shrunk: float, fall: float, power: float, side: float) -> float:
    """Return Newton's step from z, `grown` = exp(z), `shrunk` = exp(-z)."""
    rise, mean = 0.5 * (grown - shrunk), 0.5 * (grown + shrunk)
    slope = power * rise - 1.5 * (mean - 1.0)
    slope = slope if slope * side > 1e-300 else side * 1e-300
    return (power * (mean - 1.0) - 1.5 * (rise - z) - fall) / slope


@inlined
def _crossing(
    z: float, grown: float, shrunk: float, fall: float, power: float, side: float
) -> float:
    """Return exp of the crossing near z; not a number where three steps do not reach it."""
    for _turn in range(2):
        step = _step(z, grown, shrunk, fall, power, side)
        step = step if step < 1.0 else 1.0
        step = step if step > -1.0 else -1.0
        z -= step
        faded = exponential(step)
        grown, shrunk = grown / faded, shrunk * faded
    step = _step(z, grown, shrunk, fall, power, side)
    # What is left is less than the square of the step: the exponential needs no more.
    found = grown * (1.0 - step + 0.5 * step * step)
    return found if step * step < 1e-8 else nan


@inlined
def crossings(fall: float, power: float) -> tuple[float, float]:
    """Return exp(z) where the density is exp(-fall) of its top, before and after it.

    Not a number where three steps of Newton do not find it: `fallen_at` does.
    Args: fall: >= 0.  power: p >= 1.5.
    Source: this project, docs/reference/river-pollutant.md, "One short release by one way".
    """
    bow = fall / power
    root = sqrt(bow * (bow + 2.0))
    up = 1.0 + bow + root
    away = logarithm(up)
    # To first order in 1.5 / p where the fall is small, in full where it is large.
    lean = 1.5 / power * (1.0 - away / root)
    less, more = 1.0 - lean, 1.0 + lean
    down = 1.0 / up
    before = _crossing(logarithm(more) - away, down * more, up / more, fall, power, -1.0)
    return before, _crossing(away - logarithm(less), up / less, down * less, fall, power, 1.0)


@compiled
def fallen_at(fall: float, power: float, side: float) -> float:
    """Return exp(z) where the density is exp(-fall) of its top, before (-1) or after it (1).

    Args: fall: >= 0.  power: p >= 1.5.
    Source: this project, docs/reference/river-pollutant.md, "One short release by one way".
    """
    ratio = fall / power
    bow = 2.0 * ratio
    if bow < 1.0:
        away = sqrt(bow) * (1.0 - bow * (1.0 / 24.0 - bow * (3.0 / 640.0)))
    else:
        away = log(1.0 + ratio + sqrt(ratio * (ratio + 2.0)))
    z = side * away + min(0.5 * ratio / power, 0.5 * away)
    grown = exp(z)
    for _turn in range(60):
        shrunk = 1.0 / grown
        rise, mean = 0.5 * (grown - shrunk), 0.5 * (grown + shrunk)
        slope = power * rise - 1.5 * (mean - 1.0)
        if slope * side <= 0.0:
            break
        step = (power * (mean - 1.0) - 1.5 * (rise - z) - fall) / slope
        # A step too far would leave the range in which the exponential can be told.
        step = min(max(step, -1.0), 1.0)
        z -= step
        if abs(step) < 1e-3:
            # What is left is less than the square of the step: the exponential needs no more.
            grown *= 1.0 - step + 0.5 * step * step
            if abs(step) < 2e-4:
                break
        else:
            grown = exp(z)
    return grown
