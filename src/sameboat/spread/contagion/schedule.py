"""Counter-measures by date: the times between two changes, and what holds in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.contagion.mobility import Mobility
from sameboat.spread.measures import Measure

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Period:
    """What holds from one step up to another, by place."""

    first: int
    last: int
    contact: Array  #: part of the usual contacts
    gate: Array  #: part of the usual travel, in and out
    mobility: Mobility  #: with the links that are restricted one by one
    away: Array  #: share of the residents who travel
    arriving: Array  #: visitors less residents who are away

    def ground(self, residents: NDArray[np.int64]) -> Any:
        """Return the same as the kernel takes it."""
        from sameboat.spread.contagion.kernel import Ground, Links

        ways = self.mobility
        return Ground(
            Links(ways.there, *ways.there_list), Links(ways.back, *ways.back_list),
            residents.astype(np.float64), self.contact, self.gate, self.away, self.arriving,
        )  # fmt: skip


def periods_of(
    measures: Sequence[Measure],
    places: Sequence[str],
    mobility: Mobility,
    residents: NDArray[np.int64],
    steps: int,
    hours: float,
) -> tuple[Period, ...]:
    """Return the times between two changes of the measures, from the first step to the last.

    A measure counts for a step when it holds at the step's middle.  Measures on the same place or
    link multiply: of two that each halve the contacts, a quarter remains.
    Args: `hours` in one step.
    Source: this project, docs/reference/epidemic.md, "Counter-measures".
    """
    spans = [(each, *_span(each, steps, hours)) for each in measures]
    marks = sorted({0, steps, *(edge for _each, *span in spans for edge in span)})
    row = {name: position for position, name in enumerate(places)}
    found = []
    for first, last in pairwise(marks):
        contact, gate = np.ones(len(places)), np.ones(len(places))
        links: dict[tuple[int, int], float] = {}
        for each, begin, end in spans:
            if not begin <= first < end:
                continue
            left = 1.0 - (each.amount or 0.0)
            if each.kind == "reduce_contacts":
                contact[row[each.at]] *= left
            elif ">" in each.at:
                home, away = (row[part.strip()] for part in each.at.split(">"))
                links[home, away] = links.get((home, away), 1.0) * left
            else:
                gate[row[each.at]] *= left
        found.append(_period(first, last, contact, gate, links, mobility, residents))
    return tuple(found)


def _span(each: Measure, steps: int, hours: float) -> tuple[int, int]:
    begin = ceil(each.from_hours / hours - 0.5)
    end = steps if each.until_hours == inf else ceil(each.until_hours / hours - 0.5)
    return min(begin, steps), min(end, steps)


def _period(
    first: int, last: int, contact: Array, gate: Array, links: dict[tuple[int, int], float],
    mobility: Mobility, residents: NDArray[np.int64],
) -> Period:  # fmt: skip
    ones = np.ones(len(gate))
    ways = mobility.scaled(ones, ones, links) if links else mobility
    home, there, share = ways.pairs()
    going = share * gate[home] * gate[there]
    away: Array = np.bincount(home, going, len(gate)).astype(np.float64)
    coming = np.bincount(there, going * residents[home], len(gate))
    arriving: Array = coming - away * residents
    return Period(first, last, contact, gate, ways, away, arriving)
