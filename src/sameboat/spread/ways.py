"""The ways the water can take from a release to each target, cut into pieces."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.network import Network

#: Beyond this many ways into one channel the thinnest are poured into the others.
MOST_WAYS = 64


@dataclass(frozen=True)
class Point:
    """A point of the network: a channel's row and the fraction of its length, 0 … 1."""

    channel: int
    fraction: float


@dataclass(frozen=True)
class Ways:
    """Pieces of channel, each hanging on the piece before it: a tree from the release.

    Shapes (pieces,): `parent` (-1 begins), `channel`, `length_km`, `cell` (of the fields along
    the river, by distance from the release).  For each target: the last pieces of its ways and
    the share of the mass on each.
    """

    parent: NDArray[np.int64]
    channel: NDArray[np.int64]
    length_km: NDArray[np.float64]
    cell: NDArray[np.int64]
    ends: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    target_cell: NDArray[np.int64]
    distance_km: NDArray[np.float64]  #: of each target from the release; nan where not reached

    @property
    def components(self) -> int:
        """Most ways that lead to any target."""
        return max((len(ends) for ends in self.ends), default=0) or 1

    def only(self, rows: Sequence[int]) -> "Ways":
        """Return the ways to these targets alone, without the pieces that lead to none of them."""
        needed = np.zeros(len(self.parent), bool)
        for row in rows:
            needed[[end for end in self.ends[row] if end >= 0]] = True
        for piece in range(len(self.parent) - 1, -1, -1):
            if needed[piece] and self.parent[piece] >= 0:
                needed[self.parent[piece]] = True
        # One more place, so that -1 stays -1.
        place = np.append(np.cumsum(needed) - 1, -1)
        return Ways(
            place[self.parent[needed]],
            self.channel[needed],
            self.length_km[needed],
            self.cell[needed],
            tuple(tuple(int(place[end]) for end in self.ends[row]) for row in rows),
            tuple(self.shares[row] for row in rows),
            self.target_cell[list(rows)],
            self.distance_km[list(rows)],
        )


class _Tree:
    def __init__(self) -> None:
        self.parent: list[int] = []
        self.channel: list[int] = []
        self.length: list[float] = []
        self.cell: list[int] = []

    def add(self, parent: int, channel: int, length: float, cell: int) -> int:
        self.parent.append(parent)
        self.channel.append(channel)
        self.length.append(length)
        self.cell.append(cell)
        return len(self.parent) - 1


def find_ways(
    network: Network, release: Point, targets: Sequence[Point], *, cell_km: float,
    start_km: float = 0.0,
) -> Ways:  # fmt: skip
    """Trace every way from the release to each target.

    Pieces end where a channel, a cell of `cell_km` or a target does, so that neither the order
    of the channels nor cutting one in two changes what is summed along a way.

    Raises: ValueError: a point does not lie on the network, or cell_km is not above 0.
    Source: this project, docs/reference/river-pollutant.md, "Many ways to one place".
    """
    _check_points(network, release, targets, cell_km)
    wanted: dict[int, list[int]] = defaultdict(list)
    for number, target in enumerate(targets):
        wanted[target.channel].append(number)
    tree = _Tree()
    ends: list[tuple[int, ...]] = [()] * len(targets)
    shares: list[tuple[float, ...]] = [()] * len(targets)
    distance = np.full(len(targets), np.nan)
    # What enters each channel: (last piece, share of the mass, distance from the release).
    entering: dict[int, list[tuple[int, float, float]]] = {release.channel: [(-1, 1.0, start_km)]}
    for row in range(release.channel, len(network.keys)):
        ways = _thin(entering.pop(row, []))
        if not ways:
            continue
        start = release.fraction if row == release.channel else 0.0
        # One distance for all ways into a channel: the fields belong to the ground, not the way.
        since = min(way[2] for way in ways)
        marks = sorted({targets[number].fraction for number in wanted[row]} | {1.0})
        last = [way[0] for way in ways]
        here, at_km = start, since
        for mark in marks:
            if mark >= here:
                length = (mark - here) * float(network.length_km[row])
                last = _walk(tree, last, row, at_km, length, cell_km)
                here, at_km = mark, at_km + length
            for number in wanted[row]:
                if targets[number].fraction == mark and mark >= start:
                    ends[number] = tuple(last)
                    shares[number] = tuple(way[1] for way in ways)
                    distance[number] = at_km
        for next_ in network.leaving[row]:
            share = float(network.share[next_])
            if share > 0:
                entering.setdefault(next_, []).extend(
                    (piece, way[1] * share, at_km) for piece, way in zip(last, ways, strict=True)
                )
    cells = np.floor(np.nan_to_num(distance) / cell_km).astype(np.int64)
    return Ways(
        np.array(tree.parent, dtype=np.int64),
        np.array(tree.channel, dtype=np.int64),
        np.array(tree.length, dtype=np.float64),
        np.array(tree.cell, dtype=np.int64),
        tuple(ends),
        tuple(shares),
        cells,
        distance - start_km,
    )


def _check_points(
    network: Network, release: Point, targets: Sequence[Point], cell_km: float
) -> None:
    if not cell_km > 0:
        raise ValueError(f"cell_km is {cell_km}, allowed: > 0")
    for point in (release, *targets):
        if not (0 <= point.channel < len(network.keys) and 0 <= point.fraction <= 1):
            raise ValueError(f"{point} does not lie on the network, allowed: fraction 0 … 1")


def _walk(
    tree: _Tree, last: list[int], channel: int, at_km: float, length: float, cell_km: float
) -> list[int]:
    end = at_km + length
    while end - at_km > 1e-9:
        cell = int(np.floor(at_km / cell_km + 1e-9))
        until = min((cell + 1) * cell_km, end)
        last = [tree.add(parent, channel, until - at_km, cell) for parent in last]
        at_km = until
    return last


def _thin(ways: list[tuple[int, float, float]]) -> list[tuple[int, float, float]]:
    """Keep the widest ways and pour the mass of the others into them."""
    if len(ways) <= MOST_WAYS:
        return ways
    kept = sorted(ways, key=lambda way: -way[1])[:MOST_WAYS]
    fuller = sum(way[1] for way in ways) / sum(way[1] for way in kept)
    return [(piece, share * fuller, distance) for piece, share, distance in kept]
