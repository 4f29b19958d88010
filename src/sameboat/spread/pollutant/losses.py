"""What a river loses of a substance on the way: first-order rates of each process."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
GAS_CONSTANT = 8.314  #: J / (mol K)
#: Depth in metres of a river of 1 m3/s, and the power with which it grows with discharge.
DEPTH_SCALE, DEPTH_POWER = 0.27, 0.30


def depth_m(discharge_m3s: ArrayLike) -> Array:
    """Return the depth of a river, m, where nobody measured it: 0.27 Q^0.30.

    Args: discharge_m3s: > 0.
    Source: J. A. Moody & B. M. Troutman (2002), Characterization of the spatial variability of
    channel morphology, Earth Surf. Process. Landf. 27:1251, as taken over by K. M. Andreadis,
    G. J.-P. Schumann & T. Pavelsky (2013), A simple global river bankfull width and depth
    database, Water Resour. Res. 49:7164; both numbers as later papers quote them.
    """
    found: Array = DEPTH_SCALE * np.asarray(discharge_m3s, dtype=np.float64) ** DEPTH_POWER
    return found


def decay_per_hour(rate_per_day: ArrayLike, theta: ArrayLike, temperature_c: ArrayLike) -> Array:
    """Return a first-order decay at the temperature of the water, 1/h.

    Args: rate_per_day: at 20 °C, >= 0.  theta: factor for each degree.  temperature_c: °C.
    Source: S. C. Chapra (1997), Surface Water-Quality Modeling, lecture 2 (Arrhenius), from memory.
    """
    rate, base, degrees = (
        np.asarray(each, dtype=np.float64) for each in (rate_per_day, theta, temperature_c)
    )
    found: Array = rate * base ** (degrees - 20.0) / 24.0
    return found


def settling_per_hour(velocity_m_per_day: ArrayLike, depth: ArrayLike) -> Array:
    """Return the rate at which a suspended substance settles, ws / h, 1/h.

    Args: velocity_m_per_day: ws >= 0.  depth: h, m, > 0.
    Source: S. C. Chapra (1997), Surface Water-Quality Modeling, lecture 17, from memory.
    """
    velocity = np.asarray(velocity_m_per_day, dtype=np.float64)
    found: Array = velocity / (24.0 * np.asarray(depth, dtype=np.float64))
    return found


def volatilisation_m_per_day(
    henry_pa_m3_mol: ArrayLike,
    molar_mass_g_mol: ArrayLike,
    *,
    velocity_ms: ArrayLike,
    depth: ArrayLike,
    wind_ms: ArrayLike,
    temperature_c: ArrayLike,
) -> Array:
    """Return the velocity at which a substance leaves the water for the air, m/d.

    Two films in a row: the water's after O'Connor & Dobbins (3.93 sqrt(U / h) m/d for oxygen),
    the air's 168 m/d for each m/s of wind for water vapour, each times a quarter power of the
    molar masses.
    Args: henry_pa_m3_mol, wind_ms: >= 0.  The others > 0; temperature_c in °C.
    Source: W. G. Whitman (1923), Chem. Metall. Eng. 29:146; D. J. O'Connor & W. E. Dobbins
    (1958), Trans. ASCE 123:641; S. C. Chapra (1997), Surface Water-Quality Modeling, lecture
    42, from memory.
    """
    henry, molar, speed, deep, wind, degrees = (
        np.asarray(each, dtype=np.float64)
        for each in (henry_pa_m3_mol, molar_mass_g_mol, velocity_ms, depth, wind_ms, temperature_c)
    )
    water = 3.93 * np.sqrt(speed / deep) * (32.0 / molar) ** 0.25
    air = 168.0 * wind * (18.0 / molar) ** 0.25
    partition = henry / (GAS_CONSTANT * (degrees + 273.15))
    resisted = air * partition
    found: Array = water * resisted / np.maximum(resisted + water, 1e-300)
    return found
