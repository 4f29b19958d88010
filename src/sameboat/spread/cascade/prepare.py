"""Checks what a question about failing infrastructure is given, and prepares it."""

from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np

from sameboat.lib.language import mark as _
from sameboat.spread.cascade.about import ABOUT
from sameboat.spread.cascade.dependency import Need, Node, Service, build_plan, find_circles
from sameboat.spread.cascade.independent import build_links
from sameboat.spread.cascade.problem import Cascade, Outbreak, Start
from sameboat.spread.inputs import InputReader
from sameboat.spread.priors import Prior, between, fixed, lognormal

#: Nobody plans for longer than ten years: longer is a slip of the unit.
_LONGEST = 87_600.0
_NODE = {
    "key", "kind", "place", "buffer_hours", "backup_hours", "repair_hours", "priority", "name",
}  # fmt: skip


def prepare(inputs: Mapping[str, Any]) -> Cascade:
    """Return the question, ready to be asked of an ensemble.

    Raises: FaultyInput: every fault by field, value and what is allowed.
    Source: this project, docs/reference/cascade.md, "What is given".
    """
    reader = InputReader(inputs, ABOUT)
    nodes, repairs = _nodes(reader)
    known = {node.key for node in nodes}
    needs = _needs(reader, nodes)
    services = _services(reader, nodes)
    crews = _crews(reader, {node.kind for node in nodes})
    horizon = reader.number(
        reader.given, "horizon_hours", low=0.0, high=_LONGEST, unit="h", above=True
    )
    starts = _starts(reader, known, horizon)
    outbreak = _outbreak(reader, nodes)
    thresholds = _thresholds(reader)
    parameters = reader.parameters()
    reader.finish()
    return Cascade(
        about=ABOUT,
        plan=build_plan(nodes, needs, services, crews),
        parameters=parameters,
        repairs=repairs,
        starts=starts,
        outbreak=outbreak,
        thresholds=thresholds,
        horizon_hours=horizon,
        unit=ABOUT.unit,
    )


def _nodes(reader: InputReader) -> tuple[list[Node], tuple[Prior, ...]]:
    nodes, repairs = [], []
    for number, row in enumerate(reader.rows("nodes")):
        field = f"nodes[{number}]"
        reader.only(row, _NODE, field)
        key = row.get("key")
        if isinstance(key, str) and (">" in key or "/" in key):
            reader.fault("wrong_key", f"{field}.key", key, _("must hold neither > nor /."))
        nodes.append(
            Node(
                key=key if isinstance(key, str) else "",
                kind=reader.text(row, "kind", field=field),
                place=reader.text(row, "place", field=field, default="-"),
                buffer_hours=_hours(reader, row, "buffer_hours", field),
                backup_hours=_hours(reader, row, "backup_hours", field),
                priority=reader.number(row, "priority", field=field, default=0.0),
            )
        )
        repairs.append(_repair(reader, row.get("repair_hours"), f"{field}.repair_hours"))
    return nodes, tuple(repairs)


def _hours(reader: InputReader, row: Mapping[str, Any], key: str, field: str) -> float:
    return reader.number(row, key, field=field, low=0.0, high=_LONGEST, unit="h", default=0.0)


def _repair(reader: InputReader, given: Any, field: str) -> Prior:
    """Return the prior of the hours that a repair takes, > 0."""
    if not isinstance(given, Mapping):
        holder = {field: given}
        hours = reader.number(holder, field, low=0.0, high=_LONGEST, unit="h", above=True)
        return fixed(hours) if hours > 0 else fixed(1.0)
    before = len(reader.faults)
    reader.only(given, {"value", "low", "likely", "high", "median", "spread"}, field)
    names = [name for name in ("value", "low", "likely", "high", "median") if name in given]
    found = {
        name: reader.number(given, name, field=field, low=0.0, high=_LONGEST, unit="h", above=True)
        for name in names
    }
    spread = reader.number(given, "spread", field=field, low=0.0, high=3.0, default=0.0)
    if len(reader.faults) > before:
        return fixed(1.0)
    try:
        if set(found) == {"value"}:
            return fixed(found["value"])
        if set(found) == {"median"}:
            return lognormal(found["median"], spread, most=_LONGEST)
        return between(found["low"], found["high"], found.get("likely"), most=_LONGEST)
    except (KeyError, ValueError):
        reader.fault(
            "wrong_form", field, dict(given), _("is not in one of the forms."),
            allowed="value; low … high; low, likely, high; median, spread",
        )  # fmt: skip
        return fixed(1.0)


