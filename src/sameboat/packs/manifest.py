"""pack.toml: who the pack is, its licences, its sources and the zones of its times."""

import re
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.packs.records import Licence
from sameboat.packs.text import read_toml

#: A pack's name and version: they stand in addresses, file names and database columns.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Manifest:
    """What pack.toml says."""

    id: str
    version: str
    title: dict[str, str]
    zone: str
    zones: dict[str, str]  #: file pattern -> IANA zone of its time columns
    valid_from: datetime | None  #: UTC; before it the network is not described
    licences: tuple[Licence, ...]
    sources: tuple[str, ...]

    def zone_of(self, file: str) -> str:
        """Return the zone in which this file's times are written."""
        return next((z for pattern, z in self.zones.items() if covers(pattern, file)), self.zone)

    def licence_of(self, file: str) -> str:
        """Return the id of the licence that covers a file, empty where none does."""
        return next(
            (
                licence.id
                for licence in self.licences
                if any(covers(pattern, file) for pattern in licence.files)
            ),
            "",
        )


def covers(pattern: str, file: str) -> bool:
    """Return whether a pattern of pack.toml means a file: `*` stays within one folder.

    So `*.csv` does not take `odbl/neighbours.csv` out of its own licence.
    """
    wanted, parts = pattern.split("/"), file.split("/")
    return len(wanted) == len(parts) and all(
        fnmatchcase(part, each) for part, each in zip(parts, wanted, strict=True)
    )


def read_manifest(folder: Path, faults: list[Fault]) -> Manifest | None:
    """Read pack.toml; None where it cannot be read at all."""
    content = read_toml(folder / "pack.toml", "pack.toml", faults)
    if content is None:
        return None
    return Manifest(
        id=_name(content, "id", faults),
        version=_name(content, "version", faults),
        title=_title(content, faults),
        zone=_zone(content.get("zone"), "zone", faults),
        zones=_zones(content.get("zones", {}), faults),
        valid_from=_valid_from(content, faults),
        licences=_licences(content, faults),
        sources=_sources(content.get("sources"), faults),
    )


def _fault(code: str, field: str, value: Any, problem: str, next_step: str = "") -> Fault:
    return Fault(code, problem, file="pack.toml", field=field, value=value, next_step=next_step)


def _name(content: dict[str, Any], field: str, faults: list[Fault]) -> str:
    value = content.get(field)
    if value is None or value == "":
        faults.append(
            _fault("empty", field, None, _("is missing."), _("Write it as text in quotes."))
        )
        return ""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        faults.append(
            _fault(
                "not_a_name",
                field,
                value,
                _("is not a short name in quotes."),
                _("Write 1 to 64 letters, digits, points, - or _, such as 2026.1."),
            )
        )
        return ""
    return value


def _sources(value: Any, faults: list[Fault]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(_is_text(each) for each in value):
        faults.append(
            _fault(
                "sources",
                "sources",
                value,
                _("is missing, or is not a list of texts."),
                _('Say where the data are from: sources = ["…", "…"].'),
            )
        )
        return ()
    return tuple(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _title(content: dict[str, Any], faults: list[Fault]) -> dict[str, str]:
    title = content.get("title")
    told = title if isinstance(title, dict) else {}
    if not all(_is_text(told.get(tag)) for tag in ("zh-Hans", "en")):
        faults.append(
            _fault(
                "title",
                "title",
                title,
                _("lacks one of the two languages."),
                _('Write title = {{zh-Hans = "…", en = "…"}}.'),
            )
        )
        return {}
    return {tag: str(text) for tag, text in told.items()}


def _zones(zones: Any, faults: list[Fault]) -> dict[str, str]:
    if not isinstance(zones, dict):
        faults.append(
            _fault(
                "not_a_table",
                "zones",
                zones,
                _("is not a table of file = zone."),
                _('Write [zones] and below it "events.csv" = "Asia/Shanghai".'),
            )
        )
        return {}
    return {pattern: _zone(zone, f"zones.{pattern}", faults) for pattern, zone in zones.items()}


def _zone(zone: Any, field: str, faults: list[Fault]) -> str:
    try:
        ZoneInfo(str(zone))
    except Exception:  # zoneinfo raises several kinds for text that is no zone
        faults.append(
            _fault(
                "unknown_zone",
                field,
                zone,
                _("is not an IANA time zone."),
                _("Write one such as Asia/Shanghai."),
            )
        )
        return "UTC"
    return str(zone)


def _valid_from(content: dict[str, Any], faults: list[Fault]) -> datetime | None:
    value = content.get("valid_from")
    if value is None:
        return None
    try:
        return parse_moment(str(value), zone=str(content.get("zone", "UTC")))
    except (ValueError, KeyError):
        faults.append(
            _fault(
                "not_a_time",
                "valid_from",
                value,
                _("is not a date."),
                _("Write it as 2005-01-01."),
            )
        )
        return None


def _licences(content: dict[str, Any], faults: list[Fault]) -> tuple[Licence, ...]:
    given = content.get("licences")
    if not isinstance(given, list) or not given:
        faults.append(
            _fault(
                "missing_licence",
                "licences",
                given,
                _("is missing: nobody may use data without a licence."),
                _("Write [[licences]] with id, attribution and files."),
            )
        )
        return ()
    found = (_licence(each, f"licences[{at}]", faults) for at, each in enumerate(given))
    return tuple(licence for licence in found if licence)


def _licence(told: Any, where: str, faults: list[Fault]) -> Licence | None:
    told = told if isinstance(told, dict) else {}
    before = len(faults)
    for key in ("id", "attribution"):
        if not _is_text(told.get(key)):
            faults.append(
                _fault(
                    "missing_licence",
                    f"{where}.{key}",
                    told.get(key),
                    _("is missing."),
                    _("A licence has an id, the words of attribution and the files it covers."),
                )
            )
    files = told.get("files")
    patterns: list[Any] = files if isinstance(files, list) and files else [None]
    for pattern in patterns:
        if not _is_text(pattern) or pattern.startswith("/") or ".." in pattern.split("/"):
            faults.append(
                _fault(
                    "missing_licence",
                    f"{where}.files",
                    files if pattern is None else pattern,
                    _("is no list of files of this pack."),
                    _('Write them from the pack\'s folder: files = ["places.csv", "odbl/*"].'),
                )
            )
    if len(faults) > before:
        return None
    return Licence(told["id"], told["attribution"], tuple(patterns), str(told.get("url", "")))
