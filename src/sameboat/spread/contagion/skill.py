"""How well forecast arrivals did: by order, by who, and by what the intervals promised.

Arrival dates of an epidemic are censored (some places are not reached before the records end) and
late (reports lag), so that errors in days alone would flatter or slander a forecast.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Skill:
    """What a forecast of arrivals was worth."""

    rank_correlation: float  #: Spearman's, those never reached last
    auc: float  #: that a place reached by the end was given more probability than one that was not
    hits: float  #: share of places whose arrival lay within the forecast's 10 … 90 %
    late_days: float  #: median of observed less forecast median, over places reached in both
    places: int


def score_arrivals(forecast_days: Array, observed_days: Array, *, until_day: float) -> Skill:
    """Return the skill of an ensemble's arrivals against observed ones.

    Args: forecast_days: (places, members), not a number = never.  observed_days: (places,), not a
        number = not by `until_day`, after which nothing is known.
    Raises: ValueError: no place, or shapes that differ.
    Source: C. Spearman (1904), Am. J. Psychol. 15:72; J. A. Hanley & B. J. McNeil (1982),
    Radiology 143:29 (area under the ROC curve); this project, docs/reference/epidemic.md, "Skill".
    """
    if (
        forecast_days.ndim != 2
        or len(forecast_days) != len(observed_days)
        or not len(forecast_days)
    ):
        raise ValueError(
            "forecast_days, observed_days: allowed one row for each place, at least one"
        )
    never = np.nan_to_num(forecast_days, nan=np.inf)
    seen = np.nan_to_num(observed_days, nan=np.inf)
    seen = np.where(seen > until_day, np.inf, seen)
    # Quantiles without interpolation: never is not a number to average with.
    low, middle, high = (
        np.quantile(never, part, axis=1, method="inverted_cdf") for part in (0.1, 0.5, 0.9)
    )
    # A place not reached by the end was reached some time after it: a hit if that was allowed for.
    hit = np.where(np.isfinite(seen), (low <= seen) & (seen <= high), high > until_day)
    both = np.isfinite(seen) & np.isfinite(middle)
    late = float(np.median(seen[both] - middle[both])) if both.any() else float("nan")
    return Skill(
        spearman(middle, seen),
        area_under_curve((never <= until_day).mean(axis=1), np.isfinite(seen)),
        float(hit.mean()), late, len(seen),
    )  # fmt: skip


def spearman(one: Array, other: Array) -> float:
    """Return the rank correlation; equal values share their ranks, infinite ones are last.

    Not a number where one of them is the same everywhere.
    Source: C. Spearman (1904), The proof and measurement of association, Am. J. Psychol. 15:72.
    """
    first, second = (each - each.mean() for each in (_ranks(one), _ranks(other)))
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / scale if scale > 0 else float("nan")


def area_under_curve(score: Array, happened: NDArray[np.bool_]) -> float:
    """Return how often a place where it happened scored higher than one where it did not.

    Equal scores count a half; not a number where it happened everywhere or nowhere.
    Source: J. A. Hanley & B. J. McNeil (1982), The meaning and use of the area under a ROC curve,
    Radiology 143:29.
    """
    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        return float("nan")
    return float((_ranks(score)[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def _ranks(values: Array) -> Array:
    """Return ranks from 1 on, equal values sharing the mean of theirs."""
    _value, index, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    found: Array = (last - 0.5 * (count - 1))[index].astype(np.float64)
    return found
