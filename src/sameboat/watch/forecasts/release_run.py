"""One run of the river pollutant: clouds down the river of a pack."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from sameboat.lib.language import mark as _
from sameboat.packs.records import RegionPack, Scenario
from sameboat.spread.footprint import Footprint
from sameboat.spread.pollutant.river import Clouds
from sameboat.watch.forecasts.answer import Outcome, Told, answer_of
from sameboat.watch.forecasts.hydrology import prepare
from sameboat.watch.forecasts.observed import Taught, select, teach
from sameboat.watch.forecasts.parameters import Parameters, read_parameters
from sameboat.watch.forecasts.points import Watched
from sameboat.watch.forecasts.simulation import (
    SERIES_TIMES,
    Means,
    Simulation,
    Wanted,
    case_among,
    learning_of,
)

MODEL = "river-pollutant"
#: Raised whenever the same input would give other numbers.
VERSION = "2"
UNIT = "mg/L"


def run_release(pack: RegionPack, scenario: Scenario, wanted: Wanted, means: Means) -> Simulation:
    """Forecast which sites and places a release reaches; see simulate.

    Raises:
        FaultyInput: the scenario or the pack does not bear a run; every fault, by field.
        RiverRunsInACircle, SharesDoNotAddUp: the network cannot carry water.
    """
    tell = means.tell
    tell("network", 0.0)
    parameters = read_parameters(scenario, pack, members=wanted.members, seed=wanted.seed)
    spill, watched = prepare(pack, parameters)
    used, notices = select(wanted.observations, scenario, parameters, spill, watched, wanted.until)
    tell("learning", 0.0)
    taught = teach(spill, watched, parameters, scenario, used, lambda part: tell("learning", part))
    clouds = spill.clouds(taught.scores)
    points = clouds.expose(
        watched.names, thresholds=parameters.thresholds, unit=UNIT,
        horizon_hours=parameters.horizon_hours, step_hours=parameters.step_hours,
        executor=means.executor, progress=lambda part: tell("reach", part),
    )  # fmt: skip
    footprint = points.select(watched.sites).join(points.union(watched.places))
    outcome = _outcome(parameters, footprint, watched)
    told = Told(
        members=parameters.members, seed=parameters.seed,
        case=case_among(points, pack, scenario, watched.places),
        notices=[*notices, *taught.notices], used=taught.used,
        learning=learning_of(
            len(taught.used), taught.widened, taught.doubt, taught.log_evidence
        ),
    )  # fmt: skip
    return Simulation(
        model=MODEL,
        version=VERSION,
        case=told.case,
        footprint=footprint,
        sites=watched.sites,
        places=tuple(watched.places),
        horizon_hours=parameters.horizon_hours,
        unit=UNIT,
        parameters=_kept(parameters, taught, wanted.until),
        notices=[notice.as_dict() for notice in told.notices],
        result=answer_of(pack, scenario, outcome, told),
        series=_bands(clouds, watched, parameters, means) if wanted.bands else {},
        used=taught.used,
        details={"spill": spill, "watched": watched, "clouds": clouds, "taught": taught},
    )


def _outcome(parameters: Parameters, footprint: Footprint, watched: Watched) -> Outcome:
    return Outcome(
        model=MODEL,
        version=VERSION,
        intensity=_("concentration in the water"),
        unit=UNIT,
        thresholds=tuple({"value": each, "unit": UNIT} for each in parameters.thresholds),
        footprint=footprint,
        sites=watched.sites,
        places=tuple(watched.places),
        assumptions=parameters.assumptions,
        parameters=_provenance(parameters),
    )


def _bands(
    clouds: Clouds,
    watched: Watched,
    parameters: Parameters,
    means: Means,
) -> Mapping[str, dict[str, list[float]]]:
    """Return the 10th, 50th and 90th percentile of the concentration at each site, mg/L."""
    means.tell("series", 0.0)
    hours = np.linspace(0.0, parameters.horizon_hours, SERIES_TIMES).tolist()

    def band(site: str) -> dict[str, list[float]]:
        found = clouds.concentrations(watched.names.index(site), hours)
        low, middle, high = np.quantile(found, [0.1, 0.5, 0.9], axis=1)
        return {"hours": hours, "p10": low.tolist(), "p50": middle.tolist(), "p90": high.tolist()}

    series = {}
    each_band = (means.executor.map if means.executor else map)(band, watched.sites)
    for number, (site, found) in enumerate(zip(watched.sites, each_band, strict=True), 1):
        series[site] = found
        means.tell("series", number / len(watched.sites))
    return series


def _provenance(parameters: Parameters) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"key": each["what"], "value": each["value"], "unit": "", "source": each["source"]}
        for each in parameters.assumptions
    )


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
