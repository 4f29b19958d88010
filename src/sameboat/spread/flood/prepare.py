"""Checks what is given of a flood and prepares it; every fault is named before anything runs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.flood.about import ABOUT
from sameboat.spread.flood.parts import MOST_FLOW, Parts, read_parts
from sameboat.spread.flood.problem import Flood, Target
from sameboat.spread.flood.routing import Reaches, build_reaches
from sameboat.spread.flood.stage import RatingCurve
from sameboat.spread.flood.structures import Hydrograph
from sameboat.spread.inputs import InputReader
from sameboat.spread.network import (
    Channel,
    Network,
    RiverRunsInACircle,
    SharesDoNotAddUp,
    build_network,
)

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
#: key, reach, fraction, limits m3/s, limits m, rating curve of a target
Told = tuple[str, str, float, Array, Array, RatingCurve | None]
LEVELS = ("warning", "alert", "danger")
#: The longest that is computed, and the most points in time of a member.
MOST_HOURS, MOST_STEPS = 8760.0, 200_000
#: A target nearer to the upper end of a reach than this part of it stands there.
LEAST_FRACTION = 1e-3
REACH_FIELDS = (
    "key", "from_node", "to_node", "length_km", "share", "travel_hours", "celerity_ms", "slope",
    "width_m", "roughness", "flow_m3s", "weighting", "base_inflow_m3s",
)  # fmt: skip


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
    rows = reader.rows("reaches")
    network, travel, x, inflow = _reaches(reader, rows)
    nodes = tuple(dict.fromkeys(row[end] for row in rows for end in ("from_node", "to_node")
                                if isinstance(row.get(end), str)))  # fmt: skip
    parts = read_parts(reader, nodes, {str(row.get("key")): row for row in rows})
    targets = _targets(reader, {str(row.get("key")) for row in rows}, stage == "stage")
    reader.finish()
    assert network is not None
    return _assemble(
        rows, nodes, network, (travel, x, inflow), targets, parts,
        horizon=horizon, step=step, stage=stage == "stage", priors=priors,
    )  # fmt: skip


def wide_celerity(slope: float, width_m: float, roughness: float, flow_m3s: float) -> float:
    """Return the speed of a flood wave in a wide channel, m/s: 5/3 of Manning's velocity.

    Args: all > 0.
    Source: Chow, Maidment & Mays (1988), Applied Hydrology, eqs 9.3.12-9.3.15.
    """
    depth = (flow_m3s * roughness / (width_m * slope**0.5)) ** 0.6
    return float(5.0 / 3.0 * flow_m3s / (width_m * depth))


def _reaches(
    reader: InputReader, rows: list[Mapping[str, Any]]
) -> tuple[Network | None, Array, Array, Array]:
    """Return the checked network, and travel time h, X and base inflow of each row."""
    before = len(reader.faults)
    channels = []
    travel, x, inflow = (np.full(len(rows), np.nan) for _each in range(3))
    for number, row in enumerate(rows):
        field = f"reaches[{number}]"
        reader.only(row, REACH_FIELDS, field)
        ends = [reader.text(row, end, field=field) for end in ("from_node", "to_node")]
        if ends[0] and ends[0] == ends[1]:
            reader.fault(
                "circle", f"{field}.to_node", ends[1], _("is where the reach begins.")
            )  # fmt: skip
        length = reader.number(
            row, "length_km", field=field, low=0.0, high=10_000.0, unit="km", above=True
        )
        travel[number] = _travel_hours(reader, row, field, length)
        inflow[number] = reader.number(
            row, "base_inflow_m3s", field=field, low=0.0, high=MOST_FLOW, unit="m3/s", default=0.0
        )
        if row.get("weighting") is not None:
            x[number] = reader.number(row, "weighting", field=field, low=0.0, high=0.5)
        share = row.get("share")
        if share is not None:
            share = reader.number(row, "share", field=field, low=0.0, high=1.0)
        channels.append(Channel(str(row.get("key")), ends[0], ends[1], length, share))
    if len(reader.faults) > before or not rows:
        return None, travel, x, inflow
    try:
        return build_network(channels), travel, x, inflow
    except RiverRunsInACircle as refusal:
        reader.fault(
            "circle", "reaches", ", ".join(map(str, refusal.facts["channels"])),
            _("run in a circle: turn one of them round."),
        )  # fmt: skip
    except SharesDoNotAddUp as refusal:
        reader.fault(
            "shares", "reaches.share", refusal.facts["total"],
            _("is what the shares that leave {node} add up to."), allowed="1",
            node=refusal.facts["node"],
        )  # fmt: skip
    return None, travel, x, inflow


def _travel_hours(
    reader: InputReader, row: Mapping[str, Any], field: str, length_km: float
) -> float:
    """Return K of a reach, from whichever of the three ways it is told."""
    if row.get("travel_hours") is not None:
        return reader.number(
            row, "travel_hours", field=field, low=0.0, high=10_000.0, unit="h", above=True
        )
    if row.get("celerity_ms") is not None:
        speed = reader.number(
            row, "celerity_ms", field=field, low=0.001, high=50.0, unit="m/s", above=True
        )
        return length_km / 3.6 / speed
    ranges = {
        "slope": (1e-7, 1.0, ""), "width_m": (0.1, 100_000.0, "m"), "roughness": (0.005, 1.0, ""),
        "flow_m3s": (1e-3, 1e6, "m3/s"),
    }  # fmt: skip
    if all(row.get(key) is None for key in ranges):
        reader.fault(
            "empty", f"{field}.travel_hours", None, _("is missing."),
            allowed="travel_hours, celerity_ms, or slope + width_m + roughness + flow_m3s",
        )  # fmt: skip
        return float("nan")
    told = [
        reader.number(row, key, field=field, low=low, high=high, unit=unit, above=True)
        for key, (low, high, unit) in ranges.items()
    ]
    if not np.isfinite(told).all():
        return float("nan")
    return length_km / 3.6 / wide_celerity(*told)


def _targets(reader: InputReader, reaches: set[str], stage: bool) -> list[Told]:
    """Return (key, reach, fraction, limits m3/s, limits m, rating curve) of each target."""
    found = []
    fields = ["key", "reach", "fraction", "rating"]
    fields += [f"{level}_{unit}" for level in LEVELS for unit in ("m3s", "m")]
    for number, row in enumerate(reader.rows("targets")):
        field = f"targets[{number}]"
        reader.only(row, fields, field)
        reach = reader.text(row, "reach", field=field, among=reaches)
        fraction = reader.number(row, "fraction", field=field, low=0.0, high=1.0, default=1.0)
        rating = _rating(reader, row, field)
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


def _rating(reader: InputReader, row: Mapping[str, Any], field: str) -> RatingCurve | None:
    given = row.get("rating")
    if given is None:
        return None
    if not isinstance(given, Mapping):
        reader.fault("not_a_table", f"{field}.rating", given, _("is not a table."))
        return None
    reader.only(given, ("stage_m", "flow_m3s"), f"{field}.rating")
    stage = reader.array(
        given, "stage_m", field=f"{field}.rating", low=-500.0, high=9_000.0, unit="m", rising=True
    )
    flow = reader.array(
        given,
        "flow_m3s",
        field=f"{field}.rating",
        low=0.0,
        high=MOST_FLOW,
        unit="m3/s",
        rising=True,
    )
    if not len(stage) or not len(flow):
        return None
    if len(stage) != len(flow) or len(stage) < 2:
        reader.fault(
            "length", f"{field}.rating.flow_m3s", len(flow), _("has not as many values."),
            allowed=f">= 2, {len(stage)}",
        )  # fmt: skip
        return None
    return RatingCurve(stage, flow)


def _assemble(
    rows: list[Mapping[str, Any]],
    nodes: tuple[str, ...],
    network: Network,
    told: tuple[Array, Array, Array],
    targets: list[Told],
    parts: Parts,
    *,
    horizon: float,
    step: float,
    stage: bool,
    priors: Mapping[str, Any],
) -> Flood:
    """Put what has been checked together; a target within a reach watches a branch of its own."""
    travel, x, inflow = told
    number = {str(row["key"]): place for place, row in enumerate(rows)}
    share = np.empty(len(rows))
    for key, part in zip(network.keys, network.share, strict=True):
        share[number[key]] = part
    upper, lower, of, cut, watches = _branches(rows, nodes, number, targets)
    reaches = build_reaches(upper, lower, travel[of] * cut, x[of], share[of])
    place_of = np.empty(len(of), np.int64)
    place_of[reaches.row] = np.arange(len(of))
    base_node, base = _base(reaches, (inflow[of] * cut)[reaches.row], parts.base)
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
        lateral=_alongside(parts, number, of, cut, place_of),
        structures=parts.structures,
        nodes=nodes,
        taps=(reaches.row >= len(rows)),
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
