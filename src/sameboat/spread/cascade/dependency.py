"""Who needs whom: pieces of infrastructure, what each needs, whom each serves.

A need is met while the shares of the suppliers that work add to one: two suppliers of share 1 can
stand in for each other (or), two of share 0.5 are both needed (and), three of share 0.5 are two out
of three.  Several needs of one node (power and water) must all be met.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Node:
    """One piece of infrastructure."""

    key: str
    kind: str  #: "power", "water", "telecom", "health", "information" …
    place: str = ""
    buffer_hours: float = 0.0  #: that it works on when a need is not met: a tank, a battery
    backup_hours: float = 0.0  #: the same, from a generator that must start
    priority: float = 0.0  #: higher is repaired first


@dataclass(frozen=True)
class Need:
    """A node needs another; the needs of one node and kind are one group."""

    from_node: str
    to_node: str
    kind: str
    share: float = 1.0  #: of the need that this one carries alone, (0, 1]


@dataclass(frozen=True)
class Service:
    """People at a place who have a service from a node."""

    node: str
    place: str
    kind: str
    people: int


@dataclass(frozen=True)
class Plan:
    """Nodes, needs and services as arrays, in the order given.

    `graph` and `served` hold the columns of `failing.Graph` and `reading.Served` by name; `link`
    maps each need, in the order of the arrays, to its place in `needs`.
    """

    nodes: tuple[Node, ...]
    needs: tuple[Need, ...]
    services: tuple[Service, ...]
    pools: tuple[str, ...]
    areas: tuple[tuple[str, str], ...]  #: place, kind of service
    places: tuple[str, ...]
    views: tuple[str, ...]  #: names of targets that are not nodes
    graph: Mapping[str, NDArray[Any]]
    served: Mapping[str, NDArray[Any]]
    link: Rows

    @property
    def targets(self) -> tuple[str, ...]:
        """Nodes, then places, then services of places that have several."""
        return tuple(node.key for node in self.nodes) + self.views

    def circles(self) -> tuple[tuple[str, ...], ...]:
        """Return the nodes that need each other, circle by circle, each in the order given."""
        return circles_of(self, np.ones(len(self.nodes), np.bool_))


def circles_of(plan: Plan, among: NDArray[np.bool_]) -> tuple[tuple[str, ...], ...]:
    """Return the circles among some of the nodes, each in the order given.

    Source: this project, docs/reference/cascade.md, "How a failure travels".
    """
    return find_circles([node.key for row, node in enumerate(plan.nodes) if among[row]], plan.needs)


def find_circles(keys: Sequence[str], needs: Iterable[Need]) -> tuple[tuple[str, ...], ...]:
    """Return the circles that these needs make of these nodes, each in the order given.

    Source: R. Tarjan (1972), Depth-first search and linear graph algorithms, SIAM J. Comput.
    1:146 (strongly connected components).
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    at = {key: row for row, key in enumerate(keys)}
    ends = [
        (at[need.from_node], at[need.to_node])
        for need in needs
        if need.from_node in at and need.to_node in at
    ]
    if not ends:
        return ()
    giver, taker = np.array(ends).T
    size = len(keys)
    matrix = coo_matrix((np.ones(len(ends)), (giver, taker)), shape=(size, size))
    _count, label = connected_components(matrix, connection="strong")
    itself = set(giver[giver == taker].tolist())
    members: dict[int, list[int]] = defaultdict(list)
    for row, each in enumerate(label.tolist()):
        members[each].append(row)
    return tuple(
        tuple(keys[row] for row in rows)
        for rows in members.values()
        if len(rows) > 1 or rows[0] in itself
    )


