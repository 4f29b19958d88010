"""A prepared question of the river pollutant model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sameboat.spread.draws import Draws
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import Measure, check_measures
from sameboat.spread.pollutant.about import ABOUT
from sameboat.spread.pollutant.flush import flushes_of
from sameboat.spread.pollutant.release import Source, Steps, steps_of
from sameboat.spread.pollutant.river import River
from sameboat.spread.pollutant.transport import (
    Along,
    Flush,
    Transport,
    open_share,
    part_of,
    shares_of_form,
    width_hours,
    width_law,
)
from sameboat.spread.priors import Prior, along
from sameboat.spread.problem import Problem
from sameboat.spread.ways import Point, Ways

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Intake:
    """When a target takes no water: by order, and by a rule of its own.

    `above`: mg/L beyond which it closes, `delay_hours` later; None: it has no rule.
    """

    above: float | None = None
    delay_hours: float = 0.0
    shut: tuple[tuple[float, float], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it never closes."""
        return self.above is None and not self.shut


@dataclass(frozen=True)
class Variation:
    """How velocity and dilution vary along the river: spread of the logarithm, length in km."""

    velocity: tuple[float, float] = (0.3, 100.0)
    discharge: tuple[float, float] = (0.2, 150.0)
    cell_km: float = 25.0


