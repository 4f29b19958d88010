"""A river network as arrays: channels between nodes, in the order the water takes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal


class RiverRunsInACircle(Refusal):
    """Some channels lead back to themselves."""

    says = _("the channels {channels} run in a circle: turn one of them round.")


class SharesDoNotAddUp(Refusal):
    """The shares of the flow that leaves a node are not one together."""

    says = _("the shares of the flow that leaves {node} add up to {total}: make them 1.")


@dataclass(frozen=True)
class Channel:
    """A stretch of river between two nodes; water runs from `from_node` to `to_node`."""

    key: str
    from_node: str
    to_node: str
    length_km: float  #: > 0
    share: float | None = None  #: of the flow leaving `from_node`; None = what the others leave


@dataclass(frozen=True)
class Network:
    """Channels in topological order.

    `share` (channels,) adds to one over the channels that leave a node.  `leaving` lists the
    channels that begin where a channel ends.
    """

    keys: tuple[str, ...]
    length_km: NDArray[np.float64]
    share: NDArray[np.float64]
    leaving: tuple[tuple[int, ...], ...]

    def index(self, key: str) -> int:
        """Return the row of a channel.

        Raises:
            KeyError: the network does not hold it.
        """
        try:
            return self.keys.index(key)
        except ValueError:
            raise KeyError(key) from None


def build_network(channels: Iterable[Channel]) -> Network:
    """Order the channels as the water runs.  The order given does not matter.

    Raises:
        RiverRunsInACircle: some channels lead back to themselves.
        SharesDoNotAddUp: the shares that leave a node are not one together.
        ValueError: a key stands twice, or a length is not above 0.
    Source: A. B. Kahn (1962), Topological sorting of large networks, CACM 5(11):558.
    """
    given = sorted(channels, key=lambda channel: channel.key)
    if len({channel.key for channel in given}) != len(given):
        raise ValueError("channel keys must differ")
    for channel in given:
        if not (np.isfinite(channel.length_km) and channel.length_km > 0):
            raise ValueError(f"length_km of {channel.key} is {channel.length_km}, allowed: > 0")
    out: dict[str, list[int]] = defaultdict(list)
    waiting: dict[str, int] = defaultdict(int)
    for row, channel in enumerate(given):
        out[channel.from_node].append(row)
        waiting[channel.to_node] += 1
    order: list[int] = []
    ready = sorted({c.from_node for c in given if not waiting[c.from_node]}, reverse=True)
    while ready:
        for row in out[ready.pop()]:
            order.append(row)
            waiting[given[row].to_node] -= 1
            if not waiting[given[row].to_node]:
                ready.append(given[row].to_node)
    if len(order) < len(given):
        left = set(range(len(given))) - set(order)
        raise RiverRunsInACircle(channels=sorted(given[row].key for row in left))
    shares = _shares(given, out)
    place = {row: position for position, row in enumerate(order)}
    return Network(
        keys=tuple(given[row].key for row in order),
        length_km=np.array([given[row].length_km for row in order], dtype=np.float64),
        share=np.array([shares[row] for row in order], dtype=np.float64),
        leaving=tuple(tuple(place[next_] for next_ in out[given[row].to_node]) for row in order),
    )


def _shares(given: list[Channel], out: dict[str, list[int]]) -> dict[int, float]:
    shares: dict[int, float] = {}
    for node, rows in ((node, rows) for node, rows in out.items() if rows):
        told = {row: share for row in rows if (share := given[row].share) is not None}
        left = 1.0 - sum(told.values())
        missing = [row for row in rows if row not in told]
        wrong = abs(left) > 1e-6 if not missing else left < -1e-6
        if wrong or any(share < 0 for share in told.values()):
            raise SharesDoNotAddUp(node=node, total=f"{1.0 - left:g}")
        shares.update(told)
        shares.update({row: max(left, 0.0) / len(missing) for row in missing})
    return shares
