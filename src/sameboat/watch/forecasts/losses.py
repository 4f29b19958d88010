"""Service lost where facilities fail: person-hours by place and kind of service."""

from typing import TYPE_CHECKING, Any

import numpy as np

from sameboat.spread.compound import Chain
from sameboat.watch.forecasts.notices import Notice

if TYPE_CHECKING:
    from sameboat.watch.forecasts.problem_run import Ran

#: In a chain every stage is computed once more for this: so many members tell it.
MEMBERS = 200


def losses_of(ran: "Ran") -> list[dict[str, Any]]:
    """Return one row for each place and kind of service; empty where the hazard knows none.

    A person without power and water for an hour has lost two person-hours.
    """
    problem, draws = ran.problem, ran.draws
    if isinstance(problem, Chain):
        draws = draws.part(0, MEMBERS)
        stage = ran.question.shows
        if not _counts(dict(problem.stages)[stage]):
            return []
        draws, problem = (
            problem.draws_of(draws, stage, problem.trace(draws).events),
            dict(problem.stages)[stage],
        )
    if not _counts(problem):
        return []
    without, _having = problem.person_hours(draws)  # type: ignore[attr-defined]
    low, middle, high = np.quantile(without, [0.1, 0.5, 0.9], axis=1)
    return [
        {
            "place": place,
            "service": kind,
            "person_hours": {
                "p10": round(float(low[row])), "p50": round(float(middle[row])),
                "p90": round(float(high[row])),
            },
        }
        for row, (place, kind) in enumerate(problem.plan.areas)  # type: ignore[attr-defined]
    ]  # fmt: skip


def remarks_of(ran: "Ran") -> list[Notice]:
    """Return what a plan of facilities has to say of itself: those that need each other."""
    problems = [part.asked.problem for part in ran.parts.values()]
    return [
        Notice("NeedEachOther", {"nodes": remark.facts["nodes"]})
        for problem in problems
        if _counts(problem)
        for remark in problem.remarks()  # type: ignore[attr-defined]
    ]


def _counts(problem: Any) -> bool:
    return hasattr(problem, "person_hours")
