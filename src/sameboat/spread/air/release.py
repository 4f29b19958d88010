"""A release into the air as a question: what each member makes of it at every place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.spread.air.dose import indoors, peak_factor, toxic_load
from sameboat.spread.air.gas_about import ABOUT
from sameboat.spread.air.places import Receptors
from sameboat.spread.air.puffs import WIDTH_TO_SIGMA, Weather
from sameboat.spread.air.rise import buoyancy_flux
from sameboat.spread.air.stability import CURVES, WIND_POWER
from sameboat.spread.draws import Draws
from sameboat.spread.footprint import Footprint
from sameboat.spread.measures import Measure, check_measures
from sameboat.spread.priors import Prior
from sameboat.spread.problem import PriorProblem

Array = NDArray[np.float64]
EVENT = "release_begins"


@dataclass(frozen=True)
class Release:
    """What is released where: key of the source, its pieces (see `puffs`), its width in m."""

    key: str
    pieces: Array
    width_m: float


@dataclass(frozen=True)
class AirRelease(PriorProblem):
    """A release whose input has been checked."""

    receptors: Receptors
    release: Release
    weather: Weather
    terrain: str
    thresholds: tuple[float, ...]
    horizon_hours: float
    priors: tuple[Prior, ...]
    intensity: str = "concentration"  #: or "dose"
    exposure: str = "outdoor"  #: or "indoor"
    power: float = 1.0  #: of the concentration in the dose
    averaging_minutes: float = 10.0
    seen_m: float = 1.5  #: height at which people breathe
    measures: tuple[Measure, ...] = ()
    labels: tuple[str, ...] = ()  #: names of the thresholds
    about = ABOUT

    @property
    def targets(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the places."""
        return self.receptors.keys

    @property
    def unit(self) -> str:  # type: ignore[override]
        """Unit of a concentration, or of a toxic load."""
        if self.intensity == "concentration":
            return "mg/m3"
        return "mg/m3 min" if self.power == 1 else f"(mg/m3)^{self.power:g} min"

    @property
    def member_bytes(self) -> int:
        """Its concentrations at all points, and the pieces of the cloud."""
        points = len(self.receptors.x) + 2 * len(self.targets)
        return 8 * (self.weather.steps * points + 17 * len(self.release.pieces))

    @property
    def step_hours(self) -> float:
        """Length of a step."""
        return self.weather.step_s / 3600.0

    @property
    def hours(self) -> Array:
        """When the values of a series hold: a mean in the middle of its step, a load at its end."""
        late = 1.0 if self.intensity == "dose" else 0.5
        step = np.arange(self.weather.steps, dtype=np.float64)
        return np.asarray((step + late) * self.step_hours)

    def spread(self, draws: Draws) -> Footprint:
        """Return when each place is above each threshold, and how strongly."""
        from sameboat.spread.air.exposure import expose

        targets, limits = len(self.targets), np.array(self.thresholds)
        shape = (targets, len(limits), draws.members)
        arrival, cleared, duration = (np.empty(shape, np.float32) for _each in range(3))
        peak, peak_hours = (np.empty((targets, draws.members), np.float32) for _each in range(2))
        hours = self.hours
        for member, series in enumerate(self._members(draws, self.receptors)):
            tables = [np.empty((targets, len(limits))) for _each in range(3)]
            tops = [np.empty(targets) for _each in range(2)]
            expose(series, hours, limits, self.horizon_hours, *tables, *tops)
            arrival[:, :, member], cleared[:, :, member], duration[:, :, member] = tables
            peak[:, member], peak_hours[:, member] = tops
        if self.intensity == "dose":  # what has been breathed is not breathed out
            cleared[~np.isnan(arrival)] = np.inf
        return Footprint(
            self.targets, self.thresholds, self.unit, arrival, cleared, peak, peak_hours,
            duration_hours=duration, labels=self.labels,
        )  # fmt: skip

    def series(self, draws: Draws, targets: Sequence[str], hours: Array) -> Array:
        """Return the intensity at some targets, (targets, hours, members)."""
        rows = [self.targets.index(each) for each in targets]
        found = np.zeros((len(rows), len(hours), draws.members))
        known = np.concatenate([[0.0], self.hours])
        for member, series in enumerate(self._members(draws, self.receptors.only(rows))):
            for row, line in enumerate(series):
                found[row, :, member] = np.interp(hours, known, np.concatenate([[0.0], line]))
        return found

    def under(self, measures: Sequence[Measure]) -> "AirRelease":
        """Return the same release with its source contained or places sheltered."""
        places = {"contain": (self.release.key,), "shelter": self.targets}
        known = (self.release.key, *self.targets)
        checked = check_measures(measures, kinds=ABOUT.measures, at=known)
        faults = [
            Fault("unknown_target", _("is not known to this model."), field=f"measures[{row}].at",
                  value=each.at, allowed=", ".join(places[each.kind][:12]))
            for row, each in enumerate(checked) if each.at not in places[each.kind]
        ]  # fmt: skip
        if faults:
            raise FaultyInput(faults)
        return replace(self, measures=self.measures + checked)

    def imbalance(self, draws: Draws) -> Array:
        """Return the part of what was released that is not in the air, fallen, washed, decayed."""
        ledger = self.ledger(draws)
        apart = np.abs(ledger[0] - ledger[1:].sum(axis=0))
        return np.asarray(apart / np.where(ledger[0] > 0, ledger[0], 1.0))

    def ledger(self, draws: Draws) -> Array:
        """Return kg released, in the air at the end, fallen, washed out, decayed, (5, members)."""
        found = np.zeros((5, draws.members))
        for member, _seen, ledger in self._clouds(draws, self.receptors.only([])):
            found[:, member] = ledger
        return found

    def _members(self, draws: Draws, receptors: Receptors) -> Iterator[Array]:
        """Yield each member's intensity, (targets, steps), as people meet it."""
        from sameboat.spread.air.exposure import strongest

        changes = self.values(draws)["air_changes_per_hour"]
        kept = self._kept(receptors.keys)
        for member, seen, _ledger in self._clouds(draws, receptors):
            series = np.empty((len(receptors.keys), self.weather.steps))
            strongest(seen, receptors.first, series)
            series *= 1e6  # kg to mg
            if self.exposure == "indoor":
                rate = float(changes[member])
                series = indoors(series, hours=self.step_hours, changes_per_hour=rate)
            if kept is not None:
                series *= kept
            if self.intensity == "dose":
                minutes = self.step_hours * 60.0
                series = toxic_load(series, minutes=minutes, power=self.power)
            yield series

    def _clouds(self, draws: Draws, receptors: Receptors) -> Iterator[tuple[int, Array, Array]]:
        """Yield each member's number, concentrations (steps, points) kg/m3, and ledger."""
        from sameboat.spread.air.puff_kernel import carry

        columns, start = self._columns(draws)
        points = np.stack([receptors.x, receptors.y], axis=1)
        seen = np.empty((self.weather.steps, len(points)))
        ledger = np.empty(5)
        fixed_pieces = self._pieces(0.0) if not start.any() else None
        for member in range(draws.members):
            pieces = self._pieces(start[member]) if fixed_pieces is None else fixed_pieces
            carry(
                columns[:, member].copy(), points, self.seen_m, self.weather.wind,
                self.weather.state, self.weather.rain, pieces, CURVES[self.terrain],
                WIND_POWER[self.terrain], self.weather.step_s, seen, ledger,
            )  # fmt: skip
            yield member, seen, ledger

    def _columns(self, draws: Draws) -> tuple[Array, Array]:
        """Return what makes each member for `puff_kernel.carry`, (13, members), and its start."""
        values = self.values(draws)
        told = draws.events.get(f"{EVENT}:{self.release.key}")
        start = np.zeros(draws.members) if told is None else np.where(np.isnan(told), inf, told)
        angle = -np.radians(values["wind_turn_deg"])  # to the right is clockwise
        factor = values["wind_factor"]
        heat = np.array([buoyancy_flux(each) for each in np.maximum(values["heat_mw"], 0.0)])
        source = np.full(draws.members, max(self.release.width_m / WIDTH_TO_SIGMA, 0.01))
        columns = np.stack([
            values["mass_kg"], factor * np.cos(angle), factor * np.sin(angle),
            values["widen_y"] / peak_factor(self.averaging_minutes), values["widen_z"],
            values["lid_m"], values["height_m"], heat, values["deposition_ms"],
            values["washing_per_s"], values["decay_per_hour"] / 3600.0, start * 3600.0, source,
        ])  # fmt: skip
        return columns, start

    def _pieces(self, start: float) -> Array:
        """Return the pieces, held back as the counter-measures say, of a start at this hour."""
        pieces = self.release.pieces.copy()
        begin, end = pieces[:, 0] / 3600.0 + start, pieces[:, 1] / 3600.0 + start
        for each in self.measures:
            if each.kind == "contain" and start < inf:
                pieces[:, 2] *= 1.0 - (each.amount or 0.0) * _inside(begin, end, each)
        return pieces

    def _kept(self, keys: Sequence[str]) -> Array | None:
        """Return what of the air outside people meet, (targets, steps), where they shelter."""
        chosen = [each for each in self.measures if each.kind == "shelter" and each.at in keys]
        if not chosen:
            return None
        found = np.ones((len(keys), self.weather.steps))
        begin = np.arange(self.weather.steps, dtype=np.float64) * self.step_hours
        for each in chosen:
            part = _inside(begin, begin + self.step_hours, each)
            found[keys.index(each.at)] *= 1.0 - (each.amount or 0.0) * part
        return found


def _inside(begin: Array, end: Array, measure: Measure) -> Array:
    """Return which part of each span lies within the measure's time."""
    shared = np.minimum(end, measure.until_hours) - np.maximum(begin, measure.from_hours)
    span = end - begin
    at_once = (begin >= measure.from_hours) & (begin < measure.until_hours)
    part = np.divide(shared, span, out=at_once.astype(np.float64), where=span > 0)
    return np.asarray(np.clip(part, 0.0, 1.0))
