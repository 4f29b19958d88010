"""An infection among the places of a pack: their people, where they lie, who travels where."""

from typing import Any

from sameboat.lib.codes import LEVELS, normalise_code
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs.records import PlaceRecord, RegionPack, Scenario
from sameboat.watch.forecasts.hazards.asked import (
    Asked,
    in_file,
    middle_of,
    prepared,
    read_run,
    rows_in,
    table_of,
    upwards,
)
from sameboat.watch.forecasts.notices import Notice


def ask(pack: RegionPack, scenario: Scenario, where: str = "") -> Asked:
    """Return the question; `inputs.level` says which places are counted (prefectures).

    Raises:
        FaultyInput: every fault, by field.
    """
    inputs = table_of(scenario, "inputs")
    run = read_run(scenario)
    level = inputs.pop("level", "prefecture")
    if level not in LEVELS:
        fault = Fault(
            "unknown_value", _("is none of those known."), field=f"{where}inputs.level",
            value=level, allowed=", ".join(LEVELS),
        )  # fmt: skip
        raise FaultyInput(in_file([fault], scenario))
    told = {_code(row.get("key")): row for row in rows_in(inputs, "places")}
    counted = [place for place in units_of(pack, level) if _people(place, told)]
    unknown = [place.code for place in units_of(pack, level) if not _people(place, told)]
    given = table_of(scenario, "parameters")
    asked: dict[str, Any] = {
        "horizon_days": run.horizon_hours / 24.0,
        **inputs,
        "places": [_row(pack, place, told.get(place.code, {})) for place in counted],
        "seeds": [{**row, "place": _code(row.get("place"))} for row in rows_in(inputs, "seeds")],
        "parameters": given,
    }
    if run.step_hours is not None:
        asked.setdefault("steps_per_day", round(24.0 / run.step_hours))
    problem = prepared("epidemic", asked, scenario, where)
    notices: tuple[Notice, ...] = ()
    if unknown:
        facts = {"count": len(unknown), "places": ", ".join(unknown[:12])}
        notices = (Notice("PopulationUnknown", facts),)
    targets = {place.code: (place.code,) for place in counted}
    quantity = {"prevalence": "prevalence", "infections": "infections", "reported":
                "reported_cases"}[asked.get("counts", "prevalence")]  # fmt: skip
    return Asked(
        problem=problem, sites={}, places=upwards(pack, targets), quantities=(quantity,),
        observed={place.code: place.code for place in counted},
        names={place.code: place.names for place in counted}, notices=notices, given=given,
    )  # fmt: skip


def units_of(pack: RegionPack, level: str) -> list[PlaceRecord]:
    """Return the places of a level, and larger ones that hold none of it (municipalities)."""
    records = {place.code: place for place in pack.places}
    rank = LEVELS.index(level)
    covered: set[str] = set()
    for place in pack.places:
        above = place.parent if place.level == level else None
        while above is not None and above not in covered:
            covered.add(above)
            above = records[above].parent if above in records else None
    return [
        place
        for place in pack.places
        if place.level == level
        or (
            place.level in LEVELS[:rank]
            and place.code not in covered
            and _is_lowest(pack, place, rank)
        )
    ]


def _is_lowest(pack: RegionPack, place: PlaceRecord, rank: int) -> bool:
    """Return whether nothing between this place and the level would be counted beside it."""
    return not any(
        each.parent == place.code and each.level in LEVELS[:rank] for each in pack.places
    )


def _people(place: PlaceRecord, told: dict[str, dict[str, Any]]) -> Any:
    return told.get(place.code, {}).get("residents", place.population)


def _row(pack: RegionPack, place: PlaceRecord, told: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"residents": place.population}
    if (point := middle_of(pack, place)) is not None:
        row |= {"lon": point[0], "lat": point[1]}
    return {**row, **told, "key": place.code}


def _code(text: Any) -> str:
    try:
        return normalise_code(str(text))
    except ValueError:
        return str(text)
