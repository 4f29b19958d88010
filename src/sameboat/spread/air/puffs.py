"""A release into a changing wind: what is the same for all members, in steps."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.air.places import components
from sameboat.spread.air.stability import CLASSES

Array = NDArray[np.float64]
#: Width of an even source over its standard deviation (Turner 1970, chapter 5).
WIDTH_TO_SIGMA = 4.3
_SUB = 16


@dataclass(frozen=True)
class Weather:
    """The air in steps: wind (steps, 2) toward east and north at 10 m, m/s; class 0 … 5; mm/h."""

    wind: Array
    state: NDArray[np.int64]
    rain: Array
    step_s: float

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.state)


def weather_in_steps(
    hours: Array, speed: Array, from_deg: Array, classes: str, rain: Array, *, step_s: float,
    steps: int,
) -> Weather:  # fmt: skip
    """Return the weather of each step, of a table of times.

    The wind's components are linear between the times (never its direction: between 350 and 10
    degrees lies north), class and rain hold until the next time; before the first and after the
    last the air is as then.
    Args: hours: (rows,) rising.  speed: m/s.  from_deg: degrees.  classes: a letter for each row.
    Source: this project, docs/reference/air-release.md, "Weather".
    """
    u, v = components(speed, from_deg)
    # Means over each step, not its middle alone: a shift within it counts with its length.
    at = (np.arange(steps * _SUB) + 0.5) / _SUB * step_s / 3600.0
    wind = np.stack([np.interp(at, hours, each) for each in (u, v)], axis=1)
    wind = wind.reshape(steps, _SUB, 2).mean(axis=1)
    middle = (np.arange(steps) + 0.5) * step_s / 3600.0
    row = np.maximum(np.searchsorted(hours, middle, side="right") - 1, 0)
    state = np.array([CLASSES.index(each) for each in classes], dtype=np.int64)[row]
    return Weather(np.ascontiguousarray(wind), state, rain[row].copy(), step_s)


def release_pieces(rows: Any, *, step_s: float) -> Array:
    """Return a release in pieces of about a step, (pieces, 3): begin s, end s, share.

    Args: rows: (rows, 3) of begin h, end h >= begin, weight >= 0; the weights are made to sum
        to 1 and each row's is spread evenly over its time.
    Raises: ValueError: no weight is above 0.
    Source: this project, docs/reference/air-release.md, "Puffs".
    """
    table = np.asarray(rows, dtype=np.float64)
    total = table[:, 2].sum()
    if not total > 0:
        raise ValueError("the weights of a release must not all be 0")
    found = []
    for begin, end, weight in table:
        if weight == 0.0:
            continue
        span = (end - begin) * 3600.0
        count = max(ceil(span / step_s - 1e-9), 1)
        edges = begin * 3600.0 + span * np.arange(count + 1) / count
        share = weight / total / count
        found += [(low, high, share) for low, high in pairwise(edges)]
    return np.array(sorted(found))
