"""One run of the model: a pack, a scenario and observations in, a footprint and its answer out.

No Django, no clock, no disk: the worker and the command line call the same function, the one with
records rebuilt from rows, the other with records read from a folder.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from sameboat.lib.codes import prefecture_of
from sameboat.packs.records import Observation, RegionPack, Scenario
from sameboat.spread.case import case_of
from sameboat.spread.footprint import Footprint
from sameboat.spread.pollutant.river import Clouds, Spill
from sameboat.watch.forecasts.answer import answer_of
from sameboat.watch.forecasts.hydrology import Watched, prepare
from sameboat.watch.forecasts.observed import Taught, select, teach
from sameboat.watch.forecasts.parameters import Parameters, read_parameters

MODEL = "river-pollutant"
#: Raised whenever the same input would give other numbers.
VERSION = "2"
#: A chart has room for this many times.
_SERIES_TIMES = 361

Progress = Callable[[str, float], None]  #: (name of the step, part done 0..1)


@dataclass(frozen=True)
class Simulation:
    """One finished run.

    `footprint` holds sites and places together; `result` is what `sameboat forecast --format
    json` prints.
    """

    model: str
    version: str
    case: str
    footprint: Footprint
    sites: tuple[str, ...]
    places: tuple[str, ...]
    horizon_hours: float
    parameters: dict[str, Any]
    notices: list[dict[str, Any]]
    result: dict[str, Any]
    series: Mapping[str, dict[str, list[float]]]  #: site -> {hours, p10, p50, p90}, mg/L
    spill: Spill
    watched: Watched
    clouds: Clouds
    taught: Taught

    def as_json(self) -> dict[str, Any]:
        """Return the answer of docs/reference/forecast-json.md."""
        return self.result

    def band(self, site: str, hours: Sequence[float]) -> dict[str, list[float]]:
        """Return the 10th, 50th and 90th percentile of the concentration at a site, mg/L."""
        found = self.clouds.concentrations(self.watched.names.index(site), hours)
        low, middle, high = np.quantile(found, [0.1, 0.5, 0.9], axis=1)
        return {
            "hours": [float(hour) for hour in hours],
            "p10": low.tolist(),
            "p50": middle.tolist(),
            "p90": high.tolist(),
        }


def simulate(
    pack: RegionPack,
    scenario: Scenario,
    *,
    observations: Sequence[Observation] = (),
    until: datetime | None = None,
    members: int | None = None,
    seed: int | None = None,
    bands: bool = True,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Forecast which sites and places a release reaches, when, how strongly, how surely.

    Args: until: what became known later is not used.  members, seed: instead of the scenario's.
        bands: fill `series`; without, it stays empty.  executor: of threads, which look at several
        sites at a time; the numbers do not depend on it.
        progress: told each step and the part done; what it raises stops the run.
    Raises:
        FaultyInput: the scenario or the pack does not bear a run; every fault, by field.
        RiverRunsInACircle, SharesDoNotAddUp: the network cannot carry water.
    """
    tell = progress or _silent
    tell("network", 0.0)
    parameters = read_parameters(scenario, pack, members=members, seed=seed)
    spill, watched = prepare(pack, parameters)
    used, notices = select(observations, scenario, parameters, spill, watched, until)
    tell("learning", 0.0)
    taught = teach(spill, watched, parameters, scenario, used, lambda part: tell("learning", part))
    clouds = spill.clouds(taught.scores)
    points = clouds.expose(
        watched.names, thresholds=parameters.thresholds, unit="mg/L",
        horizon_hours=parameters.horizon_hours, step_hours=parameters.step_hours,
        executor=executor, progress=lambda part: tell("reach", part),
    )  # fmt: skip
    footprint = points.select(watched.sites).join(points.union(watched.places))
    case = _case(points, pack, scenario, watched)
    told = [*notices, *taught.notices]
    result = answer_of(
        pack, scenario, parameters, footprint, watched, taught, case=case, notices=told,
        model=MODEL, version=VERSION,
    )  # fmt: skip
    run = Simulation(
        model=MODEL,
        version=VERSION,
        case=case,
        footprint=footprint,
        sites=watched.sites,
        places=tuple(watched.places),
        horizon_hours=parameters.horizon_hours,
        parameters=_kept(parameters, taught, until),
        notices=[notice.as_dict() for notice in told],
        result=result,
        series={},
        spill=spill, watched=watched, clouds=clouds, taught=taught,
    )  # fmt: skip
    return _with_series(run, executor, tell) if bands else run


def _with_series(run: Simulation, executor: Executor | None, tell: Progress) -> Simulation:
    tell("series", 0.0)
    hours = np.linspace(0.0, run.horizon_hours, _SERIES_TIMES).tolist()
    bands = (executor.map if executor else map)(lambda site: run.band(site, hours), run.sites)
    series = {}
    for number, (site, band) in enumerate(zip(run.sites, bands, strict=True), 1):
        series[site] = band
        tell("series", number / len(run.sites))
    return replace(run, series=series)


def _case(points: Footprint, pack: RegionPack, scenario: Scenario, watched: Watched) -> str:
    """Compare prefectures: each the union of every point that lies in it."""
    groups: dict[str, dict[str, None]] = {}
    parents = {place.parent for place in pack.places}
    inside: dict[str, set[str]] = {}
    for code, names in watched.places.items():
        inside[code] = set(names)
    for code, names in watched.places.items():
        below = {
            name for child in pack.places if child.parent == code
            for name in inside.get(child.code, ())
        }  # fmt: skip
        own = [name for name in names if name not in below] if code in parents else list(names)
        groups.setdefault(prefecture_of(code), {}).update(dict.fromkeys(own))
    reached = points.union({code: tuple(names) for code, names in groups.items() if names})
    return case_of(moves=scenario.moves, origin=scenario.origin, p_reached=reached.p_reached())


def _kept(parameters: Parameters, taught: Taught, until: datetime | None) -> dict[str, Any]:
    """Return what a row keeps so that the run can be made again and understood."""
    return {
        "members": parameters.members,
        "seed": parameters.seed,
        "horizon_hours": parameters.horizon_hours,
        "step_hours": parameters.step_hours,
        "release_site": parameters.release_site,
        "duration_hours": parameters.duration_hours,
        "thresholds_mg_l": list(parameters.thresholds),
        "until": until.isoformat() if until else None,
        "widened": taught.widened,
        "doubt": taught.doubt,
        "assumptions": list(parameters.assumptions),
    }


def _silent(step: str, part: float) -> None:
    return None
