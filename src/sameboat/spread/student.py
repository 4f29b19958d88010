"""Student's t with five degrees of freedom: errors of measurement, with room for an odd one."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: One odd bottle must not move the river.
FREEDOM = 5.0


def log_density(away: Array) -> Array:
    """Return the logarithm of the density up to a constant, `away` in standard deviations.

    Source: K. L. Lange, R. J. A. Little & J. M. G. Taylor (1989), Robust statistical modeling
    using the t distribution, J. Am. Stat. Assoc. 84:881.
    """
    found: Array = -0.5 * (FREEDOM + 1) * np.log1p(away**2 / FREEDOM)
    return found


def below(away: Array) -> Array:
    """Return the distribution function; a tail beyond 1e-15 is as good as none.

    Source: M. Abramowitz & I. A. Stegun (1964), Handbook of Mathematical Functions, eq 26.7.3.
    """
    angle = np.arctan(away / np.sqrt(FREEDOM))
    cosine = np.cos(angle)
    found: Array = 0.5 + (angle + np.sin(angle) * cosine * (1 + 2 / 3 * cosine**2)) / np.pi
    return np.maximum(found, 1e-15)
