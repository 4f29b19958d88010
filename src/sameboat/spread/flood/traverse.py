"""The order in which water is taken through a network, compiled: depth first, upstream first.

Reaches that follow each other in a river follow each other in memory, and few flow series are held
at once.  Import inside functions: needs numba.
"""

from typing import Any

import numpy as np

from sameboat.spread.compiled import compiled


@compiled
def group(keys: Any, groups: int) -> tuple[Any, Any]:
    """Return (starts, members): the rows whose key is g are members[starts[g]:starts[g+1]].

    Source: D. E. Knuth (1998), The Art of Computer Programming 3, section 5.2 (counting).
    """
    starts = np.zeros(groups + 1, np.int64)
    for row in range(keys.shape[0]):
        starts[keys[row] + 1] += 1
    for each in range(groups):
        starts[each + 1] += starts[each]
    filled = starts[:-1].copy()
    members = np.empty(keys.shape[0], np.int64)
    for row in range(keys.shape[0]):
        members[filled[keys[row]]] = row
        filled[keys[row]] += 1
    return starts, members


@compiled
def depth_first(upper: Any, lower: Any, nodes: int) -> Any:
    """Return the rows of the reaches, each after all that bring it water; fewer: a circle.

    Args: upper, lower: (reaches,) node at each end, 0 … nodes - 1.
    Source: R. E. Tarjan (1972), Depth-first search and linear graph algorithms, SIAM J.
    Comput. 1:146.
    """
    reaches = upper.shape[0]
    starts, entering = group(lower, nodes)
    leaving = np.zeros(nodes, np.bool_)
    leaving[upper] = True
    order = np.empty(reaches, np.int64)
    done = 0
    looked = starts[:-1].copy()  # the next reach to look at, of those that enter each node
    state = np.zeros(nodes, np.int8)  # 0 new, 1 being walked up, 2 settled
    path = np.empty(nodes, np.int64)
    for root in range(nodes):
        if leaving[root] or state[root] == 2:
            continue
        height = 1
        path[0] = root
        state[root] = 1
        while height > 0:
            node = path[height - 1]
            if looked[node] == starts[node + 1]:
                state[node] = 2
                height -= 1
                continue
            reach = entering[looked[node]]
            above = upper[reach]
            if state[above] == 2:
                order[done] = reach
                done += 1
                looked[node] += 1
            elif state[above] == 1:
                return order[:0]
            else:
                state[above] = 1
                path[height] = above
                height += 1
    return order[:done]


@compiled
def series_needed(upper: Any, lower: Any, nodes: int, order: Any) -> Any:
    """Return how many flow series must be held at once to bring each node its water, (nodes,).

    Taking the most needing of the reaches that enter a node first leaves the fewest waiting.
    Args: order: as `depth_first` gave it.
    Source: R. Sethi & J. D. Ullman (1970), The generation of optimal code for arithmetic
    expressions, J. ACM 17:715.
    """
    needed = np.zeros(nodes, np.int64)
    for place in range(order.shape[0]):
        reach = order[place]
        above, below = max(needed[upper[reach]], 1), needed[lower[reach]]
        needed[lower[reach]] = above + 1 if above == below else max(above, below)
    return needed


@compiled
def most_rows(upper: Any, lower: Any, last: Any, nodes: int) -> int:
    """Return how many flow series are held at once, at most, with water everywhere.

    Source: this project, docs/reference/river-flood.md, "Order and memory".
    """
    open_ = np.zeros(nodes, np.bool_)
    held, most = 0, 0
    for reach in range(upper.shape[0]):
        if not (open_[upper[reach]] and last[reach]):
            held += 1
        elif last[reach]:
            open_[upper[reach]] = False
        most = max(most, held)
        if open_[lower[reach]]:
            held -= 1
        open_[lower[reach]] = True
    return most
