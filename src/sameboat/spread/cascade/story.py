"""What led to what: the log of the members read back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.cascade.dependency import Plan, circles_of
from sameboat.spread.problem import Cause

Array = NDArray[np.float64]
#: What a line of the log says, and its reasons other than a node, as `failing` has them.
_DOWN = 1
_EVENTS = {-1: "fails", -2: "close_intake", -3: "close_road"}


@dataclass(frozen=True)
class Log:
    """What happened, member after member: line by line when, to which node, what, why."""

    begin: NDArray[np.int64]
    hours: Array
    node: NDArray[np.int64]
    state: NDArray[np.int64]
    cause: NDArray[np.int64]


def causes_of(plan: Plan, log: Log, target: str) -> list[Cause]:
    """Return what led to the first failure of a target, nearest first.

    A node is followed to the node that it lacked, and so on to the fault, closure or cut link at
    the beginning ("fails:NODE").  Hours are (members,); not a number where a member knows no such
    cause.
    Raises: KeyError: the plan has no such target.
    Source: this project, docs/reference/cascade.md, "What led to what".
    """
    rows = _rows_of(plan, target)
    members = len(log.begin) - 1
    hours: dict[str, Array] = {}
    depth: dict[str, int] = {}
    for member in range(members):
        lines = range(int(log.begin[member]), int(log.begin[member + 1]))
        for number, (what, when) in enumerate(_trail(plan, log, lines, rows)):
            if what != target:
                hours.setdefault(what, np.full(members, np.nan))[member] = when
                depth[what] = min(depth.get(what, number), number)
    return [Cause(what, hours[what]) for what in sorted(hours, key=lambda each: depth[each])]


def _trail(plan: Plan, log: Log, lines: range, rows: set[int]) -> list[tuple[str, float]]:
    """Return the way back from the first failure of any of these nodes in one member."""
    line = next((n for n in lines if log.state[n] == _DOWN and int(log.node[n]) in rows), None)
    found: list[tuple[str, float]] = []
    seen: set[int] = set()
    while line is not None and line not in seen:
        seen.add(line)
        when, key = float(log.hours[line]), plan.nodes[int(log.node[line])].key
        found.append((key, when))
        cause = int(log.cause[line])
        if cause < 0:
            found.append((f"{_EVENTS[cause]}:{key}", when))
            break
        # The one it lacked had failed before, at the latest at the same instant.
        line = next(
            (
                n
                for n in reversed(lines)
                if log.state[n] == _DOWN and int(log.node[n]) == cause and log.hours[n] <= when
            ),
            None,
        )
    return found


def _rows_of(plan: Plan, target: str) -> set[int]:
    at = {node.key: row for row, node in enumerate(plan.nodes)}
    if target in at:
        return {at[target]}
    if target not in plan.views:
        raise KeyError(target)
    return {
        at[each.node]
        for each in plan.services
        if target in (each.place, f"{each.place}/{each.kind}") and each.people
    }


def deadlocks_of(plan: Plan, waiting: NDArray[np.bool_]) -> dict[tuple[str, ...], float]:
    """Return the circles of nodes that wait for each other, and their share of the members.

    Args: waiting: (nodes, members), nodes that stay down although every fault were repaired; some
        of them only need one that waits.
    Source: this project, docs/reference/cascade.md, "How a failure travels".
    """
    found: dict[tuple[str, ...], int] = {}
    patterns, count = np.unique(waiting, axis=1, return_counts=True)
    for pattern, members in zip(patterns.T, count.tolist(), strict=True):
        if pattern.any():
            for circle in circles_of(plan, pattern):
                found[circle] = found.get(circle, 0) + members
    return {circle: members / waiting.shape[1] for circle, members in found.items()}
