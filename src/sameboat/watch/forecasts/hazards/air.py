"""What gas and ash have in common: places around a source, as points, and a wind."""

from typing import Any

from sameboat.packs.records import RegionPack, Scenario
from sameboat.watch.forecasts.hazards.asked import (
    Asked,
    prepared,
    read_run,
    table_of,
    upwards,
)
from sameboat.watch.forecasts.hazards.ground import (
    MOST_POINTS,
    number_in,
    places_within,
    sites_within,
    source_point,
)

#: Fields of a source that only say where it lies.
_WHERE = ("site", "place", "lon", "lat")


def ask_around(
    pack: RegionPack,
    scenario: Scenario,
    where: str,
    *,
    model: str,
    source: str,
    within_km: float,
    quantity: str,
) -> Asked:
    """Return the question of a hazard that spreads from one point.

    Args: source: the input that tells the point.  within_km: how far places are looked at, where
        the scenario does not say.
    Raises:
        FaultyInput: every fault, by field.
    """
    inputs = table_of(scenario, "inputs")
    run = read_run(scenario)
    told = inputs.get(source)
    centre = source_point(pack, told, scenario, f"{where}inputs.{source}")
    reach = number_in(inputs, "within_km", 0.1, 5000.0, within_km, scenario, where)
    count = round(number_in(inputs, "points", 1, MOST_POINTS, 12, scenario, where))
    places = places_within(pack, centre, within_km=reach, points=count)
    sites = sites_within(pack, centre, reach)
    if isinstance(told, dict) and "site" in told:
        sites.pop(str(told["site"]), None)
    targets: list[dict[str, Any]] = [
        {"key": code, "points": [list(point) for point in points]}
        for code, points in places.items()
    ]
    targets += [{"key": key, "lon": lon, "lat": lat} for key, (lon, lat) in sites.items()]
    about = {k: v for k, v in told.items() if k not in _WHERE} if isinstance(told, dict) else {}
    given = table_of(scenario, "parameters")
    asked: dict[str, Any] = {
        "horizon_hours": run.horizon_hours,
        **inputs,
        source: {**about, "lon": centre[0], "lat": centre[1]},
        "targets": targets,
        "parameters": given,
    }
    if run.step_hours is not None:
        asked.setdefault("step_minutes", run.step_hours * 60.0)
    problem = prepared(model, asked, scenario, where)
    return Asked(
        problem=problem,
        sites={key: key for key in sites},
        places=upwards(pack, {code: (code,) for code in places}),
        quantities=(quantity,),
        observed={key: key for key in (*sites, *places)},
        names={
            **{place.code: place.names for place in pack.places if place.code in places},
            **{site.key: site.names for site in pack.sites},
        },
        given=given,
    )
