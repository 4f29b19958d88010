"""What a scenario of a river pollutant tells of its release: substance, site, mass, duration."""

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

from sameboat.lib.language import mark as _
from sameboat.lib.units import FACTORS, convert
from sameboat.packs.frame import Desk
from sameboat.packs.records import Site

#: What each table may hold.  A misspelt name would leave an assumption in its place unseen.
KNOWN = {
    "substance": ("key", "threshold"),
    "substance.threshold": ("value", "unit", "name"),
    "release": ("site", "mass", "duration"),
    "release.mass": ("low", "likely", "high", "unit"),
    "release.duration": ("value", "unit"),
}  # fmt: skip
#: quantity -> the most that is not a slip of the unit, in the kept unit.
MOST = {"concentration": 1e6, "mass": 1e10, "duration": 9600.0}
MOST_TEXT = {"concentration": "1000000 mg/L", "mass": "10000000 t", "duration": "400 d"}


class ReleaseReader:
    """Checks a release against the substances and sites of a pack."""

    def __init__(
        self,
        desk: Desk,
        sites: Mapping[str, Site],
        site_keys: Collection[str],
        substances: Collection[str],
    ) -> None:
        """Take what the pack lists."""
        self.desk = desk
        self.sites = sites
        self.site_keys = site_keys
        self.substances = substances

    def table(self, holder: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
        """Return a table of the scenario that holds nothing unknown."""
        found = self.desk.table(holder, name, where)
        self.desk.only(found, KNOWN[where], where)
        return found

    def read_substance(self, content: Mapping[str, Any]) -> None:
        """Check what is released, and above what people count as reached."""
        substance = self.table(content, "substance", "substance")
        key = substance.get("key")
        if not isinstance(key, str) or key not in self.substances:
            self.desk.fault(
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
            self.desk.fault(
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
                self.desk.fault("not_a_table", field, threshold, _("is not a table {{...}}."))
                continue
            self.desk.only(threshold, KNOWN["substance.threshold"], field)
            if not isinstance(threshold.get("name", {}), Mapping):
                self.desk.fault(
                    "title",
                    f"{field}.name",
                    threshold["name"],
                    _("is no table of names by language."),
                    next_step=_('Write name = {{zh-Hans = "…", en = "…"}}.'),
                )
            value = self._quantity(threshold, field, "value", "concentration", above_zero=True)
            if value is not None and any(abs(value - each) <= 1e-9 * value for each in kept):
                self.desk.fault(
                    "duplicate",
                    f"{field}.value",
                    threshold["value"],
                    _("is the same concentration as a threshold before it."),
                    next_step=_("Keep one of the two."),
                )
            kept += [] if value is None else [value]

    def read_release(self, content: Mapping[str, Any]) -> None:
        """Check where and how much is released."""
        release = self.table(content, "release", "release")
        site = release.get("site")
        if not isinstance(site, str) or site not in self.site_keys:
            self.desk.fault(
                "unknown_site",
                "release.site",
                site,
                _("is not a site of this pack."),
                next_step=_("Name a site of sites.csv."),
            )
        elif site in self.sites and self.sites[site].reach is None:
            self.desk.fault(
                "site_off_river",
                "release.site",
                site,
                _("does not lie on a reach of the network."),
                next_step=_("Give it a reach and a fraction in sites.csv, or name another."),
            )
        mass = self.table(release, "mass", "release.mass") if release else {}
        values = [
            self._quantity(mass, "release.mass", each, "mass", above_zero=True)
            for each in ("low", "likely", "high")
            if mass
        ]
        known = [value for value in values if value is not None]
        if len(known) == 3 and known != sorted(known):
            self.desk.fault(
                "order",
                "release.mass",
                known,
                _("low, likely and high are not in this order."),
                allowed="0 < low <= likely <= high",
            )
        if "duration" in release:
            duration = self.table(release, "duration", "release.duration")
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
            self.desk.fault("empty", where, None, _("is missing."), allowed=allowed)
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self.desk.fault("not_a_number", where, value, _("is not a number."), allowed=allowed)
            return None
        if value < 0 or (above_zero and value == 0):
            self.desk.fault(
                "out_of_range", where, value, _("lies outside its range."), allowed=allowed
            )
            return None
        unit = holder.get("unit")
        try:
            kept = convert(float(value), str(unit), quantity)
        except ValueError:
            self.desk.fault(
                "wrong_unit",
                f"{field}.unit",
                unit,
                _("is missing.") if unit is None else _("is the wrong unit here."),
                allowed=", ".join(FACTORS[quantity]),
            )
            return None
        if kept > MOST[quantity]:
            self.desk.fault(
                "out_of_range", where, value, _("lies outside its range."), allowed=allowed
            )
            return None
        return kept