@dataclass(frozen=True)
class Release(Problem):
    """What is released into a river, and who is watched below.

    `ways` (sources): from each source to every target.
    """

    river: River
    depth_m: Array
    form: str
    priors: tuple[Prior, ...]  #: in the order of ABOUT.parameters
    variation: Variation
    sources: tuple[Source, ...]
    points: tuple[Point, ...]
    ways: tuple[Ways, ...]
    targets: tuple[str, ...]
    thresholds: tuple[float, ...]
    horizon_hours: float
    intakes: tuple[Intake, ...]
    flushes: tuple[Flush, ...] = ()
    about = ABOUT
    unit = "mg/L"

    @cached_property
    def cells(self) -> int:
        """Number of cells of the fields along the river."""
        found = [1]
        for ways in self.ways:
            found += [int(each.max()) + 1 for each in (ways.cell, ways.target_cell) if len(each)]
        return max(found)

    @property
    def _own(self) -> int:
        return len(self.priors) + len(self.sources)

    @property
    def dimension(self) -> int:
        """Number of standard normal scores that make one member."""
        return self._own + 2 * self.cells

    @property
    def quasi(self) -> int:
        """Those that hold for the whole river."""
        return min(self._own, 32)

    @property
    def member_bytes(self) -> int:
        """Bytes that one member takes while it is computed, its footprint aside."""
        pieces = sum(len(ways.parent) for ways in self.ways)
        steps = sum(len(source.mass_kg) for source in self.sources)
        return 8 * (6 * pieces + 6 * self.cells + 8 * steps + 8 * len(self.priors) + 512)

    def spread(self, draws: Draws) -> Footprint:
        """Return the footprint of these members."""
        from sameboat.spread.pollutant.search import look

        flow = _Flow(self, draws)
        found = Footprint.empty(self.targets, self.thresholds, self.unit, draws.members)
        limits = np.array(self.thresholds)
        for row, kept in flow.quickly(found).items():
            parts, origin = flow.parts(row)
            if not parts.shape[1]:
                continue
            seen = look(
                parts[kept], origin, flow.steps.first, flow.steps.values[kept],
                flow.climate[kept], flow.flushes(row)[kept], limits, *self._closing(row),
                self.horizon_hours,
            )  # fmt: skip
            for name, values in zip(
                ("arrival_hours", "cleared_hours", "duration_hours", "peak", "peak_hours"), seen,
                strict=True,
            ):  # fmt: skip
                getattr(found, name)[row][..., kept] = values
        return found

    def series(self, draws: Draws, targets: Sequence[str], hours: Array) -> Array:
        """Return mg/L at some targets, shape (targets, hours, members)."""
        from sameboat.spread.pollutant.response import levels
        from sameboat.spread.pollutant.search import close

        flow = _Flow(self, draws)
        times = np.asarray(hours, dtype=np.float64)
        found = np.zeros((len(targets), len(times), draws.members))
        for place, target in enumerate(targets):
            row = self.targets.index(target)
            parts, origin = flow.parts(row)
            if not parts.shape[1]:
                continue
            common = (
                times, parts, origin, flow.steps.first, flow.steps.values, flow.climate,
                flow.flushes(row),
            )  # fmt: skip
            found[place] = levels(*common)
            if not self.intakes[row].is_open:
                close(found[place], *common, *self._closing(row), self.horizon_hours)
        return found

    def under(self, measures: Sequence[Measure]) -> "Release":
        """Return the same question with these counter-measures added.

        Raises: FaultyInput: one is not understood, or acts on what is not there.
        """
        sources = {source.key: source for source in self.sources}
        intakes = list(self.intakes)
        flushes = list(self.flushes)
        known = {**{source.key: source.point for source in self.sources}, **self._sites}
        acts = {
            "close_intake": self._sites.keys(), "contain": sources.keys(),
            "release_water": known.keys(),
        }  # fmt: skip
        for each in check_measures(measures, kinds=ABOUT.measures, at=known):
            check_measures([each], kinds=ABOUT.measures, at=acts[each.kind])
            if each.kind == "close_intake":
                row = self.targets.index(each.at)
                window = (each.from_hours, each.until_hours)
                intakes[row] = replace(intakes[row], shut=(*intakes[row].shut, window))
            elif each.kind == "contain":
                sources[each.at] = sources[each.at].held_back([each])
            else:
                flushes.append(
                    Flush(known[each.at], each.from_hours, each.until_hours, each.amount or 0.0)
                )
        return replace(
            self, sources=tuple(sources.values()), intakes=tuple(intakes), flushes=tuple(flushes)
        )

    def imbalance(self, draws: Draws) -> Array:
        """Return the part of the mass that passes no target or passes twice, (members,).

        What passes every target is summed in time by quadrature, and held to the mass that was
        released on the ways to it and not lost before.
        """
        from sameboat.spread.pollutant.balance import passed_part

        flow = _Flow(self, draws)
        worst = np.zeros(draws.members)
        for row in range(len(self.targets)):
            parts, origin = flow.parts(row)
            if parts.shape[1]:
                passed, due = passed_part(parts, origin, flow.steps.first, flow.steps.values)
                away = np.divide(passed - due, due, out=np.zeros_like(due), where=due > 0)
                worst = np.maximum(worst, np.abs(away))
        return worst

    @cached_property
    def _single_ways(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Array]:
        """Targets with one way to them: row, last piece, cell, share / (3.6 mean discharge)."""
        ways = self.ways[0]
        rows = [
            row for row, ends in enumerate(ways.ends)
            if len(ends) == 1 and ends[0] >= 0 and self.intakes[row].is_open
        ]  # fmt: skip
        weights = [
            ways.shares[row][0] / (3.6 * self.river.mean_discharge(self.points[row]))
            for row in rows
        ]  # fmt: skip
        ends = np.array([ways.ends[row][0] for row in rows], np.int64)
        return np.array(rows, np.int64), ends, ways.target_cell[rows], np.array(weights)

    @property
    def _sites(self) -> dict[str, Point]:
        return dict(zip(self.targets, self.points, strict=True))

    def _closing(self, row: int) -> tuple[Array, Array]:
        intake = self.intakes[row]
        above = np.nan if intake.above is None else intake.above
        shut = np.array(intake.shut, dtype=np.float64).reshape(-1, 2)
        return np.minimum(shut, 1e9), np.array([above, intake.delay_hours])