def build_plan(
    nodes: Iterable[Node],
    needs: Iterable[Need],
    services: Iterable[Service] = (),
    crews: Mapping[str, int] | None = None,
) -> Plan:
    """Return the plan; circles of needs are allowed.

    Args: crews: kind of node -> how many can be repaired at once; a kind left out has a crew for
        each of its nodes.
    Raises: ValueError: a key stands twice, a node is not there, or a number is out of range.
    Source: this project, docs/reference/cascade.md, "Who needs whom"; after S. M. Rinaldi, J. P.
    Peerenboom & T. K. Kelly (2001), Identifying, understanding, and analyzing critical
    infrastructure interdependencies, IEEE Control Syst. Mag. 21(6):11.
    """
    given, wanted, people = tuple(nodes), tuple(needs), tuple(services)
    at = {node.key: row for row, node in enumerate(given)}
    if len(at) != len(given):
        raise ValueError("keys of nodes must differ")
    for need in wanted:
        if need.from_node not in at or need.to_node not in at:
            raise ValueError(f"{need.from_node}>{need.to_node} names a node that is not there")
        if not 0 < need.share <= 1:
            raise ValueError(f"share is {need.share}, allowed: > 0, <= 1")
    for service in people:
        if service.node not in at or service.people < 0:
            raise ValueError(f"{service.node} serves {service.people}, allowed: a node, >= 0")
    pools = tuple(sorted({node.kind for node in given}))
    graph, link = _graph(given, wanted, at)
    graph["pool"] = np.array([pools.index(node.kind) for node in given], np.int64)
    graph["priority"] = np.array([node.priority for node in given], np.float64)
    enough = len(given)
    graph["crews"] = np.array([(crews or {}).get(kind, enough) for kind in pools], np.int64)
    areas = tuple(dict.fromkeys((each.place, each.kind) for each in people))
    places = tuple(dict.fromkeys(place for place, _kind in areas))
    held = [[row for row, area in enumerate(areas) if area[0] == place] for place in places]
    views = list(places)
    for row, (place, kind) in enumerate(areas):
        if len(held[places.index(place)]) > 1:
            views.append(f"{place}/{kind}")
            held.append([row])
    served = _served(given, people, at, areas, held)
    return Plan(given, wanted, people, pools, areas, places, tuple(views), graph, served, link)


def _graph(
    nodes: Sequence[Node], needs: Sequence[Need], at: Mapping[str, int]
) -> tuple[dict[str, NDArray[Any]], Rows]:
    groups = sorted({(at[need.to_node], need.kind) for need in needs})
    number = {group: row for row, group in enumerate(groups)}
    giver = np.array([at[need.from_node] for need in needs], np.int64)
    group = np.array([number[at[need.to_node], need.kind] for need in needs], np.int64)
    share = np.array([need.share for need in needs], np.float64)
    order = np.argsort(giver, kind="stable")
    giver, group, share = giver[order], group[order], share[order]
    needy = np.array([node for node, _kind in groups], np.int64)
    feed = np.argsort(group, kind="stable")
    return {
        "out": _starts(giver, len(nodes)),
        "giver": giver,
        "group": group,
        "share": share,
        "needs": _starts(needy, len(nodes)),
        "needy": needy,
        "feeds": _starts(group[feed], len(groups)),
        "feed": feed,
    }, order


def _served(
    nodes: Sequence[Node],
    services: Sequence[Service],
    at: Mapping[str, int],
    areas: Sequence[tuple[str, str]],
    held: Sequence[Sequence[int]],
) -> dict[str, NDArray[Any]]:
    place = {area: row for row, area in enumerate(areas)}
    node = np.array([at[each.node] for each in services], np.int64)
    area = np.array([place[each.place, each.kind] for each in services], np.int64)
    people = np.array([each.people for each in services], np.int64)
    everybody = np.zeros(len(areas), np.int64)
    np.add.at(everybody, area, people)
    order = np.argsort(node, kind="stable")
    view = np.array([row for row, parts in enumerate(held) for _each in parts], np.int64)
    part = np.array([each for parts in held for each in parts], np.int64)
    by_area = np.argsort(part, kind="stable")
    return {
        "first": _starts(node[order], len(nodes)),
        "area": area[order],
        "people": people[order],
        "everybody": everybody,
        "seen": _starts(part[by_area], len(areas)),
        "views": view[by_area],
        "held": _starts(view, len(held)),
        "part": part,
    }


def _starts(rows: Rows, count: int) -> Rows:
    """Return where each number begins in `rows`, which rise; (count + 1,)."""
    return np.searchsorted(rows, np.arange(count + 1)).astype(np.int64)
