"""scenarios/*.toml: what happened or may happen, checked against the pack."""

import tomllib
from collections.abc import Mapping
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.lib.codes import normalise_code
from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.lib.units import convert
from sameboat.packs.manifest import Manifest
from sameboat.packs.records import Scenario, Site, Substance
from sameboat.packs.text import Unreadable, read_text

HAZARDS = ("river_pollutant",)
MOVES = ("travels", "stays")


class ScenarioReader:
    """Reads scenarios against what one pack knows; gathers every fault."""

    def __init__(
        self,
        manifest: Manifest,
        places: set[str],
        sites: Mapping[str, Site],
        substances: Mapping[str, Substance],
        faults: list[Fault],
    ) -> None:
        self.manifest = manifest
        self.places = places
        self.sites = sites
        self.substances = substances
        self.faults = faults
        self.file = ""

    def read(self, path: Path, name: str) -> Scenario | None:
        """Read one file; None where it cannot be read at all."""
        self.file = name
        try:
            content = tomllib.loads(read_text(path, name))
        except Unreadable as problem:
            self.faults.append(problem.fault)
            return None
        except tomllib.TOMLDecodeError as problem:
            self._fault("broken_toml", "", None, _("is not TOML: {problem}."), problem=str(problem))
            return None
        return self.take(content, key=path.stem, name=name, path=path)

    def take(
        self, content: Mapping[str, Any], *, key: str, name: str, path: Path | None = None
    ) -> Scenario | None:
        """Check a scenario given as a mapping (a file, or a form) and return it."""
        self.file = name
        before = len(self.faults)
        title = content.get("title")
        if not isinstance(title, Mapping) or not any(title.values()):
            self._fault("title", "title", title, _("is missing."))
            title = {}
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
            title={str(tag): str(text) for tag, text in title.items()},
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
            self._fault("unknown_zone", "zone", zone, _("is not an IANA time zone."))
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
        substance = content.get("substance")
        substance = substance if isinstance(substance, Mapping) else {}
        key = substance.get("key")
        if key not in self.substances:
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
        for position, threshold in enumerate(thresholds):
            field = f"substance.threshold[{position}]"
            threshold = threshold if isinstance(threshold, Mapping) else {}
            self._quantity(threshold, field, "value", "concentration", above_zero=True)

    def _release(self, content: Mapping[str, Any]) -> None:
        release = content.get("release")
        release = release if isinstance(release, Mapping) else {}
        site = release.get("site")
        if site not in self.sites:
            self._fault(
                "unknown_site",
                "release.site",
                site,
                _("is not a site of this pack."),
                next_step=_("Name a site of sites.csv."),
            )
        elif self.sites[str(site)].reach is None:
            self._fault(
                "site_off_river", "release.site", site, _("does not lie on a reach of the network.")
            )
        mass = release.get("mass")
        mass = mass if isinstance(mass, Mapping) else {}
        values = [
            self._quantity(mass, "release.mass", each, "mass", above_zero=True)
            for each in ("low", "likely", "high")
        ]
        known = [value for value in values if value is not None]
        if len(known) == 3 and known != sorted(known):
            self._fault(
                "order",
                "release.mass",
                known,
                _("low, likely and high are not in this order."),
            )
        duration = release.get("duration", {"value": 0, "unit": "h"})
        duration = duration if isinstance(duration, Mapping) else {}
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
        allowed = "> 0" if above_zero else ">= 0"
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self._fault("not_a_number", where, value, _("is not a number."), allowed=allowed)
            return None
        if value < 0 or (above_zero and value == 0):
            self._fault("out_of_range", where, value, _("lies outside its range."), allowed=allowed)
            return None
        try:
            return convert(float(value), str(holder.get("unit", "")), quantity)
        except ValueError as problem:
            self._fault(
                "wrong_unit",
                f"{field}.unit",
                holder.get("unit"),
                _("is the wrong unit: {problem}."),
                problem=str(problem),
            )
            return None
