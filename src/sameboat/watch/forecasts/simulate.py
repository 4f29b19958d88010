"""One run of a model: a pack, a scenario and observations in, a footprint and its answer out.

No Django, no clock, no disk: the worker and the command line call the same function, the one with
records rebuilt from rows, the other with records read from a folder.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import datetime
from importlib import import_module

from sameboat.packs.records import Observation, RegionPack, Scenario
from sameboat.watch.forecasts.hazards.asked import Asked
from sameboat.watch.forecasts.simulation import Means, Progress, Simulation, Wanted, silent


def simulate(
    pack: RegionPack,
    scenario: Scenario,
    *,
    observations: Sequence[Observation] = (),
    until: datetime | None = None,
    members: int | None = None,
    seed: int | None = None,
    options: Sequence[str] = (),
    compare: bool = False,
    asked: Asked | None = None,
    bands: bool = True,
    executor: Executor | None = None,
    workers: int = 4,
    progress: Progress | None = None,
) -> Simulation:
    """Forecast which sites and places a hazard reaches, when, how strongly, how surely.

    Args: until: what became known later is not used.  members, seed: instead of the scenario's.
        options: keys of the scenario's options, whose counter-measures are all taken.  compare:
        also run every option with the same members.  asked: the scenario's question, where it has
        been prepared already.  bands: fill `series`; without, it stays empty.  executor: of
        `workers` threads; the numbers do not depend on it.
        progress: told each step and the part done; what it raises stops the run.
    Raises:
        FaultyInput: the scenario or the pack does not bear a run; every fault, by field.
        TooManyMembers: it would not fit into memory; nothing has been computed.
        RiverRunsInACircle, SharesDoNotAddUp: the network cannot carry water.
    """
    wanted = Wanted(observations, until, members, seed, tuple(options), compare, bands)
    means = Means(executor, workers, progress or silent)
    if scenario.hazard == "river_pollutant" and not (options or compare):
        release = import_module("sameboat.watch.forecasts.release_run")
        found: Simulation = release.run_release(pack, scenario, wanted, means)
        return found
    problem = import_module("sameboat.watch.forecasts.problem_run")
    found = problem.run_problem(pack, scenario, asked, wanted, means)
    return found
