"""Checks what is given of a flood and prepares it; every fault is named before anything runs."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.flood.about import ABOUT
from sameboat.spread.flood.channels import build_channels
from sameboat.spread.flood.curves import MOST_FLOW, read_rating
from sameboat.spread.flood.parts import Parts, read_parts
from sameboat.spread.flood.problem import Flood, Target
from sameboat.spread.flood.reaches import ToldReaches, read_reaches
from sameboat.spread.flood.routing import Reaches, build_reaches
from sameboat.spread.flood.section import Section
from sameboat.spread.flood.stage import RatingCurve
from sameboat.spread.flood.structures import Dam, Hydrograph
from sameboat.spread.inputs import InputReader

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
#: key, reach, fraction, limits m3/s, limits m, rating curve of a target
Told = tuple[str, str, float, Array, Array, RatingCurve | None]
LEVELS = ("warning", "alert", "danger")
#: How a wave may be taken through the reaches; the first unless told.
ROUTINGS = ("muskingum", "todini")
#: The longest that is computed, and the most points in time of a member.
MOST_HOURS, MOST_STEPS = 8760.0, 200_000
#: A target nearer to the upper end of a reach than this part of it stands there.
LEAST_FRACTION = 1e-3


def prepare(inputs: Mapping[str, Any]) -> Flood:
    """Return the prepared flood.

    Args: inputs: as ABOUT.inputs tell; see docs/reference/river-flood.md.
    Raises: FaultyInput: every fault, by field, value and allowed range.
    Source: this project, docs/reference/river-flood.md, "What is given".
    """
    reader = InputReader(inputs, ABOUT)
    priors = reader.parameters()
    given = reader.given
    horizon = reader.number(given, "horizon_hours", low=0.1, high=MOST_HOURS, unit="h", above=True)
    step = reader.number(
        given, "step_hours", low=0.001, high=24.0, unit="h", default=1.0, above=True
    )
    if horizon / step > MOST_STEPS:
        reader.fault(
            "out_of_range", "step_hours", step, _("makes too many steps."),
            allowed=f">= {horizon / MOST_STEPS:g} h",
        )  # fmt: skip
    stage = reader.text(given, "intensity", among=("discharge", "stage"), default="discharge")
    routing = reader.text(given, "routing", among=ROUTINGS, default=ROUTINGS[0])
    rows = reader.rows("reaches")
    told = read_reaches(reader, rows, by_channel=routing == "todini")
    nodes = tuple(dict.fromkeys(row[end] for row in rows for end in ("from_node", "to_node")
                                if isinstance(row.get(end), str)))  # fmt: skip
    parts = read_parts(reader, nodes, {str(row.get("key")): row for row in rows})
    keys = {str(row.get("key")) for row in rows}
    targets = _targets(reader, keys, told.channels, stage == "stage")
    reader.finish()
    # Whole steps that end with the run: what comes after it must not count.
    step = horizon / ceil(horizon / step - 1e-9)
    return _assemble(
        rows, nodes, told, targets, parts, horizon=horizon, step=step, stage=stage == "stage",
        by_channel=routing == "todini", priors=priors,
    )  # fmt: skip


def _targets(
    reader: InputReader, reaches: set[str], channels: Mapping[str, Section], stage: bool
) -> list[Told]:
    """Return (key, reach, fraction, limits m3/s, limits m, rating curve) of each target."""
    found = []
    fields = ["key", "reach", "fraction", "rating", "bed_m"]
    fields += [f"{level}_{unit}" for level in LEVELS for unit in ("m3s", "m")]
    for number, row in enumerate(reader.rows("targets")):
        field = f"targets[{number}]"
        reader.only(row, fields, field)
        reach = reader.text(row, "reach", field=field, among=reaches)
        fraction = reader.number(row, "fraction", field=field, low=0.0, high=1.0, default=1.0)
        rating = read_rating(reader, row, field, channels.get(reach))
        flows, stages = np.full(len(LEVELS), np.nan), np.full(len(LEVELS), np.nan)
        for place, level in enumerate(LEVELS):
            if row.get(f"{level}_m3s") is not None:
                flows[place] = reader.number(
                    row, f"{level}_m3s", field=field, low=0.0, high=MOST_FLOW, unit="m3/s"
                )
                if rating is not None and np.isfinite(flows[place]):
                    stages[place] = rating.stage_at(flows[place])
            elif row.get(f"{level}_m") is not None:
                stages[place] = reader.number(
                    row, f"{level}_m", field=field, low=-500.0, high=9_000.0, unit="m"
                )
                if rating is None:
                    reader.fault(
                        "no_rating", f"{field}.{level}_m", row[f"{level}_m"],
                        _("needs a rating curve."), next_step=_("Give rating, or a flow in m3/s."),
                    )  # fmt: skip
                elif np.isfinite(stages[place]):
                    flows[place] = rating.flow_at(stages[place])
        known = flows[np.isfinite(flows)]
        if not len(known):
            reader.fault("empty", f"{field}.warning_m3s", None, _("is missing."))
        if (np.diff(known) <= 0).any():
            reader.fault(
                "order", field, ", ".join(f"{each:g}" for each in known),
                _("warning, alert and danger must rise."),
            )  # fmt: skip
        if stage and rating is None:
            reader.fault("no_rating", f"{field}.rating", None, _("is missing."))
        found.append((str(row.get("key")), reach, fraction, flows, stages, rating))
    return found


def _assemble(
    rows: list[Mapping[str, Any]],
    nodes: tuple[str, ...],
    told: ToldReaches,
    targets: list[Told],
    parts: Parts,
    *,
    horizon: float,
    step: float,
    stage: bool,
    by_channel: bool,
    priors: Mapping[str, Any],
) -> Flood:
    """Put what has been checked together; a target within a reach watches a branch of its own."""
    assert told.network is not None
    number = {str(row["key"]): place for place, row in enumerate(rows)}
    share = np.empty(len(rows))
    for key, part in zip(told.network.keys, told.network.share, strict=True):
        share[number[key]] = part
    upper, lower, of, cut, watches = _branches(rows, nodes, number, targets)
    reaches = build_reaches(
        upper, lower, told.travel_hours[of] * cut, told.weighting[of], share[of]
    )
    place_of = np.empty(len(of), np.int64)
    place_of[reaches.row] = np.arange(len(of))
    inflow = (told.inflow_m3s[of] * cut)[reaches.row]
    base_node, base = _base(reaches, inflow, parts.base)
    lateral = _alongside(parts, number, of, cut, place_of)
    channels = None
    if by_channel:
        row = of[reaches.row]
        channels = build_channels(
            [told.channels[str(rows[each]["key"])] for each in row],
            np.array([rows[each]["length_km"] * 1e3 for each in row]) * cut[reaches.row],
            step_s=step * 3600.0, most_m3s=_most(reaches, inflow, parts, lateral),
        )  # fmt: skip
    watched = tuple(
        Target(key, int(place_of[watches[row]]), tuple(flows), tuple(stages), rating)
        for row, (key, _reach, _fraction, flows, stages, rating) in enumerate(targets)
    )
    return Flood(
        targets=tuple(each.key for each in watched),
        thresholds=tuple(float(level + 1) for level in range(len(LEVELS))),
        labels=LEVELS,
        unit="m" if stage else ABOUT.unit,
        horizon_hours=horizon,
        step_hours=step,
        reaches=reaches,
        base_m3s=base,
        base_node_m3s=base_node,
        priors=tuple(priors.values()),
        watched=watched,
        sources=parts.sources,
        lateral=lateral,
        structures=parts.structures,
        nodes=nodes,
        taps=(reaches.row >= len(rows)),
        channels=channels,
    )


def _branches(
    rows: list[Mapping[str, Any]],
    nodes: tuple[str, ...],
    number: Mapping[str, int],
    targets: list[Told],
) -> tuple[list[int], list[int], Rows, Array, list[int]]:
    """Return both ends of each reach and branch, the row and the part of it that each is, and
    which of them each target watches.
    """
    node = {name: place for place, name in enumerate(nodes)}
    upper = [node[row["from_node"]] for row in rows]
    lower = [node[row["to_node"]] for row in rows]
    of, cut = list(range(len(rows))), [1.0] * len(rows)
    watches = []
    for _key, reach, fraction, *_limits in targets:
        place = number[reach]
        if fraction < 1.0:
            # What is watched part of the way down must not change what arrives at the end.
            upper.append(upper[place])
            lower.append(len(nodes) + len(upper) - len(rows) - 1)
            of.append(place)
            cut.append(max(fraction, LEAST_FRACTION))
            place = len(upper) - 1
        watches.append(place)
    return upper, lower, np.array(of), np.array(cut), watches


def _alongside(
    parts: Parts, number: Mapping[str, int], of: Rows, cut: Array, place_of: Rows
) -> tuple[tuple[int, Hydrograph], ...]:
    """Return the inflow along each reach, and its part along each branch that is watched."""
    return tuple(
        (int(place_of[each]), replace(flow, flow=flow.flow * cut[each]))
        for key, flow in parts.lateral
        for each in np.flatnonzero(of == number[key])
    )


def _most(
    reaches: Reaches, inflow: Array, parts: Parts, lateral: tuple[tuple[int, Hydrograph], ...]
) -> Array:
    """Return the flow out of each reach if all peaks above it came together."""
    node, beside = dict(parts.base), inflow.copy()
    for source in parts.sources:
        node[source.node] = node.get(source.node, 0.0) + float(source.flow.max())
    for each in parts.structures:
        if isinstance(each, Dam):
            node[each.node] = node.get(each.node, 0.0) + each.peak_m3s
    for reach, flow in lateral:
        beside[reach] += flow.flow.max()
    return _base(reaches, beside, node)[1]


def _base(reaches: Reaches, inflow: Array, at_nodes: Mapping[int, float]) -> tuple[Array, Array]:
    """Return the steady flow that comes to each node, and out of each reach."""
    node = np.zeros(reaches.nodes)
    for place, flow in at_nodes.items():
        node[place] += flow
    out = np.empty(len(reaches))
    for reach in range(len(reaches)):
        out[reach] = reaches.share[reach] * node[reaches.upper[reach]] + inflow[reach]
        node[reaches.lower[reach]] += out[reach]
    return node, out
