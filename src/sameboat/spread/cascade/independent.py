"""An independent cascade: a fault that spreads from node to node, once tried at each link.

A worm, a faulty update or a false command reaches a node; in the next round it tries each link
from there once and passes with the link's probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
_WORD = 64


@dataclass(frozen=True)
class Links:
    """Directed links in the order of the node they come from.

    `windows` (links, 2): hours from and until when a link is cut; `order`: where each link given
    has gone.
    """

    nodes: int
    out: NDArray[np.int64]
    taker: NDArray[np.int64]
    chance: Array
    windows: Array
    order: NDArray[np.int64]

    def cut(self, link: int, from_hours: float, until_hours: float) -> "Links":
        """Return the same links with one cut for some hours, by its number as given."""
        windows = self.windows.copy()
        row = np.flatnonzero(self.order == link)
        # Two windows of one link are taken as one from the first hour to the last.
        windows[row, 0] = np.minimum(windows[row, 0], from_hours)
        windows[row, 1] = np.maximum(windows[row, 1], until_hours)
        return replace(self, windows=windows)

    def rounds(
        self,
        start: Sequence[int],
        streams: NDArray[np.uint64],
        *,
        factor: Array | None = None,
        delay_hours: Array | None = None,
        began_hours: float = 0.0,
    ) -> NDArray[np.uint16]:
        """Return the round in which each node is reached, (nodes, members); 65535 = never.

        Args: start: nodes that have the fault in round 0.  factor: (members,) of the probability
            of every link.  delay_hours: (members,) of a round, where links are cut for a time.
        Raises:
            ValueError: a node to start from is not there.
        """
        from sameboat.spread.cascade.reaching import NEVER, reach_word

        first_nodes = np.asarray(start, dtype=np.int64).reshape(-1)
        if ((first_nodes < 0) | (first_nodes >= self.nodes)).any():
            raise ValueError(f"start holds {start}, allowed: 0 … {self.nodes - 1}")
        members = len(streams)
        found = np.full((self.nodes, members), NEVER, np.uint16)
        cut = self.windows[:, 0] < inf
        for first in range(0, members, _WORD):
            size = min(_WORD, members - first)
            word, delay = np.zeros(_WORD, np.uint64), np.zeros(_WORD)
            times = np.ones(_WORD)
            word[:size] = streams[first : first + size]
            if delay_hours is not None:
                delay[:size] = delay_hours[first : first + size]
            if factor is not None:
                times[:size] = factor[first : first + size]
            reach_word(
                self.out, self.taker, self.chance, self.windows, cut, first_nodes, word, times,
                delay, began_hours, found, first, size,
            )  # fmt: skip
        return found


def build_links(nodes: int, givers: ArrayLike, takers: ArrayLike, probability: ArrayLike) -> Links:
    """Return directed links ready to spread along.

    Args: givers, takers: (links,) node numbers.  probability: (links,) or one number, 0..1.
    Raises: ValueError: a number lies outside its range.
    Source: D. Kempe, J. Kleinberg & E. Tardos (2003), Maximizing the spread of influence through
    a social network, KDD '03, section 2.
    """
    giver, taker = np.asarray(givers, dtype=np.int64), np.asarray(takers, dtype=np.int64)
    chance = np.broadcast_to(np.asarray(probability, dtype=np.float64), giver.shape)
    for ends in (giver, taker):
        if ((ends < 0) | (ends >= nodes)).any():
            raise ValueError(f"a link leads outside, allowed: nodes 0 … {nodes - 1}")
    if not ((chance >= 0) & (chance <= 1)).all():
        raise ValueError("probability lies outside 0 … 1")
    order = np.argsort(giver, kind="stable")
    out = np.zeros(nodes + 1, np.int64)
    np.add.at(out, giver[order] + 1, 1)
    windows = np.tile(np.array([inf, -inf]), (len(order), 1))
    return Links(nodes, np.cumsum(out), taker[order], chance[order], windows, order)
