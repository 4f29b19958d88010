"""Runs a problem's members in pieces, on any executor, and puts the footprint together.

The numbers do not depend on the executor, the pieces or their order.  What runs is told before it
starts; what would not fit is refused then.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.spread.draws import Draws, draw
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import Measure
from sameboat.spread.pieces import (
    GRAIN,
    Cancelled,
    Means,
    RunStopped,
    done_in_pieces,
    share_of,
)
from sameboat.spread.problem import Problem

__all__ = ["RunStopped"]  # told of here, for whoever runs
Progress = Callable[[float], None]

#: Bytes that a run may take where the caller sets no budget.
BUDGET = 4 * 2**30
#: Working memory of one piece: what a processor's last cache still helps with, several times.
PIECE = 64 * 2**20


class TooManyMembers(Refusal):
    """The run would not fit into the memory it may take."""

    says = _(
        "{members} members of {targets} targets need {needed} of memory, and {budget} may be "
        "taken: ask for at most {most} members, or for fewer targets."
    )


@dataclass(frozen=True)
class Cost:
    """What a run takes, told before it starts."""

    members: int
    footprint_bytes: int
    working_bytes: int

    @property
    def bytes(self) -> int:
        """All of the memory, in bytes."""
        return self.footprint_bytes + self.working_bytes

    def seconds(self, pilot_members: int, pilot_seconds: float) -> float:
        """Return how long it takes, judged by a few members that were timed."""
        return pilot_seconds / pilot_members * self.members


def cost_of(problem: Problem, *, members: int, workers: int = 1) -> Cost:
    """Return the memory that a run takes.

    Args: members: >= 1.  workers: how many pieces are held at once, >= 1.
    Raises: ValueError: a number lies outside its range.
    Source: this project, docs/reference/ensembles.md, "What a run takes".
    """
    if members < 1 or workers < 1:
        raise ValueError(f"members, workers are {members}, {workers}, allowed: >= 1")
    piece = _piece(problem, members)
    held = min(members, piece * workers)
    return Cost(
        members,
        problem.footprint_bytes * members,
        held * (problem.member_bytes + problem.footprint_bytes),
    )


def check_room(
    problem: Problem, *, members: int, workers: int = 1, budget_bytes: int = BUDGET
) -> Cost:
    """Return what a run takes, if it fits.

    Args: as for `cost_of`.  budget_bytes: what it may take.
    Raises: TooManyMembers: it does not fit; the message tells how many members do.
    Source: this project, docs/reference/ensembles.md, "What a run takes".
    """
    cost = cost_of(problem, members=members, workers=workers)
    if cost.bytes > budget_bytes:
        least = problem.footprint_bytes + (problem.member_bytes + problem.footprint_bytes)
        raise TooManyMembers(
            members=f"{members:,}",
            targets=f"{len(problem.targets):,}",
            needed=size_text(cost.bytes),
            budget=size_text(budget_bytes),
            most=f"{_most(problem, members, workers, budget_bytes):,}"
            if least <= budget_bytes
            else "0",
        )
    return cost


def run(
    problem: Problem,
    *,
    members: int = 0,
    seed: int = 0,
    measures: Sequence[Measure] = (),
    draws: Draws | None = None,
    executor: Executor | None = None,
    workers: int = 4,
    budget_bytes: int = BUDGET,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Footprint:
    """Return the footprint of an ensemble.

    Args: members: >= 1.  seed: 0 <= seed < 2^63.  measures: counter-measures.  draws: members
        made before (learned, or with events of an earlier hazard), instead of `members` and
        `seed`.  executor: of threads, processes or a cluster; None: here.  workers: how many it
        has.  progress: told the part done, 0..1.  cancelled: asked between pieces.
    Raises: TooManyMembers: it does not fit into `budget_bytes`; nothing has been computed.
        RunStopped: `cancelled` said so.  FaultyInput: a counter-measure is not understood.
    Source: this project, docs/reference/ensembles.md, "How members are computed".
    """
    asked = problem.under(measures) if measures else problem
    count = members if draws is None else draws.members
    check_room(asked, members=count, workers=workers if executor else 1, budget_bytes=budget_bytes)
    piece = _piece(asked, count)
    work = [
        _Piece(
            asked, seed, first, min(piece, count - first),
            draws.part(first, first + piece) if draws else None,
        )
        for first in range(0, count, piece)
    ]  # fmt: skip
    whole: Footprint | None = None
    done = 0
    for number, part in done_in_pieces(work, Means(executor, workers, cancelled)):
        whole = _room(whole, part, count)
        whole.fill(work[number].first, part)
        done += work[number].members
        if progress is not None:
            progress(done / count)
    assert whole is not None
    return whole


@dataclass(frozen=True)
class _Piece:
    """Some members in a row, to be computed anywhere."""

    problem: Problem
    seed: int
    first: int
    members: int
    draws: Draws | None

    def __call__(self) -> "Footprint | Exception":
        """Return the footprint, or what went wrong: an exception raised is a lost worker."""
        try:
            draws = self.draws or draw(
                self.problem, seed=self.seed, members=self.members, first=self.first
            )
            return self.problem.spread(draws)
        except Exception as problem:
            return problem


def _room(whole: Footprint | None, part: Footprint, members: int) -> Footprint:
    if whole is not None:
        return whole
    return Footprint.empty(
        part.targets, part.thresholds, part.unit, members, part.limits, part.labels
    )


def _piece(problem: Problem, members: int) -> int:
    """Return how many members make one piece: it depends on the problem alone, not on workers."""
    each = problem.member_bytes + problem.footprint_bytes
    fitting = max(1, min(PIECE // max(each, 1), share_of(members)))
    if fitting >= GRAIN:
        fitting -= fitting % GRAIN
    return min(fitting, members)


def _most(problem: Problem, members: int, workers: int, budget: int) -> int:
    low, high = 0, members
    while high - low > 1:
        middle = (low + high) // 2
        if cost_of(problem, members=middle, workers=workers).bytes <= budget:
            low = middle
        else:
            high = middle
    return low


def size_text(count: int) -> str:
    """Return a number of bytes as people read it.

    Source: this project, docs/reference/ensembles.md, "What a run takes".
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"
