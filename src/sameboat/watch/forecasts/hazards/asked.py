"""What an adapter hands over: the prepared problem, and which of its targets lie where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from math import isfinite
from typing import Any

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs.records import Names, PlaceRecord, RegionPack, Scenario
from sameboat.spread.models import MODELS
from sameboat.spread.problem import Problem
from sameboat.watch.forecasts.notices import Notice

#: The longest look ahead, days; the model may allow less.
MOST_DAYS = 1000.0
#: More than this is a slip of the finger; what fits into memory is told when it is asked for.
MOST_MEMBERS = 10**9
RUN = ("members", "seed", "horizon_days", "step_minutes")


@dataclass(frozen=True)
class Asked:
    """A prepared question.

    `sites`: site of the pack -> target.  `places`: place code -> targets in it or below it.
    `facilities`: targets that are neither.  `quantities`: of observations that it can learn from;
    `observed`: what an observation names -> target.  `names`: target or event -> words.
    `stages`: of a compound hazard, in the order in which they are computed.
    """

    problem: Problem
    sites: Mapping[str, str]
    places: Mapping[str, tuple[str, ...]]
    quantities: tuple[str, ...] = ()
    observed: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Names] = field(default_factory=dict)
    facilities: Mapping[str, str] = field(default_factory=dict)  #: target -> place code or ""
    assumptions: tuple[Mapping[str, Any], ...] = ()
    notices: tuple[Notice, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)  #: the scenario's parameters
    stages: Mapping[str, "Asked"] = field(default_factory=dict)
    shows: str = ""  #: the stage whose answer stands first


@dataclass(frozen=True)
class Run:
    """How large a run is."""

    members: int
    seed: int
    horizon_hours: float
    step_hours: float | None


def read_run(scenario: Scenario, *, members: int | None = None, seed: int | None = None) -> Run:
    """Return what `[run]` tells; `members` and `seed` win over the file's.

    Raises:
        FaultyInput: every fault, by field.
    """
    faults: list[Fault] = []
    run = scenario.content.get("run", {})
    if not isinstance(run, Mapping):
        faults.append(Fault("not_a_table", _("is not a table {{...}}."), field="run", value=run))
        run = {}
    for name in sorted(run.keys() - {*RUN, "source", "note"}):
        faults.append(
            Fault("unknown_field", _("is not known here."), field=f"run.{name}",
                  allowed=", ".join(RUN), next_step=_("Mend its spelling, or take it out."))
        )  # fmt: skip

    def number(name: str, low: float, high: float, default: float, given: int | None) -> float:
        value = run.get(name, default) if given is None else given
        whole = name in ("members", "seed")
        kinds = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            where = f"run.{name}" if given is None else name
            allowed = f"{int(low)} … {int(high)}" if whole else f"{low:g} … {high:g}"
            faults.append(
                Fault("out_of_range", _("lies outside its range."), field=where, value=value,
                      allowed=allowed)
            )  # fmt: skip
            return default
        return value

    count = number("members", 1, MOST_MEMBERS, 500, members)
    start = number("seed", 0, 2**63 - 1, 1, seed)
    days = number("horizon_days", 0.01, MOST_DAYS, 10.0, None)
    step = number("step_minutes", 0.1, 1440.0, 60.0, None) if "step_minutes" in run else None
    if faults:
        raise FaultyInput(in_file(faults, scenario))
    return Run(int(count), int(start), days * 24.0, None if step is None else step / 60.0)


def prepared(name: str, inputs: Mapping[str, Any], scenario: Scenario, where: str = "") -> Problem:
    """Return the problem of a model; its faults are given the scenario's file and field.

    Args: name: of the model, as in spread.models.  where: "stage.NAME." of a compound hazard.
    Raises:
        FaultyInput: every fault of the model's own check.
    """
    prepare = import_module(f"sameboat.spread.{MODELS[name][0]}").prepare
    try:
        found: Problem = prepare(inputs)
    except FaultyInput as faulty:
        raise FaultyInput(named(faulty.faults, scenario, where)) from None
    return found


def named(faults: Iterable[Fault], scenario: Scenario, where: str = "") -> list[Fault]:
    """Return a model's faults with the field as the scenario writes it."""
    run = {"horizon_hours": "run.horizon_days", "horizon_days": "run.horizon_days",
           "step_hours": "run.step_minutes", "step_minutes": "run.step_minutes"}  # fmt: skip
    found = []
    for each in faults:
        name = run.get(each.field)
        if name is None:
            name = where + ("" if each.field.startswith("parameters") else "inputs.") + each.field
        found.append(replace(each, field=name))
    return in_file(found, scenario)


def in_file(faults: Iterable[Fault], scenario: Scenario) -> list[Fault]:
    """Return the faults with the name of the scenario's file; one that names its own keeps it."""
    file = f"scenarios/{scenario.path.name}" if scenario.path else ""
    return [each if each.file else replace(each, file=file) for each in faults]


def table_of(scenario: Scenario, name: str) -> dict[str, Any]:
    """Return `inputs` or `parameters` of a scenario, its remarks aside."""
    return {
        key: value
        for key, value in scenario.content.get(name, {}).items()
        if key not in ("source", "note", "description") or not isinstance(value, str)
    }


def rows_in(inputs: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the rows of an input that is a list of tables; what is none is left to the model."""
    value = inputs.get(name, [])
    return [dict(each) for each in value if isinstance(each, Mapping)] if _listed(value) else []


def upwards(pack: RegionPack, inside: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return for each place that holds targets, and each place above it, those targets."""
    parents = {place.code: place.parent for place in pack.places}
    held: dict[str, dict[str, None]] = {}
    for code, targets in inside.items():
        above: str | None = code
        while above is not None:
            held.setdefault(above, {}).update(dict.fromkeys(targets))
            above = parents.get(above)
    return {place.code: tuple(held[place.code]) for place in pack.places if place.code in held}


def leaves_of(pack: RegionPack) -> list[PlaceRecord]:
    """Return the places that no other place of the pack lies in."""
    parents = {place.parent for place in pack.places}
    return [place for place in pack.places if place.code not in parents]


def middle_of(pack: RegionPack, place: PlaceRecord) -> tuple[float, float] | None:
    """Return a place's point; without one, the mean of what lies in it, by people where known."""
    if place.lon is not None and place.lat is not None:
        return place.lon, place.lat
    inside = [each for each in pack.places if each.parent == place.code]
    found = [(point, each) for each in inside if (point := middle_of(pack, each)) is not None]
    if not found:
        return None
    weights = [float(each.population or 0) for _point, each in found]
    if not all(weights):
        weights = [1.0] * len(found)
    whole = sum(weights)
    lon, lat = (
        sum(weight * point[axis] for weight, (point, _each) in zip(weights, found, strict=True))
        for axis in (0, 1)
    )
    return lon / whole, lat / whole


def point_of(value: Any) -> tuple[float, float] | None:
    """Return longitude and latitude of a table that has both."""
    if not isinstance(value, Mapping):
        return None
    lon, lat = value.get("lon"), value.get("lat")
    if not all(isinstance(each, int | float) and isfinite(each) for each in (lon, lat)):
        return None
    return float(lon), float(lat)  # type: ignore[arg-type]


def _listed(value: Any) -> bool:
    return isinstance(value, list | tuple)
