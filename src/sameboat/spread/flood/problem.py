"""A flood in a river network as a prepared question: where, when and how high, member by member."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.spread.description import Description
from sameboat.spread.draws import Draws
from sameboat.spread.flood.about import ABOUT
from sameboat.spread.flood.channels import Channels
from sameboat.spread.flood.routing import Reaches, stability
from sameboat.spread.flood.stage import RatingCurve
from sameboat.spread.flood.structures import (
    Detention,
    Hydrograph,
    Order,
    Pond,
    Structure,
    opening,
    with_order,
)
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import Measure, check_measures
from sameboat.spread.priors import Prior
from sameboat.spread.problem import PriorProblem

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """A place on the river: the outflow of a reach, and its own limits (NaN: it has none)."""

    key: str
    reach: int
    limits_m3s: tuple[float, ...]
    limits_m: tuple[float, ...]  #: the same as stages, NaN where no rating curve is known
    rating: RatingCurve | None = None


@dataclass(frozen=True)
class Flood(PriorProblem):
    """What is prepared of a flood; all that `prepare` was given has been checked."""

    targets: tuple[str, ...]
    thresholds: tuple[float, ...]
    labels: tuple[str, ...]
    unit: str
    horizon_hours: float
    step_hours: float
    reaches: Reaches
    base_m3s: Array  #: steady outflow of each reach before the event, at factor 1
    base_node_m3s: Array  #: steady flow that comes to each node
    priors: tuple[Prior, ...]
    watched: tuple[Target, ...]
    taps: NDArray[np.bool_]  #: reaches that only show what passes part of the way down another
    sources: tuple[Hydrograph, ...] = ()
    lateral: tuple[tuple[int, Hydrograph], ...] = ()  #: by reach
    structures: tuple[Structure, ...] = ()
    nodes: tuple[str, ...] = ()
    channels: Channels | None = None  #: where the reaches are routed by their channels
    about: Description = field(default=ABOUT, repr=False)

    @property
    def steps(self) -> int:
        """Points in time, the first and the last included."""
        return ceil(self.horizon_hours / self.step_hours - 1e-9) + 1

    @property
    def member_bytes(self) -> int:
        """Bytes of working memory that one member takes."""
        whole = 0 if self.channels is None else 8 * 64
        return self.steps * (4 * 16 + 8 * 6 + 12 * len(self.watched) + whole)

    def spread(self, draws: Draws) -> Footprint:
        """Return when each target passes each of its limits, how high it rises and when."""
        from sameboat.spread.flood.exceedance import exceed

        found = Footprint.empty(
            self.targets, self.thresholds, self.unit, draws.members, self.limits, self.labels
        )
        for lanes, flows, _missing in self._routed(draws):
            count = flows.shape[2]
            for row, target in enumerate(self.watched):
                level = self._intensity(target, flows[row])
                shape = (len(self.thresholds), count)
                arrival, cleared, duration = (np.empty(shape) for _each in range(3))
                peak, peak_hours = np.empty(count), np.empty(count)
                exceed(
                    level, self.step_hours, self.limits[row], arrival, cleared, duration, peak,
                    peak_hours,
                )  # fmt: skip
                found.arrival_hours[row, :, lanes] = arrival
                found.cleared_hours[row, :, lanes] = cleared
                found.duration_hours[row, :, lanes] = duration
                found.peak[row, lanes], found.peak_hours[row, lanes] = peak, peak_hours
        return found

    def series(self, draws: Draws, targets: Sequence[str], hours: Array) -> Array:
        """Return discharge or stage at some targets, (targets, hours, members).

        Raises: KeyError: a target is not known.  ValueError: hours beyond the horizon.
        """
        asked = np.asarray(hours, dtype=np.float64)
        if not ((asked >= 0) & (asked <= self.horizon_hours)).all():
            raise ValueError(f"hours must lie in 0 … {self.horizon_hours:g}")
        rows = [self._row(target) for target in targets]
        found = np.empty((len(rows), len(asked), draws.members))
        place = np.minimum((asked / self.step_hours).astype(np.int64), self.steps - 2)
        part = (asked / self.step_hours - place)[:, None]
        for lanes, flows, _missing in self._routed(draws):
            for position, row in enumerate(rows):
                level = self._intensity(self.watched[row], flows[row])
                found[position, :, lanes] = level[place] * (1 - part) + level[place + 1] * part
        return found

    def imbalance(self, draws: Draws) -> Array:
        """Return the part of the water that is not accounted for, (members,)."""
        found = np.empty(draws.members)
        for lanes, _flows, missing in self._routed(draws):
            found[lanes] = missing
        return found

    def under(self, measures: Sequence[Measure]) -> "Flood":
        """Return the same flood with these counter-measures.

        Raises: FaultyInput: one is not understood, or acts on what it cannot.
        """
        acts_on = {
            "open_basin": {each.key for each in self.structures if isinstance(each, Detention)},
            "set_gate": {each.key for each in self.structures if isinstance(each, Pond)},
            "raise_levee": set(self.targets),
        }
        acts_on["release_water"] = acts_on["set_gate"] | set(self.nodes)
        known = frozenset().union(*acts_on.values())
        asked = check_measures(measures, kinds=self.about.measures, at=known)
        faults = [
            Fault(
                "unknown_target", _("is not something that this counter-measure acts on."),
                field=f"measures[{number}].at", value=each.at,
                allowed=", ".join(sorted(acts_on[each.kind])[:12]),
            )
            for number, each in enumerate(asked) if each.at not in acts_on[each.kind]
        ]  # fmt: skip
        found = self
        for number, each in enumerate(asked):
            if faults:
                break
            if each.kind == "raise_levee":
                raised = found._raised(each, f"measures[{number}]")
                if isinstance(raised, Fault):
                    faults.append(raised)
                else:
                    found = raised
            else:
                found = found._ordered(each)
        if faults:
            raise FaultyInput(faults)
        return found

    def treatment(self) -> dict[str, int | str]:
        """Return how the reaches are treated for the step, at the parameters' medians.

        Of Muskingum: `whole`, `cut` into `stages`, `exact` because they are short.  By the
        channels: `reaches` and `pieces`; and of the steps in all of them `bounded` (more diffusion
        than the channel has), `stopped` (held back from a negative flow), `above` the table.
        """
        values = {
            each.key: prior.at(np.zeros(1))
            for each, prior in zip(self.about.parameters, self.priors, strict=True)
        }
        if self.channels is not None:
            from sameboat.spread.flood.by_channel import count_steps

            told = count_steps(self, values)
            return {"routing": "todini", "reaches": len(self.reaches), **told}
        found = stability(
            self.reaches, step_hours=self.step_hours,
            factor=float(values["travel_time_factor"][0]), weighting=float(values["weighting"][0]),
        )  # fmt: skip
        return {"routing": "muskingum", "reaches": len(self.reaches), **asdict(found)}

    @property
    def limits(self) -> Array:
        """Each target's own limits, in the unit of the intensity, (targets, limits)."""
        stage = self.unit == "m"
        return np.array([each.limits_m if stage else each.limits_m3s for each in self.watched])

    def _row(self, target: str) -> int:
        try:
            return self.targets.index(target)
        except ValueError:
            raise KeyError(target) from None

    def _intensity(self, target: Target, flow: Array) -> Array:
        if self.unit == "m" and target.rating is not None:
            return np.ascontiguousarray(target.rating.stage_at(flow))
        return flow

    def _routed(self, draws: Draws) -> Any:
        """Yield (members, flows (targets, steps, members), part missing) group by group."""
        if self.channels is not None:
            from sameboat.spread.flood.by_channel import routed_by_channel

            return routed_by_channel(self, draws, self.values(draws))
        from sameboat.spread.flood.run import routed

        return routed(self, draws, self.values(draws))

    def _ordered(self, measure: Measure) -> "Flood":
        """Return the flood with an order to a gate or inlet, or with water let in at a node."""
        amount = opening(measure.amount)
        order = Order(measure.from_hours, measure.until_hours, amount)
        # A node may bear the key of what stands there: the kind of order tells which is meant.
        part = Detention if measure.kind == "open_basin" else Pond
        for row, each in enumerate(self.structures):
            if isinstance(each, part) and each.key == measure.at:
                changed = with_order(each, order)
                parts = (*self.structures[:row], changed, *self.structures[row + 1 :])
                return replace(self, structures=parts)
        until = min(measure.until_hours, self.horizon_hours + self.step_hours)
        if until <= measure.from_hours:
            return self
        released = Hydrograph(
            f"{measure.kind}:{measure.at}", self.nodes.index(measure.at),
            np.array([measure.from_hours, until]), np.array([amount, amount]), uncertain=False,
        )  # fmt: skip
        return replace(self, sources=(*self.sources, released))

    def _raised(self, measure: Measure, where: str) -> "Flood | Fault":
        """Return the flood with a higher levee at a target: it takes more to pass its limits."""
        row = self._row(measure.at)
        target = self.watched[row]
        if measure.from_hours > 0 or measure.until_hours < self.horizon_hours:
            return Fault(
                "no_meaning", _("has no hours: a levee counts for the whole flood."),
                field=f"{where}.from_hours", value=measure.from_hours,
                next_step=_("Leave it out."),
            )  # fmt: skip
        if target.rating is None:
            return Fault(
                "no_rating", _("has no rating curve, so that metres say nothing of its flow."),
                field=f"{where}.at", value=measure.at,
                next_step=_("Give the target a rating curve."),
            )  # fmt: skip
        by = measure.amount or 0.0
        stages = tuple(each + by for each in target.limits_m)
        flows = tuple(float(each) for each in target.rating.flow_at(np.array(stages)))
        higher = replace(target, limits_m=stages, limits_m3s=flows)
        watched = (*self.watched[:row], higher, *self.watched[row + 1 :])
        return replace(self, watched=watched)
