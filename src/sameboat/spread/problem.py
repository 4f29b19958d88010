"""A prepared question of any hazard: what the ensemble, the options and learning work with."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.description import Description
from sameboat.spread.draws import Draws
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import Measure
from sameboat.spread.priors import Prior

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cause:
    """Something within one hazard that makes something else happen, member by member."""

    what: str  #: the event or target: "fails:PUMP", "SUBSTATION"
    hours: Array  #: (members,) when; not a number = it did not


class Problem(ABC):
    """A question whose input has been checked: it never changes, and can be sent to a worker.

    Whatever it answers for a member depends on that member's column of the draws alone, bit for
    bit, so that members may be computed in any number of pieces, anywhere.
    """

    about: Description
    targets: tuple[str, ...]
    thresholds: tuple[float, ...]
    unit: str  #: of the intensity
    horizon_hours: float

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of standard normal scores that make a member."""

    @property
    def quasi(self) -> int:
        """Number of the first scores that are drawn evenly: those that hold for all of it."""
        return 0

    @property
    @abstractmethod
    def member_bytes(self) -> int:
        """Bytes of working memory that one member takes, its footprint aside."""

    @abstractmethod
    def spread(self, draws: Draws) -> Footprint:
        """Return the footprint of these members."""

    @abstractmethod
    def series(self, draws: Draws, targets: Sequence[str], hours: Array) -> Array:
        """Return the intensity at some targets, shape (targets, hours, members)."""

    @abstractmethod
    def under(self, measures: Sequence[Measure]) -> "Problem":
        """Return the same question with these counter-measures added.

        Raises: FaultyInput: the model does not understand one of them.
        """

    @abstractmethod
    def imbalance(self, draws: Draws) -> Array:
        """Return the part of what must be conserved that is not accounted for, (members,)."""

    def horizon_of(self, target: str) -> float:
        """Return up to how many hours a target is followed."""
        return self.horizon_hours

    def treatment(self) -> dict[str, int | str]:
        """Return what was done to keep the numbers steady, counted by name; often nothing."""
        return {}

    def takes(self, event: str) -> bool:
        """Return whether an earlier hazard can do this to it: "dam_breaks:D1", "fails:PUMP"."""
        return event.partition(":")[0] in self.about.events

    def causes(self, draws: Draws, target: str) -> list[Cause]:
        """Return what within this hazard makes a target suffer, nearest first; often nothing."""
        return []

    @property
    def footprint_bytes(self) -> int:
        """Bytes that the footprint of one member takes."""
        return Footprint.size(len(self.targets), len(self.thresholds), 1)


class PriorProblem(Problem):
    """A problem whose members differ by the parameters of its description alone, and by chance."""

    priors: tuple[Prior, ...]  #: in the order of the description's parameters

    @property
    def dimension(self) -> int:
        """One score for each parameter."""
        return len(self.priors)

    @property
    def quasi(self) -> int:
        """All of them hold for the whole member."""
        return len(self.priors)

    def values(self, draws: Draws) -> dict[str, Array]:
        """Return each parameter by name, (members,) each.

        Raises: ValueError: the draws are not of this problem.
        """
        if draws.scores.shape[0] != self.dimension:
            raise ValueError(f"scores must have {self.dimension} rows")
        return {
            each.key: prior.at(row)
            for each, prior, row in zip(
                self.about.parameters, self.priors, draws.scores, strict=True
            )
        }
