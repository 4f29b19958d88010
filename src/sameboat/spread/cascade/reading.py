"""What the logs of the members say: for each target when, how much, for how long, compiled.

Import this module inside the functions that use it: it needs numba.  People are whole numbers, so
that who is without a service and who has it are together exactly everybody.
"""

from math import inf, nan
from typing import Any, NamedTuple

import numpy as np

from sameboat.spread.compiled import compiled

_UP, _DOWN = 0, 1


class Served(NamedTuple):
    """Who is served by whom.  An area is one service at one place; a view, some areas of a place.

    The targets of a footprint are the nodes, then the views.
    """

    first: Any  #: (nodes + 1,) first row of each node in `area` and `people`
    area: Any  #: (rows,)
    people: Any  #: (rows,) int64
    everybody: Any  #: (areas,) int64
    seen: Any  #: (areas + 1,) first row of each area in `views`
    views: Any  #: (rows,) views that hold the area
    held: Any  #: (views + 1,) first row of each view in `part`
    part: Any  #: (rows,) areas that the view holds


class Marks(NamedTuple):
    """Where one member's figures are gathered."""

    value: Any  #: (targets,) intensity now
    since: Any  #: (targets, thresholds) when it was last exceeded, infinite where it is not
    arrival: Any  #: (targets, thresholds)
    cleared: Any  #: (targets, thresholds)
    lasted: Any  #: (targets, thresholds)
    peak: Any  #: (targets,)
    peak_at: Any  #: (targets,)


@compiled
def _mark(marks: Any, limits: Any, target: int, value: float, time: float) -> None:
    """Note that a target has another intensity from now on."""
    marks.value[target] = value
    if value > marks.peak[target]:
        marks.peak[target] = value
        marks.peak_at[target] = time
    for row in range(limits.shape[0]):
        above = marks.since[target, row] < inf
        if value > limits[row] and not above:
            marks.since[target, row] = time
            marks.cleared[target, row] = inf
            if np.isnan(marks.arrival[target, row]):
                marks.arrival[target, row] = time
        elif above and value <= limits[row]:
            marks.lasted[target, row] += time - marks.since[target, row]
            marks.cleared[target, row] = time
            marks.since[target, row] = inf


@compiled
def _share(served: Any, out: Any, view: int) -> float:
    """Return the share of people without the service that most are without."""
    most = 0.0
    for row in range(served.held[view], served.held[view + 1]):
        area = served.part[row]
        if served.everybody[area] > 0:
            most = max(most, out[area] / served.everybody[area])
    return most


@compiled
def _turn(served: Any, out: Any, node: int, state: int) -> None:
    sign = 1 if state == _DOWN else -1
    for row in range(served.first[node], served.first[node + 1]):
        out[served.area[row]] += sign * served.people[row]


@compiled
def _instant(
    served: Any, marks: Any, limits: Any, out: Any, hours: Any, node: Any, state: Any,
    line: int, stop: int,
) -> int:  # fmt: skip
    """Apply the lines of one instant together; return the line after them."""
    nodes = served.first.shape[0] - 1
    last = line
    while last < stop and hours[last] == hours[line]:
        _turn(served, out, node[last], state[last])
        last += 1
    for each in range(line, last):
        row = node[each]
        _mark(marks, limits, row, 1.0 if state[each] == _DOWN else 0.0, hours[line])
        for place in range(served.first[row], served.first[row + 1]):
            area = served.area[place]
            for at in range(served.seen[area], served.seen[area + 1]):
                view = served.views[at]
                _mark(marks, limits, nodes + view, _share(served, out, view), hours[line])
    return last