def _needs(reader: InputReader, nodes: list[Node]) -> list[Need]:
    kinds = {node.key: node.kind for node in nodes}
    found: list[Need] = []
    carried: dict[tuple[str, str], float] = {}
    for number, row in enumerate(reader.rows("needs", least=0, unique=None)):
        field = f"needs[{number}]"
        reader.only(row, {"from", "to", "kind", "share"}, field)
        giver = reader.text(row, "from", field=field, among=kinds)
        taker = reader.text(row, "to", field=field, among=kinds)
        kind = reader.text(row, "kind", field=field, default=kinds.get(giver) or "-")
        share = reader.number(row, "share", field=field, low=0.0, high=1.0, default=1.0, above=True)
        if any((giver, taker, kind) == (n.from_node, n.to_node, n.kind) for n in found):
            reader.fault("duplicate", field, f"{giver}>{taker}", _("stands twice."))
        found.append(Need(giver, taker, kind, share))
        carried[taker, kind] = carried.get((taker, kind), 0.0) + share
    for (taker, kind), total in carried.items():
        if total < 1 - 1e-9:
            reader.fault(
                "too_little", "needs", f"{taker}: {kind}",
                _("is never met: the shares of its suppliers add up to {total}."),
                allowed=">= 1", total=f"{total:g}",
            )  # fmt: skip
    for kind in sorted({need.kind for need in found}):
        _refuse_perpetual(reader, [need for need in found if need.kind == kind], carried)
    return found


def _refuse_perpetual(
    reader: InputReader, needs: list[Need], carried: Mapping[tuple[str, str], float]
) -> None:
    """Refuse nodes that could keep each other going with what none of them makes.

    Needs that are all of one kind are a flow; round in a circle it would flow without a source as
    soon as one of the circle has another way to be fed.
    """
    ends = dict.fromkeys(key for need in needs for key in (need.from_node, need.to_node))
    for circle in find_circles(list(ends), needs):
        kind = needs[0].kind
        if any(carried.get((key, kind), 0.0) > 1 + 1e-9 for key in circle):
            reader.fault(
                "feeds_itself", "needs", ", ".join(circle),
                _("pass {kind} round in a circle and would keep each other going sourceless."),
                next_step=_("Let each of them need its sources, not each other."), kind=kind,
            )  # fmt: skip


def _services(reader: InputReader, nodes: list[Node]) -> list[Service]:
    kinds = {node.key: node.kind for node in nodes}
    found = []
    for number, row in enumerate(reader.rows("serves", least=0, unique=None)):
        field = f"serves[{number}]"
        reader.only(row, {"node", "place", "kind", "people"}, field)
        node = reader.text(row, "node", field=field, among=kinds)
        place = reader.text(row, "place", field=field)
        if place in kinds:
            reader.fault("duplicate", f"{field}.place", place, _("is the name of a node as well."))
        kind = reader.text(row, "kind", field=field, default=kinds.get(node) or "-")
        people = reader.number(row, "people", field=field, low=0.0, high=2e9)
        if people == people and people != int(people):
            reader.fault("not_whole", f"{field}.people", people, _("is not a whole number."))
        found.append(Service(node, place, kind, int(people) if people == people else 0))
    return found


