"""Grains that fall from an eruption column through layers of wind, compiled.

Each class of grains released at each level of the column lands as a normal distribution around
the point to which the wind has carried it.  Import inside functions: needs numba.
"""

from math import exp, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.compiled import compiled

Array = NDArray[np.float64]
GRAVITY, VISCOSITY, SEA_DENSITY, SCALE_M = 9.81, 1.8325e-5, 1.293, 8200.0
PUMICE_PHI, LITHIC_PHI = -1.0, 7.0
LEAST = -35.0  #: exp of less is counted as nothing


@compiled
def fall_speed(height: float, diameter: float, density: float) -> float:
    """Return the settling velocity of a grain, m/s, at a height above the sea, m.

    Source: C. Bonadonna & J. C. Phillips (2003), Sedimentation from strong volcanic plumes,
    J. Geophys. Res. 108(B7):2340 (Kunii & Levenspiel 1969).
    """
    air = SEA_DENSITY * exp(-height / SCALE_M)
    speed = density * GRAVITY * diameter * diameter / (18.0 * VISCOSITY)
    if diameter * air * speed / VISCOSITY >= 6.0:
        pull = 4.0 * GRAVITY * GRAVITY * density * density
        speed = diameter * (pull / (225.0 * VISCOSITY * air)) ** (1.0 / 3.0)
        if diameter * air * speed / VISCOSITY >= 500.0:
            speed = sqrt(3.1 * density * GRAVITY * diameter / air)
    return speed


def grains(
    *, coarsest_phi: float, finest_phi: float, classes: int, pumice: float, lithic: float
) -> tuple[Array, Array, Array]:
    """Return phi, diameter in m and density in kg/m3 of the classes, (classes,).

    Density goes linearly from `pumice` at phi -1 to `lithic` at phi 7.
    Source: C. Bonadonna et al. (2005), Probabilistic modeling of tephra dispersal, J. Geophys.
    Res. 110:B03203, section 2; L. Connor & C. Connor (2006), tephra2 (where classes begin).
    """
    phi: Array = coarsest_phi + (finest_phi - coarsest_phi) / classes * np.arange(
        classes, dtype=np.float64
    )
    part = np.clip((phi - PUMICE_PHI) / (LITHIC_PHI - PUMICE_PHI), 0.0, 1.0)
    diameter: Array = 1e-3 * 2.0**-phi
    return phi, diameter, np.asarray(pumice + (lithic - pumice) * part)


def grain_shares(phi: Array, median: Array, deviation: Array) -> Array:
    """Return each class's share of the mass, normal in phi, (members, classes); rows sum to 1.

    Source: W. C. Krumbein (1934), Size frequency distributions of sediments, J. Sediment. Petrol.
    4:65.
    """
    away = (phi[None, :] - median[:, None]) / deviation[:, None]
    away = away * away
    shares = np.exp(-0.5 * (away - away.min(axis=1, keepdims=True)))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def level_shares(alpha: float, beta: float, levels: int) -> Array:
    """Return the share of the mass that leaves the column at each level, (levels,), sum 1.

    Levels lie at 1/levels, 2/levels … 1 of the column.  Where beta < 1 the density at the top is
    without bound and is taken 0.001 below it; where beta > 1 it is nothing.
    Source: T. Suzuki (1983), A theoretical model for dispersion of tephra; L. Connor & C. Connor
    (2006), tephra2 (the beta distribution).
    """
    height = np.arange(1, levels + 1) / levels
    if beta < 1.0:
        height[-1] = 1.0 - 0.001
    shares = height ** (alpha - 1.0) * (1.0 - height) ** (beta - 1.0)
    return np.asarray(shares / shares.sum())


@compiled
def _trace_one(
    vent: float, rise: float, diameter: Any, density: Any, wind: Any, turn: Any, paths: Any
) -> None:
    levels = paths.shape[1]
    step = rise / levels
    for p in range(paths.shape[0]):
        x, y, time = 0.0, 0.0, 0.0
        for z in range(levels):
            above = (z + 1) * step
            fall = step / fall_speed(vent + above, diameter[p], density[p])
            time += fall
            x += fall * (wind[z + 1, 0] * turn[0] - wind[z + 1, 1] * turn[1])
            y += fall * (wind[z + 1, 0] * turn[1] + wind[z + 1, 1] * turn[0])
            paths[p, z, 0], paths[p, z, 1] = x, y
            paths[p, z, 2], paths[p, z, 3] = time, above
            paths[p, z, 4] = (0.2 * above * above) ** 0.4


@compiled
def trace(
    vent: float, rise: float, diameter: Any, density: Any, wind: Any, turn: Any, levels: int
) -> Any:
    """Return where and when grains reach the height of the vent, (classes, levels, 5).

    Args: vent: m above the sea.  rise: of the column above it, m.  wind: (levels + 1, 2) u, v in
        m/s at the vent and at every level.  turn: (2,) what the wind is multiplied with, as a
        complex number (a factor and a turn to the left).
    Returns: m east and north of the vent, seconds of fall, m above the vent where released, and
        the seconds for which the column's own width counts for fine grains.
    Source: C. Bonadonna et al. (2005), J. Geophys. Res. 110:B03203, section 2.
    """
    paths = np.empty((diameter.shape[0], levels, 5))
    _trace_one(vent, rise, diameter, density, wind, turn, paths)
    return paths