@compiled
def read_logs(
    served: Any, limits: Any, horizon: float, begin: Any, hours: Any, node: Any, state: Any
) -> tuple[Any, Any, Any, Any, Any]:
    """Return arrival, cleared, duration (targets, thresholds, members), peak and its hour.

    Args: limits: (thresholds,) in [0, 1).  begin, hours, node, state: as `run_members` gives them.
    Source: this project, docs/reference/cascade.md, "What is answered".
    """
    members = begin.shape[0] - 1
    targets = served.first.shape[0] - 1 + served.held.shape[0] - 1
    shape = (targets, limits.shape[0], members)
    arrival, cleared = np.full(shape, nan, np.float32), np.full(shape, nan, np.float32)
    lasted = np.zeros(shape, np.float32)
    peak = np.zeros((targets, members), np.float32)
    peak_at = np.full((targets, members), nan, np.float32)
    for member in range(members):
        flat = (targets, limits.shape[0])
        marks = Marks(
            np.zeros(targets), np.full(flat, inf), np.full(flat, nan), np.full(flat, nan),
            np.zeros(flat), np.zeros(targets), np.full(targets, nan),
        )  # fmt: skip
        out = np.zeros(served.everybody.shape[0], np.int64)
        line = begin[member]
        while line < begin[member + 1] and hours[line] < inf:
            stop = begin[member + 1]
            line = _instant(served, marks, limits, out, hours, node, state, line, stop)
        for target in range(targets):
            peak[target, member] = marks.peak[target]
            peak_at[target, member] = marks.peak_at[target]
            for row in range(limits.shape[0]):
                if marks.since[target, row] < inf:
                    marks.lasted[target, row] += horizon - marks.since[target, row]
                arrival[target, row, member] = marks.arrival[target, row]
                cleared[target, row, member] = marks.cleared[target, row]
                lasted[target, row, member] = marks.lasted[target, row]
    return arrival, cleared, lasted, peak, peak_at


@compiled
def sample_logs(
    served: Any, rows: Any, times: Any, begin: Any, hours: Any, node: Any, state: Any
) -> Any:
    """Return intensities, (rows, times, members); `times` rise, `rows` are targets.

    Source: this project, docs/reference/cascade.md, "What is answered".
    """
    members = begin.shape[0] - 1
    nodes = served.first.shape[0] - 1
    found = np.zeros((rows.shape[0], times.shape[0], members))
    for member in range(members):
        out = np.zeros(served.everybody.shape[0], np.int64)
        down = np.zeros(nodes)
        line, stop = begin[member], begin[member + 1]
        for place in range(times.shape[0]):
            while line < stop and hours[line] <= times[place] and hours[line] < inf:
                _turn(served, out, node[line], state[line])
                down[node[line]] = 1.0 if state[line] == _DOWN else 0.0
                line += 1
            for row in range(rows.shape[0]):
                target = rows[row]
                found[row, place, member] = (
                    down[target] if target < nodes else _share(served, out, target - nodes)
                )
    return found


@compiled
def person_hours(
    served: Any, horizon: float, begin: Any, hours: Any, node: Any, state: Any
) -> tuple[Any, Any]:
    """Return person-hours without and with each service, (areas, members), reckoned apart.

    Without: outage by outage.  With: instant by instant, from who is left.
    Source: this project, docs/reference/cascade.md, "Person-hours".
    """
    members = begin.shape[0] - 1
    areas = served.everybody.shape[0]
    without, having = np.zeros((areas, members)), np.zeros((areas, members))
    for member in range(members):
        out, seen = np.zeros(areas, np.int64), np.zeros(areas)
        fell = np.full(served.first.shape[0] - 1, inf)
        for line in range(begin[member], begin[member + 1]):
            if hours[line] == inf:
                break
            row = node[line]
            for place in range(served.first[row], served.first[row + 1]):
                area = served.area[place]
                left = served.everybody[area] - out[area]
                having[area, member] += left * (hours[line] - seen[area])
                seen[area] = hours[line]
                if state[line] == _UP:
                    without[area, member] += served.people[place] * (hours[line] - fell[row])
            _turn(served, out, row, state[line])
            fell[row] = hours[line] if state[line] == _DOWN else inf
        for row in range(fell.shape[0]):
            if fell[row] < inf:
                for place in range(served.first[row], served.first[row + 1]):
                    lost = served.people[place] * (horizon - fell[row])
                    without[served.area[place], member] += lost
        for area in range(areas):
            left = served.everybody[area] - out[area]
            having[area, member] += left * (horizon - seen[area])
    return without, having
