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


@compiled
def passed_part(parts: Any, origin: Any, first: Any, steps: Any) -> Any:
    """Return what passes a point over what was released towards it and not lost, (members,).

    It is summed by the river's clock, over which the water carries what it carries.
    Args: parts: (members, parts, 5).  origin, first: as for `response.level`.  steps: (members,
        steps, 4).
    Source: this project, docs/reference/river-pollutant.md, "Nothing is lost".
    """
    members = parts.shape[0]
    found = np.ones(members)
    edges = np.empty(4096)
    for member in range(members):
        passed, due = 0.0, 0.0
        for row in range(parts.shape[1]):
            part = parts[member, row]
            low, high = first[origin[row]], first[origin[row] + 1]
            high = min(high, low + 4096 // (LOOKS.shape[0] + TAIL.shape[0] + 2) - 1)
            width, mean = part[2] * sqrt(part[2] / part[3]), part[2]
            count = 0
            for step in range(low, high):
                due += part[0] * steps[member, step, 2]
                for side in range(2):
                    own = steps[member, step, side]
                    edges[count] = own
                    count += 1
                    if side == 0 and step > low:
                        continue
                    for number in range(LOOKS.shape[0]):
                        away = LOOKS[number] * width
                        edges[count] = own + max(mean + away, mean * (1.0 + LOOKS[number] / 8.0))
                        count += 1
                        if LOOKS[number] >= 0.0:
                            edges[count - 1] = own + mean + away
                    for number in range(TAIL.shape[0]):
                        away = 8.0 * width + TAIL[number] * width * width / mean
                        edges[count] = own + mean + away
                        count += 1
                    if count > 4000:
                        break
            edges[:count].sort()
            for number in range(count - 1):
                half = 0.5 * (edges[number + 1] - edges[number])
                if half <= 0.0:
                    continue
                for node in range(NODES.shape[0]):
                    own = edges[number] + half * (1.0 + NODES[node])
                    # The loss on the wall beyond the clock's hours is no part of the balance.
                    passed += (
                        half * WEIGHTS[node] * part_rate(own, part, steps[member], low, high, 0.0)
                    )
        if due > 0.0:
            found[member] = passed / due
    return found
