"""What is released, where and when: sources as steps of even rate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.measures import Measure
from sameboat.spread.pollutant.clock import river_hours
from sameboat.spread.ways import Point

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """One place of release.

    `begin`, `end` (steps,): hours since the start, in order; equal where all goes at once.
    `mass_kg` (steps,): released in each at an even rate.  `spread`: standard deviation of the
    logarithm of its mass, beside what all sources share.
    """

    key: str
    point: Point
    begin: Array
    end: Array
    mass_kg: Array
    spread: float = 0.0

    @property
    def whole_kg(self) -> float:
        """Mass of all steps, kg."""
        return float(self.mass_kg.sum())

    def held_back(self, measures: Sequence[Measure]) -> "Source":
        """Return the source with part of what is still to be released held back.

        What leaves before a measure begins, or all at once before it, has left.
        """
        found = self
        for each in measures:
            found = found._held_back(each.from_hours, each.until_hours, each.amount or 0.0)
        return found

    def _held_back(self, since: float, until: float, share: float) -> "Source":
        begin, end, mass = [], [], []
        for first, last, kilos in zip(self.begin, self.end, self.mass_kg, strict=True):
            marks = [first, *(mark for mark in (since, until) if first < mark < last), last]
            for low, high in pairwise(marks):
                part = kilos * (high - low) / (last - first) if last > first else kilos
                begin.append(low)
                end.append(high)
                mass.append(part * (1.0 - share) if since <= low < until else part)
        return replace(self, begin=np.array(begin), end=np.array(end), mass_kg=np.array(mass))


@dataclass(frozen=True)
class Steps:
    """The steps of all sources, member by member, on the river's clock.

    `values` (members, steps, 4): begin and end in hours of the river's clock, kg, and by how many
    hours the middle of the step is later on the wall.  `first` (sources + 1,): the first step of
    each source.
    """

    values: Array
    first: NDArray[np.int64]


def steps_of(
    sources: Sequence[Source],
    factors: Array,
    starts: Array,
    climate: Array,
) -> Steps:
    """Return the steps of the sources by the river's clock.

    Args: factors: (sources, members) of the mass; 0 where nothing is released.  starts: (sources,
        members) hours to add to the source's own.  climate: (members, 3) freeze, ice, slowing.
    Source: this project, docs/reference/river-pollutant.md, "Long releases and several sources".
    """
    first = np.cumsum([0, *(len(source.mass_kg) for source in sources)])
    found = np.empty((factors.shape[1], int(first[-1]), 4))
    freeze, ice, slowing = climate.T
    for number, source in enumerate(sources):
        for step in range(len(source.mass_kg)):
            at = int(first[number]) + step
            begin = source.begin[step] + starts[number]
            end = source.end[step] + starts[number]
            found[:, at, 0] = river_hours(begin, freeze, ice, slowing)
            found[:, at, 1] = river_hours(end, freeze, ice, slowing)
            found[:, at, 2] = source.mass_kg[step] * factors[number]
            found[:, at, 3] = 0.5 * (begin + end) - 0.5 * (found[:, at, 0] + found[:, at, 1])
    return Steps(found, first.astype(np.int64))
