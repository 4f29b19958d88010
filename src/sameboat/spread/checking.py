"""One check of a model against a published figure, as `sameboat validate` prints it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

#: Name of a published table -> its rows, as a reader of CSV gives them.
Tables = Mapping[str, Sequence[Mapping[str, str]]]


@dataclass(frozen=True)
class Curve:
    """Our curve beside the published one, for the plot of a check."""

    label: str
    x: tuple[float, ...]
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    x_label: str = ""
    y_label: str = ""


@dataclass(frozen=True)
class Check:
    """Our figure, theirs, how far apart they may lie, and why that far."""

    key: str
    says: str  #: marked: what is compared
    ours: float
    theirs: float
    unit: str
    tolerance: float
    relative: bool  #: the tolerance is a part of `theirs`
    why: str  #: marked: why this tolerance
    source: str
    reported: bool = False  #: a figure without a verdict
    curves: tuple[Curve, ...] = ()

    @property
    def away(self) -> float:
        """Return how far ours lies from theirs, as the tolerance counts it."""
        apart = abs(self.ours - self.theirs)
        return apart / abs(self.theirs) if self.relative and self.theirs else apart

    @property
    def holds(self) -> bool:
        """Return whether ours lies within the tolerance."""
        return isfinite(self.ours) and self.away <= self.tolerance
