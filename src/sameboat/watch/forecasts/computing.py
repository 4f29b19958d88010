"""The model's question and its answer, free of Django: they travel to another process as they are.

Whoever has a `concurrent.futures.Executor` may run `compute` in it and hand the result to
`actions.make_forecast`; the numbers do not depend on where it ran.
"""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sameboat.packs.records import Observation, RegionPack, Scenario
from sameboat.spread.footprint import Footprint

Progress = Callable[[str, float], None]
#: Models of what goes down the reaches of a pack.
RIVER = ("river-pollutant", "river-flood")


@dataclass(frozen=True)
class Question:
    """All that decides the numbers of one forecast."""

    pack: RegionPack
    scenario: Scenario
    observations: tuple[Observation, ...]
    until: datetime | None
    members: int
    seed: int


@dataclass(frozen=True)
class Computed:
    """One finished run, in what the rows need."""

    model: str
    model_version: str
    case: str
    result: dict[str, Any]  #: as `sameboat forecast --format json` prints it
    parameters: dict[str, Any]
    notices: list[dict[str, Any]]
    footprint: Footprint  #: of sites and places together
    sites: tuple[str, ...]
    places: tuple[str, ...]
    series: Mapping[str, dict[str, list[float]]]  #: site or place -> {hours, p10, p50, p90}
    horizon_hours: float
    of_river: bool = True  #: what lies between two sites on a reach is reached with them


def compute(question: Question, progress: Progress | None = None) -> Computed:
    """Run the model.

    Raises:
        Refusal: the model declines, as a fact with its numbers.
    """
    # The model brings numba: it is imported by whoever computes, not by whoever looks.
    from sameboat.watch.forecasts.simulate import simulate

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        run = simulate(
            question.pack,
            question.scenario,
            observations=question.observations,
            until=question.until,
            members=question.members,
            seed=question.seed,
            compare="option" in question.scenario.content,
            executor=threads,
            workers=os.cpu_count() or 1,
            progress=progress,
        )
    return Computed(
        model=run.model, model_version=run.version, case=run.case, result=run.result,
        parameters=run.parameters, notices=run.notices, footprint=run.footprint, sites=run.sites,
        places=run.places, series=run.series, horizon_hours=run.horizon_hours,
        of_river=run.model in RIVER,
    )  # fmt: skip
