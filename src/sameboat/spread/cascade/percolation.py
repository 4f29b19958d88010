"""Two networks whose nodes need each other: what is left when some nodes fail.

Node i of one network works only while node i of the other does, and only inside the giant
component of its own network.  Failures go to and fro until nothing more fails.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class EdgeOutsideTheNetwork(Refusal):
    """An edge names a node that is not there."""

    says = _("an edge runs from {one} to {other}; nodes are numbered 0 to {last}.")


@dataclass(frozen=True)
class Pair:
    """Two undirected networks over the same nodes, as adjacency lists (start, neighbour)."""

    nodes: int
    first: tuple[NDArray[np.int32], NDArray[np.int32]]
    second: tuple[NDArray[np.int32], NDArray[np.int32]]

    def mutual(self, alive: ArrayLike) -> tuple[NDArray[np.bool_], int]:
        """Return which nodes are in the mutual giant component, and the rounds it took.

        Args: alive: (nodes,) bool, those that did not fail at first.
        Raises:
            ValueError: `alive` has another shape.
        """
        from sameboat.spread.cascade.percolating import mutual_component

        left = np.array(alive, dtype=np.bool_)
        if left.shape != (self.nodes,):
            raise ValueError(f"alive has shape {left.shape}, allowed: ({self.nodes},)")
        _size, rounds = mutual_component(*self.first, *self.second, left)
        return left, int(rounds)


def pair_networks(nodes: int, first: ArrayLike, second: ArrayLike) -> Pair:
    """Return two networks over `nodes` nodes; edges are (edges, 2) of node numbers.

    Raises: EdgeOutsideTheNetwork: an edge names a node that is not there.
    Source: S. V. Buldyrev et al. (2010), Catastrophic cascade of failures in interdependent
    networks, Nature 464:1025.
    """
    from sameboat.spread.cascade.percolating import adjacency

    lists = []
    for edges in (first, second):
        ends = np.asarray(edges, dtype=np.int32).reshape(-1, 2)
        wrong = ((ends < 0) | (ends >= nodes)).any(axis=1)
        if wrong.any():
            one, other = ends[wrong][0].tolist()
            raise EdgeOutsideTheNetwork(one=one, other=other, last=nodes - 1)
        lists.append(adjacency(ends[:, 0].copy(), ends[:, 1].copy(), nodes))
    return Pair(nodes, lists[0], lists[1])


def mutual_share(mean_degree: float, kept: float) -> float:
    """Return the share of nodes in the mutual giant component of two infinite random networks.

    Args: mean_degree: of both Erdős-Rényi networks, > 0.  kept: share that did not fail, 0..1.
    Raises: ValueError: a number lies outside its range.
    Source: Buldyrev et al. (2010), eq 3 for Poisson degrees: P = p (1 - exp(-k P))^2, the
    largest root.
    """
    if not (mean_degree > 0 and 0 <= kept <= 1):
        raise ValueError(f"mean_degree {mean_degree}, kept {kept}: allowed > 0 and 0 … 1")
    # From above the iteration falls to the largest root without ever crossing it.
    share = kept
    for _round in range(1_000_000):
        next_ = kept * (1.0 - np.exp(-mean_degree * share)) ** 2
        if share - next_ < 1e-15:
            return float(next_) if next_ > 1e-9 else 0.0
        share = next_
    return float(share)


def critical_share(mean_degree: float) -> float:
    """Return the share that must be kept for any mutual giant component, infinite networks.

    Raises: ValueError: mean_degree is not above 0.
    Source: Buldyrev et al. (2010): p_c = 1 / (2 k f (1 - f)), f = exp((f - 1) / (2 f)).
    """
    if not mean_degree > 0:
        raise ValueError(f"mean_degree is {mean_degree}, allowed: > 0")
    f = 0.28
    for _round in range(200):
        # The same equation solved for the other f: this way round the iteration draws near.
        f = 1.0 / (1.0 - 2.0 * float(np.log(f)))
    return 1.0 / (2.0 * mean_degree * f * (1.0 - f))
