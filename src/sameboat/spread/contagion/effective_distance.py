"""An epidemic's course at a glance: who is next, and when the first case is to be expected.

Milliseconds instead of an ensemble: a preview while the ensemble runs, and a check on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.contagion.mobility import Mobility
from sameboat.spread.contagion.prepare import growth_per_day
from sameboat.spread.contagion.problem import Epidemic

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
EULER = 0.5772156649015329


@dataclass(frozen=True)
class Preview:
    """What is to be expected at each place, (places,); infinite: there is no way to it."""

    targets: tuple[str, ...]
    distance: Array  #: effective distance from the nearest place that brings it
    arrival_days: Array  #: expected first infection
    growth_per_day: float


def effective_graph(mobility: Mobility) -> Any:
    """Return the links with their effective length 1 - ln P, a sparse array of scipy.

    P is the part of those who leave a place that goes there.
    Source: D. Brockmann & D. Helbing (2013), The hidden geometry of complex, network-driven
    contagion phenomena, Science 342:1337.
    """
    home, there, share = mobility.pairs()
    return _graph(mobility.places, home, there, 1.0 - np.log(share / mobility.away()[home]))


def _graph(places: int, home: Rows, there: Rows, length: Array) -> Any:
    from scipy.sparse import csr_array

    return csr_array((length, (home, there)), shape=(places, places))


def shortest(graph: Any, sources: Sequence[int]) -> Array:
    """Return the length of the shortest way from each source, (sources, places).

    Args: graph: lengths > 0 of links from row to column.  Infinite where there is no way.
    Source: E. W. Dijkstra (1959), A note on two problems in connexion with graphs, Numer. Math.
    1:269.
    """
    from scipy.sparse.csgraph import dijkstra

    found: Array = dijkstra(graph, indices=list(sources))
    return found


def effective_distances(mobility: Mobility, sources: Sequence[int]) -> Array:
    """Return the effective distance of every place from each source, (sources, places).

    Divided by the effective speed of the infection it is the order, and nearly the time, in which
    places are reached.
    Source: D. Brockmann & D. Helbing (2013), Science 342:1337.
    """
    return shortest(effective_graph(mobility), sources)


def hop_days(growth: float, hazard: Array) -> Array:
    """Return the expected days from one infectious person here to the first infection there.

    Where infectious people grow as exp(r t), the first infection comes on average after
    (ln(r / h) - gamma) / r; h << r are the infections there by one infectious person here.
    Args: growth: r > 0, 1/d.  hazard: h > 0, 1/d.
    Source: A. Gautreau, A. Barrat & M. Barthélemy (2008), Global disease spread: statistics and
    estimation of arrival times, J. Theor. Biol. 251:509.
    """
    found: Array = (np.log(growth / hazard) - EULER) / growth
    return found


def preview(problem: Epidemic) -> Preview:
    """Return who is next and when, for the median of every parameter and no counter-measures.

    Each place that brings the infection has a head start of ln(A) / r, A being its persons' part of
    the growing mode; what comes on a later day waits for it.
    Raises: ValueError: the infection does not grow, or nobody brings it.
    Source: A. Gautreau, A. Barrat & M. Barthélemy (2008), J. Theor. Biol. 251:509;
    D. Brockmann & D. Helbing (2013), Science 342:1337.
    """
    median = {
        each.key: prior.median
        for each, prior in zip(problem.about.parameters, problem.priors, strict=True)
    }
    growth = growth_per_day(median["r0"], median["latent_days"], median["infectious_days"])
    seeds = [each for each in problem.seeds if each.persons > 0]
    if growth <= 0 or not seeds:
        raise ValueError("nothing to preview, allowed: r0 > 1 and somebody who brings it")
    home, there, hazard = _hazards(problem, median)
    # A way that takes no time would be one through a place that is already full of infection.
    days = np.maximum(hop_days(growth, hazard), 1e-6)
    places = sorted({each.place for each in seeds})
    ways = shortest(_graph(len(problem.targets), home, there, days), places)
    row = {place: position for position, place in enumerate(places)}
    arrival = np.full(len(problem.targets), np.inf)
    for seed in seeds:
        start = seed.step / problem.steps_per_day
        persons = seed.persons * median["seed_factor"]
        head = log(persons * _growing(median, growth, seed.infectious)) / growth
        there_at = np.maximum(start + ways[row[seed.place]] - head, start)
        arrival = np.minimum(arrival, there_at)
        arrival[seed.place] = min(arrival[seed.place], start)
    distance = effective_distances(problem.mobility, places).min(axis=0)
    return Preview(problem.targets, distance, arrival, growth)


def _growing(median: dict[str, float], growth: float, infectious: bool) -> float:
    """Return the infectious people of the growing mode that one person who brings it amounts to."""
    a, b = 1.0 / median["latent_days"], 1.0 / median["infectious_days"]
    return (growth + a if infectious else a) / (2.0 * growth + a + b)


def _hazards(problem: Epidemic, median: dict[str, float]) -> tuple[Rows, Rows, Array]:
    """Return the infections in one place by one infectious person of another, 1/d, by link."""
    home, there, share = problem.mobility.pairs()
    share = share * median["mobility_factor"]
    if problem.moves:
        # For each infectious traveller so many exposed ones go along while the epidemic grows.
        growth = growth_per_day(median["r0"], median["latent_days"], median["infectious_days"])
        exposed = median["latent_days"] * (growth + 1.0 / median["infectious_days"])
        return home, there, share * (1.0 + exposed)
    beta = median["r0"] / median["infectious_days"]
    people = problem.residents.astype(np.float64)
    stay = 1.0 - np.minimum(problem.mobility.away() * median["mobility_factor"], 1.0)
    # The two terms of K = beta M diag(1/Neff) M' that hold one journey: the residents of one place
    # carry it there when they visit, and are infected there when they do.
    carried = beta * share * stay[there]
    fetched = carried * people[home] / people[there]
    places = len(people)
    key = np.concatenate([home * places + there, there * places + home])
    link, index = np.unique(key, return_inverse=True)
    hazard: Array = np.bincount(index, np.concatenate([carried, fetched])).astype(np.float64)
    return link // places, link % places, hazard
