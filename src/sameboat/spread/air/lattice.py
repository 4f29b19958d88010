"""Maps: ash and puffs on a regular lattice, where a normal distribution is a product.

exp(-(x2 + y2)/s) = exp(-x2/s) exp(-y2/s): the sum over all grains or puffs is then a product of two
matrices, many times quicker than point by point.
"""

from collections.abc import Mapping
from functools import partial
from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.air.ash import GEOMETRY, AshFall
from sameboat.spread.draws import Draws

Array = NDArray[np.float64]
LEAST = -35.0
_ROOT_2PI3 = (2.0 * pi) ** 1.5


def ash_lattice(problem: AshFall, draws: Draws, x: Array, y: Array, *, elevation_m: float) -> Array:
    """Return what finally lies on a lattice, kg/m2, shape (members, x, y).

    Members of the same column and wind (the same parameters but for the mass, the grain sizes and
    the duration) share the work: each class of grains is mapped once and weighed for each.
    Args: x, y: m east and north of the vent.  elevation_m: of the ground.
    Source: this project, docs/reference/ash-fall.md, "On a lattice".
    """
    values = problem.values(draws)
    geometry = np.stack([values[name] for name in GEOMETRY])
    kinds, kind = np.unique(geometry, axis=1, return_inverse=True)
    groups = [np.flatnonzero(kind.ravel() == column) for column in range(kinds.shape[1])]
    mapped = partial(_mapped, problem, values, x=x, y=y, elevation_m=elevation_m)
    if len(groups) == 1:
        # What may be large is written once, where it stays.
        return mapped(groups[0])
    found = np.empty((draws.members, len(x), len(y)))
    for members in groups:
        found[members] = mapped(members)
    return found


def _mapped(
    problem: AshFall, values: Mapping[str, Array], members: NDArray[np.int64], *, x: Array,
    y: Array, elevation_m: float,
) -> Array:  # fmt: skip
    """Return the lattices of members of one column and wind."""
    from sameboat.spread.air.tephra import below_vent, grain_shares, lattice_parts

    phi, place = problem.place({name: values[name][members[0]] for name in GEOMETRY})
    vent, paths, diameter, density, wind, turn, levels, mixing = place
    added = below_vent(vent, elevation_m, diameter, density, wind, turn)
    shares = grain_shares(phi, values["median_phi"][members], values["deviation_phi"][members])
    weights = shares * values["mass_kg"][members][:, None]
    east, north = lattice_parts(x, y, paths, added, levels, mixing)
    if len(members) == 1:
        # One member: the classes join in one long sum.
        east *= weights[0][:, None, None]
        long = (east.transpose(1, 0, 2).reshape(len(x), -1), north.transpose(1, 0, 2))
        return np.asarray(long[0] @ long[1].reshape(len(y), -1).T)[None]
    each = np.matmul(east, north.transpose(0, 2, 1)).reshape(len(phi), -1)
    return np.asarray(weights @ each).reshape(len(members), len(x), len(y))


def add_puff(
    found: NDArray[Any], x: Array, y: Array, z: Array, centres: Array, sizes: Array,
    weights: Array, heights: Array,
) -> None:  # fmt: skip
    """Add some puffs near each other to a lattice (z, x, y), in place and in its precision.

    Only the part of the lattice is looked at where they are more than exp(-35) of their middle;
    single precision is good to about 1e-5 and twice as quick.
    Args: x, y, z: of the lattice, m, rising.  centres: (puffs, 2) m.  sizes: (puffs, 2) of
        sigma_y and sigma_z, m.  weights: (puffs,) kg, or kg times a share of the time.  heights:
        (puffs,) m.
    Source: D. B. Turner (1970), Workbook of atmospheric dispersion estimates, AP-26, chapter 5.
    """
    reach = sqrt(-2.0 * LEAST) * sizes[:, 0].max()
    (left, right), (low, high) = (
        np.searchsorted(axis, (centres[:, c].min() - reach, centres[:, c].max() + reach))
        for c, axis in enumerate((x, y))
    )
    if left >= right or low >= high:
        return
    root = np.sqrt(0.5) / sizes[:, 0]
    parts = []
    for c, axis in enumerate((x[left:right], y[low:high])):
        power = ((axis[:, None] - centres[:, c]) * root).astype(found.dtype)
        np.multiply(power, power, out=power)
        far = power > -LEAST
        np.exp(np.negative(power, out=power), out=power)
        power[far] = 0.0
        parts.append(power)
    scale = weights / (_ROOT_2PI3 * sizes[:, 0] ** 2 * sizes[:, 1])
    upright = 0.5 / sizes[:, 1] ** 2
    rise = np.exp(-upright * (z[:, None] - heights) ** 2)
    rise += np.exp(-upright * (z[:, None] + heights) ** 2)
    levels = (scale * rise).astype(found.dtype)
    found[:, left:right, low:high] += (parts[0] * levels[:, None, :]) @ parts[1].T
