"""Hazards that set off other hazards: a footprint becomes the source of the next, by rules.

A chain of problems is a problem itself: it is run, compared under options and taught like any
other.  What one hazard does to the next is decided member by member, so that chances stay joined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.spread.description import Description
from sameboat.spread.draws import Draws, streams_apart
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import MEASURES, Measure
from sameboat.spread.problem import Problem

Array = NDArray[np.float64]

ABOUT = Description(
    name="compound", version="1", says=_("one hazard sets off another"), hazards=("compound",),
    moves="travels", intensity=_("as each stage has it"), unit="", inputs=(), parameters=(),
    measures=tuple(MEASURES), source="this project, docs/reference/compound.md",
)  # fmt: skip


class HazardsRunInACircle(Refusal):
    """The rules lead from a hazard back to itself, and nobody said how often."""

    says = _(
        "the rules lead in a circle through {stages}: take a rule out, or allow a number of rounds."
    )


@dataclass(frozen=True)
class Rule:
    """When something happens to a target of one stage, an event happens to another stage.

    `above`: a threshold of the stage, by value or by its label.  The event happens `delay_hours`
    after the target has been above for `for_hours` together.
    """

    stage: str
    target: str
    above: float | str
    then: str
    event: str  #: kind:what, as the later stage takes it: "fails:PUMP"
    for_hours: float = 0.0
    delay_hours: float = 0.0


@dataclass(frozen=True)
class Traced:
    """One run of a chain with everything that led from stage to stage.

    `events` (rules, members): hours since the start; not a number means never.  `unsettled`: part
    of the members in which a circle had not come to rest after the rounds allowed.
    """

    footprints: Mapping[str, Footprint]
    events: Array
    unsettled: float


@dataclass(frozen=True)
class Chain(Problem):
    """Stages in the order in which they are computed, and the rules between them."""

    stages: tuple[tuple[str, Problem], ...]
    rules: tuple[Rule, ...]
    rounds: int

    about = ABOUT
    unit = ""

    @property
    def targets(self) -> tuple[str, ...]:  # type: ignore[override]
        """Return `stage/target` for every target of every stage."""
        return tuple(f"{name}/{target}" for name, each in self.stages for target in each.targets)

    @property
    def thresholds(self) -> tuple[float, ...]:  # type: ignore[override]
        """Return positions: each stage has thresholds of its own."""
        return tuple(float(n + 1) for n in range(max(len(p.thresholds) for _n, p in self.stages)))

    @property
    def horizon_hours(self) -> float:  # type: ignore[override]
        """Return the longest horizon of the stages."""
        return max(each.horizon_hours for _name, each in self.stages)

    def horizon_of(self, target: str) -> float:
        """Return up to when a target is followed: until its own stage ends."""
        return dict(self.stages)[target.partition("/")[0]].horizon_hours

    @property
    def dimension(self) -> int:
        """Number of scores of all stages together."""
        return sum(each.dimension for _name, each in self.stages)

    @property
    def quasi(self) -> int:
        """Number of evenly drawn scores of all stages together: they come first."""
        return sum(each.quasi for _name, each in self.stages)

    @property
    def member_bytes(self) -> int:
        """Bytes of working memory: stages are computed one after the other, but all are kept."""
        return max(each.member_bytes for _n, each in self.stages) + self.footprint_bytes

    def trace(self, draws: Draws) -> Traced:
        """Run the stages one after the other and keep what led to what."""
        events = np.full((len(self.rules), draws.members), np.nan)
        found: dict[str, Footprint] = {}
        turns = self.rounds or 1
        moved = np.zeros(draws.members, bool)
        for _turn in range(turns):
            before = events.copy()
            for number, (name, problem) in enumerate(self.stages):
                found[name] = problem.spread(self._draws(draws, number, events))
                self._set_off(name, found[name], events)
            moved = (~((events == before) | (np.isnan(events) & np.isnan(before)))).any(axis=0)
            if not moved.any():
                break
        unsettled = float(moved.mean()) if self.rounds else 0.0
        return Traced(found, events, unsettled)

    def spread(self, draws: Draws) -> Footprint:
        """Return the footprints of all stages as one; `stage_of` takes them apart again."""
        found = self.trace(draws).footprints
        whole = Footprint.empty(
            self.targets, self.thresholds, "", draws.members, self._limits(),
        )  # fmt: skip
        first = 0
        for name, problem in self.stages:
            rows = slice(first, first + len(problem.targets))
            levels = len(problem.thresholds)
            for array in ("arrival_hours", "cleared_hours", "duration_hours"):
                getattr(whole, array)[rows, :levels] = getattr(found[name], array)
            whole.peak[rows] = found[name].peak
            whole.peak_hours[rows] = found[name].peak_hours
            first = rows.stop
        return whole

    def stage_of(self, whole: Footprint, stage: str) -> Footprint:
        """Return the part of a chain's footprint that is one stage's, in its own unit."""
        problem = dict(self.stages)[stage]
        part = whole.select([f"{stage}/{target}" for target in problem.targets])
        levels = len(problem.thresholds)
        return replace(
            part,
            targets=problem.targets,
            thresholds=problem.thresholds,
            unit=problem.unit,
            arrival_hours=part.arrival_hours[:, :levels],
            cleared_hours=part.cleared_hours[:, :levels],
            duration_hours=part.duration_hours[:, :levels],
            limits=_own_limits(problem),
            labels=_labels(problem),
        )

    def series(self, draws: Draws, targets: Sequence[str], hours: Array) -> Array:
        """Return the intensity at `stage/target`s, each in its stage's unit.

        A stage that ends before the others stays as it was at its own end.
        """
        events = self.trace(draws).events
        found = np.empty((len(targets), len(hours), draws.members))
        for number, (name, problem) in enumerate(self.stages):
            rows = [row for row, each in enumerate(targets) if each.startswith(f"{name}/")]
            if rows:
                own = [targets[row].partition("/")[2] for row in rows]
                own_hours = np.minimum(hours, problem.horizon_hours)
                found[rows] = problem.series(self._draws(draws, number, events), own, own_hours)
        return found

    def under(self, measures: Sequence[Measure]) -> "Chain":
        """Return the chain under measures; each names its stage: `at` is `stage/what`."""
        given: dict[str, list[Measure]] = {}
        faults: list[Fault] = []
        names = [name for name, _problem in self.stages]
        for number, each in enumerate(measures):
            stage, _slash, what = each.at.partition("/")
            if stage not in names or not what:
                faults.append(
                    Fault(
                        "unknown_target", _("does not name a stage of this chain."),
                        field=f"measures[{number}].at", value=each.at,
                        allowed=", ".join(f"{name}/…" for name in names),
                    )
                )  # fmt: skip
            else:
                given.setdefault(stage, []).append(replace(each, at=what))
        if faults:
            raise FaultyInput(faults)
        stages = tuple(
            (name, each.under(given[name]) if name in given else each) for name, each in self.stages
        )
        return replace(self, stages=stages)

    def imbalance(self, draws: Draws) -> Array:
        """Return the largest imbalance of any stage."""
        events = self.trace(draws).events
        parts = [
            np.abs(each.imbalance(self._draws(draws, number, events)))
            for number, (_name, each) in enumerate(self.stages)
        ]
        found: Array = np.max(parts, axis=0)
        return found

    def draws_of(self, draws: Draws, stage: str, events: Array) -> Draws:
        """Return the draws of one stage, with what the others did to it."""
        number = [name for name, _problem in self.stages].index(stage)
        return self._draws(draws, number, events)

    def _draws(self, draws: Draws, number: int, events: Array) -> Draws:
        even, plain = 0, self.quasi
        for _name, each in self.stages[:number]:
            even += each.quasi
            plain += each.dimension - each.quasi
        name, problem = self.stages[number]
        scores = np.concatenate(
            [
                draws.scores[even : even + problem.quasi],
                draws.scores[plain : plain + problem.dimension - problem.quasi],
            ]
        )
        happened = dict(draws.events)
        for rule, hours in zip(self.rules, events, strict=True):
            if rule.then == name:
                known = happened.get(rule.event)
                happened[rule.event] = hours if known is None else np.fmin(known, hours)
        streams = draws.streams if number == 0 else streams_apart(draws.streams, number)
        return Draws(scores, streams, happened)

    def _set_off(self, stage: str, footprint: Footprint, events: Array) -> None:
        for number, rule in enumerate(self.rules):
            if rule.stage != stage:
                continue
            row, level = (
                footprint.index(rule.target),
                level_of(dict(self.stages)[stage], rule.above),
            )
            arrival = footprint.arrival_hours[row, level].astype(np.float64)
            held = footprint.duration_hours[row, level] >= rule.for_hours
            happens = np.isfinite(arrival) & held
            events[number] = np.where(happens, arrival + rule.for_hours + rule.delay_hours, np.nan)

    def _limits(self) -> NDArray[np.float64]:
        found = np.full((len(self.targets), len(self.thresholds)), np.nan)
        first = 0
        for _name, problem in self.stages:
            own = _own_limits(problem)
            rows = slice(first, first + len(problem.targets))
            found[rows, : len(problem.thresholds)] = (
                np.array(problem.thresholds) if own is None else own
            )
            first = rows.stop
        return found


def chain(
    stages: Mapping[str, Problem], rules: Sequence[Rule | Mapping[str, Any]], *, rounds: int = 0
) -> Chain:
    """Return a chain of hazards.

    Args: stages: name -> prepared problem.  rules: as `Rule` or as tables of its fields.  rounds:
        how often the stages are computed where rules lead in a circle; 0: a circle is refused.
    Raises: FaultyInput: every fault of every rule, by its number and field.
        HazardsRunInACircle: they do, and no rounds were allowed.
        ValueError: no stage at all, a stage whose name holds "/", or `rounds` below 0.
    Source: this project, docs/reference/compound.md.
    """
    if not stages or rounds < 0:
        raise ValueError(f"rounds is {rounds}, allowed: >= 0, with at least one stage")
    if any("/" in name for name in stages):
        raise ValueError("the name of a stage must not hold /: it parts the stage from its target")
    faults: list[Fault] = []
    read = [_read(each, number, faults) for number, each in enumerate(rules)]
    for number, rule in enumerate(read):
        if rule is not None:
            faults += _rule_faults(rule, f"rules[{number}]", stages)
    if faults:
        raise FaultyInput(faults)
    kept = tuple(rule for rule in read if rule is not None)
    order, circle = _ordered(tuple(stages), kept)
    if circle and not rounds:
        raise HazardsRunInACircle(stages=circle)
    return Chain(tuple((name, stages[name]) for name in order), kept, rounds if circle else 0)


def _ordered(names: tuple[str, ...], rules: tuple[Rule, ...]) -> tuple[list[str], list[str]]:
    """Return the stages in an order that causes come first, and those that run in a circle."""
    left = list(names)
    order: list[str] = []
    while left:
        free = [
            name for name in left
            if not any(rule.then == name and rule.stage in left for rule in rules)
        ]  # fmt: skip
        if not free:
            return order + left, left
        order.append(free[0])
        left.remove(free[0])
    return order, []


def _read(given: object, number: int, faults: list[Fault]) -> Rule | None:
    field = f"rules[{number}]"
    if not isinstance(given, Rule | Mapping):
        faults.append(Fault("not_a_table", _("is not a table."), field=field, value=given))
        return None
    if isinstance(given, Rule):
        return given
    known = set(Rule.__dataclass_fields__)
    wrong = [key for key in given if key not in known and key not in ("source", "note")]
    missing = [key for key in ("stage", "target", "above", "then", "event") if key not in given]
    for key in wrong:
        faults.append(
            Fault("unknown_field", _("is not known here."), field=f"{field}.{key}",
                  allowed=", ".join(sorted(known)))
        )  # fmt: skip
    for key in missing:
        faults.append(Fault("empty", _("is missing."), field=f"{field}.{key}"))
    if wrong or missing:
        return None
    return Rule(**{key: value for key, value in given.items() if key in known})


def _rule_faults(rule: Rule, field: str, stages: Mapping[str, Problem]) -> list[Fault]:
    faults: list[Fault] = []

    def wrong(code: str, part: str, value: object, says: str, allowed: str) -> None:
        faults.append(Fault(code, says, field=f"{field}.{part}", value=value, allowed=allowed))

    told = [part for part in ("stage", "target", "then", "event")
            if not isinstance(getattr(rule, part), str)]  # fmt: skip
    for part in told:
        wrong("not_text", part, getattr(rule, part), _("is not a text."), "")
    if told:
        return faults
    for part in ("stage", "then"):
        if getattr(rule, part) not in stages:
            wrong("unknown", part, getattr(rule, part), _("is no stage of this chain."),
                  ", ".join(stages))  # fmt: skip
    for part in ("for_hours", "delay_hours"):
        hours = getattr(rule, part)
        if (
            isinstance(hours, bool)
            or not isinstance(hours, int | float)
            or not (isfinite(hours) and hours >= 0)
        ):
            wrong("out_of_range", part, hours, _("lies outside its range."), ">= 0 h")
    if rule.stage in stages:
        problem = stages[rule.stage]
        if rule.target not in problem.targets:
            wrong("unknown_target", "target", rule.target, _("is not a target of this forecast."),
                  ", ".join(problem.targets[:12]))  # fmt: skip
        try:
            level_of(problem, rule.above)
        except ValueError:
            allowed = _labels(problem) or tuple(f"{each:g}" for each in problem.thresholds)
            wrong("unknown", "above", rule.above, _("is not a threshold of this stage."),
                  ", ".join(allowed))  # fmt: skip
    if rule.then in stages and not stages[rule.then].takes(rule.event):
        wrong("unknown", "event", rule.event, _("cannot happen to this stage."),
              ", ".join(f"{each}:…" for each in stages[rule.then].about.events))  # fmt: skip
    return faults


def level_of(problem: Problem, above: float | str) -> int:
    """Return the position of a threshold, given by value or by its label.

    Raises: ValueError: the problem has no such threshold.
    Source: this project, docs/reference/compound.md, "Rules".
    """
    if isinstance(above, str):
        return _labels(problem).index(above)
    if isinstance(above, bool) or not isinstance(above, int | float):
        raise ValueError(above)
    for number, each in enumerate(problem.thresholds):
        if abs(each - above) <= 1e-9 * max(abs(each), 1e-9):
            return number
    raise ValueError(above)


def _labels(problem: Problem) -> tuple[str, ...]:
    return tuple(getattr(problem, "labels", ()))


def _own_limits(problem: Problem) -> NDArray[np.float64] | None:
    limits: NDArray[np.float64] | None = getattr(problem, "limits", None)
    return limits
