"""scenarios/*.toml: what happened or may happen, checked against the pack."""

from collections.abc import Collection, Mapping
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.lib.codes import normalise_code
from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.lib.units import FACTORS, convert
from sameboat.packs.manifest import Manifest
from sameboat.packs.records import Scenario, Site
from sameboat.packs.text import read_toml

HAZARDS = ("river_pollutant",)
MOVES = ("travels", "stays")
#: What each table may hold.  A misspelt name would leave an assumption in its place unseen.
KNOWN = {
    "": ("title", "hazard", "moves", "origin", "zone", "started_at", "substance", "release",
         "hydrology", "run"),
    "substance": ("key", "threshold"),
    "substance.threshold": ("value", "unit", "name"),
    "release": ("site", "mass", "duration"),
    "release.mass": ("low", "likely", "high", "unit"),
    "release.duration": ("value", "unit"),
}  # fmt: skip
#: Words for people; they may stand in every table.
REMARKS = ("source", "note", "description")
#: quantity -> the most that is not a slip of the unit, in the kept unit.
MOST = {"concentration": 1e6, "mass": 1e10, "duration": 9600.0}
MOST_TEXT = {"concentration": "1000000 mg/L", "mass": "10000000 t", "duration": "400 d"}


class ScenarioReader:
    """Reads scenarios against what one pack knows; gathers every fault."""

    def __init__(
        self,
        manifest: Manifest,
        places: set[str],
        sites: Mapping[str, Site],
        substances: Collection[str],
        faults: list[Fault],
        *,
        site_keys: Collection[str] | None = None,
    ) -> None:
        """Take what the pack lists; `site_keys` stands in where sites.csv could not be read."""
        self.manifest = manifest
        self.places = places
        self.sites = sites
        self.site_keys = sites if site_keys is None else site_keys
        self.substances = substances
        self.faults = faults
        self.file = ""

    def read(self, path: Path, name: str) -> Scenario | None:
        """Read one file; None where it cannot be read at all."""
        self.file = name
        content = read_toml(path, name, self.faults)
        if content is None:
            return None
        return self.take(content, key=path.stem, name=name, path=path)

    def take(
        self, content: Mapping[str, Any], *, key: str, name: str, path: Path | None = None
    ) -> Scenario | None:
        """Check a scenario given as a mapping (a file, or a form) and return it."""
        self.file = name
        before = len(self.faults)
        self._only_known("", content)
        title = self._title(content)
        self._one_of(content, "hazard", HAZARDS)
        self._one_of(content, "moves", MOVES)
        zone = self._zone(content)
        origin = self._origin(content)
        started_at = self._moment(content, zone)
        self._substance(content)
        self._release(content)
        if len(self.faults) > before or started_at is None:
            return None
        return Scenario(
            key=key,
            title=title,
            hazard=str(content["hazard"]),
            moves=str(content["moves"]),
            origin=origin,
            started_at=started_at,
            zone=zone,
            content=content,
            path=path,
        )

    def _fault(
        self,
        code: str,
        field: str,
        value: Any,
        says: str,
        *,
        allowed: str = "",
        next_step: str = "",
        **facts: Any,
    ) -> None:
        self.faults.append(
            Fault(
                code,
                says,
                file=self.file,
                field=field,
                value=value,
                allowed=allowed,
                next_step=next_step,
                facts=facts,
            )
        )

    def _title(self, content: Mapping[str, Any]) -> dict[str, str]:
        title = content.get("title")
        told = title if isinstance(title, Mapping) else {}
        if not told or not all(isinstance(text, str) and text.strip() for text in told.values()):
            self._fault(
                "title",
                "title",
                title,
                _("is missing, or is not a table of names by language."),
                next_step=_('Write title = {{zh-Hans = "…", en = "…"}}.'),
            )
            return {}
        return dict(told)

    def _only_known(self, where: str, table: Mapping[str, Any], at: str = "") -> None:
        for name in table:
            if name not in KNOWN[where] and name not in REMARKS:
                self._fault(
                    "unknown_field",
                    ".".join(part for part in (at or where, name) if part),
                    None,
                    _("is not known here."),
                    allowed=", ".join(KNOWN[where]),
                    next_step=_("Mend its spelling, or take it out."),
                )

    def _table(self, holder: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
        """Return a table of the scenario; a fault where something else stands in its place."""
        table = holder.get(name)
        if table is None:
            self._fault("empty", where, None, _("is missing."))
            return {}
        if not isinstance(table, Mapping):
            self._fault("not_a_table", where, table, _("is not a table {{...}}."))
            return {}
        self._only_known(where, table)
        return table

    def _one_of(self, content: Mapping[str, Any], field: str, known: tuple[str, ...]) -> None:
        if content.get(field) not in known:
            self._fault(
                "unknown_value",
                field,
                content.get(field),
                _("is none of those known."),
                allowed=", ".join(known),
            )

    def _zone(self, content: Mapping[str, Any]) -> str:
        zone = str(content.get("zone") or self.manifest.zone)
        try:
            ZoneInfo(zone)
        except Exception:  # zoneinfo raises several kinds for text that is no zone
            self._fault(
                "unknown_zone",
                "zone",
                zone,
                _("is not an IANA time zone."),
                next_step=_("Write one such as Asia/Shanghai."),
            )
            return "UTC"
        return zone

    def _origin(self, content: Mapping[str, Any]) -> str:
        try:
            code = normalise_code(str(content.get("origin", "")))
        except ValueError:
            code = str(content.get("origin", ""))
        if code not in self.places:
            self._fault(
                "unknown_place",
                "origin",
                code,
                _("is not a place of this pack."),
                next_step=_("Name a code of places.csv."),
            )
        return code

    def _moment(self, content: Mapping[str, Any], zone: str) -> Any:
        written = content.get("started_at")
        text = written.isoformat() if isinstance(written, date) else str(written or "")
        stated = "zone" in content
        try:
            moment = parse_moment(text, zone=zone if stated else None)
        except ValueError as problem:
            code = "no_zone" if "zone" in str(problem) else "not_a_time"
            self._fault(
                code,
                "started_at",
                text or None,
                _("is no moment with a zone."),
                next_step=_("Write it as 2005-11-13T13:00+08:00, or state zone."),
            )
            return None
        if self.manifest.valid_from and moment < self.manifest.valid_from:
            self._fault(
                "before_network",
                "started_at",
                text,
                _("lies before the network of this pack, which is described from {since}."),
                since=self.manifest.valid_from.date().isoformat(),
                next_step=_("Use a pack that covers that time."),
            )
        return moment

    def _substance(self, content: Mapping[str, Any]) -> None:
        substance = self._table(content, "substance", "substance")
        key = substance.get("key")
        if not isinstance(key, str) or key not in self.substances:
            self._fault(
                "unknown_substance",
                "substance.key",
                key,
                _("is not a substance of this pack."),
                allowed=", ".join(sorted(self.substances)),
                next_step=_("Name one of these, or add it to substances.csv."),
            )
        thresholds = substance.get("threshold")
        thresholds = thresholds if isinstance(thresholds, list) else []
        if not thresholds:
            self._fault(
                "no_threshold",
                "substance.threshold",
                None,
                _("is missing: without a threshold nobody can be said to be reached."),
                next_step=_('Write threshold = [{{value = 0.017, unit = "mg/L"}}].'),
            )
        kept: list[float] = []
        for position, threshold in enumerate(thresholds):
            field = f"substance.threshold[{position}]"
            if not isinstance(threshold, Mapping):
                self._fault("not_a_table", field, threshold, _("is not a table {{...}}."))
                continue
            self._only_known("substance.threshold", threshold, field)
            if not isinstance(threshold.get("name", {}), Mapping):
                self._fault(
                    "title",
                    f"{field}.name",
                    threshold["name"],
                    _("is no table of names by language."),
                    next_step=_('Write name = {{zh-Hans = "…", en = "…"}}.'),
                )
            value = self._quantity(threshold, field, "value", "concentration", above_zero=True)
            if value is not None and any(abs(value - each) <= 1e-9 * value for each in kept):
                self._fault(
                    "duplicate",
                    f"{field}.value",
                    threshold["value"],
                    _("is the same concentration as a threshold before it."),
                    next_step=_("Keep one of the two."),
                )
            kept += [] if value is None else [value]

    def _release(self, content: Mapping[str, Any]) -> None:
        release = self._table(content, "release", "release")
        site = release.get("site")
        if not isinstance(site, str) or site not in self.site_keys:
            self._fault(
                "unknown_site",
                "release.site",
                site,
                _("is not a site of this pack."),
                next_step=_("Name a site of sites.csv."),
            )
        elif site in self.sites and self.sites[site].reach is None:
            self._fault(
                "site_off_river",
                "release.site",
                site,
                _("does not lie on a reach of the network."),
                next_step=_("Give it a reach and a fraction in sites.csv, or name another."),
            )
        mass = self._table(release, "mass", "release.mass") if release else {}
        values = [
            self._quantity(mass, "release.mass", each, "mass", above_zero=True)
            for each in ("low", "likely", "high")
            if mass
        ]
        known = [value for value in values if value is not None]
        if len(known) == 3 and known != sorted(known):
            self._fault(
                "order",
                "release.mass",
                known,
                _("low, likely and high are not in this order."),
                allowed="0 < low <= likely <= high",
            )
        if "duration" in release:
            duration = self._table(release, "duration", "release.duration")
            if duration:
                self._quantity(duration, "release.duration", "value", "duration")

    def _quantity(
        self,
        holder: Mapping[str, Any],
        field: str,
        part: str,
        quantity: str,
        *,
        above_zero: bool = False,
    ) -> float | None:
        value = holder.get(part)
        where = f"{field}.{part}"
        allowed = f"{'> 0' if above_zero else '>= 0'}, <= {MOST_TEXT[quantity]}"
        if value is None:
            self._fault("empty", where, None, _("is missing."), allowed=allowed)
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self._fault("not_a_number", where, value, _("is not a number."), allowed=allowed)
            return None
        if value < 0 or (above_zero and value == 0):
            self._fault("out_of_range", where, value, _("lies outside its range."), allowed=allowed)
            return None
        unit = holder.get("unit")
        try:
            kept = convert(float(value), str(unit), quantity)
        except ValueError:
            self._fault(
                "wrong_unit",
                f"{field}.unit",
                unit,
                _("is missing.") if unit is None else _("is the wrong unit here."),
                allowed=", ".join(FACTORS[quantity]),
            )
            return None
        if kept > MOST[quantity]:
            self._fault("out_of_range", where, value, _("lies outside its range."), allowed=allowed)
            return None
        return kept
