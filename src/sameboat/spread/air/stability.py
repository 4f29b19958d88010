"""How fast a cloud widens: Pasquill's classes and Briggs's curves.

A curve is a x (1 + b x)^p, metres at x metres downwind.  Compiled: import inside functions.
"""

from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.compiled import compiled

CLASSES = "ABCDEF"
#: terrain, class -> a, b, p of sigma_y and of sigma_z (Briggs 1973).
_OPEN_Y = [(0.22, 1e-4, -0.5), (0.16, 1e-4, -0.5), (0.11, 1e-4, -0.5), (0.08, 1e-4, -0.5),
           (0.06, 1e-4, -0.5), (0.04, 1e-4, -0.5)]  # fmt: skip
_OPEN_Z = [(0.20, 0.0, 0.0), (0.12, 0.0, 0.0), (0.08, 2e-4, -0.5), (0.06, 1.5e-3, -0.5),
           (0.03, 3e-4, -1.0), (0.016, 3e-4, -1.0)]  # fmt: skip
_URBAN_Y = [(0.32, 4e-4, -0.5), (0.32, 4e-4, -0.5), (0.22, 4e-4, -0.5), (0.16, 4e-4, -0.5),
            (0.11, 4e-4, -0.5), (0.11, 4e-4, -0.5)]  # fmt: skip
_URBAN_Z = [(0.24, 1e-3, 0.5), (0.24, 1e-3, 0.5), (0.20, 0.0, 0.0), (0.14, 3e-4, -0.5),
            (0.08, 1.5e-3, -0.5), (0.08, 1.5e-3, -0.5)]  # fmt: skip
#: terrain -> curves (2, 6, 3): sigma_y and sigma_z by class.
CURVES: dict[str, NDArray[np.float64]] = {
    "open": np.array([_OPEN_Y, _OPEN_Z]),
    "urban": np.array([_URBAN_Y, _URBAN_Z]),
}
#: terrain -> power by class with which the wind grows with height.
WIND_POWER: dict[str, NDArray[np.float64]] = {
    "open": np.array([0.07, 0.07, 0.10, 0.15, 0.35, 0.55]),
    "urban": np.array([0.15, 0.15, 0.20, 0.25, 0.30, 0.30]),
}
#: Pasquill (1961), rows: wind below 2, 3, 5, 6 m/s and above; columns: strong, moderate, slight
#: sun; night with at least half, and with less of the sky clouded.  Between two classes stands
#: the more stable one: less dilution is the safer error.
_PASQUILL = ("ABBFF", "BBCEF", "BCCDE", "CDDDD", "CDDDD")
_SKY = ("strong sun", "moderate sun", "slight sun", "cloudy night", "clear night")


def pasquill_class(wind_ms: float, sky: str) -> str:
    """Return the stability class, "A" (most mixing) to "F".

    Args: wind_ms: at 10 m, >= 0.  sky: strong sun, moderate sun, slight sun, cloudy night,
        clear night, or overcast (D by day and night).
    Raises: ValueError: the wind or the sky is none of these.
    Source: F. Pasquill (1961), The estimation of the dispersion of windborne material,
    Meteorol. Mag. 90:33, table 1.
    """
    if not 0 <= wind_ms < inf:
        raise ValueError(f"wind_ms is {wind_ms}, allowed: >= 0")
    if sky == "overcast":
        return "D"
    if sky not in _SKY:
        raise ValueError(f"sky is {sky!r}, allowed: {', '.join(_SKY)}, overcast")
    row = sum(wind_ms >= limit for limit in (2.0, 3.0, 5.0, 6.0))
    return _PASQUILL[row][_SKY.index(sky)]


def class_of_obukhov(length_m: float, roughness_m: float) -> str:
    """Return the stability class whose typical Obukhov length is nearest, as 1/L.

    Args: length_m: L, not 0 (infinite: neutral).  roughness_m: > 0.
    Raises: ValueError: a number lies outside its range.
    Source: D. Golder (1972), Relations among stability parameters in the surface layer,
    Boundary-Layer Meteorol. 3:47, as fitted in T. Spicer & J. Havens (1989), User's guide for
    DEGADIS 2.1, EPA-450/4-89-019.
    """
    if not (length_m != 0 and 0 < roughness_m < inf):
        raise ValueError(f"L {length_m}, roughness {roughness_m}: allowed not 0, and > 0 m")
    typical = {
        "A": -11.4 * roughness_m**0.10, "B": -26.0 * roughness_m**0.17,
        "C": -123.0 * roughness_m**0.30, "D": inf, "E": 123.0 * roughness_m**0.30,
        "F": 26.0 * roughness_m**0.17,
    }  # fmt: skip
    return min(typical, key=lambda each: abs(1 / typical[each] - 1 / length_m))


@compiled
def curve_width(distance: float, a: float, b: float, p: float) -> float:
    """Return the standard deviation in metres at `distance` >= 0 metres on one curve.

    Source: G. A. Briggs (1973), Diffusion estimation for small emissions, ATDL 79, table 1.
    """
    if p == 0.0:
        return a * distance
    if p == -0.5:
        return a * distance / sqrt(1.0 + b * distance)
    if p == -1.0:
        return a * distance / (1.0 + b * distance)
    return a * distance * sqrt(1.0 + b * distance)


@compiled
def virtual_distance(width: float, a: float, b: float, p: float) -> float:
    """Return the distance in metres at which a curve has this width; infinity where it never has.

    A cloud whose class changes goes on along the new curve from there.
    Source: D. B. Turner (1970), Workbook of atmospheric dispersion estimates, AP-26, chapter 5.
    """
    if p == 0.0:
        return width / a
    if p == -0.5:
        half = 0.5 * width * width * b
        return (half + sqrt(half * half + a * a * width * width)) / (a * a)
    if p == -1.0:
        left = a - width * b
        return width / left if left > 0.0 else inf
    distance = width / a
    for _step in range(60):
        # Newton's method on a2 x2 (1 + b x) - width2; convex, and begun above the root.
        value = a * a * distance * distance * (1.0 + b * distance) - width * width
        slope = a * a * distance * (2.0 + 3.0 * b * distance)
        if slope <= 0.0 or abs(value) <= 1e-14 * width * width:
            break
        distance -= value / slope
    return distance


def widths(distance_m: Any, stability: str, terrain: str = "open") -> tuple[Any, Any]:
    """Return sigma_y and sigma_z in metres at these distances downwind, same shape.

    The curves were drawn for averages of 10 minutes, from 100 m to 10 km.
    Raises: ValueError: the class or the terrain is unknown, or a distance below 0.
    Source: G. A. Briggs (1973), Diffusion estimation for small emissions, ATDL 79, table 1.
    """
    if terrain not in CURVES:
        raise ValueError(f"terrain is {terrain!r}, allowed: {', '.join(CURVES)}")
    if len(stability) != 1 or stability not in CLASSES:
        raise ValueError(f"stability is {stability!r}, allowed: A … F")
    x = np.asarray(distance_m, dtype=np.float64)
    if not (x >= 0).all():
        raise ValueError("distance_m must be >= 0 m")
    curves = CURVES[terrain][:, CLASSES.index(stability)]
    sigma_y, sigma_z = (a * x * (1 + b * x) ** p for a, b, p in curves)
    return sigma_y, sigma_z
