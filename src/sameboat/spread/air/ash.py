"""Volcanic ash: how much lies where and when after an eruption, grains falling through the wind.

Grain classes leave the column at every level, are carried by the wind of each layer they fall
through, and spread on the way (Suzuki 1983; Bonadonna et al. 2005).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.air.places import Receptors, components, read_receptors
from sameboat.spread.air.zones import read_zones
from sameboat.spread.description import Description, Input, Parameter
from sameboat.spread.draws import Draws
from sameboat.spread.footprint import Footprint
from sameboat.spread.inputs import InputReader
from sameboat.spread.measures import Measure, check_measures
from sameboat.spread.priors import Prior, fixed, lognormal
from sameboat.spread.problem import PriorProblem

Array = NDArray[np.float64]
_NORMAL_1, _NORMAL_10 = Prior(1.0, 1.0, 1.0, False), Prior(0.0, 10.0, 10.0, False)
_GUESS = "assumption: a factor of two either way until something is observed"
_TEPHRA2 = "L. Connor & C. Connor (2006), tephra2, its example of Colima; assumption: the spread"
ABOUT = Description(
    name="ash-fall",
    version="1",
    says=_("Volcanic ash falling from an eruption column through layers of wind."),
    hazards=("volcanic-ash",),
    moves="stays",
    intensity=_("ash on the ground"),
    unit="kg/m2",
    inputs=(
        Input("vent", _("where the vent lies, and its elevation"),
              allowed="x_m, y_m | lon, lat; elevation_m"),
        Input("targets", _("places where people watch"),
              allowed="key; x_m, y_m | lon, lat | points; elevation_m"),
        Input("wind", _("the wind by height above the sea"),
              allowed="height_m, speed_ms, from_deg"),
        Input("thresholds", _("ash on the ground that counts"), "kg/m2"),
        Input("threshold_names", _("what people call them"), required=False,
              allowed="as many as thresholds"),
        Input("horizon_hours", _("end of the run"), "h"),
        Input("step_minutes", _("step in time"), "min", required=False, allowed="1 … 360; 15"),
        Input("column_levels", _("levels of the column"), required=False, allowed="5 … 500; 75"),
        Input("grain_classes", _("classes of grains"), required=False, allowed="5 … 500; 75"),
        Input("coarsest_phi", _("coarsest grains"), "phi", required=False, allowed="-10 … 10; -7"),
        Input("finest_phi", _("finest grains"), "phi", required=False, allowed="-10 … 12; 7"),
    ),
    parameters=(
        Parameter("mass_kg", _("mass erupted"), "kg", 1e3, 1e17, lognormal(1e10, 0.7), _GUESS),
        Parameter("column_height_m", _("height of the column above the sea"), "m", 100.0, 60_000.0,
                  lognormal(10_000.0, 0.2), _GUESS),
        Parameter("median_phi", _("median grain size"), "phi", -8.0, 10.0, _NORMAL_1, _GUESS),
        Parameter("deviation_phi", _("standard deviation of the grain size"), "phi", 0.2, 6.0,
                  lognormal(2.0, 0.2), _GUESS),
        Parameter("diffusion_m2s", _("diffusion of coarse grains"), "m2/s", 1.0, 1e5,
                  lognormal(5138.0, 0.5), _TEPHRA2),
        Parameter("fall_time_limit_s", _("fall time from which grains count as fine"), "s", 0.0,
                  1e7, lognormal(1419.0, 0.5), _TEPHRA2),
        Parameter("wind_factor", _("wind over what was told"), "", 0.0, 10.0, lognormal(1.0, 0.15),
                  "assumption: 15 % of the speed"),
        Parameter("wind_turn_deg", _("turn of the wind to the right"), "deg", -180.0, 180.0,
                  _NORMAL_10, "assumption: 10 degrees of the direction"),
        Parameter("duration_hours", _("length of the eruption"), "h", 0.0, 2400.0,
                  lognormal(3.0, 0.5), _GUESS),
        Parameter("eddy_m2s", _("diffusion of fine grains"), "m2/s", 1e-4, 10.0, fixed(0.04),
                  "T. Suzuki (1983), A theoretical model for dispersion of tephra"),
        Parameter("column_alpha", _("first shape of the column's release"), "", 0.1, 100.0,
                  fixed(1.04487), _TEPHRA2),
        Parameter("column_beta", _("second shape of the column's release"), "", 0.1, 100.0,
                  fixed(1.46425), _TEPHRA2),
        Parameter("pumice_kgm3", _("density of grains of phi -1 and coarser"), "kg/m3", 100.0,
                  3500.0, fixed(1024.0), _TEPHRA2),
        Parameter("lithic_kgm3", _("density of grains of phi 7 and finer"), "kg/m3", 100.0,
                  3500.0, fixed(2700.0), _TEPHRA2),
    ),
    source="T. Suzuki (1983); C. Bonadonna et al. (2005), J. Geophys. Res. 110:B03203",
)  # fmt: skip
#: What these are decides where each class of grains lands; the others only weigh the classes.
GEOMETRY = (
    "column_height_m", "diffusion_m2s", "fall_time_limit_s", "wind_factor", "wind_turn_deg",
    "eddy_m2s", "column_alpha", "column_beta", "pumice_kgm3", "lithic_kgm3",
)  # fmt: skip
_LEAST_RISE_M = 10.0


@dataclass(frozen=True)
class WindLayers:
    """Wind toward east and north (m/s) at rising heights above the sea (m)."""

    height: Array
    u: Array
    v: Array

    def at(self, heights: Array) -> Array:
        """Return u, v at these heights, (heights, 2); beyond the ends as at the ends."""
        u, v = (np.interp(heights, self.height, each) for each in (self.u, self.v))
        return np.stack([u, v], axis=1)


@dataclass(frozen=True)
class AshFall(PriorProblem):
    """An eruption whose input has been checked."""

    receptors: Receptors
    winds: WindLayers
    vent_m: float
    thresholds: tuple[float, ...]
    horizon_hours: float
    step_hours: float
    levels: int
    classes: int
    phi: tuple[float, float]
    priors: tuple[Prior, ...]
    labels: tuple[str, ...] = ()  #: names of the thresholds
    about = ABOUT
    unit = "kg/m2"

    @property
    def targets(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the places."""
        return self.receptors.keys

    @property
    def member_bytes(self) -> int:
        """What is piled at one place over time, and where each class lands."""
        return 8 * (2 * self.steps + self.classes * (self.steps + 5 * self.levels))

    @property
    def steps(self) -> int:
        """Steps of the run."""
        return max(round(self.horizon_hours / self.step_hours), 1)

    def spread(self, draws: Draws) -> Footprint:
        """Return when each place has how much ash."""
        from sameboat.spread.air.fallout import expose

        shape = (len(self.targets), len(self.thresholds), draws.members)
        arrival = np.full(shape, np.nan, np.float32)
        duration = np.zeros(shape, np.float32)
        peak = np.zeros((shape[0], shape[2]), np.float32)
        peak_hours = np.full((shape[0], shape[2]), np.nan, np.float32)
        limits = np.array(self.thresholds)
        for members, row, load in self._loads(draws, range(shape[0])):
            size = len(members)
            found = [np.empty((len(limits), size)) for _each in range(2)]
            ends = [np.empty(size) for _each in range(2)]
            expose(load, limits, self.step_hours, *found, *ends)
            arrival[row][:, members], duration[row][:, members] = found
            peak[row, members], peak_hours[row, members] = ends
        cleared = np.where(np.isnan(arrival), np.nan, np.inf).astype(np.float32)
        return Footprint(
            self.targets, self.thresholds, self.unit, arrival, cleared, peak, peak_hours,
            duration_hours=duration, labels=self.labels,
        )  # fmt: skip

    def series(self, draws: Draws, targets: Sequence[str], hours: Array) -> Array:
        """Return kg/m2 at some targets, (targets, hours, members)."""
        rows = [self.targets.index(each) for each in targets]
        found = np.zeros((len(rows), len(hours), draws.members))
        known = self.step_hours * np.arange(self.steps + 1)
        for members, row, load in self._loads(draws, rows):
            for member, line in zip(members, load, strict=True):
                found[row, :, member] = np.interp(hours, known, line)
        return found

    def under(self, measures: Sequence[Measure]) -> "AshFall":
        """Return the same question: nothing that people do keeps ash from falling."""
        check_measures(measures, kinds=ABOUT.measures)
        return self

    def imbalance(self, draws: Draws) -> Array:
        """Return the part of the erupted mass that neither falls nor is still to fall."""
        from sameboat.spread.air.tephra import grain_shares, grains, level_shares

        values = self.values(draws)
        phi = grains(
            coarsest_phi=self.phi[0], finest_phi=self.phi[1], classes=self.classes,
            pumice=1000.0, lithic=1000.0,
        )[0]  # fmt: skip
        part = grain_shares(phi, values["median_phi"], values["deviation_phi"]).sum(axis=1)
        pairs = zip(values["column_alpha"], values["column_beta"], strict=True)
        column = [level_shares(alpha, beta, self.levels).sum() for alpha, beta in pairs]
        return np.asarray(np.abs(part * np.array(column) - 1.0))

    def _loads(
        self, draws: Draws, rows: Sequence[int]
    ) -> Iterator[tuple[NDArray[np.int64], int, Array]]:
        """Yield members, position in `rows`, and their loads there, (members, steps + 1)."""
        from sameboat.spread.air.fallout import loads
        from sameboat.spread.air.tephra import grain_shares

        values = self.values(draws)
        lasts = np.maximum(values["duration_hours"], 0.0) * 3600.0
        geometry = np.stack([values[name] for name in GEOMETRY])
        kinds, kind = np.unique(geometry, axis=1, return_inverse=True)
        step = self.step_hours * 3600.0
        for column in range(kinds.shape[1]):
            members = np.flatnonzero(kind.ravel() == column)
            phi, place = self.place(dict(zip(GEOMETRY, kinds[:, column], strict=True)))
            shares = grain_shares(
                phi, values["median_phi"][members], values["deviation_phi"][members]
            )
            load = np.empty((len(members), self.steps + 1))
            for position, row in enumerate(rows):
                part = slice(self.receptors.first[row], self.receptors.first[row + 1])
                loads(
                    self.receptors.x[part], self.receptors.y[part], self.receptors.elevation[part],
                    place, shares, values["mass_kg"][members], lasts[members], step, load,
                )  # fmt: skip
                yield members, position, load

    def place(self, one: Mapping[str, float]) -> tuple[Array, tuple[Any, ...]]:
        """Return the classes' phi, and where they go, of one column in one wind.

        The second is what `fallout.loads` takes: vent, paths, diameter, density, wind, turn,
        shares of the levels, mixing.
        """
        from sameboat.spread.air.tephra import grains, level_shares, trace

        rise = max(float(one["column_height_m"]) - self.vent_m, _LEAST_RISE_M)
        phi, diameter, density = grains(
            coarsest_phi=self.phi[0], finest_phi=self.phi[1], classes=self.classes,
            pumice=float(one["pumice_kgm3"]), lithic=float(one["lithic_kgm3"]),
        )  # fmt: skip
        step = np.arange(self.levels + 1, dtype=np.float64)
        wind = self.winds.at(np.asarray(self.vent_m + rise / self.levels * step))
        angle = -np.radians(one["wind_turn_deg"])  # to the right is clockwise
        turn = one["wind_factor"] * np.array([np.cos(angle), np.sin(angle)])
        shares = level_shares(one["column_alpha"], one["column_beta"], self.levels)
        mixing = np.array([one["diffusion_m2s"], one["eddy_m2s"], one["fall_time_limit_s"]])
        paths = trace(self.vent_m, rise, diameter, density, wind, turn, self.levels)
        return phi, (self.vent_m, paths, diameter, density, wind, turn, shares, mixing)


