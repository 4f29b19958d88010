"""One run of a prepared problem, of whichever hazard: members, learning, options, reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from sameboat.lib.fault import FaultyInput
from sameboat.packs.records import RegionPack, Scenario
from sameboat.spread.compound import Chain
from sameboat.spread.draws import Draws
from sameboat.spread.ensemble import check_room, run
from sameboat.spread.footprint import Footprint
from sameboat.spread.options import compare as compare_options
from sameboat.spread.problem import Problem
from sameboat.spread.teaching import Taught, learn_from
from sameboat.watch.forecasts import choices
from sameboat.watch.forecasts.answer import Outcome, Told, answer_of, rows_of, thresholds_of
from sameboat.watch.forecasts.hazards import ask
from sameboat.watch.forecasts.hazards.asked import Asked, read_run
from sameboat.watch.forecasts.losses import losses_between, losses_of, remarks_of
from sameboat.watch.forecasts.provenance import assumptions_of, provenance_of
from sameboat.watch.forecasts.reasons import reasons_of
from sameboat.watch.forecasts.seeing import check_learning, notices_of, seen_in
from sameboat.watch.forecasts.simulation import (
    SERIES_TIMES,
    Means,
    Simulation,
    Wanted,
    case_among,
    learning_of,
)

#: Courses are looked at for at most so many targets: a chart each.
MOST_SERIES = 60
#: Numbers of a course that are held at once, over targets, times and members.
_SERIES_NUMBERS = 30_000_000


@dataclass(frozen=True)
class Part:
    """One hazard of a run: its question and its footprint by target, in its own unit."""

    asked: Asked
    points: Footprint


@dataclass(frozen=True)
class Ran:
    """A question with its members and what became of them; `problem` is it under options."""

    question: Asked
    problem: Problem
    draws: Draws
    parts: Mapping[str, Part]

    @property
    def main(self) -> Part:
        """The part whose answer stands first."""
        return self.parts[self.question.shows]


def run_problem(
    pack: RegionPack,
    scenario: Scenario,
    asked: Asked | None,
    wanted: Wanted,
    means: Means,
) -> Simulation:
    """Forecast which sites and places a hazard reaches; see simulate.

    Raises:
        FaultyInput: the scenario or the pack does not bear a run; every fault, by field.
        TooManyMembers: it would not fit into memory; nothing has been computed.
    """
    tell = means.tell
    tell("question", 0.0)
    size = read_run(scenario, members=wanted.members, seed=wanted.seed)
    question = asked or ask(pack, scenario)
    problem = choices.under(question.problem, scenario, wanted.options)
    if wanted.compare and (faults := choices.check_options(question.problem, scenario)):
        raise FaultyInput(faults)  # before anything is computed, and named by the file's own field
    # Members are drawn before they run: a million by mistake is refused before the first.
    check_room(problem, members=size.members, workers=means.workers if means.executor else 1)
    used, seen, notices = seen_in(wanted.observations, question, scenario, wanted.until)
    check_learning(problem, seen, size.members)
    if seen:
        tell("learning", 0.0)
    draws, taught = learn_from(
        problem, seen, members=size.members, seed=size.seed, executor=means.executor,
        workers=means.workers, progress=lambda part: tell("learning", part),
    )  # fmt: skip
    points = run(
        problem, draws=draws, executor=means.executor, workers=means.workers,
        progress=lambda part: tell("members", part),
    )  # fmt: skip
    ran = Ran(question, problem, draws, _parts(question, problem, points))
    outcome = _outcome(ran.main)
    told = Told(
        members=size.members,
        seed=size.seed,
        case=_case(ran.parts, pack, scenario),
        notices=[
            *question.notices, *remarks_of(ran), *notices,
            *(notices_of(taught, used, scenario) if taught else ()),
        ],
        used=used,
        learning=_learning(len(used), taught),
        option=wanted.options,
        more=_more(ran, pack, scenario, wanted, means),
    )  # fmt: skip
    result = answer_of(pack, scenario, outcome, told)
    series = _series(ran, means) if wanted.bands else {}
    return _simulation(
        ran, outcome, told, result, series, _kept(told, ran, outcome, taught, wanted.until)
    )


def _simulation(
    ran: Ran,
    outcome: Outcome,
    told: Told,
    result: dict[str, Any],
    series: Mapping[str, dict[str, list[float]]],
    kept: dict[str, Any],
) -> Simulation:
    return Simulation(
        model=outcome.model,
        version=outcome.version,
        case=told.case,
        footprint=outcome.footprint,
        sites=outcome.sites,
        places=outcome.places,
        horizon_hours=ran.problem.horizon_hours,
        unit=outcome.unit,
        parameters=kept,
        notices=[notice.as_dict() for notice in told.notices],
        result=result,
        series=series,
        used=tuple(told.used),
        details={"asked": ran.question, "problem": ran.problem, "draws": ran.draws},
    )


def _more(
    ran: Ran, pack: RegionPack, scenario: Scenario, wanted: Wanted, means: Means
) -> dict[str, Any]:
    """Return what only some answers hold: stages, options, causes."""
    found: dict[str, Any] = {}
    if ran.question.stages:
        found["stages"] = _stages(pack, scenario, ran.parts)
    if wanted.compare:
        found["options"] = _compared(ran, pack, scenario, means)
    if told := reasons_of(ran, scenario):
        found["causes"] = told
    if lost := losses_of(ran):
        found["losses"] = lost
    return found


def _parts(question: Asked, problem: Problem, points: Footprint) -> dict[str, Part]:
    """Return each stage with its own footprint; one hazard alone is one part without a name."""
    if not isinstance(problem, Chain):
        return {"": Part(question, points)}
    return {
        name: Part(question.stages[name], problem.stage_of(points, name))
        for name, _stage in problem.stages
    }


def _outcome(part: Part) -> Outcome:
    """Return what one hazard found, by site and place."""
    asked, points = part.asked, part.points
    about = asked.problem.about
    by_site = points.union({key: (target,) for key, target in asked.sites.items()})
    if points.limits is not None and asked.sites:
        rows = [points.index(target) for target in asked.sites.values()]
        by_site = replace(by_site, limits=points.limits[rows])
    footprint = by_site.join(points.union(asked.places))
    if asked.facilities:
        footprint = footprint.join(points.select(list(asked.facilities)))
    rows_told = provenance_of(about, asked.given)
    return Outcome(
        model=about.name,
        version=about.version,
        intensity=about.intensity,
        unit=points.unit,
        thresholds=thresholds_of(points),
        footprint=footprint,
        sites=tuple(asked.sites),
        places=tuple(asked.places),
        facilities=asked.facilities,
        names=asked.names,
        assumptions=(*asked.assumptions, *_treated(asked), *assumptions_of(rows_told)),
        parameters=rows_told,
    )


def _treated(asked: Asked) -> list[dict[str, Any]]:
    """Return, as an assumption, what the model did to keep its numbers steady."""
    told = asked.problem.treatment()
    about = asked.problem.about.name
    return [{"what": "numerical treatment", "value": told, "source": about}] if told else []


def _stages(
    pack: RegionPack, scenario: Scenario, parts: Mapping[str, Part]
) -> list[dict[str, Any]]:
    """Return the rows of every stage, each in its own unit, in the order of the chain."""
    from zoneinfo import ZoneInfo

    from sameboat.watch.forecasts.answer import totals_of, words_of

    start = scenario.started_at.astimezone(ZoneInfo(scenario.zone))
    found = []
    for name, part in parts.items():
        outcome = _outcome(part)
        found.append(
            {
                "stage": name,
                "hazard": scenario.content["stage"][name]["hazard"],
                "model": outcome.model,
                "version": outcome.version,
                "intensity": words_of(outcome.intensity),
                "unit": outcome.unit,
                "thresholds": [dict(each) for each in outcome.thresholds],
                **rows_of(pack, outcome, start),
                "totals": totals_of(pack, outcome),
                "parameters": [dict(each) for each in outcome.parameters],
            }
        )
    return found


def _compared(ran: Ran, pack: RegionPack, scenario: Scenario, means: Means) -> dict[str, Any]:
    means.tell("options", 0.0)
    question, problem = ran.question, ran.question.problem
    found = compare_options(
        problem, choices.options_of(scenario), draws=ran.draws, executor=means.executor,
        workers=means.workers, progress=lambda part: means.tell("options", part),
    )  # fmt: skip
    shown = question
    if isinstance(problem, Chain):
        shown = question.stages[question.shows]
        stages = {key: problem.stage_of(each, question.shows)
                  for key, each in found.footprints.items()}  # fmt: skip
        found = replace(found, footprints=stages)
    told = choices.table_of(found, shown.places, shown.sites, pack, scenario)
    losses = losses_between(ran, choices.options_of(scenario))
    return told | ({"losses": losses} if losses else {})


def _case(parts: Mapping[str, Part], pack: RegionPack, scenario: Scenario) -> str:
    """Return the case of the hazard that reaches furthest: I before II before III before none."""
    cases = {case_among(part.points, pack, scenario, part.asked.places) for part in parts.values()}
    return next(case for case in ("I", "II", "III", "none") if case in cases)


def _learning(used: int, taught: Taught | None) -> dict[str, Any]:
    if taught is None:
        return learning_of(used, 1.0, 1.0, None)
    return learning_of(used, taught.widened, taught.doubt, taught.log_evidence)


def _series(ran: Ran, means: Means) -> dict[str, dict[str, list[float]]]:
    """Return the course at each site; where no site is a target, at the places most reached."""
    means.tell("series", 0.0)
    question, problem, draws, main = ran.question, ran.problem, ran.draws, ran.main
    prefix = f"{question.shows}/" if isinstance(problem, Chain) else ""
    wanted = dict(main.asked.sites)
    if not wanted:
        p = main.points.p_reached()
        own = [code for code, targets in main.asked.places.items() if targets == (code,)]
        own.sort(key=lambda code: -p[code])
        wanted = {code: code for code in own}
    wanted = dict(list(wanted.items())[:MOST_SERIES])
    hours = np.linspace(0.0, main.asked.problem.horizon_hours, SERIES_TIMES)
    many = max(1, _SERIES_NUMBERS // (SERIES_TIMES * draws.members))
    keys = list(wanted)
    pieces = [keys[first : first + many] for first in range(0, len(keys), many)]

    def course(piece: list[str]) -> dict[str, dict[str, list[float]]]:
        values = problem.series(draws, [prefix + wanted[key] for key in piece], hours)
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=2)
        return {
            key: {
                "hours": hours.tolist(), "p10": low[row].tolist(), "p50": middle[row].tolist(),
                "p90": high[row].tolist(),
            }
            for row, key in enumerate(piece)
        }  # fmt: skip

    found: dict[str, dict[str, list[float]]] = {}
    for number, each in enumerate(
        (means.executor.map if means.executor else map)(course, pieces), 1
    ):
        found |= each
        means.tell("series", number / len(pieces))
    return found


def _kept(
    told: Told, ran: Ran, outcome: Outcome, taught: Taught | None, until: datetime | None
) -> dict[str, Any]:
    """Return what a row keeps so that the run can be made again and understood."""
    return {
        "members": told.members,
        "seed": told.seed,
        "horizon_hours": ran.problem.horizon_hours,
        "thresholds": [dict(each) for each in outcome.thresholds],
        "unit": outcome.unit,
        "quantities": list(ran.question.quantities),
        "shows": ran.question.shows,
        "option": list(told.option),
        "until": until.isoformat() if until else None,
        "widened": taught.widened if taught else 1.0,
        "doubt": taught.doubt if taught else 1.0,
        "assumptions": [dict(each) for each in outcome.assumptions],
    }
