"""What a model says of itself: forms, checks and the documentation are made from it."""

from dataclasses import dataclass, replace
from math import inf

from sameboat.spread.priors import Prior


@dataclass(frozen=True)
class Parameter:
    """One number of a model.  Where it is not known, its prior says how little.

    `low` and `high` bound what may be given, both included; no member leaves them.
    """

    key: str
    says: str  #: marked words for people
    unit: str
    low: float
    high: float
    prior: Prior  #: where nothing else is given
    source: str  #: of the prior

    def __post_init__(self) -> None:
        if not self.low <= self.prior.median <= self.high:
            raise ValueError(f"the prior of {self.key} lies outside {self.low} … {self.high}")
        least, most = max(self.prior.least, self.low), min(self.prior.most, self.high)
        object.__setattr__(self, "prior", replace(self.prior, least=least, most=most))

    @property
    def allowed(self) -> str:
        """Return the range as people read it."""
        if self.high == inf:
            return f">= {self.low:g} {self.unit}".strip()
        return f"{self.low:g} … {self.high:g} {self.unit}".strip()


@dataclass(frozen=True)
class Input:
    """One part of what a model takes besides its parameters."""

    key: str
    says: str  #: marked words for people
    unit: str = ""
    required: bool = True
    allowed: str = ""


@dataclass(frozen=True)
class Description:
    """A model: what it is of, what it takes, what it answers, and where it comes from."""

    name: str
    version: str  #: raised whenever the same input would give other numbers
    says: str  #: marked: one sentence
    hazards: tuple[str, ...]
    moves: str  #: "travels" or "stays"
    intensity: str  #: marked: what a footprint's peak is
    unit: str  #: of the intensity
    inputs: tuple[Input, ...]
    parameters: tuple[Parameter, ...]
    measures: tuple[str, ...] = ()  #: kinds of counter-measure it understands
    events: tuple[str, ...] = ()  #: kinds of event of an earlier hazard it can take
    source: str = ""

    def parameter(self, key: str) -> Parameter:
        """Return one parameter.

        Raises:
            KeyError: the model has none of this name.
        """
        for each in self.parameters:
            if each.key == key:
                return each
        raise KeyError(key)
