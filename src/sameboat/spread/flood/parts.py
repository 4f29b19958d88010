"""Reads what comes into a river and what stands in its way: sources, reservoirs, basins, dams."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.flood.basin import Basin
from sameboat.spread.flood.breach import (
    froehlich_formation_hours,
    froehlich_peak,
)
from sameboat.spread.flood.reservoir import Reservoir
from sameboat.spread.flood.structures import Dam, Detention, Hydrograph, Pond
from sameboat.spread.inputs import InputReader

Row = Mapping[str, Any]
Rows = Mapping[str, Row]


Array = NDArray[np.float64]
#: More than the largest rivers carry by far; what is above is a slip of the unit, m3/s.
MOST_FLOW = 1e7


@dataclass(frozen=True)
class Parts:
    """What was read: `base` m3/s by node, `lateral` by the key of its reach."""

    sources: tuple[Hydrograph, ...]
    lateral: tuple[tuple[str, Hydrograph], ...]
    base: Mapping[int, float]
    structures: tuple[Pond | Detention | Dam, ...]


def read_parts(reader: InputReader, nodes: tuple[str, ...], reaches: Rows) -> Parts:
    """Return the sources and structures; faults are noted with the reader.

    Args: nodes: names.  reaches: rows of the reaches by key.
    Source: this project, docs/reference/river-flood.md, "What is given".
    """
    place = {name: number for number, name in enumerate(nodes)}
    sources, lateral = [], []
    base: dict[int, float] = {}
    for number, row in enumerate(reader.rows("sources", least=0)):
        field = f"sources[{number}]"
        reader.only(row, ("key", "node", "reach", "hours", "flow_m3s"), field)
        found = _hydrograph(reader, row, field)
        sources.append(replace(found, node=_place(reader, row, field, place, reaches)))
    seen: set[str] = set()
    for number, row in enumerate(reader.rows("lateral", least=0)):
        field = f"lateral[{number}]"
        reader.only(row, ("key", "reach", "hours", "flow_m3s"), field)
        reach = reader.text(row, "reach", field=field, among=reaches)
        if reach in seen:
            reader.fault("duplicate", f"{field}.reach", reach, _("stands twice."))
        seen.add(reach)
        lateral.append((reach, _hydrograph(reader, row, field)))
    for number, row in enumerate(reader.rows("base_flow", least=0, unique=None)):
        field = f"base_flow[{number}]"
        reader.only(row, ("node", "flow_m3s"), field)
        node = reader.text(row, "node", field=field, among=place)
        flow = reader.number(row, "flow_m3s", field=field, low=0.0, high=MOST_FLOW, unit="m3/s")
        base[place.get(node, 0)] = base.get(place.get(node, 0), 0.0) + flow
    structures: tuple[Pond | Detention | Dam, ...] = (
        *_reservoirs(reader, place), *_basins(reader, place), *_dams(reader, place),
    )  # fmt: skip
    names: set[str] = set()
    for each in structures:
        if each.key in names:
            reader.fault("duplicate", "reservoirs, basins, dams", each.key, _("stands twice."))
        names.add(each.key)
    return Parts(tuple(sources), tuple(lateral), base, structures)


def _place(
    reader: InputReader, row: Row, field: str, nodes: Mapping[str, int], reaches: Rows
) -> int:
    """Return the node at which a source comes in: named itself, or by the reach below it."""
    if row.get("node") is None and row.get("reach") is not None:
        reach = reader.text(row, "reach", field=field, among=reaches)
        return nodes.get(str(reaches.get(reach, {}).get("from_node")), 0)
    return nodes.get(reader.text(row, "node", field=field, among=nodes), 0)


def _hydrograph(reader: InputReader, row: Row, field: str) -> Hydrograph:
    hours = reader.array(row, "hours", field=field, low=-1e5, high=1e5, unit="h", rising=True)
    flow = reader.array(row, "flow_m3s", field=field, low=0.0, high=MOST_FLOW, unit="m3/s")
    if len(hours) and len(flow) and (len(hours) != len(flow) or len(hours) < 2):
        reader.fault(
            "length", f"{field}.flow_m3s", len(flow), _("has not as many values."),
            allowed=f">= 2, {len(hours)}",
        )  # fmt: skip
    return Hydrograph(str(row.get("key")), 0, hours, flow)


def _rule_curve(reader: InputReader, row: Mapping[str, Any], field: str) -> tuple[Array, Array]:
    """Return the hours and levels that a reservoir is held to; none where nothing is told."""
    if "target_m" not in row:
        return np.empty(0), np.empty(0)
    target = reader.array(row, "target_m", field=field, low=-500.0, high=9_000.0, unit="m")
    hours = np.zeros(1)
    if "target_hours" in row:
        hours = reader.array(
            row, "target_hours", field=field, low=-1e5, high=1e5, unit="h", rising=True
        )
    if len(target) != len(hours):
        reader.fault(
            "length", f"{field}.target_m", len(target), _("has not as many values."),
            allowed=str(len(hours)),
        )  # fmt: skip
    return hours, target


def _reservoirs(reader: InputReader, nodes: Mapping[str, int]) -> list[Pond]:
    found = []
    fields = (
        "key", "node", "levels_m", "storage_m3", "level_m", "spill_m3s", "gate_m3s",
        "target_hours", "target_m", "response_hours", "least_release_m3s",
    )  # fmt: skip
    for number, row in enumerate(reader.rows("reservoirs", least=0)):
        field = f"reservoirs[{number}]"
        reader.only(row, fields, field)
        before = len(reader.faults)
        node = nodes.get(reader.text(row, "node", field=field, among=nodes), 0)
        levels = reader.array(
            row, "levels_m", field=field, low=-500.0, high=9_000.0, unit="m", rising=True
        )
        columns = [
            reader.array(
                row, key, field=field, low=0.0, high=1e13, unit=unit, rising=key == "storage_m3"
            )
            if key in row or key == "storage_m3"
            else np.zeros(len(levels))
            for key, unit in (("storage_m3", "m3"), ("spill_m3s", "m3/s"), ("gate_m3s", "m3/s"))
        ]
        level = reader.number(row, "level_m", field=field, low=-500.0, high=9_000.0, unit="m")
        response = reader.number(
            row, "response_hours", field=field, low=0.0, high=8760.0, unit="h", default=24.0,
            above=True,
        )  # fmt: skip
        least = reader.number(
            row, "least_release_m3s", field=field, low=0.0, high=MOST_FLOW, unit="m3/s", default=0.0
        )
        target_hours, target = _rule_curve(reader, row, field)
        if len(reader.faults) > before:
            continue
        try:
            stored, spilt, gated = columns
            pool = Reservoir(levels, stored, spilt, gated, response, least)
        except ValueError as problem:
            reader.fault(
                "wrong_form", field, str(row.get("key")), _("does not fit together: {problem}."),
                problem=str(problem),
            )  # fmt: skip
            continue
        if not levels[0] <= level:
            reader.fault(
                "out_of_range", f"{field}.level_m", level, _("lies outside its range."),
                allowed=f">= {levels[0]:g} m",
            )  # fmt: skip
        found.append(Pond(str(row["key"]), node, pool, level, target_hours, target))
    return found


def _basins(reader: InputReader, nodes: Mapping[str, int]) -> list[Detention]:
    found = []
    numbers = {
        "capacity_m3": ("m3", None), "inlet_m3s": ("m3/s", None), "threshold_m3s": ("m3/s", inf),
        "drain_m3s": ("m3/s", 0.0), "drain_below_m3s": ("m3/s", 0.0),
    }  # fmt: skip
    for number, row in enumerate(reader.rows("basins", least=0)):
        field = f"basins[{number}]"
        reader.only(row, ("key", "node", *numbers), field)
        node = nodes.get(reader.text(row, "node", field=field, among=nodes), 0)
        before = len(reader.faults)
        told = {
            key: reader.number(
                row, key, field=field, low=0.0, high=1e13, unit=unit, default=default
            )
            if key in row or default is None
            else default
            for key, (unit, default) in numbers.items()
        }
        if len(reader.faults) == before:
            found.append(Detention(str(row["key"]), node, Basin(**told)))
    return found


def _dams(reader: InputReader, nodes: Mapping[str, int]) -> list[Dam]:
    found = []
    fields = (
        "key", "node", "volume_m3", "height_m", "breaks_hours", "peak_m3s",
        "formation_hours",
    )  # fmt: skip
    for number, row in enumerate(reader.rows("dams", least=0)):
        field = f"dams[{number}]"
        reader.only(row, fields, field)
        before = len(reader.faults)
        node = nodes.get(reader.text(row, "node", field=field, among=nodes), 0)
        volume = reader.number(
            row, "volume_m3", field=field, low=1.0, high=1e12, unit="m3", above=True
        )
        height = reader.number(
            row, "height_m", field=field, low=0.01, high=400.0, unit="m", above=True
        )
        breaks = nan
        if row.get("breaks_hours") is not None:
            breaks = reader.number(row, "breaks_hours", field=field, low=0.0, high=1e5, unit="h")
        told = [
            reader.number(row, key, field=field, low=0.001, high=1e7, unit=unit, above=True)
            if row.get(key) is not None
            else None
            for key, unit in (("peak_m3s", "m3/s"), ("formation_hours", "h"))
        ]
        if len(reader.faults) > before:
            continue
        peak = told[0] if told[0] is not None else float(froehlich_peak(volume, height))
        forming = (
            told[1] if told[1] is not None else float(froehlich_formation_hours(volume, height))
        )
        found.append(Dam(str(row["key"]), node, volume, peak, forming, breaks))
    return found
