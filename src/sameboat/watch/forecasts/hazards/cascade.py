"""Failing infrastructure: facilities and whom they serve, in the places of a pack."""

from typing import Any

from sameboat.lib.codes import normalise_code
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.packs.records import Names, RegionPack, Scenario
from sameboat.watch.forecasts.hazards.asked import (
    Asked,
    in_file,
    prepared,
    read_run,
    rows_in,
    table_of,
    upwards,
)


def ask(pack: RegionPack, scenario: Scenario, where: str = "") -> Asked:
    """Return the question; a node whose key is a site of the pack is that site.

    Raises:
        FaultyInput: every fault, by field.
    """
    inputs = table_of(scenario, "inputs")
    codes = {place.code for place in pack.places}
    sites = {site.key: site for site in pack.sites}
    nodes, names = _nodes(rows_in(inputs, "nodes"))
    serves = [_at(row) for row in rows_in(inputs, "serves")]
    faults = [
        Fault(
            "unknown_place", _("is not a place of this pack."),
            field=f"{where}inputs.{table}[{number}].place", value=row["place"],
            next_step=_("Name a code of places.csv."),
        )
        for table, rows in (("nodes", nodes), ("serves", serves))
        for number, row in enumerate(rows)
        if row.get("place", "-") != "-" and row["place"] not in codes
    ]  # fmt: skip
    if faults:
        raise FaultyInput(in_file(faults, scenario))
    given = table_of(scenario, "parameters")
    asked: dict[str, Any] = {"horizon_hours": read_run(scenario).horizon_hours, **inputs}
    if "nodes" in asked:
        asked["nodes"] = nodes
    if "serves" in asked:
        asked["serves"] = serves
    problem = prepared("cascade", {**asked, "parameters": given}, scenario, where)
    targets = set(problem.targets)
    served = {str(row["place"]): [str(row["place"])] for row in serves if row["place"] in targets}
    place_of = {str(row["key"]): str(row.get("place", "-")) for row in nodes}
    words: dict[str, Names] = {place.code: place.names for place in pack.places}
    for key, place in place_of.items():
        if key in sites:
            names.setdefault(key, sites[key].names)
        if key in names:
            words |= {key: names[key], f"fails:{key}": _fault_words(names[key])}
        del place
    return Asked(
        problem=problem,
        sites={key: key for key in place_of if key in sites},
        places=upwards(pack, served),
        quantities=("service",),
        observed={**{key: key for key in place_of}, **{code: code for code in served}},
        names=words,
        facilities={
            key: place if place != "-" else ""
            for key, place in place_of.items()
            if key not in sites
        },
        given=given,
    )


def _fault_words(names: Names) -> dict[str, str]:
    """Return the words for the event that a node fails of itself, told apart from the node."""
    patterns = {"zh-Hans": "{name}自身故障", "en": "a fault at {name}"}
    return {tag: patterns.get(tag, "{name}").format(name=name) for tag, name in names.items()}


def _nodes(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Names]]:
    """Return the rows as the model takes them, and the words for each node."""
    names: dict[str, Names] = {}
    found = []
    for row in rows:
        row = _at(row)
        told = {
            tag: row.pop(column)
            for column, tag in (("name_zh", "zh-Hans"), ("name_en", "en"))
            if column in row
        }
        if told:
            names[str(row.get("key"))] = told
        spread = {
            part: row.pop(f"repair_{part}_hours")
            for part in ("low", "likely", "high")
            if f"repair_{part}_hours" in row
        }
        if spread:
            row["repair_hours"] = spread
        found.append(row)
    return found, names


def _at(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with its place as a code of the pack writes it."""
    try:
        return {**row, "place": normalise_code(str(row["place"]))}
    except (KeyError, ValueError):
        return row
