"""One finished run of whichever model, as the doors and the rows take it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sameboat.lib.codes import prefecture_of
from sameboat.packs.records import Observation, RegionPack, Scenario
from sameboat.spread.case import case_of
from sameboat.spread.footprint import Footprint

Progress = Callable[[str, float], None]  #: (name of the step, part done 0..1)
#: A chart has room for this many times.
SERIES_TIMES = 361
METHOD = "tempered sequential Monte Carlo (Del Moral, Doucet & Jasra 2006)"


@dataclass(frozen=True)
class Wanted:
    """What is asked of a run; see simulate.  None: as the scenario has it."""

    observations: Sequence[Observation]
    until: datetime | None
    members: int | None
    seed: int | None
    options: tuple[str, ...]
    compare: bool
    bands: bool


@dataclass(frozen=True)
class Means:
    """What a run works with."""

    executor: Executor | None
    workers: int
    tell: Progress


@dataclass(frozen=True)
class Simulation:
    """One finished run.

    `footprint` holds sites and places together; `result` is what `sameboat forecast --format
    json` prints.  `details`: what only this hazard knows of its run.
    """

    model: str
    version: str
    case: str
    footprint: Footprint
    sites: tuple[str, ...]
    places: tuple[str, ...]
    horizon_hours: float
    unit: str
    parameters: dict[str, Any]
    notices: list[dict[str, Any]]
    result: dict[str, Any]
    #: target -> {hours, p10, p50, p90}; the sites, or places where no site is a target
    series: Mapping[str, dict[str, list[float]]]
    used: tuple[Observation, ...]
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the answer of docs/reference/forecast-json.md."""
        return self.result


def case_among(
    points: Footprint,
    pack: RegionPack,
    scenario: Scenario,
    places: Mapping[str, tuple[str, ...]],
) -> str:
    """Compare prefectures: each the union of every point that lies in it."""
    groups: dict[str, dict[str, None]] = {}
    parents = {place.parent for place in pack.places}
    children: dict[str, list[str]] = {}
    for place in pack.places:
        if place.parent is not None:
            children.setdefault(place.parent, []).append(place.code)
    for code, names in places.items():
        below = {name for child in children.get(code, ()) for name in places.get(child, ())}
        own = [name for name in names if name not in below] if code in parents else list(names)
        groups.setdefault(prefecture_of(code), {}).update(dict.fromkeys(own))
    reached = points.union({code: tuple(names) for code, names in groups.items() if names})
    return case_of(moves=scenario.moves, origin=scenario.origin, p_reached=reached.p_reached())


def learning_of(
    used: int, widened: float, doubt: float, log_evidence: float | None
) -> dict[str, Any]:
    """Return what the answer says of learning."""
    return {
        "method": METHOD,
        "used": used,
        "widened": round(widened, 3),
        "doubt": doubt,
        "log_evidence": None if log_evidence is None else round(log_evidence, 3),
    }


def silent(step: str, part: float) -> None:
    """Tell nobody."""
