"""When ash lies how thick at each place, for members that share where the wind takes the grains.

The mass and the grain sizes of a member only weigh the classes, so that what each class brings is
computed once for all members of one column and one wind.  Import inside functions: needs numba.
"""

from math import nan
from typing import Any

import numpy as np

from sameboat.spread.air.tephra import below_vent, land
from sameboat.spread.compiled import compiled


@compiled
def pile(
    found: Any, ends: Any, shares: Any, mass: float, lasts: float, step: float, load: Any
) -> None:
    """Fill `load` with kg/m2 at one point at 0, 1, 2 … steps after the eruption began.

    Args: found, ends: of `tephra.land`.  shares: (classes,) of the mass.  mass: kg.  lasts:
        seconds over which it is erupted at an even rate.  step: seconds.  load: (steps + 1,).
    Source: this project, docs/reference/ash-fall.md, "When it lies there".
    """
    steps = load.shape[0] - 1
    landed = np.zeros(steps + 1)  # of an eruption at once, by the end of each step
    for p in range(found.shape[0]):
        weight = shares[p] * mass
        for column in range(ends[p, 0], min(ends[p, 1], steps - 1) + 1):
            landed[column + 1] += weight * found[p, column]
    for row in range(1, steps + 1):
        landed[row] += landed[row - 1]
    if lasts < 0.01 * step:
        load[:] = landed
        return
    area = np.zeros(steps + 1)
    for row in range(1, steps + 1):
        area[row] = area[row - 1] + 0.5 * step * (landed[row - 1] + landed[row])
    for row in range(steps + 1):
        since = row - lasts / step
        before = 0.0
        if since > 0.0:
            k = int(since)
            part = since - k
            rate = landed[min(k + 1, steps)] - landed[k]
            before = area[k] + step * (part * landed[k] + 0.5 * part * part * rate)
        load[row] = (area[row] - before) / lasts
        # Rounding must not make a pile shrink.
        if row > 0 and load[row] < load[row - 1]:
            load[row] = load[row - 1]


@compiled
def loads(
    x: Any, y: Any, elevation: Any, place: Any, shares: Any, mass: Any, lasts: Any, step: float,
    load: Any,
) -> None:  # fmt: skip
    """Fill `load` (members, steps + 1) with the highest load of the points of one target.

    Args: x, y, elevation: of its points.  place: (vent, paths, diameter, density, wind, turn,
        levels, mixing), see `tephra`.  shares: (members, classes).  mass, lasts: (members,).
    Source: this project, docs/reference/ash-fall.md, "When it lies there".
    """
    vent, paths, diameter, density, wind, turn, levels, mixing = place
    steps = load.shape[1] - 1
    found = np.empty((paths.shape[0], steps + 1))
    ends = np.zeros((paths.shape[0], 2), np.int64)
    ends[:, 1] = steps
    row = np.empty(steps + 1)
    load[:] = 0.0
    for point in range(x.shape[0]):
        added = below_vent(vent, elevation[point], diameter, density, wind, turn)
        land(x[point], y[point], paths, added, levels, mixing, step, found, ends)
        for member in range(mass.shape[0]):
            pile(found, ends, shares[member], mass[member], lasts[member], step, row)
            for each in range(steps + 1):
                load[member, each] = max(load[member, each], row[each])


@compiled
def expose(
    load: Any, limits: Any, step: float, arrival: Any, duration: Any, peak: Any, at: Any
) -> None:
    """Fill in when a growing load passes each limit, (limits, members), and its end, (members,).

    Args: load: (members, steps + 1) kg/m2.  step: hours.  at: when 99 % of it lies there, hours.
    Source: this project, docs/reference/ash-fall.md, "When it lies there".
    """
    steps = load.shape[1] - 1
    for member in range(load.shape[0]):
        most = load[member, steps]
        peak[member] = most
        at[member] = nan
        if most > 0.0:
            row = 0
            while load[member, row] < 0.99 * most:
                row += 1
            at[member] = row * step
        for each in range(limits.shape[0]):
            arrival[each, member] = nan
            duration[each, member] = 0.0
            if most > limits[each]:
                row = 0
                while load[member, row] <= limits[each]:
                    row += 1
                hour = 0.0
                if row > 0:
                    low, high = load[member, row - 1], load[member, row]
                    hour = (row - 1 + (limits[each] - low) / (high - low)) * step
                arrival[each, member] = hour
                duration[each, member] = steps * step - hour
