"""The river's own clock: it runs slower as the water recedes, and slower again under ice.

A river whose velocity falls everywhere at once by the same factor carries its clouds through the
same shapes, only later; so one change of clock does for the whole network.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
#: A clock that would stand still for good is not asked beyond this, hours.
LAST_HOUR = 1e6


def river_hours(hours: ArrayLike, freeze: Array, ice: Array, slowing: Array) -> Array:
    """Return the river's own hours; its rate is exp(-slowing t), times `ice` after `freeze`.

    Args: hours: since the release, >= 0.  freeze: hour from which ice slows the river, >= 0.
        ice: (0, 1].  slowing: of the velocity, 1/h, >= 0.
    Source: this project, docs/reference/river-pollutant.md, "The river's clock".
    """
    time = np.asarray(hours, dtype=np.float64)
    open_water = _run(np.minimum(time, freeze), slowing)
    return open_water + ice * (_run(time, slowing) - _run(np.minimum(time, freeze), slowing))


def _run(time: Array, slowing: Array) -> Array:
    steady = slowing < 1e-12
    return np.where(steady, time, -np.expm1(-slowing * time) / np.where(steady, 1.0, slowing))
