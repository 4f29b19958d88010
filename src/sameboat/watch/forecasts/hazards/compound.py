"""Hazards that set off others: each stage is asked as if alone, the rules join them."""

from dataclasses import replace
from importlib import import_module
from typing import Any

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.packs.records import RegionPack, Scenario
from sameboat.spread.compound import chain
from sameboat.watch.forecasts.hazards.asked import Asked, in_file


def ask(pack: RegionPack, scenario: Scenario) -> Asked:
    """Return the chain; `shows` names the stage whose answer stands first, else the last one.

    Raises:
        FaultyInput: every fault of every stage, then of the rules, by field.
        HazardsRunInACircle: they do, and the scenario allows no rounds.
    """
    content = scenario.content
    stages: dict[str, Asked] = {}
    faults: list[Fault] = []
    for name, stage in content["stage"].items():
        adapter = import_module(f"sameboat.watch.forecasts.hazards.{stage['hazard']}")
        try:
            stages[name] = adapter.ask(pack, _alone(scenario, stage), f"stage.{name}.")
        except FaultyInput as faulty:
            faults += faulty.faults
    if faults:
        raise FaultyInput([each for at, each in enumerate(faults) if each not in faults[:at]])
    problems = {name: each.problem for name, each in stages.items()}
    try:
        whole = chain(problems, content.get("rule", []), rounds=content.get("rounds", 0))
    except FaultyInput as faulty:
        told = [
            replace(each, field=each.field.replace("rules[", "rule[", 1)) for each in faulty.faults
        ]
        raise FaultyInput(in_file(told, scenario)) from None
    ordered = [name for name, _problem in whole.stages]
    places: dict[str, tuple[str, ...]] = {}
    for name in ordered:
        for code, targets in stages[name].places.items():
            joined = (f"{name}/{target}" for target in targets)
            places[code] = (*places.get(code, ()), *joined)
    words: dict[str, Any] = {}
    for each in stages.values():
        words |= each.names
    return Asked(
        problem=whole,
        sites={},
        places=places,
        names=words,
        notices=tuple(notice for each in stages.values() for notice in each.notices),
        stages={name: stages[name] for name in ordered},
        shows=content.get("shows", ordered[-1]),
        quantities=tuple(dict.fromkeys(q for each in stages.values() for q in each.quantities)),
        observed={
            key: f"{name}/{target}"
            for name in reversed(ordered)
            for key, target in stages[name].observed.items()
        },
    )


def _alone(scenario: Scenario, stage: dict[str, Any]) -> Scenario:
    """Return the scenario of one stage: the frame and the run are shared."""
    run = scenario.content.get("run", {})
    return replace(
        scenario,
        hazard=stage["hazard"],
        origin=stage.get("origin", scenario.origin),
        content={**scenario.content, **stage, "run": run},
    )