class _Flow:
    """The members of one piece of an ensemble, on their way to every target."""

    def __init__(self, release: Release, draws: Draws) -> None:
        if draws.scores.shape[0] != release.dimension:
            raise ValueError(f"scores must have {release.dimension} rows")
        self.release = release
        scores, own = draws.scores, release._own
        self.values = {
            about.key: prior.at(scores[row])
            for row, (about, prior) in enumerate(zip(ABOUT.parameters, release.priors, strict=True))
        }
        varied = release.variation
        # The two fields take turns, so that a longer river leaves the nearer cells as they are.
        fast = self._field(scores[own::2], varied.velocity)
        full = self._field(scores[own + 1 :: 2], varied.discharge)
        self.transport = Transport(
            release.river, release.depth_m, release.form, self.values, fast, full
        )
        self.climate = self.transport.climate()
        self.alongs: list[Along] = [self.transport.along(ways) for ways in release.ways]
        self.starts = [source.point for source in release.sources]
        self.forms = shares_of_form(self.transport)
        self.steps = self._steps(draws)

    def _field(self, scores: Array, prior: tuple[float, float]) -> Array:
        cell = self.release.variation.cell_km
        return np.exp(along(scores, spread=prior[0], length_km=prior[1], step_km=cell))

    def _steps(self, draws: Draws) -> Steps:
        sources = self.release.sources
        rows = draws.scores[len(self.release.priors) : self.release._own]
        factors = np.array(
            [
                self.values["mass_factor"] * np.exp(source.spread * row)
                for source, row in zip(sources, rows, strict=True)
            ]
        )
        starts = np.zeros_like(factors)
        for number, source in enumerate(sources):
            event = f"release_begins:{source.key}"
            if event in draws.events:
                # An earlier hazard sets it off: the source's own hours count from then.
                begins = draws.when(event)
                starts[number] = np.nan_to_num(begins)
                factors[number] = np.where(np.isnan(begins), 0.0, factors[number])
        return steps_of(sources, factors, starts, self.climate)

    def quickly(self, found: Footprint) -> dict[int, NDArray[np.int64]]:
        """Fill in what needs no search; return the rest: rows, and the members of each."""
        from sameboat.spread.pollutant.quick import reach

        release, everyone = self.release, np.arange(len(self.climate))
        rest = dict.fromkeys(range(len(release.targets)), everyone)
        alone = len(release.sources) == 1 and len(release.sources[0].mass_kg) == 1
        if (
            min(release.thresholds) <= 0.0
            or not alone
            or len(self.forms) > 1
            or release.flushes
            or self.alongs[0].lost is not None
        ):
            return rest
        summed, (rows, ends, cells, weights) = self.alongs[0], release._single_ways
        power, scale = width_law(self.values)
        step = self.steps.values[:, 0]
        members = np.stack(
            [
                step[:, 2] / self.values["discharge_factor"], step[:, 0], step[:, 1] - step[:, 0],
                power, scale, self.values["skewness"], self.forms[0][1],
            ]
        )  # fmt: skip
        left = np.zeros((len(rows), len(everyone)), bool)
        variance = summed.variance if summed.variance is not None else np.empty((0, 0))
        reach(
            rows, ends, cells, weights, summed.hours, variance,
            self.transport.full, members, self.climate, np.array(release.thresholds),
            release.horizon_hours, found.arrival_hours, found.cleared_hours, found.duration_hours,
            found.peak, found.peak_hours, left,
        )  # fmt: skip
        for row in rows[~left.any(axis=1)].tolist():
            del rest[row]
        for line in np.flatnonzero(left.any(axis=1)).tolist():
            rest[int(rows[line])] = np.flatnonzero(left[line])
        return rest

    def parts(self, row: int) -> tuple[Array, NDArray[np.int64]]:
        """Return the clouds at a target per kg released, (members, parts, 5), and their sources."""
        found: list[Array] = []
        origin: list[int] = []
        for number, (ways, summed) in enumerate(zip(self.release.ways, self.alongs, strict=True)):
            if not ways.ends[row]:
                continue
            flow = self.transport.discharge(self.release.points[row], int(ways.target_cell[row]))
            for end, share in zip(ways.ends[row], ways.shares[row], strict=True):
                mean, variance, lost = summed.at(end, len(flow))
                width = width_hours(mean, variance, self.values)
                stranded = self._stranded(ways, end)
                for part, loss in self.forms:
                    gone = loss if lost is None else loss + self._lost(lost, mean)
                    weight = share * part * stranded / (3.6 * flow)
                    found.append(part_of(weight, mean, width, gone, self.values))
                    origin.append(number)
        if not found:
            return np.empty((len(self.climate), 0, 5)), np.empty(0, np.int64)
        return np.stack(found, axis=1), np.array(origin, np.int64)

    def _lost(self, lost: Array, mean: Array) -> Array:
        if self.release.form == "dissolved":
            lost = lost * open_share(mean, self.climate)
        return lost / np.maximum(mean, 1e-12)

    def _stranded(self, ways: Ways, end: int) -> Array | float:
        if self.release.form != "floating" or not self.values["stranding_per_km"].any():
            return 1.0
        km = 0.0
        while end >= 0:
            km += float(ways.length_km[end])
            end = int(ways.parent[end])
        kept: Array = np.exp(-self.values["stranding_per_km"] * km)
        return kept

    def flushes(self, row: int) -> Array:
        """Return the added water at a target, (members, flushes, 5)."""
        release = self.release
        return flushes_of(release.flushes, release.points[row], row, release.ways, self)
