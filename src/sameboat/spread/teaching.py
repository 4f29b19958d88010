"""Members of any problem that have seen what was observed; what they cannot explain widens them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.draws import Draws, draw
from sameboat.spread.evidence import Seen, SeriesEvidence, check_seen
from sameboat.spread.learning import learn
from sameboat.spread.priors import standard_scores
from sameboat.spread.problem import Problem

Array = NDArray[np.float64]
#: Fewer members than this do not know many dimensions well enough to move in them.
LEARNING_MEMBERS = 1000
#: An observation that no member comes nearer than this (standard deviations) is impossible.
IMPOSSIBLE = 4.0
WIDER = 1.5
MOST_WIDENINGS = 3


class Compared(Protocol):
    """How far each member lies from each observation, and how likely they make all of them."""

    @property
    def residuals(self) -> Array: ...  # noqa: D102
    @property
    def log_likelihood(self) -> Array: ...  # noqa: D102


class Evidence(Protocol):
    """Observations that members can be compared with."""

    @property
    def dimension(self) -> int:
        """Number of leading scores that have a say in what was observed."""

    def misfit(self, scores: Array) -> Compared:
        """Compare members with every observation."""


@dataclass(frozen=True)
class Taught:
    """Members after the observations, and what became of those.

    `scores` (dimension, members).  `widened`: how many times wider than assumed the unknowns were
    taken; `doubt`: how many times larger the errors.  `impossible`, `unexplained`, `disagreeing`:
    positions of observations that no member explained at first, that none explains even now, and
    that the members still reject together.
    """

    scores: Array
    widened: float = 1.0
    doubt: float = 1.0
    impossible: tuple[int, ...] = ()
    unexplained: tuple[int, ...] = ()
    disagreeing: tuple[int, ...] = ()
    log_evidence: float | None = None
    stages: int = 0


def teach(
    scores: Array,
    evidence_of: Callable[[float], Evidence],
    *,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> Taught:
    """Return members that have seen the observations.

    What no member can explain widens what is assumed, up to WIDER ** MOST_WIDENINGS times; what
    members still reject together doubles the error of all.
    Args: scores: (dimension, members >= 10).  evidence_of: the observations with their errors
        widened by a doubt >= 1.
    Raises: ValueError: fewer than ten members.
    Source: this project, docs/reference/learning.md, "When nothing fits".
    """
    first = evidence_of(1.0)
    widened, impossible, unexplained = _widen(first, scores)
    doubt = 2.0 if unexplained else 1.0
    disagreeing: tuple[int, ...] = ()
    for again in range(2):
        evidence = evidence_of(doubt)
        # What has no say in the observations stays as it was assumed, exactly.
        near, beyond = scores[: evidence.dimension], scores[evidence.dimension :]

        def fit(trial: Array, seen: Evidence = evidence) -> Array:
            return seen.misfit(widened * trial).log_likelihood

        learned = learn(near, fit, seed=seed, progress=progress)
        away = evidence.misfit(widened * learned.scores).residuals.min(axis=1)
        if again or away.max(initial=0.0) < IMPOSSIBLE or doubt > 1.0:
            break
        doubt = 2.0
        disagreeing = (int(away.argmax()),)
    return Taught(
        widened * np.concatenate([learned.scores, beyond]), widened, doubt, impossible,
        unexplained, disagreeing, learned.log_evidence, learned.stages,
    )  # fmt: skip


def _widen(evidence: Evidence, scores: Array) -> tuple[float, tuple[int, ...], tuple[int, ...]]:
    widened = 1.0
    first = nearest = evidence.misfit(scores).residuals.min(axis=1)
    for _turn in range(MOST_WIDENINGS):
        if nearest.max(initial=0.0) < IMPOSSIBLE:
            break
        widened *= WIDER
        nearest = np.minimum(nearest, evidence.misfit(widened * scores).residuals.min(axis=1))
    impossible = tuple(np.flatnonzero(first >= IMPOSSIBLE).tolist())
    return widened, impossible, tuple(np.flatnonzero(nearest >= IMPOSSIBLE).tolist())


def learn_from(
    problem: Problem,
    seen: Sequence[Seen],
    *,
    members: int,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> tuple[Draws, Taught | None]:
    """Return members of a problem that have seen the observations, for `run(draws=…)`.

    Args: seen: observations; rewind with `known_by`.  members: >= 1.  seed: 0 <= seed < 2^63.
    Raises: FaultyInput: an observation cannot be compared with the problem.
    Source: this project, docs/reference/learning.md.
    """
    if not seen:
        return draw(problem, seed=seed, members=members), None
    check_seen(problem, seen)
    count = max(members, LEARNING_MEMBERS)
    drawn = draw(problem, seed=seed, members=count)
    # The last score stands for a member's own chances: a step moves them with the rest.
    chance = standard_scores(seed=seed ^ 0x5EED, members=count, size=1)
    taught = teach(
        np.concatenate([drawn.scores, chance]),
        lambda doubt: SeriesEvidence(problem, seen, doubt),
        seed=seed,
        progress=progress,
    )
    kept = np.arange(members) * count // members
    return SeriesEvidence(problem, seen).draws(taught.scores[:, kept]), taught
