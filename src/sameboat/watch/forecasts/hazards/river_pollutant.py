"""A release into the river of a pack, as the problem that options are compared with.

A forecast without options runs through `release_run`, whose numbers are those of the first
version; the members here are drawn evenly, and no larger river that joins is uncertain.
"""

from collections.abc import Mapping
from typing import Any

from sameboat.packs.records import RegionPack, Scenario
from sameboat.spread.network import Channel, Network, build_network
from sameboat.spread.priors import SCORE_90
from sameboat.watch.forecasts.hazards.asked import Asked, prepared
from sameboat.watch.forecasts.hydrology import fill_along, mark_below
from sameboat.watch.forecasts.parameters import (
    ALONG,
    DEFAULTS,
    FLOW_DEFAULT,
    Parameters,
    read_parameters,
)
from sameboat.watch.forecasts.points import watch_points

#: Parameter of the model -> name in `[hydrology]`.
_SPREADS = {
    "velocity_factor": "velocity_factor", "width_factor": "dispersion_factor",
    "skewness": "skewness",
}  # fmt: skip


def ask(pack: RegionPack, scenario: Scenario) -> Asked:
    """Return the question.

    Raises:
        FaultyInput: every fault, by field.
        RiverRunsInACircle, SharesDoNotAddUp: the network of the pack cannot carry water.
    """
    parameters = read_parameters(scenario, pack)
    network = build_network(
        Channel(each.key, each.from_node, each.to_node, each.length_km, each.share)
        for each in pack.reaches
    )
    watched = watch_points(pack, network)
    release = watched.points[watched.names.index(parameters.release_site)]
    hydrology = scenario.content.get("hydrology", {})
    given = _given(scenario, parameters, hydrology)
    problem = prepared(
        "river-pollutant",
        {
            "reaches": _reaches(pack, network, parameters),
            "sources": [
                {
                    "key": parameters.release_site,
                    "reach": network.keys[release.channel],
                    "fraction": release.fraction,
                    "mass_kg": parameters.unknowns.mass_kg.median,
                    "duration_hours": parameters.duration_hours,
                }
            ],
            "targets": [
                {"key": name, "reach": network.keys[point.channel], "fraction": point.fraction}
                for name, point in zip(watched.names, watched.points, strict=True)
            ],
            "thresholds": list(parameters.thresholds),
            "horizon_hours": parameters.horizon_hours,
            "along": _along(hydrology),
            "parameters": given,
        },
        scenario,
    )
    return Asked(
        problem=problem,
        sites={site: site for site in watched.sites},
        places=watched.places,
        quantities=(parameters.substance.key,),
        observed={site: site for site in watched.sites},
        names={site.key: site.names for site in pack.sites},
        given=given,
    )


def _reaches(pack: RegionPack, network: Network, parameters: Parameters) -> list[dict[str, Any]]:
    """Return the reaches with flow and area everywhere, and what joins counted by its median."""
    records = {reach.key: reach for reach in pack.reaches}
    rows = [records[key] for key in network.keys]
    flow = fill_along(network, rows, [each.mean_discharge_m3s for each in rows], divides=True)
    area = fill_along(network, rows, [each.drainage_area_km2 for each in rows], divides=False)
    below = mark_below(pack, network, parameters)
    if flow is not None and below is not None:
        for inflow, joined in zip(parameters.inflows, below, strict=True):
            flow[joined] *= inflow.growth.median
    found = []
    for number, reach in enumerate(rows):
        each: dict[str, Any] = {
            "key": reach.key, "from": reach.from_node, "to": reach.to_node,
            "length_km": reach.length_km,
        }  # fmt: skip
        if flow is not None:
            each["mean_discharge_m3s"] = float(flow[number])
        if area is not None:
            each["drainage_area_km2"] = float(area[number])
        each |= {
            name: value
            for name in ("share", "slope")
            if (value := getattr(reach, name)) is not None
        }
        found.append(each)
    return found


def _given(
    scenario: Scenario, parameters: Parameters, hydrology: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the scenario's hydrology under the names of the model's own parameters."""
    mass = scenario.content["release"]["mass"]
    given: dict[str, Any] = {
        "mass_factor": {
            "low": mass["low"] / mass["likely"], "likely": 1.0,
            "high": mass["high"] / mass["likely"], "source": mass.get("source", "the scenario"),
        },
        "discharge_factor": hydrology.get("discharge_factor", FLOW_DEFAULT),
    }  # fmt: skip
    for name, told in _SPREADS.items():
        median, spread, source = DEFAULTS[told]
        default = {"median": median, "spread": spread, "source": source}
        given[name] = hydrology.get(told, default)
    rate = parameters.substance.decay_per_day_20c
    if rate is not None:
        median, spread, source = DEFAULTS["decay_factor"]
        factor = hydrology.get("decay_factor", {"median": median, "spread": spread})
        if rate > 0:
            given["decay_per_day"] = {
                "median": rate * factor["median"], "spread": factor["spread"],
                "source": parameters.substance.source or source,
            }  # fmt: skip
            given["decay_theta"] = parameters.substance.decay_theta or 1.0
        if "water_temperature_c" in hydrology:
            given["water_temperature_c"] = hydrology["water_temperature_c"]
    elif "decay_per_day" in hydrology:
        given |= {"decay_per_day": hydrology["decay_per_day"], "decay_theta": 1.0}
    if "recession_per_day" in hydrology:
        given["recession_per_day"] = hydrology["recession_per_day"]
    if "ice" in hydrology:
        freeze = parameters.unknowns.freeze_hours
        given["freeze_hours"] = {
            "low": max(0.0, freeze.median - SCORE_90 * freeze.below),
            "high": max(0.0, freeze.median + SCORE_90 * freeze.above),
            "source": hydrology["ice"]["starts"].get("source", "the scenario"),
        }
        given["ice_factor"] = hydrology["ice"]["factor"]
    return given


def _along(hydrology: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for name, ours in (("velocity", "velocity_along"), ("discharge", "discharge_along")):
        spread, length, _source = ALONG[ours]
        told = hydrology.get(ours, {})
        found[f"{name}_spread"] = told.get("spread", spread)
        found[f"{name}_length_km"] = told.get("length_km", length)
    return found
