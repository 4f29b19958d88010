"""Reads what comes into a river: sources, inflow along reaches, the flow before the event."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sameboat.lib.language import mark as _
from sameboat.spread.flood.curves import MOST_FLOW
from sameboat.spread.flood.standing import read_structures
from sameboat.spread.flood.structures import Hydrograph, Structure
from sameboat.spread.inputs import InputReader

Row = Mapping[str, Any]
Rows = Mapping[str, Row]


@dataclass(frozen=True)
class Parts:
    """What was read: `base` m3/s by node, `lateral` by the key of its reach."""

    sources: tuple[Hydrograph, ...]
    lateral: tuple[tuple[str, Hydrograph], ...]
    base: Mapping[int, float]
    structures: tuple[Structure, ...]


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
    return Parts(tuple(sources), tuple(lateral), base, read_structures(reader, place))


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
