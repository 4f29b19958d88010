"""What people breathe: averaging times, indoors, toxic load, and guideline levels.

A compiled part is imported inside functions by those that need it (`exposure`).
"""

from math import inf

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Of one ideal gas at 25 degrees C and 1 atm, L/mol.
_MOLAR_VOLUME = 24.465
#: Acute exposure guideline levels, ppm: substance -> (g/mol, minutes -> levels 1, 2, 3).  An
#: example of a table of thresholds; whoever answers for people brings their own.
AEGL: dict[str, tuple[float, dict[int, tuple[float, float, float]]]] = {
    "chlorine": (70.906, {
        10: (0.5, 2.8, 50.0), 30: (0.5, 2.8, 28.0), 60: (0.5, 2.0, 20.0), 240: (0.5, 1.0, 10.0),
        480: (0.5, 0.71, 7.1),
    }),
    "ammonia": (17.031, {
        10: (30.0, 220.0, 2700.0), 30: (30.0, 220.0, 1600.0), 60: (30.0, 160.0, 1100.0),
        240: (30.0, 110.0, 550.0), 480: (30.0, 110.0, 390.0),
    }),
}  # fmt: skip


def guideline_levels(substance: str, minutes: int) -> tuple[float, float, float]:
    """Return AEGL-1, -2 and -3 in mg/m3 for an exposure of so many minutes.

    Raises: ValueError: no level is known of this substance or for this time.
    Source: National Research Council (2004), Acute exposure guideline levels for selected
    airborne chemicals, vol. 4 (chlorine); (2008), vol. 6 (ammonia).
    """
    if substance not in AEGL:
        raise ValueError(f"substance is {substance!r}, allowed: {', '.join(sorted(AEGL))}")
    molar, levels = AEGL[substance]
    if minutes not in levels:
        raise ValueError(f"minutes is {minutes}, allowed: {', '.join(map(str, levels))}")
    one, two, three = (level * molar / _MOLAR_VOLUME for level in levels[minutes])
    return one, two, three


def peak_factor(minutes: float) -> float:
    """Return what the highest mean of so many minutes is over that of 10, on the axis of a plume.

    The reverse holds for sigma_y, which was drawn for 10 minutes.
    Raises: ValueError: minutes lies outside [0.3, 60].
    Source: F. A. Gifford (1975), Atmospheric dispersion models for environmental pollution
    applications, in Lectures on air pollution, AMS (power 0.2 up to an hour).
    """
    if not 0.3 <= minutes <= 60:
        raise ValueError(f"minutes is {minutes}, allowed: 0.3 … 60")
    return float((10.0 / minutes) ** 0.2)


def toxic_load(concentration: Array, *, minutes: float, power: float) -> Array:
    """Return the load that has been breathed by the end of each step, (mg/m3)^n min.

    Args: concentration: mg/m3, means of steps along the last axis.  minutes: of a step, > 0.
        power: n, in [0.5, 5].
    Raises: ValueError: a number lies outside its range.
    Source: W. F. ten Berge, A. Zwart & L. M. Appelman (1986), Concentration-time mortality
    response relationship of irritant and systemically acting vapours, J. Hazard. Mater. 13:301.
    """
    if not (0 < minutes < inf and 0.5 <= power <= 5):
        raise ValueError(f"minutes {minutes}, power {power}: allowed > 0 and 0.5 … 5")
    return np.asarray(np.cumsum(np.maximum(concentration, 0.0) ** power * minutes, axis=-1))


def indoors(concentration: Array, *, hours: float, changes_per_hour: float) -> Array:
    """Return mean concentrations in a house whose air is changed with that outside.

    Args: concentration: outside, means of steps along the last axis.  hours: of a step, > 0.
        changes_per_hour: > 0.
    Raises: ValueError: a number lies outside its range.
    Source: W. R. Chan, W. W. Nazaroff, P. N. Price & A. J. Gadgil (2007), Effectiveness of urban
    shelter-in-place I, Atmos. Environ. 41:4962, eq 1 (one well-mixed box, no loss inside).
    """
    if not (0 < hours < inf and 0 < changes_per_hour < inf):
        raise ValueError(f"hours {hours}, changes {changes_per_hour}: allowed > 0")
    turned = changes_per_hour * hours
    kept = np.exp(-turned)
    stays = -np.expm1(-turned) / turned
    inside = np.zeros(concentration.shape[:-1])
    found = np.empty_like(concentration)
    for step in range(concentration.shape[-1]):
        outside = concentration[..., step]
        found[..., step] = outside + (inside - outside) * stays
        inside = outside + (inside - outside) * kept
    return found
