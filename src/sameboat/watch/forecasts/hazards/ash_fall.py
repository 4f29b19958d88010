"""Ash from a volcano: every place within its reach, as points of its ground."""

from sameboat.packs.records import RegionPack, Scenario
from sameboat.watch.forecasts.hazards.air import ask_around
from sameboat.watch.forecasts.hazards.asked import Asked

#: How far places are looked at where the scenario does not say, km.
WITHIN_KM = 600.0


def ask(pack: RegionPack, scenario: Scenario, where: str = "") -> Asked:
    """Return the question.

    Raises:
        FaultyInput: every fault, by field.
    """
    return ask_around(
        pack, scenario, where, model="ash-fall", source="vent", within_km=WITHIN_KM,
        quantity="load",
    )  # fmt: skip
