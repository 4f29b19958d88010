"""pack.toml: who the pack is, its licences, its sources and the zones of its times."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.packs.records import Licence
from sameboat.packs.text import Unreadable, read_text


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
        return next((z for pattern, z in self.zones.items() if fnmatch(file, pattern)), self.zone)

    def licence_of(self, file: str) -> str:
        """Return the id of the licence that covers a file, empty where none does."""
        return next(
            (
                licence.id
                for licence in self.licences
                if any(fnmatch(file, pattern) for pattern in licence.files)
            ),
            "",
        )


def read_manifest(folder: Path, faults: list[Fault]) -> Manifest | None:
    """Read pack.toml; None where it cannot be read at all."""
    name = "pack.toml"
    try:
        content = tomllib.loads(read_text(folder / name, name))
    except Unreadable as problem:
        faults.append(problem.fault)
        return None
    except tomllib.TOMLDecodeError as problem:
        faults.append(
            Fault(
                "broken_toml",
                _("is not TOML: {problem}."),
                file=name,
                facts={"problem": str(problem)},
                next_step=_("Mend that line."),
            )
        )
        return None
    return Manifest(
        id=_text(content, "id", faults),
        version=_text(content, "version", faults),
        title=_title(content, faults),
        zone=_zone(content.get("zone"), "zone", faults),
        zones={
            str(pattern): _zone(zone, f"zones.{pattern}", faults)
            for pattern, zone in dict(content.get("zones", {})).items()
        },
        valid_from=_valid_from(content, faults),
        licences=_licences(content, faults),
        sources=tuple(str(source) for source in content.get("sources", ())),
    )


def _fault(code: str, field: str, value: Any, problem: str, next_step: str = "") -> Fault:
    return Fault(code, problem, file="pack.toml", field=field, value=value, next_step=next_step)


def _text(content: dict[str, Any], field: str, faults: list[Fault]) -> str:
    value = content.get(field)
    if not isinstance(value, str) or not value.strip():
        faults.append(
            _fault("empty", field, value, _("is missing."), _("Write it as text in quotes."))
        )
        return ""
    return value.strip()


def _title(content: dict[str, Any], faults: list[Fault]) -> dict[str, str]:
    title = content.get("title")
    if not isinstance(title, dict) or not {"zh-Hans", "en"} <= title.keys():
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
    return {tag: str(text) for tag, text in title.items()}


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
    licences = []
    for position, licence in enumerate(content.get("licences", ())):
        missing = [key for key in ("id", "attribution", "files") if not licence.get(key)]
        if missing:
            faults.append(
                _fault(
                    "missing_licence",
                    f"licences[{position}].{missing[0]}",
                    licence.get(missing[0]),
                    _("is missing."),
                    _("A licence has an id, the words of attribution and the files it covers."),
                )
            )
            continue
        licences.append(
            Licence(
                str(licence["id"]),
                str(licence["attribution"]),
                tuple(str(file) for file in licence["files"]),
                str(licence.get("url", "")),
            )
        )
    return tuple(licences)
