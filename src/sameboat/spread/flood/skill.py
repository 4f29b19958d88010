"""How well linear routing does on real rivers: the Yellow River of 2021, the Lower Colorado.

Pure functions of rows as a reader of CSV gives them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import nan

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.flood.routing import build_reaches, route_members, route_one, stability

Array = NDArray[np.float64]
Rows = Sequence[Mapping[str, str]]
#: Candidates: K in days, X.  The gain, what joins along the way, follows from the two.
_STORAGE_DAYS = tuple(np.geomspace(0.05, 10.0, 48).tolist())
_WEIGHTING = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
#: Speed of the wave where nothing but length and slope is known, m/s: 1 at a slope of 0.001,
#: growing with its root's root as Manning's wide channel does at one depth and width.
_SPEED_MS, _SLOPE = 1.0, 1e-3


@dataclass(frozen=True)
class Skill:
    """What routing from the stations above makes of one station.

    `days`, `seen`, `routed`: of the days judged.  `peak_error`: part of the highest flow seen;
    `peak_late_days`: > 0 the routed peak comes later.  `plain` is the Nash-Sutcliffe efficiency of
    the flow above, times the same kind of gain, without routing.
    """

    station: str
    above: tuple[str, ...]
    storage_days: float
    weighting: float
    gain: float
    efficiency: float
    plain: float
    peak_error: float
    peak_late_days: float
    days: tuple[float, ...]
    seen: tuple[float, ...]
    routed: tuple[float, ...]


@dataclass(frozen=True)
class Closure:
    """A whole network run: what is lost, the lowest flow, how reaches stand to the step."""

    reaches: int
    missing: float  #: part of what came in
    least_m3s: float
    cut: int
    exact: int
    outlet_peak_m3s: float


def nash_sutcliffe(seen: Array, told: Array) -> float:
    """Return the efficiency: 1 is perfect, 0 no better than the mean; NaN in `seen` is left out.

    Source: J. E. Nash & J. V. Sutcliffe (1970), River flow forecasting through conceptual models
    1, J. Hydrol. 10:282, eqs 3-5.
    """
    kept = np.isfinite(seen) & np.isfinite(told)
    spread = float(((seen[kept] - seen[kept].mean()) ** 2).sum())
    return 1.0 - float(((seen[kept] - told[kept]) ** 2).sum()) / spread if spread > 0 else nan


def learn_and_judge(flows: Rows, stations: Rows, *, judged_from: str) -> list[Skill]:
    """Learn K, X and the gain of each way between stations before a day; judge from it on.

    Args: flows: date, station, flow_m3s, a value a day.  stations: station, downstream.
        judged_from: ISO date.
    Returns: a station that has others above it, each; in the order of `stations`.
    Source: this project, docs/reference/river-flood.md, "Skill on the Yellow River".
    """
    days = sorted({row["date"] for row in flows})
    numbers = {day: date.fromisoformat(day).toordinal() for day in days}
    first = numbers[days[0]]
    size = numbers[days[-1]] - first + 1
    series: dict[str, Array] = {}
    for row in flows:
        held = series.setdefault(row["station"], np.full(size, np.nan))
        if row["flow_m3s"]:
            held[numbers[row["date"]] - first] = float(row["flow_m3s"])
    split = date.fromisoformat(judged_from).toordinal() - first
    found = []
    for row in stations:
        name = row["station"]
        above = tuple(each["station"] for each in stations if each["downstream"] == name)
        known = [each for each in above if np.isfinite(series.get(each, np.empty(0))).sum() > 30]
        if known and np.isfinite(series.get(name, np.empty(0))).sum() > 60:
            comes = np.sum([_filled(series[each]) for each in known], axis=0)
            found.append(_judge(name, tuple(known), comes, series[name], split))
    return found


def run_network(rows: Rows, *, step_hours: float = 1.0, steps: int = 240) -> Closure:
    """Run a storm over a whole network of reaches and see what is lost.

    Args: rows: link, to, length_m, slope.  A wave's speed follows from the slope alone, which is
        no calibration: this tests size, stability and closure.
    Source: this project, docs/reference/river-flood.md, "The Lower Colorado at full size".
    """
    links = {row["link"]: place for place, row in enumerate(rows)}
    upper = np.arange(len(rows))
    lower = np.array([links.get(row["to"], len(rows)) for row in rows])
    length = np.array([float(row["length_m"]) for row in rows])
    slope = np.array([max(float(row["slope"]), 1e-5) for row in rows])
    speed = np.clip(_SPEED_MS * (slope / _SLOPE) ** 0.5, 0.3, 4.0)
    reaches = build_reaches(upper, lower, length / speed / 3600.0, 0.2)
    hours = np.arange(steps) * step_hours
    pulse = 0.01 + 0.5 * np.exp(-(((hours - 24.0) / 6.0) ** 2))
    lateral = (length[reaches.row, None] / 2000.0 * pulse).astype(np.float32)
    flows = route_one(reaches, lateral, step_hours=step_hours)
    watched = route_members(
        reaches, step_hours=step_hours, steps=steps, members=1, lateral=lateral, weighting=0.2
    )
    came = float(lateral.sum(dtype=np.float64)) * step_hours * 3600.0
    missing = (came - float(watched.left_m3[0]) - float(watched.stored_m3[0])) / came
    found = stability(reaches, step_hours=step_hours)
    return Closure(
        len(reaches), missing, float(flows.min()), found.cut, found.exact, float(flows.max())
    )


def _judge(name: str, above: tuple[str, ...], comes: Array, seen: Array, split: int) -> Skill:
    best, chosen = np.inf, (nan, nan, nan)
    learned = np.isfinite(seen[:split])
    for storage in _STORAGE_DAYS:
        for weighting in _WEIGHTING:
            routed = _route_days(comes, storage, weighting)
            gain = _gain(routed[:split][learned], seen[:split][learned])
            away = float(((gain * routed[:split] - seen[:split])[learned] ** 2).sum())
            if away < best:
                best, chosen = away, (storage, weighting, gain)
    storage, weighting, gain = chosen
    routed = gain * _route_days(comes, storage, weighting)
    plain = _gain(comes[:split][learned], seen[:split][learned]) * comes
    judged = np.flatnonzero(np.isfinite(seen) & (np.arange(len(seen)) >= split))
    top, told = judged[np.argmax(seen[judged])], judged[np.argmax(routed[judged])]
    return Skill(
        name, above, storage, weighting, gain, nash_sutcliffe(seen[judged], routed[judged]),
        nash_sutcliffe(seen[judged], plain[judged]), float(routed[told] / seen[top] - 1),
        float(told - top), tuple(judged.astype(float)), tuple(seen[judged]),
        tuple(routed[judged]),
    )  # fmt: skip


def _gain(routed: Array, seen: Array) -> float:
    return float(routed @ seen / max(float(routed @ routed), 1e-12))


def _route_days(comes: Array, storage: float, weighting: float) -> Array:
    """Route from a steady first day, in as many stages as it takes."""
    from scipy.signal import lfilter

    from sameboat.spread.flood.carry import stages_needed, weights

    stages = stages_needed(storage, weighting)
    first, second, kept = weights(storage / stages, weighting)
    flow = comes
    for _stage in range(stages):
        memory = np.array([second * flow[0] + kept * flow[0]])
        flow = np.asarray(lfilter([first, second], [1.0, -kept], flow, zi=memory)[0])
    return flow


def _filled(series: Array) -> Array:
    """Return the series with its gaps drawn straight."""
    known = np.flatnonzero(np.isfinite(series))
    found: Array = np.interp(np.arange(len(series)), known, series[known])
    return found
