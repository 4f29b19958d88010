"""Tiny runs of the models, so that the first real one does not wait for compiled functions.

Set-up calls `python -m sameboat.watch.forecasts.warming MODEL` for each model; a worker warms the
river's as it starts.
"""

import sys
from datetime import UTC, datetime

import numpy as np

from sameboat.packs.records import Reach, RegionPack, Scenario, Site, Substance
from sameboat.spread.draws import draw
from sameboat.spread.learning import learn
from sameboat.spread.models import model
from sameboat.spread.pollutant.measurement import Evidence, Measurement
from sameboat.spread.priors import standard_scores
from sameboat.watch.forecasts.hydrology import prepare
from sameboat.watch.forecasts.parameters import read_parameters
from sameboat.watch.forecasts.simulate import simulate

_MEMBERS = 10  #: as few as can learn
_STARTS = datetime(2005, 11, 13, 5, tzinfo=UTC)


def warm_up() -> None:
    """Run a few members down one reach and let them learn; compiled code is kept on disk."""
    pack, scenario = _pack(), _scenario()
    simulate(pack, scenario, members=_MEMBERS, seed=1)
    spill, watched = prepare(pack, read_parameters(scenario, pack, members=_MEMBERS, seed=1))
    seen = [
        Measurement(watched.names.index("B"), hours, kind, 0.1, 0.01)
        for hours, kind in ((20.0, "front"), (40.0, "peak"), (50.0, "value"))
    ]
    evidence = Evidence(spill, seen)
    scores = standard_scores(seed=1, members=_MEMBERS, size=evidence.dimension)
    learn(scores, evidence.log_likelihood, seed=1)


def compile_model(name: str) -> None:
    """Run a few members of a model's examples and ask for their course; the code is kept on disk.

    Raises:
        ValueError: there is no model of this name.
    """
    if name == "release":  # the river of 2005 alone, which is all that the demo waits for
        warm_up()
        return
    asked = model(name)
    for inputs in (asked.example(), *asked.further().values()):
        problem = asked.prepare(inputs)
        draws = draw(problem, seed=1, members=_MEMBERS)
        problem.spread(draws)
        problem.series(draws, problem.targets[:1], np.linspace(0.0, problem.horizon_hours, 5))
    if name == "river-pollutant":
        warm_up()


def _pack() -> RegionPack:
    reach = Reach("R", {}, "A", "B", 50.0, (), None, 10_000.0, 100.0, None, None, True, "")
    sites = tuple(
        Site(key, {}, "gauge", "cn:000000", None, None, "R", fraction, "")
        for key, fraction in (("A", 0.0), ("B", 1.0))
    )
    substance = Substance("x", {}, "", 0.01, None, None, "")
    return RegionPack(
        id="warm-up", version="1", title={}, zone="UTC", licences=(), sources=(), places=(),
        substances=(substance,), reaches=(reach,), stretches=(), sites=sites, scenarios=(),
        events=(), observations={},
    )  # fmt: skip


def _scenario() -> Scenario:
    content = {
        "substance": {"key": "x", "threshold": [{"value": 0.01, "unit": "mg/L"}]},
        "release": {
            "site": "A",
            "mass": {"low": 1.0, "likely": 2.0, "high": 3.0, "unit": "t"},
            "duration": {"value": 1.0, "unit": "h"},
        },
        "hydrology": {"discharge_factor": {"median": 1.0, "spread": 0.1, "source": "warm-up"}},
        "run": {"members": 4, "seed": 1, "horizon_days": 5, "step_minutes": 60},
    }
    return Scenario(
        "warm-up", {}, "river_pollutant", "travels", "cn:000000", _STARTS, "UTC", content
    )


if __name__ == "__main__":
    compile_model(sys.argv[1])
