"""Who and what lies where a hazard reaches: people, the old, sites; place by place, and together.

Sums are kept in double precision, whatever the footprint is kept in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sameboat.spread.footprint import Footprint
from sameboat.spread.summary import Band, quantile_bands

Array = NDArray[np.float64]
#: What is counted where nothing else is asked for.
GROUPS = ("people", "aged_60", "aged_65", "aged_80", "sites")
#: Equal parts of the range of a function, to find its pieces by.
_PARTS = 1024


class SparseRows(Protocol):
    """A matrix of events x places by rows, as scipy's `csr_array` holds it."""

    indptr: NDArray[Any]
    indices: NDArray[Any]
    data: NDArray[Any]


@dataclass(frozen=True)
class Exposure:
    """How much of each group is at each place: `values` (groups, places), >= 0.

    `parents`: place -> the place that holds it; a place that holds another one counted is left out
    of sums, for its people are counted there.
    """

    places: tuple[str, ...]
    groups: tuple[str, ...]
    values: Array
    parents: Mapping[str, str | None]

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.groups), len(self.places)):
            raise ValueError("values must have shape (groups, places)")
        if not (np.isfinite(self.values).all() and (self.values >= 0).all()):
            raise ValueError("values must be finite and >= 0")


@dataclass(frozen=True)
class Exposed:
    """What lies within a footprint.

    `p_reached` (places,); `expected` (groups, places): amount x probability; `totals` (groups,
    members): all leaf places together; `unseen`: places that the footprint does not watch.
    """

    places: tuple[str, ...]
    groups: tuple[str, ...]
    amount: Array
    p_reached: Array
    expected: Array
    totals: Array
    weights: Array
    leaves: NDArray[np.bool_]
    unseen: tuple[str, ...]

    def band(self, group: str) -> Band:
        """Return the 10th, 50th and 90th percentile of a group's total."""
        row = self.totals[self.groups.index(group)][None]
        low, middle, high = quantile_bands(row, np.ones(row.shape, np.bool_), self.weights)[0]
        return Band(float(low), float(middle), float(high))

    def mean(self, group: str) -> float:
        """Return the expected total of a group."""
        return float(self.totals[self.groups.index(group)] @ self.weights)

    def table(self) -> list[dict[str, Any]]:
        """Return one row for each place: p_reached, and of each group all and what is expected."""
        return [
            {
                "place": place,
                "p_reached": float(self.p_reached[row]),
                **{group: float(self.amount[n, row]) for n, group in enumerate(self.groups)},
                **{
                    f"{group}_expected": float(self.expected[n, row])
                    for n, group in enumerate(self.groups)
                },
            }
            for row, place in enumerate(self.places)
        ]


def build_exposure(
    rows: Mapping[str, Mapping[str, float]],
    *,
    groups: Sequence[str] = GROUPS,
    parents: Mapping[str, str | None] | None = None,
) -> Exposure:
    """Return the exposure of places; what a place does not tell of a group is 0.

    Args: rows: place -> group -> amount, >= 0.  parents: place -> the place that holds it.
    Raises: ValueError: an amount is not finite or below 0; the message names place and group.
    Source: this project, docs/reference/exposure.md, "Who is counted".
    """
    values = np.zeros((len(groups), len(rows)))
    for column, (place, amounts) in enumerate(rows.items()):
        for line, group in enumerate(groups):
            amount = float(amounts.get(group, 0.0))
            if not (np.isfinite(amount) and amount >= 0):
                raise ValueError(f"{group} of {place} is {amount}, allowed: finite, >= 0")
            values[line, column] = amount
    return Exposure(tuple(rows), tuple(groups), values, dict(parents or {}))


def expose(footprint: Footprint, exposure: Exposure, threshold: int = 0) -> Exposed:
    """Return what of each group lies where a footprint exceeds a threshold (by position).

    Raises: ValueError: the footprint watches none of the places.
    Source: this project, docs/reference/exposure.md, "Who is counted".
    """
    place = {target: row for row, target in enumerate(footprint.targets)}
    known = [row for row, name in enumerate(exposure.places) if name in place]
    if not known:
        raise ValueError("the footprint watches none of the places of this exposure")
    names = tuple(exposure.places[row] for row in known)
    reached = np.isfinite(footprint.arrival_hours[[place[name] for name in names], threshold, :])
    amount = exposure.values[:, known]
    p_reached = footprint.chance(reached)
    above: set[str] = set()
    for name in names:
        parent = exposure.parents.get(name)
        while parent is not None and parent not in above:
            above.add(parent)
            parent = exposure.parents.get(parent)
    leaves = np.array([name not in above for name in names])
    return Exposed(
        names, exposure.groups, amount, p_reached, amount * p_reached,
        _totals(amount[:, leaves], reached[leaves]), footprint.shares, leaves,
        tuple(name for name in exposure.places if name not in place),
    )  # fmt: skip


