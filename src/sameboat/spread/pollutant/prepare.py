"""Reads what is told of a release and its river, checks all of it, and returns the question."""

from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.spread.inputs import InputReader
from sameboat.spread.network import Channel, Network, build_network
from sameboat.spread.pollutant import jobson, losses
from sameboat.spread.pollutant.about import ABOUT
from sameboat.spread.pollutant.problem import Intake, Release, Variation
from sameboat.spread.pollutant.release import Source
from sameboat.spread.pollutant.river import River
from sameboat.spread.priors import fixed
from sameboat.spread.ways import Point, Ways, find_ways

Array = NDArray[np.float64]
Row = Mapping[str, Any]
FORMS = ("dissolved", "settling", "floating")
#: What has no meaning unless a substance takes this form, and what it is then.
ONLY = {
    "settling_m_per_day": ("settling", 0.0), "henry_pa_m3_mol": ("dissolved", 0.0),
    "surface_factor": ("floating", 1.0), "evaporating_share": ("floating", 0.0),
    "evaporation_per_day": ("floating", 0.0), "stranding_per_km": ("floating", 0.0),
}  # fmt: skip
REACH = {
    "key", "from", "to", "length_km", "share", "slope", "drainage_area_km2", "mean_discharge_m3s",
    "velocity_ms", "dispersion_m2s", "depth_m",
}  # fmt: skip
SOURCE = {
    "key", "reach", "fraction", "mass_kg", "start_hours", "duration_hours", "hours", "rates_kg_h",
    "mass_spread",
}  # fmt: skip
TARGET = {"key", "reach", "fraction", "close_above", "close_delay_hours"}
MOST_STEPS = 2000


def prepare(inputs: Mapping[str, Any]) -> Release:
    """Return the question; docs/reference/river-pollutant.md tells what the inputs are.

    Raises: FaultyInput: every fault, by field, value and allowed range.
    Source: this project, docs/reference/river-pollutant.md, "From Python".
    """
    reader = InputReader(inputs, ABOUT)
    inputs = reader.given
    thresholds = reader.thresholds()
    horizon = reader.number(inputs, "horizon_hours", low=0.0, high=1e5, unit="h", above=True)
    form = reader.text(inputs, "form", among=FORMS, default="dissolved")
    priors = reader.parameters()
    given = inputs.get("parameters", {})
    for key, (needed, neutral) in ONLY.items():
        if form == needed:
            continue
        if isinstance(given, Mapping) and key in given:
            reader.fault(
                "no_meaning", f"parameters.{key}", None,
                _("has no meaning for a substance of this form."), allowed=needed,
            )  # fmt: skip
        priors[key] = fixed(neutral)
    variation = _variation(reader, inputs)
    rows = reader.rows("reaches")
    network = _network(reader, rows)
    known = {str(row.get("key")): place for place, row in enumerate(rows)}
    sources = [_source(reader, row, number, known) for number, row in _each(reader, "sources")]
    targets = [_target(reader, row, number, known) for number, row in _each(reader, "targets")]
    river = _river(reader, rows, network) if network else None
    reader.finish()
    assert network is not None
    assert river is not None
    points = tuple(_point(row, network) for row, _intake in targets)
    made = tuple(
        Source(str(row["key"]), _point(row, network), *steps, float(row.get("mass_spread", 0.0)))
        for row, steps in sources
    )
    return Release(
        river=river,
        depth_m=_depths(rows, network, river),
        form=form,
        priors=tuple(priors.values()),
        variation=variation,
        sources=made,
        points=points,
        ways=ways_of(network, [source.point for source in made], points, variation.cell_km),
        targets=tuple(str(row["key"]) for row, _intake in targets),
        thresholds=thresholds,
        horizon_hours=horizon,
        intakes=tuple(intake for _row, intake in targets),
    )


def ways_of(
    network: Network, starts: list[Point], points: tuple[Point, ...], cell_km: float
) -> tuple[Ways, ...]:
    """Return the ways from every source, with cells that agree where they run together.

    Source: this project, docs/reference/river-pollutant.md, "Long releases and several sources".
    """
    label: dict[int, float] = {}
    offsets: list[float] = []
    for start in starts:
        far = _distances(network, start)
        shared = next((channel for channel in far if channel in label), None)
        offset = 0.0 if shared is None else label[shared] - far[shared]
        offsets.append(offset)
        for channel, distance in far.items():
            label.setdefault(channel, distance + offset)
    shift = np.ceil(max(0.0, -min(offsets)) / cell_km) * cell_km
    return tuple(
        find_ways(network, start, points, cell_km=cell_km, start_km=offset + shift)
        for start, offset in zip(starts, offsets, strict=True)
    )


