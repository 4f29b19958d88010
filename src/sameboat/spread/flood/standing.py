"""Reads what stands in a river's way: reservoirs, detention basins, dams and levees."""

from collections.abc import Mapping
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.flood.basin import Basin
from sameboat.spread.flood.breach import Breach, froehlich_formation_hours, froehlich_peak
from sameboat.spread.flood.curves import MOST_FLOW, read_rating
from sameboat.spread.flood.reservoir import Reservoir
from sameboat.spread.flood.structures import Dam, Detention, Levee, Pond, Structure
from sameboat.spread.inputs import InputReader

Array = NDArray[np.float64]


def read_structures(reader: InputReader, nodes: Mapping[str, int]) -> tuple[Structure, ...]:
    """Return all structures; faults are noted with the reader.

    Args: nodes: number of each node by name.
    Source: this project, docs/reference/river-flood.md, "What is given".
    """
    found: tuple[Structure, ...] = (
        *_reservoirs(reader, nodes), *_basins(reader, nodes), *_dams(reader, nodes),
        *_levees(reader, nodes),
    )  # fmt: skip
    names: set[str] = set()
    for each in found:
        if each.key in names:
            reader.fault(
                "duplicate", "reservoirs, basins, dams, levees", each.key, _("stands twice.")
            )
        names.add(each.key)
    return found


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
        "from_hours": ("h", 0.0), "until_hours": ("h", inf),
    }  # fmt: skip
    for number, row in enumerate(reader.rows("basins", least=0)):
        field = f"basins[{number}]"
        reader.only(row, ("key", "node", "threshold_stage_m", "rating", *numbers), field)
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
        rating = read_rating(reader, row, field)
        if row.get("threshold_stage_m") is not None:
            told["threshold_stage_m"] = reader.number(
                row, "threshold_stage_m", field=field, low=-500.0, high=9_000.0, unit="m"
            )
            if rating is None and len(reader.faults) == before:
                reader.fault("no_rating", f"{field}.rating", None, _("is missing."))
        if told["until_hours"] <= told["from_hours"]:
            reader.fault(
                "order", f"{field}.until_hours", told["until_hours"], _("is not after the start."),
                allowed=f"> {told['from_hours']:g} h",
            )  # fmt: skip
        if len(reader.faults) == before:
            found.append(Detention(str(row["key"]), node, Basin(**told), rating=rating))
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


def _levees(reader: InputReader, nodes: Mapping[str, int]) -> list[Levee]:
    found = []
    fields = (
        "key", "node", "top_m", "bottom_m", "width_m", "formation_hours", "capacity_m3", "rating",
        "breaks_hours", "breaks_above_m",
    )  # fmt: skip
    for number, row in enumerate(reader.rows("levees", least=0)):
        field = f"levees[{number}]"
        reader.only(row, fields, field)
        before = len(reader.faults)
        node = nodes.get(reader.text(row, "node", field=field, among=nodes), 0)
        top, bottom = (
            reader.number(row, key, field=field, low=-500.0, high=9_000.0, unit="m")
            for key in ("top_m", "bottom_m")
        )
        if bottom >= top:
            reader.fault(
                "order", f"{field}.bottom_m", bottom, _("does not lie below the top."),
                allowed=f"< {top:g} m",
            )  # fmt: skip
        width, forming, room = (
            reader.number(row, key, field=field, low=0.0, high=high, unit=unit, above=True)
            for key, high, unit in (
                ("width_m", 10_000.0, "m"), ("formation_hours", 1000.0, "h"),
                ("capacity_m3", 1e13, "m3"),
            )
        )  # fmt: skip
        breaks, above = nan, inf
        if row.get("breaks_hours") is not None:
            breaks = reader.number(row, "breaks_hours", field=field, low=0.0, high=1e5, unit="h")
        if row.get("breaks_above_m") is not None:
            above = reader.number(
                row, "breaks_above_m", field=field, low=-500.0, high=9_000.0, unit="m"
            )
        rating = read_rating(reader, row, field)
        if row.get("rating") is None:
            reader.fault("no_rating", f"{field}.rating", None, _("is missing."))
        if len(reader.faults) > before or rating is None:
            continue
        breach = Breach(bottom, top, width, forming)
        found.append(Levee(str(row["key"]), node, breach, room, rating, breaks, above))
    return found
