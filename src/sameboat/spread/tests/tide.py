"""A smallest hazard for the tests of what all hazards share: water that rises in three places."""

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from sameboat.spread.description import Description, Input, Parameter
from sameboat.spread.footprint import Footprint
from sameboat.spread.inputs import InputReader
from sameboat.spread.measures import Measure, check_measures
from sameboat.spread.priors import Prior, between, lognormal
from sameboat.spread.problem import Problem

ABOUT = Description(
    name="tide", version="1", says="water rises and falls", hazards=("tide",), moves="travels",
    intensity="level", unit="m",
    inputs=(Input("thresholds", "levels", "m"), Input("places", "hours of delay", required=False)),
    parameters=(
        Parameter("height", "height of the tide", "m", 0.1, 20.0, lognormal(2.0, 0.3), "test"),
        Parameter("hour", "hour of the highest water", "h", 1.0, 30.0, between(10.0, 14.0), "test"),
        Parameter("gust", "what the wind adds", "m", -5.0, 5.0,
                  Prior(0.0, 0.2, 0.2, logarithmic=False), "test"),
    ),
    measures=("raise_levee",),
    events=("gate_fails",),
)  # fmt: skip


@dataclass(frozen=True)
class Tide(Problem):
    priors: tuple[Prior, ...]
    delays: tuple[float, ...]
    thresholds: tuple[float, ...]
    levees: tuple[float, ...] = (0.0, 0.0, 0.0)

    about = ABOUT
    targets = ("gate", "town", "village")
    unit = "m"
    horizon_hours = 48.0
    dimension = 3
    quasi = 2
    member_bytes = 8 * 3 * 97

    def spread(self, draws):
        hours = np.linspace(0, self.horizon_hours, 97)
        level = self.series(draws, self.targets, hours)
        found = Footprint.empty(self.targets, self.thresholds, self.unit, draws.members)
        found.peak[:] = level.max(axis=1)
        found.peak_hours[:] = hours[level.argmax(axis=1)]
        for row, limit in enumerate(self.thresholds):
            above = level >= limit
            ever = above.any(axis=1)
            last = 96 - above[:, ::-1].argmax(axis=1)
            found.arrival_hours[:, row] = np.where(ever, hours[above.argmax(axis=1)], np.nan)
            end = np.where(last == 96, inf, hours[np.minimum(last + 1, 96)])
            found.cleared_hours[:, row] = np.where(ever, end, np.nan)
            found.duration_hours[:, row] = above.sum(axis=1) * 0.5
        return found

    def series(self, draws, targets, hours):
        height, hour, gust = (
            prior.at(row) for prior, row in zip(self.priors, draws.scores, strict=True)
        )
        rows = [self.targets.index(target) for target in targets]
        delay = np.array(self.delays)[rows][:, None, None]
        levee = np.array(self.levees)[rows][:, None, None]
        away = (np.asarray(hours)[None, :, None] - delay - hour) / 6.0
        chance = (draws.streams >> np.uint64(11)) / 2.0**53 - 0.5
        level = height * np.exp(-away * away) + 0.1 * gust + 0.01 * chance
        broken = np.nan_to_num(draws.when("gate_fails"), nan=inf)
        return np.maximum(level - levee + (np.asarray(hours)[None, :, None] >= broken), 0.0)

    def under(self, measures):
        levees = list(self.levees)
        for each in check_measures(measures, kinds=ABOUT.measures, at=self.targets):
            levees[self.targets.index(each.at)] += each.amount
        return replace(self, levees=tuple(levees))

    def imbalance(self, draws):
        return np.zeros(draws.members)


def prepare(inputs):
    reader = InputReader(inputs, ABOUT)
    thresholds = reader.thresholds()
    priors = reader.parameters()
    reader.finish()
    return Tide(tuple(priors.values()), (0.0, 2.0, 5.0), thresholds)


def tide(**parameters):
    return prepare({"thresholds": [1.0, 2.0], "parameters": parameters})


LEVEE = Measure("raise_levee", "town", amount=0.5)
