"""The rates of one step with which an epidemic in steps grows as one in continuous time."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
#: The rates told are multiplied by no less and no more: beyond it a step is too long to follow.
_LEAST, _MOST = 0.25, 4.0
_HALVINGS = 48


def paced_rates(
    r0: ArrayLike, latent_days: ArrayLike, infectious_days: ArrayLike, *, step_days: float
) -> tuple[Array, Array]:
    """Return the rates in one step at which people become infectious, and recover.

    People leave a state at the end of a step: with rates step / time they would stay half a step
    longer, and the epidemic would grow too slowly.  Both rates are multiplied by the number with
    which a person becomes exp(r step) persons in a step, r being the growth in continuous time.
    Args: r0: >= 0.  latent_days, infectious_days, step_days: > 0; arrays of one shape.
    Source: M. Lipsitch et al. (2003), Science 300:1966 (r); this project,
    docs/reference/epidemic.md, "The course".
    """
    spread = np.asarray(r0, dtype=np.float64)
    a = step_days / np.asarray(latent_days, dtype=np.float64)
    b = step_days / np.asarray(infectious_days, dtype=np.float64)
    slow = _part(a, b, spread)
    growth = slow * (spread - 1.0)
    safe = np.where(growth == 0.0, 1.0, growth)
    wanted = slow * np.where(growth == 0.0, 1.0, np.expm1(safe) / safe)
    low, high = (np.full(wanted.shape, each) for each in (_LEAST, _MOST))
    for _halving in range(_HALVINGS):
        middle = 0.5 * (low + high)
        short = _part(-np.expm1(-middle * a), -np.expm1(-middle * b), spread) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    pace = 0.5 * (low + high)
    return pace * a, pace * b


def _part(a: Array, b: Array, r0: Array) -> Array:
    """Return the larger root of x^2 + (a + b) x = a b (R0 - 1), over R0 - 1."""
    found: Array = 2.0 * a * b / (np.sqrt((a - b) ** 2 + 4.0 * a * b * r0) + a + b)
    return found
