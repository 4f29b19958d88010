"""A plume from near the ground by surface-layer similarity, where u*, L and sigma_theta are known.

The mean height of the plume grows as heat and momentum are mixed in the surface layer; what is
integrated across the wind follows from it, and the spread across the wind from the measured
fluctuation of its direction.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import atan, gamma, inf, isfinite, log, pi, radians, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Of Businger et al. (1971), the set with which van Ulden (1978) works: von Karman's constant,
#: phi_h in neutral air, and the constants of unstable (heat, momentum) and stable air.
KARMAN, NEUTRAL_HEAT = 0.35, 0.74
_HEAT, _MOMENTUM, _STABLE = 9.0, 15.0, 4.7
#: The heights, in mean heights of the plume, at which it spreads and travels (van Ulden 1978).
_SPREADS_AT, _TRAVELS_AT = 1.55, 0.6
#: A plume that would be so many lids high without the lid is mixed evenly below it (to 1e-3).
_MIXED = 30.0


@dataclass(frozen=True)
class SurfaceLayer:
    """The lowest air: u* m/s, Obukhov's length m (infinite: neutral), roughness m."""

    friction_velocity_ms: float
    obukhov_m: float
    roughness_m: float

    def __post_init__(self) -> None:
        if not 0 < self.friction_velocity_ms < inf:
            raise ValueError(f"u* is {self.friction_velocity_ms}, allowed: > 0 m/s")
        if not (0 < self.roughness_m < inf):
            raise ValueError(f"roughness is {self.roughness_m}, allowed: > 0 m")
        if self.obukhov_m == 0 or self.obukhov_m != self.obukhov_m:
            raise ValueError(f"L is {self.obukhov_m}, allowed: not 0 m")

    def wind(self, height: float) -> float:
        """Return the mean wind, m/s, at a height above the roughness."""
        return self.friction_velocity_ms / KARMAN * self._log(height)

    def _log(self, height: float) -> float:
        return max(log(height / self.roughness_m) - _psi(height / self.obukhov_m), 1e-3)

    def _growth(self, mean: float) -> float:
        """Return dz/dx of the mean height (van Ulden's eq for the rate of growth)."""
        height = _SPREADS_AT * mean
        zeta = height / self.obukhov_m
        heat = NEUTRAL_HEAT + _STABLE * zeta if zeta >= 0 else NEUTRAL_HEAT / sqrt(1 - _HEAT * zeta)
        return KARMAN**2 / (self._log(height) * heat)

    def shape(self, mean: float) -> float:
        """Return the power s of the vertical profile exp(-(B z / zm)^s), from local powers."""
        height = _TRAVELS_AT * mean
        zeta = height / self.obukhov_m
        if zeta >= 0:
            momentum = 1 + _STABLE * zeta
            stable = _STABLE / NEUTRAL_HEAT * zeta
            heat = stable / (1 + stable)
        else:
            momentum = (1 - _MOMENTUM * zeta) ** -0.25
            heat = 0.5 * _HEAT * zeta / (1 - _HEAT * zeta)
        # u ~ z^m, K ~ z^n: m = phi_m / ln(), 2 - n = 1 + d ln phi_h / d ln z; s = 2 + m - n.
        return 1.0 + heat + momentum / self._log(height)


def _psi(zeta: float) -> float:
    if zeta >= 0:
        return -_STABLE * zeta
    x = (1 - _MOMENTUM * zeta) ** 0.25
    return 2 * log((1 + x) / 2) + log((1 + x * x) / 2) - 2 * atan(x) + pi / 2


def mean_heights(
    distances_m: Array, *, air: SurfaceLayer, start_m: float, lid_m: float = inf
) -> Array:
    """Return the mean height of the plume in metres at ascending distances, same shape.

    Args: start_m: mean height at the source: its own height, above the roughness.
    Raises: ValueError: distances not ascending from above 0, or start_m too low.
    Source: A. P. van Ulden (1978), Simple estimates for vertical diffusion from sources near the
    ground, Atmos. Environ. 12:2125.
    """
    if not ((np.diff(distances_m) > 0).all() and distances_m[0] > 0):
        raise ValueError("distances_m must ascend from above 0 m")
    if not air.roughness_m < _SPREADS_AT * start_m < inf:
        raise ValueError(f"start_m is {start_m}, allowed: above the roughness")
    found = np.empty(len(distances_m))
    mean, at = start_m, 0.0
    for row, until in enumerate(distances_m):
        # Steps that grow with distance: the height grows about as a power of it.
        steps = 64 if until > 1.5 * at else 4
        edges = at + (until - at) * np.linspace(0, 1, steps + 1) ** (2 if at == 0 else 1)
        for low, high in pairwise(edges):
            step = high - low
            k1 = air._growth(mean)
            k2 = air._growth(mean + 0.5 * step * k1)
            k3 = air._growth(mean + 0.5 * step * k2)
            k4 = air._growth(mean + step * k3)
            mean += step * (k1 + 2 * k2 + 2 * k3 + k4) / 6
        # A plume mixed evenly below the lid has its mean height half-way up.
        mean = min(mean, 0.5 * lid_m)
        at, found[row] = until, mean
    return found


