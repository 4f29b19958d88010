"""Travel time and dispersion of a soluble pollutant where nothing was measured (Jobson 1996).

H. E. Jobson (1996), Prediction of traveltime and longitudinal dispersion in rivers and streams,
USGS Water-Resources Investigations Report 96-4013.  Fitted to some 980 subreaches of 90 rivers.
Areas in m2, discharges in m3/s, times in hours; every argument may be an array.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
GRAVITY = 9.80665  #: m/s2
#: Leading edge over peak travel time (eq 18).
LEADING_EDGE = 0.890


def relative_area(area_m2: ArrayLike, discharge_m3s: ArrayLike) -> Array:
    """Return D'a = Da^1.25 sqrt(g) / Q, dimensionless, > 0.

    Raises: ValueError: an area or a discharge is not above 0.
    Source: Jobson (1996), USGS WRIR 96-4013, eq 10.
    """
    area, discharge = _positive(area_m2=area_m2, discharge_m3s=discharge_m3s)
    found: Array = area**1.25 * np.sqrt(GRAVITY) / discharge
    return found


def velocity_scale(
    area_m2: ArrayLike, mean_discharge_m3s: ArrayLike, slope: ArrayLike | None = None
) -> Array:
    """Return b of Vp = a + b q^0.535, m/s, for a river of mean annual discharge Qa.

    q = Q / Qa; a is 0.020 without slope, 0.094 with it.  These are eqs 14 and 12 with Q = q Qa, so
    that an ensemble over q need not repeat them (the power of eq 12 is 0.531).
    Raises: ValueError: an argument is not above 0.
    Source: Jobson (1996), USGS WRIR 96-4013, eqs 12 and 14.
    """
    area, mean = _positive(area_m2=area_m2, mean_discharge_m3s=mean_discharge_m3s)
    size = relative_area(area, mean)
    if slope is None:
        return 0.051 * size**0.821 * mean / area
    (fall,) = _positive(slope=slope)
    return 0.0143 * size**0.919 * fall**0.159 * mean / area


def peak_velocity(
    area_m2: ArrayLike,
    mean_discharge_m3s: ArrayLike,
    discharge_m3s: ArrayLike,
    slope: ArrayLike | None = None,
) -> Array:
    """Return the most probable velocity of the peak, m/s.

    Args: slope: m/m, > 0; None uses the relation without slope.
    Raises: ValueError: an argument is not above 0.
    Source: Jobson (1996), USGS WRIR 96-4013, eqs 12 and 14.
    """
    with_slope, without = (0.094, 0.0143), (0.020, 0.051)
    return _velocity(area_m2, mean_discharge_m3s, discharge_m3s, slope, with_slope, without)


def fastest_velocity(
    area_m2: ArrayLike,
    mean_discharge_m3s: ArrayLike,
    discharge_m3s: ArrayLike,
    slope: ArrayLike | None = None,
) -> Array:
    """Return the maximum probable velocity of the peak, m/s: 99 % of those observed are slower.

    Raises: ValueError: an argument is not above 0.
    Source: Jobson (1996), USGS WRIR 96-4013, eqs 13 and 15.
    """
    with_slope, without = (0.25, 0.02), (0.2, 0.093)
    return _velocity(area_m2, mean_discharge_m3s, discharge_m3s, slope, with_slope, without)


def unit_peak(travel_hours: ArrayLike, relative_discharge: ArrayLike | None = None) -> Array:
    """Return the unit-peak concentration, 1e-6 per second.

    Concentration [mg/L] = this / Q [m3/s] for each 1000 kg that passes.

    Args: travel_hours: of the peak, > 0.  relative_discharge: Q / Qa, > 0; None where not known.
    Raises: ValueError: an argument is not above 0.
    Source: Jobson (1996), USGS WRIR 96-4013, eq 7 and the relation without Qa.
    """
    if relative_discharge is None:
        (hours,) = _positive(travel_hours=travel_hours)
        return 1025.0 * hours**-0.887
    hours, relative = _positive(travel_hours=travel_hours, relative_discharge=relative_discharge)
    found: Array = 857.0 * hours ** (-0.760 * relative**-0.079)
    return found


def spread_hours(travel_hours: ArrayLike, relative_discharge: ArrayLike) -> Array:
    """Return the standard deviation of the passing cloud in time, hours.

    It is that of the normal curve whose top is the unit peak: 1 / (sqrt(2 pi) Cup).
    Raises: ValueError: an argument is not above 0.
    Source: Jobson (1996), USGS WRIR 96-4013, eq 7.
    """
    found: Array = 1e6 / (unit_peak(travel_hours, relative_discharge) * 3600 * np.sqrt(2 * np.pi))
    return found


def passage_hours(travel_hours: ArrayLike, relative_discharge: ArrayLike | None = None) -> Array:
    """Return the hours from the leading edge until the cloud falls to a tenth of its peak.

    Raises: ValueError: an argument is not above 0.
    Source: Jobson (1996), USGS WRIR 96-4013, eq 19.
    """
    return 2e6 / unit_peak(travel_hours, relative_discharge) / 3600.0


def _velocity(
    area_m2: ArrayLike,
    mean_discharge_m3s: ArrayLike,
    discharge_m3s: ArrayLike,
    slope: ArrayLike | None,
    with_slope: tuple[float, float],
    without: tuple[float, float],
) -> Array:
    area, mean, discharge = _positive(
        area_m2=area_m2, mean_discharge_m3s=mean_discharge_m3s, discharge_m3s=discharge_m3s
    )
    size = relative_area(area, mean)
    if slope is None:
        return without[0] + without[1] * size**0.821 * (discharge / mean) ** -0.465 * (
            discharge / area
        )
    (fall,) = _positive(slope=slope)
    return with_slope[0] + with_slope[1] * size**0.919 * (discharge / mean) ** -0.469 * (
        fall**0.159 * discharge / area
    )


def _positive(**arguments: ArrayLike) -> tuple[Array, ...]:
    found = []
    for name, value in arguments.items():
        array = np.asarray(value, dtype=np.float64)
        if not (np.isfinite(array).all() and (array > 0).all()):
            raise ValueError(f"{name} is {value!r}, allowed: finite and > 0")
        found.append(array)
    return tuple(found)