@compiled
def below_vent(
    vent: float, ground: float, diameter: Any, density: Any, wind: Any, turn: Any
) -> Any:
    """Return what is added on the way from the vent's height to the ground, (classes, 3).

    Metres east, north and seconds; the wind there is that at the vent, less by the height.
    Source: L. Connor & C. Connor (2006), tephra2, user's manual.
    """
    added = np.zeros((diameter.shape[0], 3))
    if ground < vent:
        part = max(ground, 0.0) / vent if vent > 0.0 else 1.0
        u = part * (wind[0, 0] * turn[0] - wind[0, 1] * turn[1])
        v = part * (wind[0, 0] * turn[1] + wind[0, 1] * turn[0])
        for p in range(diameter.shape[0]):
            time = (vent - ground) / fall_speed(vent, diameter[p], density[p])
            added[p, 0], added[p, 1], added[p, 2] = u * time, v * time, time
    return added


@compiled
def spread_square(time: float, above: float, age: float, mixing: Any) -> float:
    """Return the squared radius s of a landed distribution exp(-r2/s)/(pi s), m2.

    Args: time: of fall, s.  above: height of release above the vent, m.  age: (0.2 above2)^0.4,
        s.  mixing: (3,) diffusion of coarse and of fine grains, m2/s, and the fall time that
        parts them, s.
    Source: T. Suzuki (1983); C. Bonadonna et al. (2005), J. Geophys. Res. 110:B03203, section 2.
    """
    if time >= mixing[2]:
        grown = time + age
        return float(1.6 * mixing[1] * grown * grown * sqrt(grown))
    return float(4.0 * mixing[0] * time + 0.0128 * above * above)


@compiled
def land(
    x: float, y: float, paths: Any, added: Any, shares: Any, mixing: Any, step: float, found: Any,
    ends: Any,
) -> None:  # fmt: skip
    """Fill `found` with what lands at one point, 1/m2 per unit of each class, by time of fall.

    Args: paths, added: of `trace` and `below_vent`.  shares: (levels,).  mixing: (3,) diffusion,
        eddy, limit.  step: seconds.  found: (classes, steps + 1); the last column takes what
        falls later.  ends: (classes, 2): first and last column that is not empty, before (its
        columns are emptied) and after.
    Source: T. Suzuki (1983); C. Bonadonna et al. (2005), J. Geophys. Res. 110:B03203, section 2.
    """
    last = found.shape[1] - 1
    often = 1.0 / step
    for p in range(paths.shape[0]):
        for column in range(ends[p, 0], ends[p, 1] + 1):
            found[p, column] = 0.0
        low, high = last + 1, -1
        for z in range(paths.shape[1]):
            if shares[z] == 0.0:
                continue
            time = paths[p, z, 2] + added[p, 2]
            square = spread_square(time, paths[p, z, 3], paths[p, z, 4], mixing)
            east = x - paths[p, z, 0] - added[p, 0]
            north = y - paths[p, z, 1] - added[p, 1]
            away = east * east + north * north
            if away > -LEAST * square:
                continue
            part = 1.0 / square
            column = min(int(time * often), last)
            found[p, column] += shares[z] * exp(-away * part) * (part / pi)
            low, high = min(low, column), max(high, column)
        ends[p, 0], ends[p, 1] = low, high


@compiled
def scattered(
    x: Any, y: Any, elevation: Any, vent: float, paths: Any, diameter: Any, density: Any,
    wind: Any, turn: Any, shares: Any, mixing: Any,
) -> Any:  # fmt: skip
    """Return what finally lands at scattered points, 1/m2 per unit of each class.

    Shape (points, classes).  Arguments as `trace`, `below_vent` and `land`.
    Source: C. Bonadonna et al. (2005), J. Geophys. Res. 110:B03203, section 2.
    """
    classes = paths.shape[0]
    total = np.zeros((x.shape[0], classes))
    added = np.zeros((classes, 3))
    known = np.nan
    for point in range(x.shape[0]):
        if elevation[point] != known:
            known = elevation[point]
            added = below_vent(vent, known, diameter, density, wind, turn)
            widths = _widths(paths, added, shares, mixing)
        for p in range(classes):
            for z in range(paths.shape[1]):
                east = x[point] - paths[p, z, 0] - added[p, 0]
                north = y[point] - paths[p, z, 1] - added[p, 1]
                power = -(east * east + north * north) * widths[p, z, 0]
                if power > LEAST:
                    total[point, p] += widths[p, z, 1] * exp(power)
    return total


@compiled
def _widths(paths: Any, added: Any, shares: Any, mixing: Any) -> Any:
    """Return 1/s and share/(pi s) of each class and level."""
    found = np.empty((paths.shape[0], paths.shape[1], 2))
    for p in range(paths.shape[0]):
        for z in range(paths.shape[1]):
            time = paths[p, z, 2] + added[p, 2]
            square = spread_square(time, paths[p, z, 3], paths[p, z, 4], mixing)
            found[p, z, 0] = 1.0 / square
            found[p, z, 1] = shares[z] / (pi * square)
    return found


@compiled
def lattice_parts(
    x: Any, y: Any, paths: Any, added: Any, shares: Any, mixing: Any
) -> tuple[Any, Any]:
    """Return the factors of the response on a lattice, (classes, x, levels) and (.., y, levels).

    Source: this project, docs/reference/ash-fall.md, "On a lattice".
    """
    widths = _widths(paths, added, shares, mixing)
    classes, levels = paths.shape[0], paths.shape[1]
    east = np.zeros((classes, x.shape[0], levels))
    north = np.zeros((classes, y.shape[0], levels))
    for p in range(classes):
        for i in range(x.shape[0]):
            for z in range(levels):
                away = x[i] - paths[p, z, 0] - added[p, 0]
                power = -away * away * widths[p, z, 0]
                east[p, i, z] = widths[p, z, 1] * exp(power) if power > LEAST else 0.0
        for i in range(y.shape[0]):
            for z in range(levels):
                away = y[i] - paths[p, z, 1] - added[p, 1]
                power = -away * away * widths[p, z, 0]
                north[p, i, z] = exp(power) if power > LEAST else 0.0
    return east, north
