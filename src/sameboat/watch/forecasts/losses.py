"""Service lost where facilities fail: person-hours by place and kind of service."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.compound import Chain
from sameboat.spread.draws import Draws
from sameboat.spread.measures import Measure
from sameboat.spread.options import differences
from sameboat.spread.problem import Problem
from sameboat.watch.forecasts.choices import rounded
from sameboat.watch.forecasts.notices import Notice

if TYPE_CHECKING:
    from sameboat.watch.forecasts.hazards.asked import Asked
    from sameboat.watch.forecasts.problem_run import Ran

#: In a chain every stage is computed once more for this: so many members tell it.
MEMBERS = 1000


def losses_of(ran: "Ran") -> list[dict[str, Any]]:
    """Return one row for each place and kind of service; empty where the hazard knows none.

    A person without power and water for an hour has lost two person-hours.
    """
    found = _lost(ran.question, ran.problem, ran.draws)
    if found is None:
        return []
    areas, without = found
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
        for row, (place, kind) in enumerate(areas)
    ]  # fmt: skip


def losses_between(ran: "Ran", options: Mapping[str, Sequence[Measure]]) -> list[dict[str, Any]]:
    """Return what each option changes of the service lost: {option, place, service, person_hours}.

    The last holds the outcome, the change beside the first option and how sure it is, as means
    over the same members.  Empty where the hazard knows of no service.
    """
    found: list[dict[str, Any]] = []
    first = None
    for option, measures in options.items():
        problem = ran.question.problem
        lost = _lost(ran.question, problem.under(measures) if measures else problem, ran.draws)
        if lost is None:
            return []
        areas, without = lost
        first = without if first is None else first
        weights = np.full(without.shape[1], 1.0 / without.shape[1])
        names = [f"{place} {kind}" for place, kind in areas]
        found += [
            {"option": option, "place": place, "service": kind, "person_hours": rounded(each)}
            for (place, kind), each in zip(
                areas, differences(option, names, first, without, weights), strict=True
            )
        ]
    return found


def _lost(
    question: "Asked", problem: Problem, draws: Draws
) -> tuple[Sequence[tuple[str, str]], NDArray[np.float64]] | None:
    """Return places with kinds of service and person-hours without, (areas, members)."""
    if isinstance(problem, Chain):
        shown = dict(problem.stages)[question.shows]
        if not _counts(shown):
            return None
        draws = draws.part(0, MEMBERS)
        draws = problem.draws_of(draws, question.shows, problem.trace(draws).events)
        problem = shown
    if not _counts(problem):
        return None
    without, _having = problem.person_hours(draws)  # type: ignore[attr-defined]
    return problem.plan.areas, without  # type: ignore[attr-defined]


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