def crosswind_integral(
    distances_m: Array,
    *,
    air: SurfaceLayer,
    source_m: float,
    seen_m: float,
    lid_m: float = inf,
    deposition_ms: float = 0.0,
) -> Array:
    """Return what is integrated across the wind, s/m2, per unit released each second.

    The profile is thrown back at the lid; above it there is nothing.
    Args: distances_m: ascending.  source_m, seen_m: heights of source and receptor, m.
        deposition_ms: at the receptor's height, >= 0; what has fallen before is missing.
    Raises: ValueError: as `mean_heights`; a deposition velocity below 0.
    Source: A. P. van Ulden (1978), Atmos. Environ. 12:2125; S.-E. Gryning, A. P. van Ulden &
    S. Larsen (1983), Dispersion from a continuous ground-level source investigated by a K model,
    Q. J. R. Meteorol. Soc. 109:355 (the shape); A. C. Chamberlain (1953), Aspects of travel and
    deposition of aerosol and vapour clouds, AERE HP/R 1261 (source depletion).
    """
    if not 0 <= deposition_ms < inf:
        raise ValueError(f"deposition_ms is {deposition_ms}, allowed: >= 0 m/s")
    if deposition_ms == 0:
        return _undepleted(distances_m, air, source_m, seen_m, lid_m)
    near = np.geomspace(distances_m[0] / 50, distances_m[-1], 200)
    fine = np.union1d(near, distances_m)
    found = _undepleted(fine, air, source_m, seen_m, lid_m)
    between = 0.5 * (found[1:] + found[:-1]) * np.diff(fine)
    passed = found[0] * fine[0] + np.concatenate([[0.0], np.cumsum(between)])
    left = found * np.exp(-deposition_ms * passed)
    return np.asarray(left[np.searchsorted(fine, distances_m)])


def _undepleted(
    distances_m: Array, air: SurfaceLayer, source_m: float, seen_m: float, lid_m: float
) -> Array:
    heights = mean_heights(distances_m, air=air, start_m=source_m, lid_m=2.0 * _MIXED * lid_m)
    found = np.zeros(len(heights))
    if seen_m > lid_m:
        return found
    for row, mean in enumerate(heights):
        wind = air.wind(_TRAVELS_AT * min(mean, 0.5 * lid_m))
        found[row] = _profile(seen_m, mean, air.shape(mean), lid_m) / wind
    return found


def _profile(z: float, mean: float, s: float, lid: float) -> float:
    """Return the density at a height, 1/m, below a lid; over all heights it is one.

    Source: Gryning, van Ulden & Larsen (1983), Q. J. R. Meteorol. Soc. 109:355 (the profile);
    D. B. Turner (1970), AP-26, chapter 3 (images in the lid).
    """
    if mean >= _MIXED * lid:
        return 1.0 / lid
    b = gamma(2 / s) / gamma(1 / s)
    images = np.array([z])
    if lid < inf:
        # Beyond this height the profile has fallen to exp(-40).
        most = int((40 ** (1 / s) * mean / b + z) / (2 * lid)) + 1
        up = 2 * lid * np.arange(1, most + 1)
        images = np.concatenate([images, up - z, up + z])
    # By logarithms: in a thin layer near the ground s is large, and a power would overflow.
    power = np.minimum(s * np.log(np.maximum(b * images / mean, 1e-300)), 7.0)
    return float(s * b / gamma(1 / s) / mean * np.exp(-np.exp(power)).sum())


def crosswind_spread(distances_m: Array, *, sigma_theta_deg: float) -> Array:
    """Return sigma_y in metres from the standard deviation of the wind's direction.

    Raises: ValueError: sigma_theta_deg lies outside (0, 90].
    Source: J. S. Irwin (1983), Estimating plume dispersion: a comparison of several sigma
    schemes, J. Climate Appl. Meteorol. 22:92 (Pasquill's function of distance).
    """
    if not (isfinite(sigma_theta_deg) and 0 < sigma_theta_deg <= 90):
        raise ValueError(f"sigma_theta_deg is {sigma_theta_deg}, allowed: above 0, up to 90")
    return radians(sigma_theta_deg) * distances_m / (1 + 0.0308 * distances_m**0.4548)
