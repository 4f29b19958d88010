"""Reads the input of an air release."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from sameboat.lib.language import mark as _
from sameboat.spread.air.gas_about import ABOUT
from sameboat.spread.air.places import read_receptors
from sameboat.spread.air.puffs import Weather, release_pieces, weather_in_steps
from sameboat.spread.air.release import AirRelease, Release
from sameboat.spread.air.stability import CLASSES, CURVES
from sameboat.spread.air.zones import read_zones
from sameboat.spread.inputs import InputReader

_MOST_STEPS, _MOST_PIECES = 20_000, 5_000


def prepare(inputs: Mapping[str, Any]) -> AirRelease:
    """Check the input of a release and return its question.

    Raises: FaultyInput: every fault, by field, value and allowed range.
    Source: this project, docs/reference/air-release.md, "Input".
    """
    reader = InputReader(inputs, ABOUT)
    given = reader.given
    source = given.get("source")
    if not isinstance(source, Mapping):
        if source is not None:
            reader.fault("not_a_table", "source", source, _("is not a table."))
        source = {"x_m": 0.0, "y_m": 0.0}
    reader.only(source, {"key", "x_m", "y_m", "lon", "lat", "width_m"}, "source")
    key = reader.text(source, "key", field="source", default="source")
    width = reader.number(source, "width_m", field="source", low=0, high=1e4, unit="m", default=1.0)
    receptors = read_receptors(reader, source)
    thresholds, labels = read_zones(reader)
    horizon = reader.number(given, "horizon_hours", low=0, high=240, unit="h", above=True)
    step = reader.number(given, "step_minutes", low=0.1, high=60, unit="min", default=1.0)
    terrain = reader.text(given, "terrain", among=tuple(CURVES), default="open")
    intensity = reader.text(
        given, "intensity", among=("concentration", "dose"), default="concentration"
    )
    exposure = reader.text(given, "exposure", among=("outdoor", "indoor"), default="outdoor")
    power = reader.number(given, "toxic_power", low=0.5, high=5, default=1.0)
    averaging = reader.number(
        given, "averaging_minutes", low=0.3, high=60, unit="min", default=10.0
    )
    seen = reader.number(given, "seen_m", low=0, high=100, unit="m", default=1.5)
    priors = reader.parameters()
    steps = _steps(reader, horizon, step)
    if isfinite(horizon):
        step = horizon * 60.0 / steps  # whole steps that end with the run
    weather = _weather(reader, steps, step)
    pieces = _pieces(reader, horizon, step)
    if key in receptors.keys:
        reader.fault("duplicate", "source.key", key, _("stands twice."))
    reader.finish()
    return AirRelease(
        receptors, Release(key, pieces, width), weather, terrain, thresholds,
        horizon, tuple(priors.values()), intensity, exposure, power,
        averaging, seen, labels=labels,
    )  # fmt: skip


def _steps(reader: InputReader, horizon: float, step: float) -> int:
    if not (isfinite(horizon) and isfinite(step)):
        return 1
    steps = max(int(np.ceil(horizon * 60.0 / step - 1e-9)), 1)
    if steps > _MOST_STEPS:
        reader.fault(
            "too_many", "step_minutes", step, _("makes too many steps."),
            allowed=f">= {horizon * 60 / _MOST_STEPS:.3g} min",
        )  # fmt: skip
        return 1
    return steps


def _weather(reader: InputReader, steps: int, step: float) -> Weather:
    rows = reader.rows("weather", unique=None)
    table = np.zeros((max(len(rows), 1), 4))
    classes = ["D"] * len(table)
    for number, row in enumerate(rows):
        field = f"weather[{number}]"
        reader.only(row, {"hours", "speed_ms", "from_deg", "class", "rain_mm_h"}, field)
        table[number] = (
            reader.number(row, "hours", field=field, low=-240, high=480, unit="h"),
            reader.number(row, "speed_ms", field=field, low=0, high=100, unit="m/s"),
            reader.number(row, "from_deg", field=field, low=-360, high=720, unit="deg"),
            reader.number(row, "rain_mm_h", field=field, low=0, high=500, unit="mm/h", default=0.0),
        )
        told = reader.text(row, "class", field=field, among=tuple(CLASSES))
        classes[number] = told if told in tuple(CLASSES) else "D"
        if number and table[number, 0] <= table[number - 1, 0]:
            reader.fault(
                "order", f"{field}.hours", float(table[number, 0]),
                _("does not come after the one before it."),
                allowed=f"> {table[number - 1, 0]:g} h",
            )  # fmt: skip
    return weather_in_steps(
        table[:, 0], table[:, 1], table[:, 2], "".join(classes), table[:, 3],
        step_s=(step if isfinite(step) else 1.0) * 60.0, steps=steps,
    )  # fmt: skip


def _pieces(reader: InputReader, horizon: float, step: float) -> Any:
    rows = reader.rows("release", unique=None)
    table = np.array([[0.0, 0.0, 1.0]]) if not rows else np.zeros((len(rows), 3))
    for number, row in enumerate(rows):
        field = f"release[{number}]"
        reader.only(row, {"from_hours", "until_hours", "weight"}, field)
        begin = reader.number(row, "from_hours", field=field, low=0, high=240, unit="h")
        end = reader.number(row, "until_hours", field=field, low=0, high=240, unit="h",
                            default=row.get("from_hours"))  # fmt: skip
        weight = reader.number(row, "weight", field=field, low=0, default=1.0)
        if end < begin:
            reader.fault(
                "order", f"{field}.until_hours", end, _("comes before the beginning."),
                allowed=f">= {begin:g} h",
            )  # fmt: skip
        table[number] = begin, end, weight
    if not np.isfinite(table).all() or (table[:, 1] < table[:, 0]).any() or not isfinite(step):
        return np.zeros((1, 3))
    if not table[:, 2].sum() > 0:
        reader.fault("out_of_range", "release[0].weight", 0.0, _("lies outside its range."),
                     allowed="> 0")  # fmt: skip
        return np.zeros((1, 3))
    count = (table[:, 1] - table[:, 0]).sum() * 60.0 / step
    if count > _MOST_PIECES:
        reader.fault(
            "too_many", "step_minutes", step, _("makes too many steps."),
            allowed=f">= {count * step / _MOST_PIECES:.3g} min",
        )  # fmt: skip
        return np.zeros((1, 3))
    return release_pieces(table, step_s=step * 60.0)