def _distances(network: Network, start: Point) -> dict[int, float]:
    """Return how far below a point every channel begins, km, in the order of the water."""
    length = network.length_km
    found = {start.channel: -start.fraction * float(length[start.channel])}
    for channel in range(start.channel, len(network.keys)):
        if channel in found:
            for next_ in network.leaving[channel]:
                away = found[channel] + float(length[channel])
                found[next_] = min(found.get(next_, inf), away)
    return dict(sorted(found.items()))


def _each(reader: InputReader, key: str) -> list[tuple[int, Row]]:
    return list(enumerate(reader.rows(key)))


def _variation(reader: InputReader, inputs: Mapping[str, Any]) -> Variation:
    standard = Variation()
    told = inputs.get("along", {})
    if not isinstance(told, Mapping):
        reader.fault("not_a_table", "along", told, _("is not a table."))
        told = {}
    names = {
        "velocity_spread": (standard.velocity[0], 0.0, 3.0, ""),
        "velocity_length_km": (standard.velocity[1], 0.1, 1e5, "km"),
        "discharge_spread": (standard.discharge[0], 0.0, 3.0, ""),
        "discharge_length_km": (standard.discharge[1], 0.1, 1e5, "km"),
    }
    reader.only(told, names, "along")
    found = [
        reader.number(told, key, field="along", low=low, high=high, unit=unit, default=default)
        for key, (default, low, high, unit) in names.items()
    ]
    cell = reader.number(
        inputs, "cell_km", low=0.1, high=1000.0, unit="km", default=standard.cell_km
    )
    return Variation((found[0], found[1]), (found[2], found[3]), cell)


def _network(reader: InputReader, rows: list[Row]) -> Network | None:
    before = len(reader.faults)
    channels = []
    for number, row in enumerate(rows):
        field = f"reaches[{number}]"
        reader.only(row, REACH, field)
        share = (
            reader.number(row, "share", field=field, low=0.0, high=1.0) if "share" in row else None
        )
        channels.append(
            Channel(
                str(row.get("key")), reader.text(row, "from", field=field),
                reader.text(row, "to", field=field),
                reader.number(row, "length_km", field=field, low=1e-3, high=1e4, unit="km"), share,
            )
        )  # fmt: skip
    if len(reader.faults) > before or not rows:
        return None
    try:
        return build_network(channels)
    except Refusal as refusal:
        reader.fault("network", "reaches", None, type(refusal).says, **refusal.facts)
    return None


def _river(reader: InputReader, rows: list[Row], network: Network) -> River:
    order = {key: row for row, key in enumerate(network.keys)}
    size = len(rows)
    arrays = {name: np.full(size, np.nan) for name in ("flow", "area", "slope", "speed", "mixing")}
    names = {
        "flow": "mean_discharge_m3s", "area": "drainage_area_km2", "slope": "slope",
        "speed": "velocity_ms", "mixing": "dispersion_m2s",
    }  # fmt: skip
    # Wider than any river: beyond it the formulas leave the numbers that a computer holds.
    ranges = {
        "flow": (1e-6, 1e6, "m3/s"), "area": (1e-4, 1e8, "km2"), "slope": (1e-9, 10.0, "m/m"),
        "speed": (1e-4, 100.0, "m/s"), "mixing": (1e-9, 1e9, "m2/s"),
    }  # fmt: skip
    for number, row in enumerate(rows):
        at = order[str(row["key"])]
        for part, name in names.items():
            told = row.get(name) is not None
            needed = part == "flow" or (part == "area" and row.get("velocity_ms") is None)
            if told or needed:
                low, high, unit = ranges[part]
                arrays[part][at] = reader.number(
                    row, name, field=f"reaches[{number}]", low=low, high=high, unit=unit
                )
    mixed = np.isfinite(arrays["mixing"])
    if mixed.any() and not mixed.all():
        reader.fault(
            "empty", "reaches.dispersion_m2s", None, _("is told of some reaches but not of all.")
        )
    if reader.faults:
        return _still(network)
    flow, area = arrays["flow"], arrays["area"]
    start = _starts(network, flow)
    mean_area = (np.nan_to_num(area, nan=1.0) + _starts(network, np.nan_to_num(area, nan=1.0))) / 2
    mean_flow = (flow + start) / 2
    flat, told = np.isnan(arrays["slope"]), np.isfinite(arrays["speed"])
    scale = jobson.velocity_scale(mean_area * 1e6, mean_flow)
    steep = jobson.velocity_scale(mean_area * 1e6, mean_flow, np.where(flat, 1e-4, arrays["slope"]))
    scale = np.where(told, 0.0, np.where(flat, scale, steep))
    floor = np.where(told, arrays["speed"], np.where(flat, 0.020, 0.094))
    mixing = arrays["mixing"] if mixed.any() else None
    return River(network, floor, scale, start, flow, dispersion_m2s=mixing)


