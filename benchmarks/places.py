"""Who is here?  100,000 points on 3,000 polygons, beside a plain loop over prepared shapes."""

import resource
import time

import numpy as np
from shapely import STRtree, box, points, prepare, to_wkb
from shapely.geometry import Polygon

from sameboat.ground.places.lookup import GroundIndex

POLYGONS, POINTS, VERTICES = 3_000, 100_000, 200


def wiggly_counties(seed: int = 1) -> list[Polygon]:
    """Return polygons in a lattice with wiggly borders, as many vertices as real counties."""
    random = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(POLYGONS)))
    angle = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    shapes = []
    for number in range(POLYGONS):
        row, column = divmod(number, side)
        radius = 0.5 + 0.03 * random.standard_normal(VERTICES)
        ring = np.stack([column + radius * np.cos(angle), row + radius * np.sin(angle)], axis=1)
        shapes.append(Polygon(ring).buffer(0))
    return shapes


def point_lookup() -> list[dict[str, object]]:
    shapes = wiggly_counties()
    index = GroundIndex([str(n) for n in range(POLYGONS)], [to_wkb(shape) for shape in shapes])
    random = np.random.default_rng(2)
    side = int(np.ceil(np.sqrt(POLYGONS)))
    lon, lat = random.uniform(-0.5, side - 0.5, (2, POINTS))
    index.positions_at(lon[:100], lat[:100])
    began = time.perf_counter()
    found, _places = index.positions_at(lon, lat)
    ours = time.perf_counter() - began

    prepare(shapes)
    tree = STRtree([box(*shape.bounds) for shape in shapes])
    share = 20  # the loop is timed on one point in twenty and scaled
    began = time.perf_counter()
    for point in points(lon[::share], lat[::share]):
        [near for near in tree.query(point) if shapes[near].intersects(point)]
    peer = (time.perf_counter() - began) * share
    return [
        {
            "name": "places-lookup",
            "work_unit": f"{POINTS:,} points, {POLYGONS:,} polygons of {VERTICES} vertices, "
            f"{len(found):,} found",
            "ours_s": ours,
            "peer": "shapely, one point at a time with prepared polygons",
            "peer_s": peer,
            "ratio": peer / ours,
            "goal": "under 1 s",
            "holds": ours < 1,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    ]


BENCHMARKS = {"places-lookup": point_lookup}
