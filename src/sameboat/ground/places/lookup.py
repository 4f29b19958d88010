"""Who is here?  Points and polygons of many places, answered in bulk (no Django)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from shapely import STRtree, area, from_wkb, points


class GroundIndex:
    """Boundaries of places in one tree.

    Built once per set of loaded packs; answers are positions in the order given, or codes.
    """

    def __init__(self, codes: Sequence[str], boundaries: Sequence[bytes]) -> None:
        self.codes = list(codes)
        self.polygons = from_wkb(list(boundaries))
        self.areas = area(self.polygons)
        self.tree = STRtree(self.polygons)

    def positions_at(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return (point, place) pairs: which place each point lies in or on the border of.

        Args: lon, lat: degrees, shape (n,).
        Returns: two arrays of equal length, sorted by point, the smallest place first.
        """
        found, places = self.tree.query(points(lon, lat), predicate="intersects")
        order = np.lexsort((self.areas[places], found))
        return found[order], places[order]

    def places_at(self, lon: float, lat: float) -> list[str]:
        """Return the codes of the places a point lies in, the smallest first."""
        _point, places = self.positions_at([lon], [lat])
        return [self.codes[place] for place in places]

    def touching(self, code: str) -> list[str]:
        """Return the codes of the places whose boundary meets this one's.

        Raises:
            KeyError: the code has no boundary here.
        """
        if code not in self.codes:
            raise KeyError(code)
        position = self.codes.index(code)
        near = self.tree.query(self.polygons[position], predicate="intersects")
        return [self.codes[other] for other in sorted(near) if other != position]
