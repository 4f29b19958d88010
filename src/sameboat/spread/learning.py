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
#: Of the moves of a stage, every so many draw the members' chances afresh, and leave the rest.
_CHANCE_EVERY, _CHANCE_FIRST = 8, 3
#: Power from which members also say what errors twice as large would: their squares go together.
QUARTER = 0.25
#: Under chances of their own, members are moved in a stage until each has been so many times, in
#: the mean: a look at thousands of counts costs more than what a further move makes up for.
_MOVED = 1.0


@dataclass(frozen=True)
class Reached:
    """Members of equal weight that have let in a power of the likelihood.

    `scores` (dimension, members); `fit` (members,), the logarithm of the whole of it.
    """

    scores: Array
    fit: Array
    power: float
    log_evidence: float


@dataclass(frozen=True)
class Learned:
    """Members after learning, of equal weight.

    `scores` (dimension, members).  `log_evidence`: natural logarithm of how likely the
    measurements were under what was assumed.  `stages`: degrees of tempering taken.
    `acceptance`: of the last stage's moves, 0..1.  `quarter`: the members that had first let in a
    quarter of the power, or as much as there was.
    """

    scores: Array
    log_evidence: float
    stages: int
    acceptance: float
    quarter: Reached


def learn(
    scores: Array,
    log_likelihood: LogLikelihood,
    *,
    seed: int,
    chances: int = 0,
    begin: Reached | None = None,
    progress: Callable[[float], None] | None = None,
    hopeless: Callable[[], bool] | None = None,
) -> Learned:
    """Return members that have seen the measurements.

    Args: scores: standard normal, shape (dimension, members >= 10).  log_likelihood: scores ->
        (members,), finite.  seed: the same seed gives the same members.  chances: how many of the
        last scores only name what happens by chance: a near one is no nearer in what it does, so
        they are drawn as a whole, while the others move under the same chances in between.
        begin: members that have let in part of another likelihood, much like part of this one:
        the prior is not begun from again.  progress: told the power let in, 0..1.  hopeless:
        asked after each stage; where it says so, members are returned as they are.
    Raises: ValueError: fewer than ten members, or a likelihood that is not a number.
    Source: P. Del Moral, A. Doucet & A. Jasra (2006), Sequential Monte Carlo samplers,
    J. R. Statist. Soc. B 68:411; S. L. Cotter, G. O. Roberts, A. M. Stuart & D. White (2013),
    MCMC methods for functions, Statist. Sci. 28:424; N. Kantas, A. Beskos & A. Jasra (2014),
    Sequential Monte Carlo methods for high-dimensional inverse problems, SIAM/ASA J. UQ 2:464;
    G. Deligiannidis, A. Doucet & M. K. Pitt (2018), The correlated pseudomarginal method,
    J. R. Statist. Soc. B 80:839 (chances kept while parameters move).
    """
    members = scores.shape[1]
    if members < 10:
        raise ValueError(f"members is {members}, allowed: >= 10 to learn from")
    # One stream, apart from those that members were drawn from, and from that of a first learning.
    apart = 2**64 - 1 if begin is None else 2**64 - 2
    random = np.random.Generator(np.random.Philox(key=np.array([seed, apart], np.uint64)))
    gamma, evidence, stages, acceptance = 0.0, 0.0, 0, 1.0
    given: Array | None = None
    if begin is not None:
        scores, given, evidence = begin.scores, begin.power * begin.fit, begin.log_evidence
    fit = _finite(log_likelihood(scores))
    steps = np.array([0.5, 0.5])
    quarter = Reached(scores, fit, gamma, evidence)
    while gamma < 1.0 and stages < _STAGES:
        # The last stage lets in all that is left: members that saw half of it would say so nowhere.
        power = 1.0 if stages == _STAGES - 1 else _next_power(fit, gamma, given)
        gain, top = _gain(fit, power, gamma, given)
        weight = np.exp(gain)
        evidence += float(np.log(weight.mean()) + top)
        gamma, given = power, None
        kept = _resample(weight / weight.sum(), random)
        scores, fit = scores[:, kept], fit[kept]
        scores, fit, acceptance = _move(scores, fit, gamma, log_likelihood, random, steps, chances)
        stages += 1
        if quarter.power < QUARTER:
            quarter = Reached(scores, fit, gamma, evidence)
        if progress is not None:
            progress(gamma)
        if hopeless is not None and hopeless():
            break
    return Learned(scores, evidence, stages, acceptance, quarter)


