"""What a long run will take, said before it starts: a few members are timed."""

from time import perf_counter
from typing import TYPE_CHECKING

from sameboat.lib.language import mark as _
from sameboat.lib.language import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sameboat.spread.evidence import Seen
    from sameboat.spread.problem import Problem

#: A run that is expected to be done within this is not announced, seconds.
SOON = 2.0
#: Members timed at first; then more of them, where those few were quick.
FEW, SOME = 4, 64
#: How often members are compared with what was observed: stages of tempering, and their moves.
LOOKS = 200
_LEARNING = _("Learning from {count} observations: about {time} are expected.")
_TOLD = _("{members} members: about {time} and {memory} of memory are expected.")


def expect(problem: "Problem", members: int, workers: int, language: str, *, runs: int = 1) -> str:
    """Return what a run of this size takes, in words; empty where it is soon done.

    Args: runs: how often the members are computed (once for each option that is compared).
    Raises:
        TooManyMembers: it does not fit into memory; nothing has been timed.
    """
    from sameboat.spread.ensemble import check_room, size_text

    cost = check_room(problem, members=members, workers=workers)
    seconds = 0.0
    for count in (FEW, SOME):
        if count > members:
            break
        seconds = cost.seconds(count, _timed(problem, count)) * runs / workers
        # The first members also wait for compiled code to be read from disk: time some more.
        if seconds <= SOON:
            return ""
    if seconds <= SOON:
        return ""
    return translate(_TOLD, language).format(
        members=f"{members:,}", time=_time_text(seconds, language), memory=size_text(cost.bytes)
    )


def expect_learning(
    problem: "Problem", seen: "Sequence[Seen]", members: int, language: str, *, workers: int = 1
) -> str:
    """Return what learning from observations will take, in words; empty where it is soon done."""
    from sameboat.spread.draws import draw
    from sameboat.spread.evidence import SeriesEvidence
    from sameboat.spread.teaching import learning_members

    if not seen:
        return ""
    evidence = SeriesEvidence(problem, seen)
    draws = draw(problem, seed=0, members=FEW)
    seconds = 0.0
    for _again in range(2):  # the first look also reads compiled code from disk
        start = perf_counter()
        problem.series(draws, evidence.targets, evidence.hours)
        seconds = perf_counter() - start
    seconds *= learning_members(problem, members) / FEW * LOOKS / workers
    if seconds <= SOON:
        return ""
    return translate(_LEARNING, language).format(
        count=f"{len(seen):,}", time=_time_text(seconds, language)
    )


def _timed(problem: "Problem", count: int) -> float:
    from sameboat.spread.draws import draw

    draws = draw(problem, seed=0, members=count)
    start = perf_counter()
    problem.spread(draws)
    return perf_counter() - start


def _time_text(seconds: float, language: str) -> str:
    if seconds < 120:
        return translate(_("{count} s"), language).format(count=f"{seconds:.0f}")
    if seconds < 7200:
        return translate(_("{count} min"), language).format(count=f"{seconds / 60:.0f}")
    return translate(_("{count} h"), language).format(count=f"{seconds / 3600:.0f}")
