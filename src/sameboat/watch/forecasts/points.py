"""The points of a river that a run looks at: sites, and points of the places' stretches."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sameboat.packs.records import RegionPack
from sameboat.spread.network import Network
from sameboat.spread.ways import Point

#: A stretch through a place is looked at where it begins, where it ends, and at least this often.
LOOK_KM = 25.0


@dataclass(frozen=True)
class Watched:
    """The points of a run: sites first, then points of the places' stretches.

    `places` maps each place that the river touches to the points in it or below it in the tree.
    """

    sites: tuple[str, ...]
    names: tuple[str, ...]  #: of all points; a site's key, or reach@fraction
    points: tuple[Point, ...]
    places: Mapping[str, tuple[str, ...]]


def watch_points(pack: RegionPack, network: Network) -> Watched:
    """Return the points of sites and of places' stretches, and which lie in which place."""
    row = {key: position for position, key in enumerate(network.keys)}
    names: list[str] = []
    points: list[Point] = []
    inside: dict[str, list[str]] = defaultdict(list)
    for site in pack.sites:
        if site.reach is not None and site.fraction is not None:
            names.append(site.key)
            points.append(Point(row[site.reach], site.fraction))
            inside[site.place].append(site.key)
    sites = tuple(names)
    known = set(names)
    for stretch in pack.stretches:
        at = row[stretch.reach]
        length = float(network.length_km[at]) * (stretch.end - stretch.start)
        looks = max(2, int(np.ceil(length / LOOK_KM)) + 1)
        for fraction in np.linspace(stretch.start, stretch.end, looks).tolist():
            name = f"{stretch.reach}@{fraction:.6f}"
            if name not in known:
                known.add(name)
                names.append(name)
                points.append(Point(at, fraction))
            inside[stretch.place].append(name)
    parents = {place.code: place.parent for place in pack.places}
    held: dict[str, list[str]] = defaultdict(list)
    for code, found in inside.items():
        above: str | None = code
        while above is not None:
            held[above].extend(found)
            above = parents.get(above)
    places = {place.code: tuple(held[place.code]) for place in pack.places if place.code in held}
    return Watched(sites, tuple(names), tuple(points), places)
