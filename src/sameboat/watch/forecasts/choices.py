"""The options of a scenario: counter-measures as data, and what they change place by place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs.questions import NOTHING, moment_of
from sameboat.packs.records import Names, RegionPack, Scenario
from sameboat.spread.measures import MEASURES, Measure
from sameboat.spread.options import Comparison, Difference
from sameboat.spread.problem import Problem
from sameboat.watch.forecasts.answer import short_names, words_of
from sameboat.watch.forecasts.hazards.asked import in_file

NOTHING_NAMES: Names = {"zh-Hans": "不采取措施", "en": "Nothing is done"}
#: What a comparison tells of each place.
OUTCOMES = ("reached", "peak", "duration_hours", "arrival_hours")


def options_of(scenario: Scenario) -> dict[str, tuple[Measure, ...]]:
    """Return the options by key, the one in which nothing is done first."""
    found: dict[str, tuple[Measure, ...]] = {NOTHING: ()}
    for option in scenario.content.get("option", []):
        measures = option.get("measure", [])
        found[option["key"]] = tuple(_measure(each, scenario) for each in measures)
    return found


def option_names(scenario: Scenario) -> dict[str, Names]:
    """Return what each option is called."""
    told = {each["key"]: each.get("name") for each in scenario.content.get("option", [])}
    return {NOTHING: told.get(NOTHING) or NOTHING_NAMES} | {
        key: name for key, name in told.items() if name
    }


def measures_under(scenario: Scenario, keys: Sequence[str]) -> tuple[Measure, ...]:
    """Return the counter-measures of these options together.

    Raises:
        FaultyInput: the scenario has no such option.
    """
    known = options_of(scenario)
    faults = [
        Fault("unknown_value", _("is no option of this scenario."), field="option", value=key,
              allowed=", ".join(known))
        for key in keys
        if key not in known
    ]  # fmt: skip
    if faults:
        raise FaultyInput(in_file(faults, scenario))
    return tuple(measure for key in keys for measure in known[key])


def under(problem: Problem, scenario: Scenario, keys: Sequence[str]) -> Problem:
    """Return the problem under the counter-measures of these options.

    Raises:
        FaultyInput: no such option, the model does not understand a measure of one, or two of
            them contradict each other.
    """
    measures = measures_under(scenario, keys)
    if faults := check_options(problem, scenario, keys):
        raise FaultyInput(faults)
    try:
        return problem.under(measures) if measures else problem
    except FaultyInput as faulty:
        # Each is understood alone: they do not go together.
        together = [replace(each, field="option", value=" + ".join(keys)) for each in faulty.faults]
        raise FaultyInput(in_file(together, scenario)) from None


def check_options(
    problem: Problem, scenario: Scenario, only: Sequence[str] | None = None
) -> list[Fault]:
    """Return what the model does not understand of these options, by its place in the file.

    `only`: keys of options; None: all of them.
    """
    faults: list[Fault] = []
    written = [each["key"] for each in scenario.content.get("option", [])]
    for key, measures in options_of(scenario).items():
        if only is not None and key not in only:
            continue
        try:
            problem.under(measures)
        except FaultyInput as faulty:
            where = f"option[{written.index(key)}].measure"
            faults += [
                replace(each, field=each.field.replace("measures", where, 1))
                for each in faulty.faults
            ]
    return in_file(faults, scenario)


def table_of(
    comparison: Comparison,
    places: Mapping[str, tuple[str, ...]],
    sites: Mapping[str, str],
    pack: RegionPack,
    scenario: Scenario,
) -> dict[str, Any]:
    """Return the comparison as the answer carries it: people and rows for each option.

    Outcomes are those at the first threshold.
    """
    names = option_names(scenario)
    by_place = comparison.union(places)
    parents = {place.code: place.parent for place in pack.places}
    population = {
        place.code: place.population
        for place in pack.places
        if place.code in places and place.population is not None
    }
    people = {code: float(count) for code, count in population.items()}
    of_site = comparison.union({key: (target,) for key, target in sites.items()})
    return {
        "first": comparison.options[0],
        "options": [
            {
                "key": key,
                "name": short_names(names[key]),
                "measures": [_told(each) for each in comparison.measures[key]],
                "people": by_place.footprints[key].total(people, parents).as_dict(),
            }
            for key in comparison.options
        ],
        "places": [
            {**row, "population": population.get(row["place"])} for row in _rows(by_place, "place")
        ],
        "sites": _rows(of_site, "site") if sites else [],
    }


def _rows(comparison: Comparison, kind: str) -> list[dict[str, Any]]:
    """Return one row for each option and target."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for of in OUTCOMES:
        for each in comparison.table(of):
            row = found.setdefault(
                (each.option, each.target), {"option": each.option, kind: each.target}
            )
            row[of] = rounded(each)
    return list(found.values())


def rounded(each: Difference) -> dict[str, float | None]:
    """Return a difference as the answer carries it, to four digits."""
    return {
        name: None if (value := getattr(each, name)) is None else float(f"{value:.4g}")
        for name in ("outcome", "change", "error", "low", "high", "better", "worse")
    }


def _told(measure: Measure) -> dict[str, Any]:
    kind = MEASURES[measure.kind]
    return {
        "kind": measure.kind,
        "says": words_of(kind.says),
        "at": measure.at,
        "from_hours": measure.from_hours,
        "until_hours": None if measure.until_hours == inf else measure.until_hours,
        "amount": measure.amount,
        "unit": kind.unit,
    }


def _measure(told: Mapping[str, Any], scenario: Scenario) -> Measure:
    def hours(part: str, otherwise: float) -> float:
        if part in told:
            since = moment_of(told[part], scenario.zone) - scenario.started_at
            return float(since.total_seconds() / 3600)
        return float(told.get(f"{part}_hours", otherwise))

    amount = told.get("amount")
    return Measure(
        str(told["kind"]), str(told["at"]), hours("from", 0.0), hours("until", inf),
        None if amount is None else float(amount),
    )  # fmt: skip
