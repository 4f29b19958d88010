"""The order in which reaches are routed, and which row of flows each one uses, compiled."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.compiled import compiled


@compiled
def _settle(into: Any, order: Any, slots: Any) -> tuple[int, int]:
    """Write a depth-first order, largest branch first; return reaches ordered and rows used."""
    reaches = len(into)
    waiting = np.zeros(reaches, np.int64)
    for reach in range(reaches):
        if into[reach] >= 0:
            waiting[into[reach]] += 1
    # Branch sizes, upstream first; what is in a circle never gets its turn.
    size, left = np.ones(reaches, np.int64), waiting.copy()
    queue = np.empty(reaches, np.int64)
    head, tail = 0, 0
    for reach in range(reaches):
        if left[reach] == 0:
            queue[tail] = reach
            tail += 1
    while head < tail:
        reach = queue[head]
        head += 1
        below = into[reach]
        if below >= 0:
            size[below] += size[reach]
            left[below] -= 1
            if left[below] == 0:
                queue[tail] = below
                tail += 1
    if tail < reaches:
        return tail, 0
    # The branches of each reach, the largest one last: a stack takes it first.
    start = np.zeros(reaches + 1, np.int64)
    for reach in range(reaches):
        start[reach + 1] = start[reach] + waiting[reach]
    branches, used = np.empty(start[reaches], np.int64), np.zeros(reaches, np.int64)
    for reach in range(reaches):
        below = into[reach]
        if below >= 0:
            at = start[below] + used[below]
            used[below] += 1
            branches[at] = reach
            first = start[below]
            if at > first and size[branches[at - 1]] > size[reach]:
                branches[at], branches[at - 1] = branches[at - 1], reach
            # Only the largest needs its place: it has moved to the end of those seen.
    return _walk(into, order, slots, start, branches)


@compiled
def _walk(into: Any, order: Any, slots: Any, start: Any, branches: Any) -> tuple[int, int]:
    reaches = len(into)
    seen = np.zeros(reaches, np.int64)
    stack, free = np.empty(reaches, np.int64), np.empty(reaches, np.int64)
    spare, rows, done = 0, 0, 0
    slots[:] = -1
    for outlet in range(reaches):
        if into[outlet] >= 0:
            continue
        stack[0] = outlet
        depth = 1
        while depth:
            reach = stack[depth - 1]
            left = start[reach + 1] - start[reach] - seen[reach]
            if left:
                seen[reach] += 1
                stack[depth] = branches[start[reach] + left - 1]
                depth += 1
                continue
            depth -= 1
            order[done] = reach
            done += 1
            if slots[reach] < 0:
                if spare:
                    spare -= 1
                    slots[reach] = free[spare]
                else:
                    slots[reach] = rows
                    rows += 1
            below = into[reach]
            if below >= 0 and slots[below] < 0:
                slots[below] = slots[reach]
            else:
                free[spare] = slots[reach]
                spare += 1
    return done, rows


def order_reaches(
    downstream: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return the order of routing, the row of flows of each reach, and how many rows there are.

    Upstream comes before downstream.  A reach takes over the row of its largest branch, so that
    as many rows are in use at a time as the river has orders (Strahler), not as it has reaches.
    Args: downstream: (reaches,) reach below, -1 = none.
    Raises: ValueError: a reach that is not there, or reaches that run in a circle.
    Source: A. N. Strahler (1957), Trans. AGU 38:913 (orders); A. P. Ershov (1958), On programming
    of arithmetic operations, Commun. ACM 1(8):3 (the largest branch first).
    """
    into = np.ascontiguousarray(downstream, dtype=np.int64)
    reaches = len(into)
    if into.ndim != 1 or (into < -1).any() or (into >= reaches).any():
        raise ValueError(f"downstream must lie within -1 … {reaches - 1}")
    order, slots = np.empty(reaches, np.int64), np.empty(reaches, np.int64)
    done, rows = _settle(into, order, slots)
    if done < reaches:
        circle = int(np.setdiff1d(np.arange(reaches), _drained(into))[0])
        raise ValueError(f"downstream: reach {circle} runs in a circle or into one")
    return order, slots, rows


def _drained(into: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the reaches from which an outlet is reached."""
    at = np.arange(len(into))
    for _step in range(int(np.ceil(np.log2(len(into) + 1))) + 1):
        jump = np.where(into >= 0, into, np.arange(len(into)))
        into = np.where(into >= 0, into[jump], into)
    return at[into < 0]