def _totals(amount: Array, reached: NDArray[np.bool_]) -> Array:
    # One member after the other: a matrix product may round by how many members there are.
    found = np.empty((len(amount), reached.shape[1]))
    for member in range(reached.shape[1]):
        found[:, member] = np.where(reached[:, member], amount, 0.0).sum(axis=1)
    return found


@dataclass(frozen=True)
class Harm:
    """Share of what is exposed that is harmed, by intensity: linear between the knots.

    Below the first knot and above the last it stays as it is there.
    """

    intensity: Array  #: (knots,), rising
    share: Array  #: (knots,)

    def __post_init__(self) -> None:
        for name in ("intensity", "share"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        if self.intensity.ndim != 1 or self.intensity.shape != self.share.shape:
            raise ValueError("intensity and share must be lists of the same length")
        if len(self.intensity) < 2 or not (self.intensity[1:] > self.intensity[:-1]).all():
            raise ValueError("intensity must hold two or more numbers that rise")
        if not (np.isfinite(self.intensity).all() and np.isfinite(self.share).all()):
            raise ValueError("intensity and share must be finite")
        # An index is reckoned from the range: one that cannot be divided by would lead anywhere.
        with np.errstate(all="ignore"):
            slope = np.diff(self.share) / np.diff(self.intensity)
            wide = self.intensity[-1] - self.intensity[0]
        if not (np.isfinite(slope).all() and 1e-300 < wide < np.inf):
            raise ValueError("intensity and share must rise by steps whose slope is a number")

    def at(self, intensity: ArrayLike) -> Array:
        """Return the share harmed at these intensities."""
        return np.interp(np.asarray(intensity, dtype=np.float64), self.intensity, self.share)

    def pieces(self) -> tuple[Array, Array, Array, NDArray[np.uint64], int]:
        """Return knots, level, slope, begin and steps, as `harming.pass_events` takes them."""
        knots = np.append(self.intensity, np.inf)
        slope = np.append(np.diff(self.share) / np.diff(self.intensity), 0.0)
        edges = np.linspace(self.intensity[0], self.intensity[-1], _PARTS + 1)
        # The part of an intensity is found with rounding: each begins a little early, ends late.
        slack = 1e-9 * (edges[-1] - edges[0])
        begin = np.searchsorted(self.intensity, edges - slack, side="right") - 1
        begin = np.maximum(begin, 0)
        end = np.searchsorted(self.intensity, np.append(edges[1:], edges[-1]) + slack, "right") - 1
        return knots, self.share, slope, begin.astype(np.uint64), int((end - begin).max())


@dataclass(frozen=True)
class Impact:
    """Harm by event (events,), expected harm by place (places,) and in all, per unit of time."""

    events: Array
    places: Array
    expected: float


def impact_matrix(
    hazard: SparseRows, values: ArrayLike, harm: Harm, frequency: ArrayLike
) -> Impact:
    """Return what many events do to many places, in one pass over what is not zero.

    Args: hazard: intensity, events x places, sparse by rows; where it holds nothing there is no
        harm.  values: exposed at each place, (places,), >= 0.  frequency: of each event, (events,),
        >= 0, per unit of time; weights of members that sum to one give the mean.
    Raises: ValueError: shapes that do not fit, a place that is not there, or a number that is
        negative or not finite.
    Source: G. Aznar-Siguan & D. N. Bresch (2019), CLIMADA v1: a global weather and climate risk
    assessment platform, Geosci. Model Dev. 12:3085, eqs 1-3.
    """
    from sameboat.spread.harming import pass_events

    amount = np.ascontiguousarray(values, dtype=np.float64)
    often = np.ascontiguousarray(frequency, dtype=np.float64)
    start, place, data = hazard.indptr, hazard.indices, hazard.data
    if often.shape != (len(start) - 1,):
        raise ValueError(f"frequency has shape {often.shape}, allowed: ({len(start) - 1},)")
    if start[0] != 0 or start[-1] != len(data) or len(place) != len(data):
        raise ValueError("hazard is not a sparse matrix by rows")
    if len(place) and not 0 <= place.min() <= place.max() < len(amount):
        raise ValueError(f"hazard names a place beyond the {len(amount)} values")
    for name, numbers in (("values", amount), ("frequency", often)):
        if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
            raise ValueError(f"{name} must be finite and >= 0")
    if len(data) and not (np.isfinite(data.min()) and np.isfinite(data.max())):
        raise ValueError("hazard holds intensities that are not numbers")
    events, places = pass_events(start, place, data, amount, often, *harm.pieces())
    return Impact(events, places, float(events @ often))
