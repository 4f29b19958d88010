"""The giant components of two networks that need each other, compiled.

Import this module inside the functions that use it: it needs numba.
"""

from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled


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

    Components are searched one after the other in one queue, until none still unseen can be larger.
    """
    nodes = alive.shape[0]
    for node in range(nodes):
        seen[node] = not alive[node]
    best, begin, tail = 0, 0, 0
    for root in range(nodes):
        if count - tail <= best:
            break
        if seen[root]:
            continue
        head = tail
        first = head
        seen[root] = True
        queue[tail] = root
        tail += 1
        while head < tail:
            node = queue[head]
            head += 1
            for place in range(start[node], start[node + 1]):
                # Written whether it is wanted or not: that is quicker than to guess.
                next_ = neighbour[place]
                queue[tail] = next_
                tail += not seen[next_]
                seen[next_] = True
        if tail - first > best:
            best, begin = tail - first, first
    alive[:] = False
    for place in range(begin, begin + best):
        alive[queue[place]] = True
    return best


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
    queue = np.empty(nodes + 1, np.int32)
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
