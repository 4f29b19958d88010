"""What is not known, as distributions over standard normal scores, and the scores themselves.

Every unknown is a function of a standard normal score, so that learning moves scores, whatever
the shape of the prior, and a member is made again from (seed, member) alone.
"""

from dataclasses import dataclass
from math import exp, inf, isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Standard normal score of the 90 % quantile.
SCORE_90 = 1.2815515655446004


@dataclass(frozen=True)
class Prior:
    """A distribution as a function of a standard normal score.

    `median` is the value at score 0.  On the side of lower and of higher scores the value, or
    its natural logarithm, changes by `below` and `above` per unit of score.
    """

    median: float
    below: float = 0.0
    above: float = 0.0
    logarithmic: bool = True
    most: float = inf
    least: float = -inf

    def __post_init__(self) -> None:
        if not isfinite(self.median) or (self.logarithmic and self.median <= 0):
            raise ValueError(f"median is {self.median}, allowed: finite, > 0 where logarithmic")
        if not (0 <= self.below < inf and 0 <= self.above < inf):
            raise ValueError(f"spread is {self.below}, {self.above}, allowed: finite, >= 0")

    def at(self, scores: Array) -> Array:
        """Return the values at these scores, same shape."""
        moved = np.where(scores < 0, self.below, self.above) * scores
        values = self.median * np.exp(moved) if self.logarithmic else self.median + moved
        return np.clip(values, self.least, self.most)


@dataclass(frozen=True)
class Uniform(Prior):
    """Every value from `least` to `most` alike; `median` is the middle."""

    def at(self, scores: Array) -> Array:
        """Return the values at these scores, same shape."""
        from scipy.special import ndtr

        found: Array = self.least + (self.most - self.least) * ndtr(scores)
        return found


def uniform(low: float, high: float) -> Prior:
    """Return a prior in which every value from `low` to `high` is alike.

    Raises: ValueError: not low <= high, both finite.
    Source: this project, docs/reference/ensembles.md, "What is not known".
    """
    if not (isfinite(low) and isfinite(high) and low <= high):
        raise ValueError(f"low, high are {low}, {high}, allowed: finite, ascending")
    return Uniform((low + high) / 2, logarithmic=False, most=high, least=low)


def fixed(value: float) -> Prior:
    """Return a prior of one value.

    Source: this project, docs/reference/river-pollutant.md, "What is not known".
    """
    return Prior(value, logarithmic=False)


def lognormal(median: float, spread: float, most: float = inf, least: float = -inf) -> Prior:
    """Return a lognormal prior; `spread` is the standard deviation of the logarithm, >= 0.

    Raises: ValueError: median not above 0, spread below 0.
    Source: this project, docs/reference/river-pollutant.md, "What is not known".
    """
    return Prior(median, spread, spread, most=most, least=least)


def between(
    low: float,
    high: float,
    likely: float | None = None,
    *,
    logarithmic: bool = True,
    most: float = inf,
    least: float = -inf,
) -> Prior:
    """Return a prior whose 10 % and 90 % quantiles are `low` and `high`, its median `likely`.

    Without `likely` the median lies half-way (of the logarithms where `logarithmic`).
    Raises: ValueError: not low <= likely <= high, or not above 0 where logarithmic.
    Source: this project, docs/reference/river-pollutant.md, "What is not known".
    """
    if logarithmic and low <= 0:
        raise ValueError(f"low is {low}, allowed: > 0")
    if likely is None:
        likely = sqrt(low * high) if logarithmic else (low + high) / 2
    if not low <= likely <= high:
        raise ValueError(f"low, likely, high are {low}, {likely}, {high}, allowed: ascending")
    if logarithmic:
        below, above = log(likely / low) / SCORE_90, log(high / likely) / SCORE_90
    else:
        below, above = (likely - low) / SCORE_90, (high - likely) / SCORE_90
    return Prior(likely, below, above, logarithmic, most, least)


def standard_scores(*, seed: int, members: int, size: int, first: int = 0) -> Array:
    """Return standard normal scores, shape (size, members); column m depends on (seed, m) only.

    Args: seed: 0 <= seed < 2^63.  first: number of the first member.
    Raises: ValueError: a number lies outside its range.
    Source: J. K. Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3, SC11
    (Philox, counter-based).
    """
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed is {seed}, allowed: 0 … 2^63 - 1")
    if members < 1 or size < 0:
        raise ValueError(f"members is {members}, allowed: >= 1")
    found = np.empty((size, members))
    for member in range(members):
        key = np.array([seed, first + member], dtype=np.uint64)
        found[:, member] = np.random.Generator(np.random.Philox(key=key)).standard_normal(size)
    return found


def along(scores: Array, *, spread: float, length_km: float, step_km: float) -> Array:
    """Return a field along the river, correlated over `length_km`, shape (cells, members).

    Cells are `step_km` apart; the correlation of two is exp(-distance / length_km), the standard
    deviation everywhere `spread` (an Ornstein-Uhlenbeck process).
    Raises: ValueError: length_km or step_km not above 0, or spread below 0.
    Source: G. E. Uhlenbeck & L. S. Ornstein (1930), On the theory of the Brownian motion,
    Phys. Rev. 36:823.
    """
    if not (length_km > 0 and step_km > 0 and spread >= 0):
        raise ValueError(f"length_km {length_km}, spread {spread}: allowed > 0 and >= 0")
    keep = exp(-step_km / length_km)
    fresh = sqrt(1.0 - keep * keep)
    field = np.empty_like(scores)
    for cell in range(scores.shape[0]):
        field[cell] = scores[cell] if cell == 0 else keep * field[cell - 1] + fresh * scores[cell]
    return field * spread