def _crews(reader: InputReader, kinds: set[str]) -> dict[str, int]:
    given = reader.given.get("crews", {})
    if not isinstance(given, Mapping):
        reader.fault("not_a_table", "crews", given, _("is not a table."))
        return {}
    reader.only(given, kinds, "crews")
    found = {}
    for kind in given:
        if kind in kinds:
            number = reader.number(given, kind, field="crews", low=1.0, high=1e6)
            if number == number and number != int(number):
                reader.fault("not_whole", f"crews.{kind}", number, _("is not a whole number."))
            found[kind] = int(number) if number == number else 1
    return found


def _starts(reader: InputReader, known: set[str], horizon: float) -> tuple[Start, ...]:
    found = []
    for number, row in enumerate(reader.rows("faults", least=0, unique=None)):
        field = f"faults[{number}]"
        reader.only(row, {"node", "hours", "probability"}, field)
        found.append(
            Start(
                reader.text(row, "node", field=field, among=known),
                reader.number(
                    row, "hours", field=field, low=0.0, unit="h", default=0.0,
                    high=horizon if horizon > 0 else inf,
                ),
                reader.number(row, "probability", field=field, low=0.0, high=1.0, default=1.0),
            )
        )  # fmt: skip
    return tuple(found)


def _outbreak(reader: InputReader, nodes: list[Node]) -> Outbreak | None:
    given = reader.given.get("outbreak")
    if given is None:
        return None
    if not isinstance(given, Mapping):
        reader.fault("not_a_table", "outbreak", given, _("is not a table."))
        return None
    reader.only(given, {"start", "hours", "links"}, "outbreak")
    at = {node.key: row for row, node in enumerate(nodes)}
    start = _outbreak_start(reader, given.get("start"), at)
    began = _hours(reader, given, "hours", "outbreak")
    ends, chances = [], []
    links = given.get("links", ())
    if not isinstance(links, list | tuple):
        reader.fault("not_a_list", "outbreak.links", links, _("is not a list of tables."))
        links = ()
    for number, row in enumerate(links):
        field = f"outbreak.links[{number}]"
        if not isinstance(row, Mapping):
            reader.fault("not_a_table", field, row, _("is not a table."))
            continue
        reader.only(row, {"from", "to", "probability"}, field)
        one = reader.text(row, "from", field=field, among=at)
        other = reader.text(row, "to", field=field, among=at)
        ends.append((one, other))
        chances.append(reader.number(row, "probability", field=field, low=0.0, high=1.0))
    if reader.faults:
        return None
    chance = np.array(chances, np.float64)
    giver = np.array([at[one] for one, _other in ends], np.int64)
    taker = np.array([at[other] for _one, other in ends], np.int64)
    return Outbreak(
        start, tuple(ends), chance, build_links(len(nodes), giver, taker, chance), began
    )


def _outbreak_start(reader: InputReader, given: Any, at: Mapping[str, int]) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not given:
        reader.fault("empty", "outbreak.start", given, _("is missing."), allowed=_some_of(at))
        return ()
    for number, key in enumerate(given):
        if not isinstance(key, str) or key not in at:
            reader.fault(
                "unknown", f"outbreak.start[{number}]", key, _("is not known here."),
                allowed=_some_of(at),
            )  # fmt: skip
    return tuple(given)


def _some_of(at: Mapping[str, int]) -> str:
    return ", ".join(sorted(at)[:12])


def _thresholds(reader: InputReader) -> tuple[float, ...]:
    if "thresholds" not in reader.given:
        return (0.0,)
    found = reader.array(reader.given, "thresholds", low=0.0, high=1.0, rising=True)
    if len(found) and found[-1] >= 1.0:
        reader.fault(
            "out_of_range", "thresholds", 1.0, _("is never exceeded: a share is at most 1."),
            allowed=">= 0, < 1",
        )  # fmt: skip
    return tuple(found.tolist())
