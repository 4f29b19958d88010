"""The channels of a river's reaches, tabulated for routing by Muskingum-Cunge after Todini."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.flood.section import Rating, Section, rate
from sameboat.spread.flood.todini import count_pieces

Array = NDArray[np.float64]
#: How far the tables reach, in flows that all the sources' peaks together make.
HEADROOM = 8.0
#: Part of that flow for which the reaches are cut.
_CUT_FOR = 0.5


@dataclass(frozen=True)
class Channels:
    """What each reach carries and stores, its length, and into how many pieces it is cut."""

    rating: Rating
    length_m: Array
    pieces: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of reaches."""
        return len(self.length_m)


def build_channels(
    sections: Sequence[Section], length_m: Array, *, step_s: float, most_m3s: Array
) -> Channels:
    """Tabulate the channels and cut them as the step and the expected flow ask.

    Args: sections: of each reach, of numbers.  most_m3s: the flow in each if the peaks of all
        sources above it came together, >= 0.
    Source: Todini (2007), HESS 11:1645, section 4; Ponce & Theurer (1982), J. Hydraul. Div.
    108:747.
    """
    columns = {
        each.name: np.array([float(getattr(section, each.name)) for section in sections])
        for each in fields(Section)
    }
    whole = Section(**columns)
    most = np.maximum(most_m3s, 1.0)
    rating = rate(whole, most_m3s=HEADROOM * most)
    pieces = count_pieces(
        rating, length_m, columns["slope"], step_s=step_s, flow_m3s=_CUT_FOR * most
    )
    return Channels(rating, length_m, pieces)


def conveyance_of(travel_time_factor: Array) -> Array:
    """Return by how much more a channel carries at a depth if its waves take so much longer.

    In a wide channel the time of a wave of a given flow goes with n^0.6, and flow with 1/n.
    Source: Chow, Maidment & Mays (1988), Applied Hydrology, eqs 9.3.12-9.3.15.
    """
    found: Array = travel_time_factor ** (-5.0 / 3.0)
    return found
