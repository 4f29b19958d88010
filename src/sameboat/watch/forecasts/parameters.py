"""What a scenario tells the river model: read, held to its range, each prior with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

from sameboat.lib.fault import Fault, FaultList
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.lib.units import convert
from sameboat.packs.records import RegionPack, Scenario, Substance
from sameboat.spread.pollutant.river import Unknowns
from sameboat.spread.priors import Prior, between, fixed, lognormal

MOST_MEMBERS = 10_000
MOST_DAYS = 400.0
MOST_STEPS = 1_000_000
#: Without a word in the scenario the river carries its mean flow, within a factor of about two.
FLOW_DEFAULT = {"median": 1.0, "spread": 0.5, "source": "assumption: the mean annual discharge"}
_JOBSON = "USGS WRIR 96-4013 (Jobson 1996)"
#: name -> (median, spread, source); docs/reference/river-pollutant.md explains each.
DEFAULTS = {
    "velocity_factor": (1.0, 0.25, f"{_JOBSON}: error of a river as a whole; assumption"),
    "dispersion_factor": (1.0, 0.5, f"{_JOBSON}: error of the unit peak, of which part is noise"),
    "skewness": (0.8, 0.5, "Nordin & Troutman 1980: persistent skewness of observed clouds"),
    "decay_factor": (1.0, 0.5, "assumption"),
}
ALONG = {
    "velocity_along": (0.3, 100.0, f"{_JOBSON}: standard error 0.154 m/s of a subreach"),
    "discharge_along": (0.2, 150.0, "assumption: inflow is known at few gauges"),
}
RUN = ("members", "seed", "horizon_days", "step_minutes")
KNOWN = {
    "discharge_factor", "recession_per_day", "water_temperature_c", "decay_per_day", "ice",
    "inflow", *DEFAULTS, *ALONG,
}  # fmt: skip


@dataclass(frozen=True)
class Inflow:
    """A larger river that joins at a site and that the reaches do not tell."""

    site: str
    growth: Prior


@dataclass(frozen=True)
class Parameters:
    """Everything a run needs beside the pack."""

    substance: Substance
    thresholds: tuple[float, ...]  #: mg/L
    release_site: str
    duration_hours: float
    unknowns: Unknowns
    inflows: tuple[Inflow, ...]
    members: int
    seed: int
    horizon_hours: float
    step_hours: float
    assumptions: tuple[dict[str, Any], ...]  #: {what, value, source}


def read_parameters(
    scenario: Scenario,
    pack: RegionPack,
    *,
    members: int | None = None,
    seed: int | None = None,
) -> Parameters:
    """Read the parameters of a scenario; `members` and `seed` win over the file's.

    Raises:
        FaultyInput: every fault, by field.
    """
    reader = _Reader(scenario, pack)
    found = reader.read(members, seed)
    reader.finish()
    assert found is not None
    return found


def check_parameters(scenario: Scenario, pack: RegionPack) -> list[Fault]:
    """Return what the river model finds wrong with a scenario, beside its file."""
    reader = _Reader(scenario, pack)
    reader.read(None, None)
    return reader.faults


class _Reader(FaultList):
    def __init__(self, scenario: Scenario, pack: RegionPack) -> None:
        super().__init__(file=f"scenarios/{scenario.path.name}" if scenario.path else "")
        self.scenario = scenario
        self.pack = pack
        self.content = scenario.content
        self.assumptions: list[dict[str, Any]] = []

    def read(self, members: int | None, seed: int | None) -> Parameters | None:
        hydrology = self._table(self.content, "hydrology", "hydrology")
        for name in sorted(hydrology.keys() - KNOWN):
            self.fault(
                "unknown_field", f"hydrology.{name}", None, _("is not known to the river model."),
                allowed=", ".join(sorted(KNOWN)),
                next_step=_("Mend its spelling, or take it out."),
            )  # fmt: skip
        inflows = self._inflows(hydrology)
        unknowns = self._unknowns(hydrology, inflows)
        run = self._table(self.content, "run", "run")
        for name in sorted(run.keys() - set(RUN)):
            self.fault(
                "unknown_field", f"run.{name}", None, _("is not known to the river model."),
                allowed=", ".join(RUN), next_step=_("Mend its spelling, or take it out."),
            )  # fmt: skip
        count = self._whole(run, "members", 500, 1, MOST_MEMBERS, members)
        start = self._whole(run, "seed", 1, 0, 2**63 - 1, seed)
        days = self._number(run, "run", "horizon_days", 0.01, MOST_DAYS, 45.0)
        minutes = self._number(run, "run", "step_minutes", 0.1, 1440.0, 5.0)
        if days * 1440 / minutes > MOST_STEPS:
            self.fault(
                "too_fine",
                "run.step_minutes",
                minutes,
                _("makes too many steps."),
                next_step=_("Make the steps longer, or horizon_days smaller."),
            )
        release = self._table(self.content, "release", "release")
        substance = self._table(self.content, "substance", "substance")
        duration = release.get("duration", {"value": 0.0, "unit": "h"})
        if self.faults:
            return None
        return Parameters(
            substance=self._substance(),
            thresholds=tuple(
                convert(float(each["value"]), str(each["unit"]), "concentration")
                for each in substance["threshold"]
            ),
            release_site=str(release["site"]),
            duration_hours=convert(float(duration["value"]), str(duration["unit"]), "duration"),
            unknowns=unknowns,
            inflows=inflows,
            members=count,
            seed=start,
            horizon_hours=days * 24,
            step_hours=minutes / 60,
            assumptions=tuple(self.assumptions),
        )

    def _substance(self) -> Substance:
        key = self.content["substance"]["key"]
        return next(each for each in self.pack.substances if each.key == key)

    def _unknowns(self, hydrology: Mapping[str, Any], inflows: tuple[Inflow, ...]) -> Unknowns:
        release = self._table(self.content, "release", "release")
        ice = hydrology.get("ice")
        freeze, slowed = fixed(1e9), fixed(1.0)
        if ice is not None:
            ice = self._table(hydrology, "ice", "hydrology.ice")
            freeze = self._freeze(ice)
            slowed = self._between(ice, "factor", "hydrology.ice", 0.05, 1.0, most=1.0)
        recession = fixed(0.0)
        if "recession_per_day" in hydrology:
            recession = self._between(
                hydrology, "recession_per_day", "hydrology", 0.0, 1.0, logarithmic=False, per=24.0
            )
        return Unknowns(
            mass_kg=self._mass(release),
            discharge_factor=self._spread(
                {"discharge_factor": FLOW_DEFAULT, **hydrology}, "discharge_factor", None
            ),
            velocity_factor=self._spread(hydrology, "velocity_factor"),
            width_factor=self._spread(hydrology, "dispersion_factor"),
            width_growth=Prior(0.0, 0.1, 0.1, logarithmic=False),
            skewness=self._spread(hydrology, "skewness"),
            decay_per_hour=self._decay(hydrology),
            freeze_hours=freeze,
            ice_factor=slowed,
            recession_per_hour=recession,
            velocity_along=self._along(hydrology, "velocity_along"),
            discharge_along=self._along(hydrology, "discharge_along"),
            growth=tuple(inflow.growth for inflow in inflows),
        )

    def _mass(self, release: Mapping[str, Any]) -> Prior:
        mass = self._table(release, "mass", "release.mass")
        try:
            low, likely, high = (
                convert(float(mass[part]), str(mass["unit"]), "mass")
                for part in ("low", "likely", "high")
            )
            self._assume("release.mass", mass)
            return between(low, high, likely)
        except (KeyError, TypeError, ValueError):
            self.fault(
                "mass", "release.mass", dict(mass), _("is no mass from low to high."),
                allowed="0 < low <= likely <= high",
            )  # fmt: skip
            return fixed(1.0)

    def _decay(self, hydrology: Mapping[str, Any]) -> Prior:
        factor = self._spread(hydrology, "decay_factor")
        known = {each.key: each for each in self.pack.substances}.get(
            str(self._table(self.content, "substance", "substance").get("key"))
        )
        if known is None or known.decay_per_day_20c is None:
            if "decay_per_day" in hydrology:
                return self._between(
                    hydrology, "decay_per_day", "hydrology", 0.0, 100.0, logarithmic=False, per=24.0
                )
            text = "assumption: the decay is not known, so none is counted on"
            self._assume("decay", {"value": 0.0, "source": text})
            return fixed(0.0)
        default = {"value": 10.0, "source": "assumption: cool water"}
        water = self._table(
            {"water_temperature_c": default, **hydrology}, "water_temperature_c", "hydrology"
        )
        degrees = self._number(water, "hydrology.water_temperature_c", "value", -1.0, 45.0)
        self._assume("water_temperature_c", water)
        rate = known.decay_per_day_20c * (known.decay_theta or 1.0) ** (degrees - 20) / 24
        if rate <= 0:
            return fixed(0.0)
        return lognormal(rate * factor.median, factor.above)

    def _freeze(self, ice: Mapping[str, Any]) -> Prior:
        starts = self._table(ice, "starts", "hydrology.ice.starts")
        hours = []
        for part in ("low", "high"):
            written = starts.get(part)
            text = written.isoformat() if isinstance(written, date) else str(written or "")
            try:
                moment = parse_moment(text)
            except ValueError:
                self.fault(
                    "no_zone", f"hydrology.ice.starts.{part}", text or None,
                    _("is no moment with a zone."),
                    next_step=_("Write it as 2005-11-25T00:00+08:00."),
                )  # fmt: skip
                return fixed(1e9)
            hours.append((moment - self.scenario.started_at).total_seconds() / 3600)
        if hours[0] > hours[1]:
            self.fault("order", "hydrology.ice.starts", dict(starts), _("low lies after high."))
            return fixed(1e9)
        self._assume("ice.starts", starts)
        return between(hours[0], hours[1], logarithmic=False)

    def _inflows(self, hydrology: Mapping[str, Any]) -> tuple[Inflow, ...]:
        sites = {site.key: site for site in self.pack.sites if site.reach is not None}
        found = []
        given = hydrology.get("inflow", [])
        for position, inflow in enumerate(given if isinstance(given, list) else [given]):
            where = f"hydrology.inflow[{position}]"
            inflow = inflow if isinstance(inflow, Mapping) else {}
            if inflow.get("site") not in sites:
                self.fault(
                    "unknown_site", f"{where}.site", inflow.get("site"),
                    _("is not a site on a reach of this pack."),
                    next_step=_("Name a site of sites.csv."),
                )  # fmt: skip
                continue
            growth = self._between(inflow, "growth", where, 1.0, 1000.0)
            found.append(Inflow(str(inflow["site"]), growth))
        return tuple(found)

    def _spread(self, holder: Mapping[str, Any], name: str, least: float | None = None) -> Prior:
        median, spread, source = DEFAULTS.get(name, (1.0, 0.5, ""))
        default = {"median": median, "spread": spread, "source": source}
        told = self._table({name: default, **holder}, name, f"hydrology.{name}")
        where = f"hydrology.{name}"
        middle = self._number(told, where, "median", 1e-6, 1e6, median)
        wide = self._number(told, where, "spread", 0.0, 5.0, spread)
        self._assume(name, told)
        return lognormal(middle, wide)

    def _along(self, holder: Mapping[str, Any], name: str) -> tuple[float, float]:
        spread, length, source = ALONG[name]
        default = {"spread": spread, "length_km": length, "source": source}
        told = self._table({name: default, **holder}, name, f"hydrology.{name}")
        where = f"hydrology.{name}"
        self._assume(name, told)
        return (
            self._number(told, where, "spread", 0.0, 3.0, spread),
            self._number(told, where, "length_km", 0.1, 1e5, length),
        )

    def _between(
        self,
        holder: Mapping[str, Any],
        name: str,
        where: str,
        least: float,
        most_allowed: float,
        *,
        logarithmic: bool = True,
        per: float = 1.0,
        most: float = float("inf"),
    ) -> Prior:
        told = self._table(holder, name, f"{where}.{name}")
        low = self._number(told, f"{where}.{name}", "low", least, most_allowed)
        high = self._number(told, f"{where}.{name}", "high", least, most_allowed)
        if low > high:
            self.fault("order", f"{where}.{name}", [low, high], _("low lies above high."))
            return fixed(1.0)
        self._assume(f"{where}.{name}".removeprefix("hydrology."), told)
        if self.faults and not (low > 0 or not logarithmic):
            return fixed(1.0)
        return between(low / per, high / per, logarithmic=logarithmic, most=most)

    def _number(
        self,
        holder: Mapping[str, Any],
        where: str,
        part: str,
        least: float,
        most: float,
        default: float | None = None,
    ) -> float:
        value = holder.get(part, default)
        usable = isinstance(value, int | float) and not isinstance(value, bool)
        if not usable or not isfinite(value) or not least <= value <= most:
            self.fault(
                "out_of_range", f"{where}.{part}", value, _("lies outside its range."),
                allowed=f"{least:g} … {most:g}",
            )  # fmt: skip
            return max(least, 1e-6)
        return float(value)

    def _whole(
        self,
        run: Mapping[str, Any],
        part: str,
        default: int,
        least: int,
        most: int,
        given: int | None,
    ) -> int:
        value = run.get(part, default) if given is None else given
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fault(
                "out_of_range", part if given is not None else f"run.{part}", value,
                _("lies outside its range."), allowed=f"{least} … {most}",
            )  # fmt: skip
            return default
        return value

    def _table(self, holder: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
        value = holder.get(name, {})
        if not isinstance(value, Mapping):
            self.fault("not_a_table", where, value, _("is not a table {{...}}."))
            return {}
        return value

    def _assume(self, what: str, told: Mapping[str, Any]) -> None:
        value = {
            part: each.isoformat() if isinstance(each, datetime | date) else each
            for part, each in told.items()
            if part != "source"
        }
        self.assumptions.append(
            {"what": what, "value": value, "source": told.get("source", "the scenario")}
        )
