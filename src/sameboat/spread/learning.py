"""Learning from measurements: moving an ensemble from what was assumed to what was seen.

A sequential Monte Carlo sampler (Del Moral, Doucet & Jasra 2006): the likelihood is let in by
degrees, each chosen so that half the effective members remain; members are resampled, then moved
by Metropolis steps that leave the tempered posterior as it is.  The steps are preconditioned
Crank-Nicolson (Cotter et al. 2013), which keeps its acceptance in many dimensions, drawn towards
the members' own mean and covariance in every other step.  Nothing here knows which hazard it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LogLikelihood = Callable[[Array], Array]

_MOVES = 8
_STAGES = 60
_ACCEPT = 0.25


@dataclass(frozen=True)
class Learned:
    """Members after learning, of equal weight.

    `scores` (dimension, members).  `log_evidence`: natural logarithm of how likely the
    measurements were under what was assumed.  `stages`: degrees of tempering taken.
    `acceptance`: of the last stage's moves, 0..1.
    """

    scores: Array
    log_evidence: float
    stages: int
    acceptance: float


def learn(
    scores: Array,
    log_likelihood: LogLikelihood,
    *,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> Learned:
    """Return members that have seen the measurements.

    Args: scores: standard normal, shape (dimension, members >= 10).  log_likelihood: scores ->
        (members,), finite.  seed: the same seed gives the same members.
    Raises: ValueError: fewer than ten members, or a likelihood that is not a number.
    Source: P. Del Moral, A. Doucet & A. Jasra (2006), Sequential Monte Carlo samplers,
    J. R. Statist. Soc. B 68:411; S. L. Cotter, G. O. Roberts, A. M. Stuart & D. White (2013),
    MCMC methods for functions, Statist. Sci. 28:424; N. Kantas, A. Beskos & A. Jasra (2014),
    Sequential Monte Carlo methods for high-dimensional inverse problems, SIAM/ASA J. UQ 2:464.
    """
    members = scores.shape[1]
    if members < 10:
        raise ValueError(f"members is {members}, allowed: >= 10 to learn from")
    # One stream, apart from those that members were drawn from.
    random = np.random.Generator(np.random.Philox(key=np.array([seed, 2**64 - 1], np.uint64)))
    fit = _finite(log_likelihood(scores))
    gamma, evidence, stages, acceptance = 0.0, 0.0, 0, 1.0
    steps = np.array([0.5, 0.5])
    while gamma < 1.0 and stages < _STAGES:
        # The last stage lets in all that is left: members that saw half of it would say so nowhere.
        power = 1.0 if stages == _STAGES - 1 else _next_power(fit, gamma)
        weight = np.exp((power - gamma) * (fit - fit.max()))
        evidence += float(np.log(weight.mean()) + (power - gamma) * fit.max())
        gamma = power
        kept = _resample(weight / weight.sum(), random)
        scores, fit = scores[:, kept], fit[kept]
        scores, fit, acceptance = _move(scores, fit, gamma, log_likelihood, random, steps)
        stages += 1
        if progress is not None:
            progress(gamma)
    return Learned(scores, evidence, stages, acceptance)


def _next_power(fit: Array, gamma: float) -> float:
    """Return the next power of the likelihood: half the effective members remain."""

    def effective(power: float) -> float:
        weight = np.exp((power - gamma) * (fit - fit.max()))
        return float(weight.sum() ** 2 / (weight**2).sum())

    wanted = 0.5 * len(fit)
    if effective(1.0) >= wanted:
        return 1.0
    low, high = gamma, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if effective(middle) >= wanted:
            low = middle
        else:
            high = middle
    return max(low, gamma + 1e-6)


def _resample(weight: Array, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw members in proportion to weight, systematically (Carpenter et al. 1999)."""
    places = (np.arange(len(weight)) + random.random()) / len(weight)
    # Rounding may leave the last sum just below one.
    return np.searchsorted(np.cumsum(weight)[:-1], places).astype(np.int64)


@dataclass(frozen=True)
class _Guide:
    """A normal distribution that steps are drawn towards."""

    mean: Array
    root: Array  #: lower triangle of the covariance

    def inwards(self, scores: Array) -> Array:
        """Return these scores as standard normal ones of the guide."""
        from sameboat.spread.dense import solve_lower

        found: Array = solve_lower(self.root, scores - self.mean)
        return found

    def outwards(self, inner: Array) -> Array:
        """Undo `inwards`."""
        from sameboat.spread.dense import lower_times

        found: Array = self.mean + lower_times(self.root, inner)
        return found


def _guide(scores: Array) -> _Guide:
    from sameboat.spread.dense import covariance, lower_root

    size, members = scores.shape
    # Few members know a covariance of many dimensions badly: shrink it towards the prior's.
    trust = members / (members + 2.0 * size)
    middle = scores.mean(axis=1, keepdims=True)
    spread = trust * covariance(scores - middle) + (1 - trust) * np.eye(size)
    return _Guide(trust * middle, lower_root(spread))


def _move(
    scores: Array,
    fit: Array,
    gamma: float,
    log_likelihood: LogLikelihood,
    random: np.random.Generator,
    steps: Array,
) -> tuple[Array, Array, float]:
    guide = _guide(scores)
    taken: list[float] = []
    for turn in range(2 * _MOVES):
        which = turn % 2
        step = steps[which]
        fresh = random.standard_normal(scores.shape)
        if which == 0:
            inner = guide.inwards(scores)
            moved = np.sqrt(1 - step**2) * inner + step * fresh
            trial = guide.outwards(moved)
            # The steps leave the guide as it is, not the prior: their ratio makes up for it.
            gain = _half_square(inner, scores) - _half_square(moved, trial)
        else:
            trial = np.sqrt(1 - step**2) * scores + step * fresh
            gain = np.zeros(scores.shape[1])
        trial_fit = _finite(log_likelihood(trial))
        gain -= gamma * (fit - trial_fit)
        accept = np.log(random.random(len(fit))) < gain
        scores = np.where(accept, trial, scores)
        fit = np.where(accept, trial_fit, fit)
        share = float(accept.mean())
        steps[which] = np.clip(step * np.exp(0.7 * (share - _ACCEPT)), 0.02, 0.95)
        taken.append(share)
    return scores, fit, float(np.mean(taken))


def _half_square(inner: Array, scores: Array) -> Array:
    found: Array = 0.5 * ((scores**2).sum(axis=0) - (inner**2).sum(axis=0))
    return found


def _finite(fit: Any) -> Array:
    found = np.asarray(fit, dtype=np.float64)
    if np.isnan(found).any():
        raise ValueError("the likelihood of some members is not a number")
    return np.maximum(found, -1e9)
