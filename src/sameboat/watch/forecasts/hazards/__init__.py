"""From a scenario to the question that a model answers, hazard by hazard.  No Django, no clock."""

from importlib import import_module

from sameboat.packs.records import RegionPack, Scenario
from sameboat.watch.forecasts.hazards.asked import Asked

#: Hazards whose scenarios are asked of a prepared problem.
ASKED = ("river_flood", "air_release", "ash_fall", "epidemic", "cascade", "compound")


def ask(pack: RegionPack, scenario: Scenario) -> Asked:
    """Return the prepared question of a scenario.

    Raises:
        FaultyInput: the scenario or the pack does not bear it; every fault, by file and field.
        Refusal: the question is refused as a whole, such as hazards that run in a circle.
    """
    adapter = import_module(f"sameboat.watch.forecasts.hazards.{scenario.hazard}")
    found: Asked = adapter.ask(pack, scenario)
    return found
