"""Whether all of the mass passes: a quadrature in time, held to what was released; compiled.

Import inside functions: needs numba.
"""

from math import sqrt
from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled
from sameboat.spread.pollutant.response import part_rate
from sameboat.spread.pollutant.search import LOOKS, TAIL

#: Nodes and weights of Gauss and Legendre.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


#: Steps of a release that are summed together: their edges fit into one list.
CHUNK = 100


@compiled
def passed_part(parts: Any, origin: Any, first: Any, steps: Any) -> tuple[Any, Any]:
    """Return what passes a point, and what was released towards it and not lost, (members,) each.

    Both in mg/L h.  It is summed by the river's clock, over which the water carries what it
    carries, some steps of the release at a time: the river answers in proportion.
    Args: parts: (members, parts, 5).  origin, first: as for `response.level`.  steps: (members,
        steps, 4).
    Source: this project, docs/reference/river-pollutant.md, "Nothing is lost".
    """
    members = parts.shape[0]
    passed, due = np.zeros(members), np.zeros(members)
    edges = np.empty((CHUNK + 1) * (LOOKS.shape[0] + TAIL.shape[0] + 2))
    for member in range(members):
        for row in range(parts.shape[1]):
            part, own = parts[member, row], steps[member]
            low, last = first[origin[row]], first[origin[row] + 1]
            while low < last:
                high = min(low + CHUNK, last)
                for step in range(low, high):
                    due[member] += part[0] * own[step, 2]
                count = _mark(part, own, low, high, edges)
                passed[member] += _integral(part, own, low, high, edges[:count])
                low = high
    return passed, due


@compiled
def _mark(part: Any, steps: Any, low: int, high: int, edges: Any) -> int:
    """Write, in order, between which hours the passing is smooth; return how many there are."""
    width, mean = part[2] * sqrt(part[2] / part[3]), part[2]
    count = 0
    for edge in range(low, high + 1):
        own = steps[edge, 0] if edge < high else steps[high - 1, 1]
        edges[count] = own
        count += 1
        for number in range(LOOKS.shape[0]):
            away = LOOKS[number] * width
            if away < 0.0:
                away = max(away, mean * LOOKS[number] / 8.0)
            edges[count] = own + mean + away
            count += 1
        for number in range(TAIL.shape[0]):
            edges[count] = own + mean + 8.0 * width + TAIL[number] * width * width / mean
            count += 1
    edges[:count].sort()
    return count


@compiled
def _integral(part: Any, steps: Any, low: int, high: int, edges: Any) -> float:
    total = 0.0
    for number in range(edges.shape[0] - 1):
        half = 0.5 * (edges[number + 1] - edges[number])
        if half <= 0.0:
            continue
        for node in range(NODES.shape[0]):
            own = edges[number] + half * (1.0 + NODES[node])
            # The loss on the wall beyond the clock's hours is no part of the balance.
            total += half * WEIGHTS[node] * part_rate(own, part, steps, low, high, 0.0)
    return total
