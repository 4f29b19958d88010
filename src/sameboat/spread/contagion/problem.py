"""The epidemic as a prepared question: many places, one infection, counter-measures by date."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.contagion.about import ABOUT
from sameboat.spread.contagion.mobility import Mobility
from sameboat.spread.contagion.pace import paced_rates
from sameboat.spread.contagion.schedule import Period, periods_of
from sameboat.spread.description import Description
from sameboat.spread.draws import Draws
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import Measure, check_measures
from sameboat.spread.priors import Prior
from sameboat.spread.problem import PriorProblem

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
#: Rows of `people` in the kernel that the three ways of counting watch.
WATCHED = {"prevalence": 2, "infections": 4, "reported": 5}
PER = 100_000.0
#: Numbers that members computed together may hold: more would leave the processor's cache.
_TOGETHER = 60_000
_FEWEST = 16


@dataclass(frozen=True)
class Seed:
    """Persons who bring the infection to a place at the beginning of a step."""

    place: int
    step: int
    persons: int
    infectious: bool


@dataclass(frozen=True)
class Outcome:
    """What becomes of each place in each member, (places, members)."""

    infections: Counts
    reported: Counts
    arrival_days: Array  #: first day with an infection; not a number: never

    @property
    def never(self) -> Array:
        """Probability that a place is never reached, (places,)."""
        found: Array = np.isnan(self.arrival_days).mean(axis=1)
        return found


@dataclass(frozen=True)
class Epidemic(PriorProblem):
    """Places, their mobility, seeds, priors and counter-measures; all checked."""

    targets: tuple[str, ...]
    thresholds: tuple[float, ...]
    counts: str
    unit: str
    horizon_hours: float
    steps_per_day: int
    residents: Counts
    mobility: Mobility
    moves: bool  #: travellers stay where they go, instead of returning each day
    seeds: tuple[Seed, ...]
    stages: int
    priors: tuple[Prior, ...]
    measures: tuple[Measure, ...] = ()
    about: Description = ABOUT

    @property
    def steps(self) -> int:
        """Number of steps up to the horizon."""
        return round(self.horizon_hours / self.hours)

    @property
    def hours(self) -> float:
        """Hours of one step."""
        return 24.0 / self.steps_per_day

    @property
    def kinds(self) -> int:
        """Numbers of persons kept for each place and member."""
        return 7 + (self.stages if self.counts == "reported" else 0)

    @property
    def member_bytes(self) -> int:
        """Bytes of one member: its persons, three single floats, and its part of the tally."""
        return len(self.targets) * (4 * self.kinds + 12 + 8)

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """Return the times between two changes of the counter-measures."""
        return periods_of(
            self.measures, self.targets, self.mobility, self.residents, self.steps, self.hours
        )

    def spread(self, draws: Draws) -> Footprint:
        """Return the footprint of these members."""
        found = Footprint.empty(self.targets, self.thresholds, self.unit, draws.members)
        for part in self._parts(draws.members):
            _people, tally = self._run(
                draws.part(part.start, part.stop), self.counts, self.thresholds
            )
            found.arrival_hours[..., part] = tally.arrival.transpose(2, 0, 1)
            found.cleared_hours[..., part] = tally.cleared.transpose(2, 0, 1)
            found.duration_hours[..., part] = tally.duration.transpose(2, 0, 1)
            found.peak[:, part] = tally.peak.T * self._per_person(self.counts)
            at = np.where(tally.peak > 0, tally.peak_step * self.hours, np.nan)
            found.peak_hours[:, part] = at.T
        return found

    def series(self, draws: Draws, targets: Sequence[str], hours: Array) -> Array:
        """Return the intensity at some targets, (targets, hours, members).

        It is that of the last step that had begun; before the start there is nothing.
        Raises: ValueError: an hour beyond the horizon.
        """
        if len(hours) and not np.max(hours) <= self.horizon_hours:
            raise ValueError(f"hours: allowed <= {self.horizon_hours:g}")
        rows = np.array([self.targets.index(each) for each in targets], np.int64)
        step = np.floor(np.asarray(hours) / self.hours + 1e-9).astype(np.int64)
        # What comes after the last hour asked for is nobody's business here.
        asked, slot = np.unique(np.maximum(step, 0), return_inverse=True)
        found = np.empty((len(rows), len(step), draws.members))
        for part in self._parts(draws.members):
            _people, tally = self._run(
                draws.part(part.start, part.stop), self.counts, rows=rows, keep=asked
            )
            found[:, :, part] = tally.course[:, slot]
        found[:, step < 0] = 0.0
        return found * self._per_person(self.counts)[rows][:, None]

    def outcome(self, draws: Draws) -> Outcome:
        """Return infections, reports and arrival, whatever the thresholds count."""
        shape = (len(self.targets), draws.members)
        infections, reported = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        days = np.zeros(shape)
        for part in self._parts(draws.members):
            people, tally = self._run(
                draws.part(part.start, part.stop), "infections", (1.0,), report=True
            )
            infections[:, part], reported[:, part] = people[4].T, people[5].T
            days[:, part] = tally.arrival[0].T / 24.0
        return Outcome(infections, reported, days)

    def under(self, measures: Sequence[Measure]) -> "Epidemic":
        """Return the same question with these counter-measures added.

        Raises: FaultyInput: one of them is not understood, with its number and field.
        """
        known = set(self.targets)
        named = known | {
            each.at for each in measures
            if each.kind == "restrict_travel"
            and {part.strip() for part in each.at.split(">")} <= known
            and each.at.count(">") == 1
        }  # fmt: skip
        found = check_measures(measures, kinds=self.about.measures, at=named)
        return replace(self, measures=self.measures + found)

    def imbalance(self, draws: Draws) -> Array:
        """Return the persons lost or made, summed over places and steps, of all, (members,)."""
        found = np.empty(draws.members)
        for part in self._parts(draws.members):
            _people, tally = self._run(draws.part(part.start, part.stop), self.counts)
            found[part] = tally.lost / self.residents.sum()
        return found

    def chances(self, draws: Draws) -> Any:
        """Return what the kernel needs to know of each member."""
        from sameboat.spread.contagion.kernel import Chances

        value = self.values(draws)
        days = self.hours / 24.0
        away = self.mobility.away().max(initial=0.0)
        sicken, heal = paced_rates(
            value["r0"], value["latent_days"], value["infectious_days"], step_days=days
        )
        # A stage is left at the end of a step, so that this part of those in it makes its mean.
        report = np.minimum(days * self.stages / value["report_days"], 1.0 - 1e-12)
        return Chances(
            draws.streams,
            # An infectious person stays so for 1 / (1 - exp(-rate)) steps: R0 holds exactly.
            value["r0"] * -np.expm1(-heal),
            sicken,
            heal,
            value["report_share"],
            -np.log1p(-report),
            # Nobody is away more than always.
            np.minimum(value["mobility_factor"], 1.0 / max(away, 1e-12)),
        )

    def _parts(self, members: int) -> list[slice]:
        size = max(_FEWEST, _TOGETHER // max(len(self.targets), 1))
        return [slice(first, min(first + size, members)) for first in range(0, members, size)]

    def _per_person(self, counts: str) -> Array:
        """Return the intensity that one person makes at each place, (places, 1)."""
        if counts == "prevalence":
            found: Array = PER / self.residents[:, None]
            return found
        return np.ones((len(self.targets), 1))

    def _needs(self, counts: str, thresholds: tuple[float, ...]) -> Counts:
        """Return the fewest persons that reach each threshold, (thresholds, places)."""
        each = np.array(thresholds)[:, None]
        if counts == "prevalence":
            each = each * self.residents / PER
        least = np.ceil(np.broadcast_to(each, (len(thresholds), len(self.targets))) - 1e-9)
        return np.maximum(least, 1).astype(np.int64)

    def _run(
        self,
        draws: Draws,
        counts: str,
        thresholds: tuple[float, ...] = (),
        *,
        rows: Any = None,
        keep: Any = None,
        report: bool = False,
    ) -> tuple[Any, Any]:
        """Carry members through the steps; return what is known.

        Args: rows, keep: the places and the steps of a course, up to the last of which alone
            members are carried, and of which alone is told.
        """
        from sameboat.spread.contagion import kernel

        places, members = len(self.targets), draws.members
        course = rows is not None
        last = int(keep.max(initial=0)) if course else self.steps
        rows, keep = (rows, keep) if course else (np.zeros(0, np.int64),) * 2
        slot = np.full(last + 1, -1)
        slot[keep] = np.arange(len(keep))
        report = report or counts == "reported"
        people = np.zeros((7 + self.stages * report, members, places), np.int32)
        people[0] = self.residents
        levels = (len(thresholds), members, places)
        tally = kernel.Tally(
            WATCHED[counts], self._needs(counts, thresholds),
            np.full(levels, np.nan, np.float32), np.full(levels, np.nan, np.float32),
            np.zeros(levels, np.float32), np.zeros((members, places * (not course)), np.int32),
            np.zeros((members, places * (not course)), np.int32), rows, slot,
            np.zeros((len(rows), len(keep), members), np.int32),
            np.zeros(members * (not course), np.int64),
        )  # fmt: skip
        chances, seeds = self.chances(draws), self._seeds(draws)
        carry = kernel.travel if self.moves else kernel.commute
        for period in self.periods:
            until = min(period.last, last)
            if period.first < until:
                carry(
                    people, period.ground(self.residents), chances, seeds, tally, period.first,
                    until, self.hours,
                )  # fmt: skip
        kernel.close(people, seeds, tally, last, self.hours)
        return people, tally

    def _seeds(self, draws: Draws) -> Any:
        from sameboat.spread.contagion.kernel import Seeds

        factor = self.values(draws)["seed_factor"]
        persons = np.array([each.persons for each in self.seeds], np.float64).reshape(-1, 1)
        return Seeds(
            np.array([each.step for each in self.seeds], np.int64),
            np.array([each.place for each in self.seeds], np.int64),
            np.array([2 if each.infectious else 1 for each in self.seeds], np.int64),
            np.minimum(np.rint(persons * factor), 2**31 - 1).astype(np.int64),
        )
