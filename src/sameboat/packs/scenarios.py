"""scenarios/*.toml: what happened or may happen, checked against the pack."""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.lib.codes import normalise_code
from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.packs.frame import Desk
from sameboat.packs.manifest import Manifest
from sameboat.packs.questions import ASKED, CHAIN, COMPOUND, QUESTION, QuestionReader
from sameboat.packs.records import Scenario, Site
from sameboat.packs.releases import ReleaseReader
from sameboat.packs.text import read_toml

POLLUTANT = "river_pollutant"
HAZARDS = (POLLUTANT, *ASKED, COMPOUND)
MOVES = ("travels", "stays")
FRAME = ("title", "hazard", "moves", "origin", "zone", "started_at")
#: hazard -> what stands beside the frame.  A misspelt name would leave an assumption unseen.
KNOWN = {
    POLLUTANT: ("substance", "release", "hydrology", "run", "option", "about"),
    COMPOUND: CHAIN,
    **dict.fromkeys(ASKED, QUESTION),
}
#: A drill may lie ahead; a later year is a slip of the finger, and its forecast has no calendar.
LAST_YEAR = 2199


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
        self.desk = Desk(faults)

    def read(self, path: Path, name: str) -> Scenario | None:
        """Read one file; None where it cannot be read at all."""
        content = read_toml(path, name, self.desk.faults)
        if content is None:
            return None
        return self.take(content, key=path.stem, name=name, path=path)

    def take(
        self, content: Mapping[str, Any], *, key: str, name: str, path: Path | None = None
    ) -> Scenario | None:
        """Check a scenario given as a mapping (a file, or a form) and return it."""
        desk = self.desk
        desk.file = name
        before = len(desk.faults)
        hazard = str(content.get("hazard"))
        if hazard in KNOWN:
            desk.only(content, FRAME + KNOWN[hazard], "")
        title = desk.names(content.get("title"), "title")
        desk.one_of(content, "hazard", HAZARDS)
        desk.one_of(content, "moves", MOVES)
        zone = self._zone(content)
        origin = self._origin(content)
        started_at = self._moment(content, zone)
        if hazard == POLLUTANT:
            release = ReleaseReader(desk, self.sites, self.site_keys, self.substances)
            release.read_substance(content)
            release.read_release(content)
        folder = path.parent.parent if path is not None else None
        content = QuestionReader(desk, folder, zone).read(content, hazard)
        if len(desk.faults) > before or started_at is None:
            return None
        return Scenario(
            key=key,
            title=title,
            hazard=hazard,
            moves=str(content["moves"]),
            origin=origin,
            started_at=started_at,
            zone=zone,
            content=content,
            path=path,
        )

    def _zone(self, content: Mapping[str, Any]) -> str:
        zone = str(content.get("zone") or self.manifest.zone)
        try:
            ZoneInfo(zone)
        except Exception:  # zoneinfo raises several kinds for text that is no zone
            self.desk.fault(
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
            self.desk.fault(
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
            self.desk.fault(
                code,
                "started_at",
                text or None,
                _("is no moment with a zone."),
                next_step=_("Write it as 2005-11-13T13:00+08:00, or state zone."),
            )
            return None
        if moment.year > LAST_YEAR:
            self.desk.fault(
                "out_of_range", "started_at", text, _("lies outside its range."),
                allowed=f"<= {LAST_YEAR}", next_step=_("Check the year."),
            )  # fmt: skip
        if self.manifest.valid_from and moment < self.manifest.valid_from:
            self.desk.fault(
                "before_network",
                "started_at",
                text,
                _("lies before the network of this pack, which is described from {since}."),
                since=self.manifest.valid_from.date().isoformat(),
                next_step=_("Use a pack that covers that time."),
            )
        return moment
