"""Events x places x values through a piecewise linear function in one pass, compiled.

Import this module inside the functions that use it: it needs numba.
"""

from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled

_ONE = np.uint64(1)


@compiled
def pass_events(
    start: Any, place: Any, intensity: Any, values: Any, frequency: Any,
    knots: Any, level: Any, slope: Any, begin: Any, steps: int,
) -> tuple[Any, Any]:  # fmt: skip
    """Return the harm of each event (events,) and the expected harm at each place (places,).

    Args: start (events + 1,), place, intensity (entries,): a sparse matrix by rows.  values:
        (places,).  frequency: (events,).  knots: (pieces + 1,), the last infinite; level, slope:
        (pieces,), harm at each knot and its rise after it, the last 0.  begin: (parts + 1,)
        uint64, the piece in which each equal part of the range begins, at most `steps` too low.
    Source: G. Aznar-Siguan & D. N. Bresch (2019), CLIMADA v1: a global weather and climate risk
    assessment platform, Geosci. Model Dev. 12:3085, eqs 1-3 (impact, per event and expected).
    """
    events = np.zeros(start.shape[0] - 1)
    places = np.zeros(values.shape[0])
    least, most = knots[0], knots[knots.shape[0] - 2]
    per_width = (begin.shape[0] - 1) / (most - least)
    # The arithmetic stands in the loop, without branches: a call for each entry would count
    # references to arrays, and a branch on a random intensity is often guessed wrong.
    for event in range(events.shape[0]):
        total, often = 0.0, frequency[event]
        for entry in range(start[event], start[event + 1]):
            here = min(max(intensity[entry], least), most)
            piece = begin[np.uint64(np.int64((here - least) * per_width))]
            for _step in range(steps):
                piece = piece + _ONE if here >= knots[piece + _ONE] else piece
            at = np.uint64(place[entry])
            harm = (level[piece] + slope[piece] * (here - knots[piece])) * values[at]
            total += harm
            places[at] += often * harm
        events[event] = total
    return events, places
