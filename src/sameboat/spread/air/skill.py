"""How well predictions meet what was measured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Skill:
    """Scores of positive predictions against positive observations."""

    factor_2: float  #: share within a factor of 2; perfect: 1
    bias: float  #: fractional bias, observed less predicted; perfect: 0
    mean: float  #: geometric mean of observed over predicted; perfect: 1
    variance: float  #: geometric variance; perfect: 1


def skill(predicted: Array, observed: Array) -> Skill:
    """Return the scores by which dispersion models are judged.

    Raises: ValueError: the two differ in length, or a value is not above 0.
    Source: J. C. Chang & S. R. Hanna (2004), Air quality model performance evaluation, Meteorol.
    Atmos. Phys. 87:167.
    """
    if predicted.shape != observed.shape or not ((predicted > 0) & (observed > 0)).all():
        raise ValueError("predicted and observed must be as many, all above 0")
    ratio = np.log(observed / predicted)
    both = 0.5 * (observed.mean() + predicted.mean())
    return Skill(
        factor_2=float((np.abs(ratio) <= np.log(2.0)).mean()),
        bias=float((observed.mean() - predicted.mean()) / both),
        mean=float(np.exp(ratio.mean())),
        variance=float(np.exp((ratio**2).mean())),
    )
