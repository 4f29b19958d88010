"""What members say together: probabilities and the 10th, 50th and 90th percentile."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEVELS = (0.1, 0.5, 0.9)
#: Numbers that are sorted at a time.
_TOGETHER = 2**20


@dataclass(frozen=True)
class Band:
    """The 10th, 50th and 90th percentile; None where it never happens (or not before the end)."""

    p10: float | None
    p50: float | None
    p90: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return the band as JSON carries it."""
        return {"p10": self.p10, "p50": self.p50, "p90": self.p90}


@dataclass(frozen=True)
class Reach:
    """What the members say together of one target at one threshold."""

    p_reached: float  #: 0..1
    arrival_hours: Band  #: first exceedance, since the start; over members that reach it
    peak_hours: Band  #: time of the highest intensity; over members that reach it
    cleared_hours: Band  #: last fall below; over members that reach it
    peak: Band  #: highest intensity, over all members
    duration_hours: Band  #: time above; over members that reach it
    p_error: float  #: Monte Carlo standard error of p_reached


def quantile_bands(values: NDArray[Any], chosen: NDArray[np.bool_], weights: Array) -> Array:
    """Return the weighted 10th, 50th and 90th percentile of the chosen members, (rows, 3).

    Args: values, chosen: (rows, members).  weights: (members,), sum 1.
    Returns: not a number where no member is chosen.  The inverted distribution function is used:
        it never mixes a number with infinity ("not before the end").
    Source: R. J. Hyndman & Y. Fan (1996), Sample quantiles in statistical packages, Am. Stat.
    50:361, definition 1.
    """
    found = np.empty((len(values), len(LEVELS)))
    # Rows do not know of each other: some at a time, for sorting takes several times their memory.
    step = max(1, _TOGETHER // max(values.shape[-1], 1))
    for first in range(0, len(values), step):
        part = slice(first, first + step)
        found[part] = _bands(values[part], chosen[part], weights)
    return found


def _bands(values: NDArray[Any], chosen: NDArray[np.bool_], weights: Array) -> Array:
    rows = np.arange(len(values))
    kept = np.where(chosen, values, np.inf).astype(np.float64)
    weight = np.where(chosen, weights, 0.0)
    # Members that are not chosen come last, behind infinities that are.
    order = np.lexsort((~chosen, kept), axis=-1)
    share = np.cumsum(np.take_along_axis(weight, order, axis=-1), axis=-1)
    found = np.full((len(values), len(LEVELS)), np.nan)
    whole = share[:, -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = share / whole
    for number, level in enumerate(LEVELS):
        place = np.minimum((share < level - 1e-12).sum(axis=-1), chosen.sum(axis=-1) - 1)
        member = order[rows, np.maximum(place, 0)]
        found[:, number] = np.where(place >= 0, kept[rows, member], np.nan)
    return found