def prepare(inputs: Mapping[str, Any]) -> AshFall:
    """Check the input of an eruption and return its question.

    Raises: FaultyInput: every fault, by field, value and allowed range.
    Source: this project, docs/reference/ash-fall.md, "Input".
    """
    reader = InputReader(inputs, ABOUT)
    given = reader.given
    vent = given.get("vent")
    if not isinstance(vent, Mapping):
        if vent is not None:
            reader.fault("not_a_table", "vent", vent, _("is not a table."))
        vent = {"x_m": 0.0, "y_m": 0.0, "elevation_m": 0.0}
    reader.only(vent, {"x_m", "y_m", "lon", "lat", "elevation_m"}, "vent")
    elevation = reader.number(vent, "elevation_m", field="vent", low=-500, high=9000, unit="m")
    receptors = read_receptors(reader, vent)
    winds = _read_wind(reader)
    thresholds, labels = read_zones(reader)
    horizon = reader.number(given, "horizon_hours", low=0, high=8760, unit="h", above=True)
    step = reader.number(given, "step_minutes", low=1, high=360, unit="min", default=15.0)
    levels = reader.number(given, "column_levels", low=5, high=500, default=75)
    classes = reader.number(given, "grain_classes", low=5, high=500, default=75)
    coarsest = reader.number(given, "coarsest_phi", low=-10, high=10, unit="phi", default=-7.0)
    finest = reader.number(given, "finest_phi", low=-10, high=12, unit="phi", default=7.0)
    if finest <= coarsest:
        reader.fault("order", "finest_phi", finest, _("does not come after the one before it."),
                     allowed=f"> {coarsest:g} phi")  # fmt: skip
    priors = reader.parameters()
    height = priors["column_height_m"].median
    if height <= elevation:
        reader.fault(
            "out_of_range", "parameters.column_height_m", height, _("lies outside its range."),
            allowed=f"> {elevation:g} m", next_step=_("Give the height above the sea."),
        )  # fmt: skip
    if horizon * 60 / step > 20_000:
        reader.fault("too_many", "step_minutes", step, _("makes too many steps."),
                     allowed=f">= {horizon * 60 / 20_000:.3g} min")  # fmt: skip
    reader.finish()
    # Whole steps that end with the run: what falls after it must not count, nor what falls before
    # be left out.
    steps = max(ceil(horizon * 60.0 / step - 1e-9), 1)
    return AshFall(
        receptors, winds, elevation, thresholds, horizon, horizon / steps, int(levels),
        int(classes), (coarsest, finest), tuple(priors.values()), labels,
    )  # fmt: skip


def _read_wind(reader: InputReader) -> WindLayers:
    rows = reader.rows("wind", unique=None)
    table = np.zeros((len(rows), 3))
    for number, row in enumerate(rows):
        field = f"wind[{number}]"
        reader.only(row, {"height_m", "speed_ms", "from_deg"}, field)
        table[number] = (
            reader.number(row, "height_m", field=field, low=-500, high=80_000, unit="m"),
            reader.number(row, "speed_ms", field=field, low=0, high=200, unit="m/s"),
            reader.number(row, "from_deg", field=field, low=-360, high=720, unit="deg"),
        )
        if number and table[number, 0] <= table[number - 1, 0]:
            reader.fault("order", f"{field}.height_m", float(table[number, 0]),
                         _("does not come after the one before it."),
                         allowed=f"> {table[number - 1, 0]:g} m")  # fmt: skip
    u, v = components(table[:, 1], table[:, 2])
    return WindLayers(table[:, 0].copy(), u, v)
