"""The steady plume of a point source in a uniform wind, between the ground and a lid.

Compiled parts: import inside functions.
"""

from math import exp, inf, pi, sqrt
from typing import Any

import numpy as np

from sameboat.spread.air.stability import widths
from sameboat.spread.compiled import compiled

_ROOT_2PI = sqrt(2.0 * pi)
#: Below this part of the lid's height images converge at once, above it the cosines do.
_MIXED = 0.6
#: exp of less is counted as nothing: what follows would be subnormal numbers, which are slow.
LEAST = -35.0


@compiled
def height_share(z: float, height: float, sigma: float, lid: float) -> float:
    """Return the density in 1/m of what was released at `height`, seen at `z`; above the lid, none.

    Reflected at the ground and at the lid (infinity: there is none); over all heights it is one.
    Source: D. B. Turner (1970), Workbook of atmospheric dispersion estimates, AP-26, eq 3.1 and
    chapter 3 (images); H. S. Carslaw & J. C. Jaeger (1959), Conduction of heat in solids,
    section 10.3 (the same as a series of cosines).
    """
    if z > lid:
        return 0.0
    if sigma > _MIXED * lid:
        total = 1.0
        for n in range(1, 5):
            wave = n * pi / lid
            fall = -0.5 * (wave * sigma) ** 2
            if fall < -20.0:
                break
            total += 2.0 * exp(fall) * np.cos(wave * z) * np.cos(wave * height)
        return max(total, 0.0) / lid
    half = 0.5 / (sigma * sigma)
    total = exp(-half * (z - height) ** 2) + exp(-half * (z + height) ** 2)
    if lid < inf:
        for n in range(1, 4):
            shift = 2.0 * n * lid
            # The nearest image of the n-th order; the others are weaker.
            nearest = -half * (shift - z - height) ** 2
            if nearest < -20.0:
                break
            total += exp(nearest) + exp(-half * (shift + z + height) ** 2)
            total += exp(-half * (shift - z + height) ** 2)
            total += exp(-half * (shift + z - height) ** 2)
    return total / (_ROOT_2PI * sigma)


def plume(
    x: Any, y: Any, z: Any, *, rate: float, wind_ms: float, height_m: float, stability: str,
    terrain: str = "open", lid_m: float = inf,
) -> Any:  # fmt: skip
    """Return the concentration of a steady plume, in units of `rate` x s/m3, broadcast shape.

    Args: x, y, z: m downwind, across and above the ground.  rate: released per second, > 0.
        wind_ms: > 0; in calm there is no steady plume, use puffs.  height_m: of the source,
        between 0 and the lid.
    Raises: ValueError: a number lies outside its range.
    Source: D. B. Turner (1970), Workbook of atmospheric dispersion estimates, AP-26, eq 3.1.
    """
    if not (0 < wind_ms < inf and 0 < rate < inf):
        raise ValueError(f"wind_ms {wind_ms}, rate {rate}: allowed > 0")
    if not 0 <= height_m < lid_m:
        raise ValueError(f"height_m is {height_m}, allowed: 0 … the lid, {lid_m} m")
    x, y, z = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (x, y, z)))
    found = np.zeros(x.shape)
    downwind = x > 0
    # Some 1e-150 m downwind the squares of the widths would be nothing, and 0 / 0 the answer.
    sigma_y, sigma_z = (np.maximum(s, 1e-150) for s in widths(x[downwind], stability, terrain))
    across = np.exp(-0.5 * (y[downwind] / sigma_y) ** 2) / (_ROOT_2PI * sigma_y)
    upright = np.array(
        [
            height_share(each, height_m, sigma, lid_m)
            for each, sigma in zip(z[downwind], sigma_z, strict=True)
        ]
    )
    found[downwind] = rate / wind_ms * across * upright
    return found


@compiled
def plume_lattice(
    x: Any, y: Any, z: Any, source: Any, wind: Any, curves: Any, lid: float
) -> Any:  # fmt: skip
    """Return steady plumes on a lattice, (winds, x, y, z), per unit released each second.

    Args: x, y, z: of the lattice, m.  source: its x, y, height, m.  wind: (winds, 2) of u, v m/s,
        not calm.  curves: (winds, 2, 3) of sigma_y and sigma_z.  lid: m, or infinity.
    Source: D. B. Turner (1970), Workbook of atmospheric dispersion estimates, AP-26, eq 3.1.
    """
    found = np.zeros((wind.shape[0], x.shape[0], y.shape[0], z.shape[0]))
    for state in range(wind.shape[0]):
        speed = sqrt(wind[state, 0] ** 2 + wind[state, 1] ** 2)
        along_x, along_y = wind[state, 0] / speed, wind[state, 1] / speed
        ya, yb, yp = curves[state, 0]
        za, zb, zp = curves[state, 1]
        for i in range(x.shape[0]):
            for j in range(y.shape[0]):
                east, north = x[i] - source[0], y[j] - source[1]
                down = east * along_x + north * along_y
                if down <= 0.0:
                    continue
                across = north * along_x - east * along_y
                sigma_y = ya * down * (1.0 + yb * down) ** yp
                power = -0.5 * (across / sigma_y) ** 2
                if power < LEAST:
                    continue
                level = exp(power) / (_ROOT_2PI * sigma_y * speed)
                sigma_z = za * down * (1.0 + zb * down) ** zp
                for k in range(z.shape[0]):
                    share = height_share(z[k], source[2], sigma_z, lid)
                    found[state, i, j, k] = level * share
    return found