def _gain(fit: Array, power: float, gamma: float, given: Array | None) -> tuple[Array, float]:
    """Return how much likelier members become, logarithms of at most 0, and what was taken off.

    Args: given: what they have let in of another likelihood; None: the power `gamma` of this one.
    """
    if given is None:
        top = float(fit.max())
        return (power - gamma) * (fit - top), (power - gamma) * top
    gain = power * fit - given
    return gain - gain.max(), float(gain.max())


def _next_power(fit: Array, gamma: float, given: Array | None) -> float:
    """Return the next power of the likelihood: half the effective members remain."""

    def effective(power: float) -> float:
        weight = np.exp(_gain(fit, power, gamma, given)[0])
        return float(weight.sum() ** 2 / (weight**2).sum())

    wanted = 0.5 * len(fit)
    if effective(1.0) >= wanted:
        return 1.0
    low, high = gamma, 1.0
    if given is not None:
        # Of another likelihood: begin where this one is nearest to what has been let in.
        low = float(max(np.geomspace(1e-3, 1.0, 61), key=effective))
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
    chances: int,
) -> tuple[Array, Array, float]:
    smooth = scores.shape[0] - chances
    guide = _guide(scores[:smooth])
    taken: list[float] = []
    # The last stage takes all its moves: nothing comes after it.
    enough = _MOVED if chances and gamma < 1.0 else np.inf
    for turn in range(2 * _MOVES):
        if sum(taken) >= enough and turn > _CHANCE_FIRST:
            break
        which = turn % 2
        afresh = bool(chances) and turn % _CHANCE_EVERY == _CHANCE_FIRST
        trial, gain = scores.copy(), np.zeros(scores.shape[1])
        if afresh:
            # What is drawn as it was assumed needs no ratio.
            trial[smooth:] = random.standard_normal((chances, scores.shape[1]))
        else:
            trial[:smooth], gain = _step(
                scores[:smooth], steps[which], guide if which == 0 else None, random
            )
        trial_fit = _finite(log_likelihood(trial))
        gain -= gamma * (fit - trial_fit)
        accept = np.log(random.random(len(fit))) < gain
        scores = np.where(accept, trial, scores)
        fit = np.where(accept, trial_fit, fit)
        if not afresh:
            share = float(accept.mean())
            steps[which] = np.clip(steps[which] * np.exp(0.7 * (share - _ACCEPT)), 0.02, 0.95)
            taken.append(share)
    return scores, fit, float(np.mean(taken))


def _step(
    scores: Array, step: float, guide: _Guide | None, random: np.random.Generator
) -> tuple[Array, Array]:
    """Return where members may go, and how much likelier that is made by how they go there."""
    fresh = random.standard_normal(scores.shape)
    if guide is None:
        return np.sqrt(1 - step**2) * scores + step * fresh, np.zeros(scores.shape[1])
    inner = guide.inwards(scores)
    moved = np.sqrt(1 - step**2) * inner + step * fresh
    trial = guide.outwards(moved)
    # The steps leave the guide as it is, not the prior: their ratio makes up for it.
    return trial, _half_square(inner, scores) - _half_square(moved, trial)


def _half_square(inner: Array, scores: Array) -> Array:
    found: Array = 0.5 * ((scores**2).sum(axis=0) - (inner**2).sum(axis=0))
    return found


def _finite(fit: Any) -> Array:
    found = np.asarray(fit, dtype=np.float64)
    if np.isnan(found).any():
        raise ValueError("the likelihood of some members is not a number")
    return np.maximum(found, -1e9)
