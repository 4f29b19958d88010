"""The giant components of two networks that need each other, compiled.

Import this module inside the functions that use it: it needs numba.
"""

from typing import Any

import numpy as np

from sameboat.spread.passage import compiled


@compiled
def adjacency(one: Any, other: Any, nodes: int) -> tuple[Any, Any]:
    """Return (start (nodes + 1,), neighbour (2 edges,)) of undirected edges, int32.

    Source: this project, docs/reference/cascade.md, "Networks that need each other".
    """
    start = np.zeros(nodes + 1, np.int32)
    for edge in range(one.shape[0]):
        start[one[edge] + 1] += 1
        start[other[edge] + 1] += 1
    for node in range(nodes):
        start[node + 1] += start[node]
    at = start[:-1].copy()
    neighbour = np.empty(2 * one.shape[0], np.int32)
    for edge in range(one.shape[0]):
        a, b = one[edge], other[edge]
        neighbour[at[a]] = b
        at[a] += 1
        neighbour[at[b]] = a
        at[b] += 1
    return start, neighbour


@compiled
def _keep_giant(start: Any, neighbour: Any, alive: Any, count: int, seen: Any, queue: Any) -> int:
    """Leave alive only the largest component of what is alive; return its size.

    The search ends early when no component still unseen can be larger.
    """
    nodes = alive.shape[0]
    best, best_root, left = 0, -1, count
    for node in range(nodes):
        seen[node] = not alive[node]
    for root in range(nodes):
        if left <= best:
            break
        if seen[root]:
            continue
        size = _fill(start, neighbour, seen, queue, root)
        left -= size
        if size > best:
            best, best_root = size, root
    for node in range(nodes):
        seen[node] = not alive[node]
        alive[node] = False
    if best_root >= 0:
        best = _fill(start, neighbour, seen, queue, best_root)
        for place in range(best):
            alive[queue[place]] = True
    return best


@compiled
def _fill(start: Any, neighbour: Any, seen: Any, queue: Any, root: int) -> int:
    seen[root] = True
    queue[0] = root
    head, tail = 0, 1
    while head < tail:
        node = queue[head]
        head += 1
        for place in range(start[node], start[node + 1]):
            next_ = neighbour[place]
            if not seen[next_]:
                seen[next_] = True
                queue[tail] = next_
                tail += 1
    return tail


@compiled
def mutual_component(
    start_a: Any, neighbour_a: Any, start_b: Any, neighbour_b: Any, alive: Any
) -> tuple[int, int]:
    """Leave alive only the mutual giant component; return its size and the rounds it took.

    Args: adjacency of both networks over the same nodes.  alive: (nodes,) bool, changed.
    Source: S. V. Buldyrev et al. (2010), Catastrophic cascade of failures in interdependent
    networks, Nature 464:1025.
    """
    nodes = alive.shape[0]
    seen = np.empty(nodes, np.bool_)
    queue = np.empty(nodes, np.int32)
    count = 0
    for node in range(nodes):
        count += alive[node]
    rounds = 0
    while True:
        rounds += 1
        inside = _keep_giant(start_a, neighbour_a, alive, count, seen, queue)
        left = _keep_giant(start_b, neighbour_b, alive, inside, seen, queue)
        if left == count:
            return left, rounds
        count = left