def _still(network: Network) -> River:
    ones = np.ones(len(network.keys))
    return River(network, ones, ones, ones, ones)


def _starts(network: Network, ends: Array) -> Array:
    """Return the value at the upper end: what arrives there, at most that of the lower end."""
    arriving = np.zeros(len(ends))
    fed = np.zeros(len(ends), bool)
    for row, leaving in enumerate(network.leaving):
        for next_ in leaving:
            arriving[next_] += ends[row] * float(network.share[next_])
            fed[next_] = True
    return np.where(fed & (arriving > 0), np.minimum(arriving, ends), ends)


def _depths(rows: list[Row], network: Network, river: River) -> Array:
    found = losses.depth_m(0.5 * (river.discharge_start_m3s + river.discharge_end_m3s))
    for row in rows:
        if row.get("depth_m") is not None:
            found[network.index(str(row["key"]))] = float(row["depth_m"])
    return found


def _source(
    reader: InputReader, row: Row, number: int, known: Mapping[str, int]
) -> tuple[Row, tuple[Array, Array, Array]]:
    field = f"sources[{number}]"
    reader.only(row, SOURCE, field)
    _place(reader, row, field, known)
    reader.number(row, "mass_spread", field=field, low=0.0, high=5.0, default=0.0)
    start = reader.number(row, "start_hours", field=field, low=0.0, high=1e5, unit="h", default=0.0)
    if "rates_kg_h" in row:
        hours = reader.array(row, "hours", field=field, low=0.0, high=1e5, unit="h", rising=True)
        rates = reader.array(row, "rates_kg_h", field=field, low=0.0, unit="kg/h")
        if len(hours) != len(rates) + 1 or len(rates) > MOST_STEPS:
            reader.fault(
                "length", f"{field}.hours", len(hours), _("does not fit the rates."),
                allowed=_("one more than the rates, which are 2000 at most"),
            )  # fmt: skip
            return row, (np.empty(0), np.empty(0), np.empty(0))
        return row, (start + hours[:-1], start + hours[1:], rates * np.diff(hours))
    mass = reader.number(row, "mass_kg", field=field, low=0.0, high=1e12, unit="kg")
    last = reader.number(
        row, "duration_hours", field=field, low=0.0, high=1e5, unit="h", default=0.0
    )
    return row, (np.array([start]), np.array([start + last]), np.array([mass]))


def _target(
    reader: InputReader, row: Row, number: int, known: Mapping[str, int]
) -> tuple[Row, Intake]:
    field = f"targets[{number}]"
    reader.only(row, TARGET, field)
    _place(reader, row, field, known)
    above = None
    if row.get("close_above") is not None:
        above = reader.number(row, "close_above", field=field, low=0.0, unit="mg/L")
    delay = reader.number(
        row, "close_delay_hours", field=field, low=0.0, high=1e4, unit="h", default=0.0
    )
    return row, Intake(above, delay)


def _place(reader: InputReader, row: Row, field: str, known: Mapping[str, int]) -> None:
    reader.text(row, "reach", field=field, among=known)
    reader.number(row, "fraction", field=field, low=0.0, high=1.0, default=1.0)


def _point(row: Row, network: Network) -> Point:
    return Point(network.index(str(row["reach"])), float(row.get("fraction", 1.0)))
