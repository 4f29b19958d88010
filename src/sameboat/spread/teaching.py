"""Members of any problem that have seen what was observed; what they cannot explain widens them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.draws import Draws, draw
from sameboat.spread.evidence import Misfit, Seen, SeriesEvidence, check_seen
from sameboat.spread.learning import Reached, learn
from sameboat.spread.pieces import HERE, SHARES, Cancelled, Means, done_in_pieces
from sameboat.spread.priors import standard_scores
from sameboat.spread.problem import Problem

Array = NDArray[np.float64]
#: Fewer members than this for each unknown do not know well enough how they go together to move
#: among them; what the guide of a step would gain from more than the most is little.
MEMBERS_EACH, FEWEST_MEMBERS, MOST_MEMBERS = 32, 256, 1000
#: Errors are taken so many times larger where members reject an observation together.
DOUBLED = 2.0
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

    @property
    def chances(self) -> int:
        """Number of the last of these that only name what happens by chance."""

    def misfit(self, scores: Array) -> Compared:
        """Compare members with every observation."""


@dataclass(frozen=True)
class _Piece:
    """Some members in a row, to be compared anywhere."""

    evidence: Evidence
    scores: Array

    def __call__(self) -> Compared | Exception:
        """Return how far they are, or what went wrong: an exception raised is a lost worker."""
        try:
            return self.evidence.misfit(self.scores)
        except Exception as problem:
            return problem


def compare(evidence: Evidence, scores: Array, means: Means = HERE) -> Compared:
    """Return how far members are from observations, compared in pieces on any executor.

    The pieces depend on the number of members alone, so the numbers do not depend on `means`.
    Args: scores: (dimension, members).
    Raises: RunStopped: `means.cancelled` said so.
    Source: this project, docs/reference/learning.md, "Who computes it".
    """
    members = scores.shape[1]
    size = max(1, -(-members // SHARES))
    work = [
        _Piece(evidence, np.ascontiguousarray(scores[:, first : first + size]))
        for first in range(0, members, size)
    ]
    parts = dict(done_in_pieces(work, means))
    return Misfit(
        np.concatenate([parts[number].residuals for number in range(len(work))], axis=1),
        np.concatenate([parts[number].log_likelihood for number in range(len(work))]),
    )


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


def learning_members(problem: Problem, members: int) -> int:
    """Return how many members learn where so many are asked for.

    Source: this project, docs/reference/learning.md, "How many members learn".
    """
    needed = min(MEMBERS_EACH * (problem.dimension + 1), MOST_MEMBERS)
    return max(members, needed, FEWEST_MEMBERS)


def teach(
    scores: Array,
    evidence_of: Callable[[float], Evidence],
    *,
    seed: int,
    means: Means = HERE,
    progress: Callable[[float], None] | None = None,
) -> Taught:
    """Return members that have seen the observations.

    What no member can explain widens what is assumed, up to WIDER ** MOST_WIDENINGS times; what
    members still reject together doubles the error of all.
    Args: scores: (dimension, members >= 10).  evidence_of: the observations with their errors
        widened by a doubt >= 1.  means: what members are compared with.
    Raises: ValueError: fewer than ten members.  RunStopped: `means.cancelled` said so.
    Source: this project, docs/reference/learning.md, "When nothing fits".
    """
    first = evidence_of(1.0)
    widened, impossible, unexplained = _widen(first, scores, means)
    doubt = DOUBLED if unexplained else 1.0
    begin: Reached | None = None
    disagreeing: tuple[int, ...] = ()
    # What has no say in the observations stays as it was assumed, exactly.
    near, beyond = scores[: first.dimension], scores[first.dimension :]
    while True:
        fit = _Fit(evidence_of(doubt), widened, means)
        first_time = doubt == 1.0
        learned = learn(
            near, fit, seed=seed, chances=fit.evidence.chances, begin=begin, progress=progress,
            hopeless=fit.rejects if first_time else None,
        )  # fmt: skip
        away = _nearest(fit.evidence, widened * learned.scores, means)
        if not first_time or away.max(initial=0.0) < IMPOSSIBLE:
            break
        doubt = DOUBLED
        disagreeing = (int(away.argmax()),)
        # Of errors twice as large the whole says about what a quarter says of these.
        begin = learned.quarter
    return Taught(
        widened * np.concatenate([learned.scores, beyond]), widened, doubt, impossible,
        unexplained, disagreeing, learned.log_evidence, learned.stages,
    )  # fmt: skip


class _Fit:
    """How likely the observations are, and whether those last tried reject one together."""

    def __init__(self, evidence: Evidence, widened: float, means: Means) -> None:
        self.evidence = evidence
        self.widened = widened
        self.means = means
        self.away = np.zeros(0)

    def __call__(self, trial: Array) -> Array:
        """Return the logarithm of the likelihood, (members,)."""
        found = compare(self.evidence, self.widened * trial, self.means)
        self.away = found.residuals.min(axis=1)
        return found.log_likelihood

    def rejects(self) -> bool:
        """Return whether an observation lay out of reach of all that were tried last.

        Those that were tried lie no closer together than those that stayed: what they reject
        together already, with part of the likelihood, is not found again with the whole of it.
        """
        return bool(self.away.max(initial=0.0) >= IMPOSSIBLE)


def _widen(
    evidence: Evidence, scores: Array, means: Means
) -> tuple[float, tuple[int, ...], tuple[int, ...]]:
    widened = 1.0
    first = nearest = _nearest(evidence, scores, means)
    for _turn in range(MOST_WIDENINGS):
        if nearest.max(initial=0.0) < IMPOSSIBLE:
            break
        widened *= WIDER
        nearest = np.minimum(nearest, _nearest(evidence, widened * scores, means))
    impossible = tuple(np.flatnonzero(first >= IMPOSSIBLE).tolist())
    return widened, impossible, tuple(np.flatnonzero(nearest >= IMPOSSIBLE).tolist())


def _nearest(evidence: Evidence, scores: Array, means: Means) -> Array:
    found: Array = compare(evidence, scores, means).residuals.min(axis=1)
    return found


def learn_from(
    problem: Problem,
    seen: Sequence[Seen],
    *,
    members: int,
    seed: int,
    executor: Executor | None = None,
    workers: int = 4,
    progress: Callable[[float], None] | None = None,
    cancelled: Cancelled | None = None,
) -> tuple[Draws, Taught | None]:
    """Return members of a problem that have seen the observations, for `run(draws=…)`.

    Args: seen: observations; rewind with `known_by`.  members: >= 1.  seed: 0 <= seed < 2^63.
        executor, workers, cancelled: as for `ensemble.run`; the numbers do not depend on them.
        progress: told the part of the observations' weight that has been let in, 0..1.
    Raises: FaultyInput: an observation cannot be compared with the problem.  RunStopped:
        `cancelled` said so.
    Source: this project, docs/reference/learning.md.
    """
    if not seen:
        return draw(problem, seed=seed, members=members), None
    check_seen(problem, seen)
    count = learning_members(problem, members)
    drawn = draw(problem, seed=seed, members=count)
    # The last score stands for a member's own chances: a step moves them with the rest.
    chance = standard_scores(seed=seed ^ 0x5EED, members=count, size=1)
    taught = teach(
        np.concatenate([drawn.scores, chance]),
        lambda doubt: SeriesEvidence(problem, seen, doubt),
        seed=seed,
        means=Means(executor, workers, cancelled),
        progress=progress,
    )
    kept = np.arange(members) * count // members
    return SeriesEvidence(problem, seen).draws(taught.scores[:, kept]), taught
