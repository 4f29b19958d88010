"""Observation files: `site,time,quantity,value,unit,kind,error,known_at`."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.packs.numbers import number_of
from sameboat.packs.quantities import COUNTED, MOST, QUANTITIES, units_of
from sameboat.packs.records import Observation
from sameboat.packs.text import Row, Unreadable, read_text, rows_of

COLUMNS = ("site", "time", "quantity", "value", "unit", "kind", "error", "known_at")
REQUIRED, OPTIONAL = COLUMNS[:6], (*COLUMNS[6:], "source")
KINDS = ("value", "front", "peak", "detected", "not_detected", "count")
#: Beyond this (a kilogram in a litre) a concentration is a slip of the unit, not a river.
MAX_CONCENTRATION_MG_L = 1e6


def read_observations(
    path: Path,
    *,
    sites: Collection[str],
    substances: Collection[str],
    zone: str | None,
    now: datetime | None = None,
    name: str | None = None,
) -> tuple[Observation, ...]:
    """Read a file of observations, sorted by time; an empty table is no observations.

    `zone` is that of times written without an offset; `now`, where given, refuses the future.

    Raises:
        FaultyInput: every fault, by line.
    """
    faults: list[Fault] = []
    found = collect_observations(path, name or path.name, sites, substances, zone, faults, now=now)
    if faults:
        raise FaultyInput(faults)
    return found


def collect_observations(
    path: Path,
    name: str,
    sites: Collection[str],
    substances: Collection[str],
    zone: str | None,
    faults: list[Fault],
    *,
    now: datetime | None = None,
) -> tuple[Observation, ...]:
    """Read a file of observations, appending its faults."""
    try:
        text = read_text(path, name)
    except Unreadable as problem:
        faults.append(problem.fault)
        return ()
    if not text.strip():
        faults.append(
            Fault(
                "empty_file",
                _("the file is empty."),
                file=name,
                line=1,
                next_step=_("Begin with the header {header}."),
                facts={"header": ",".join(COLUMNS)},
            )
        )
        return ()
    found: dict[tuple[str, datetime, str, str], Observation] = {}
    for row in rows_of(text, name, REQUIRED, faults, optional=OPTIONAL):
        observation = _observation(row, sites, substances, zone, faults, now)
        if observation is None:
            continue
        identity = (observation.site, observation.at, observation.quantity, observation.kind)
        if identity in found:
            faults.append(
                row.fault(
                    "duplicate",
                    "time",
                    _("says the same site, time, quantity and kind as line {line}."),
                    line=found[identity].line,
                    next_step=_("Keep one of the two."),
                )
            )
            continue
        found[identity] = observation
    return tuple(sorted(found.values(), key=lambda each: (each.at, each.site, each.kind)))


def take_observation(
    cells: Mapping[str, str],
    *,
    sites: Collection[str],
    substances: Collection[str],
    zone: str | None = None,
    now: datetime | None = None,
) -> Observation:
    """Check one observation given as cells (a form, a request) as a line of a file would be.

    Raises:
        FaultyInput: every fault, by column.
    """
    faults: list[Fault] = []
    row = Row("", 0, dict(cells))
    observation = _observation(row, sites, substances, zone, faults, now)
    if observation is None or faults:
        raise FaultyInput(replace(fault, line=None) for fault in faults)
    return observation


def _observation(
    row: Row,
    sites: Collection[str],
    substances: Collection[str],
    zone: str | None,
    faults: list[Fault],
    now: datetime | None,
) -> Observation | None:
    before = len(faults)
    _check_words(row, sites, substances, faults)
    at = _moment(row, "time", zone, faults)
    known_at = _moment(row, "known_at", zone, faults) if row["known_at"] else at
    if at and known_at and known_at < at:
        faults.append(
            row.fault(
                "order",
                "known_at",
                _("lies before the time of the measurement itself."),
                next_step=_("Leave it empty where it was known at once."),
            )
        )
    if now:
        _refuse_future(row, now, at, known_at if row["known_at"] else None, faults)
    units = units_of(row["quantity"], substances)
    most = MAX_CONCENTRATION_MG_L if row["quantity"] in substances else MOST
    value, below = _value(row, units, most, faults)
    error = _kept(row, units, number_of(row, "error", faults, least=0))
    if units and (row["value"] or row["error"] or row["unit"]) and row["unit"] not in units:
        faults.append(
            row.fault(
                "wrong_unit",
                "unit",
                _("is no unit of concentration.")
                if row["quantity"] in substances
                else _("is the wrong unit here."),
                allowed=", ".join(unit for unit in units if unit),
            )
        )
    if len(faults) > before or at is None or known_at is None:
        return None
    return Observation(
        site=row["site"],
        at=at,
        quantity=row["quantity"],
        value=value,
        below=below,
        unit=next(iter(units)),
        kind=row["kind"],
        error=error,
        known_at=known_at,
        line=row.line,
        source=row["source"],
    )


def _refuse_future(
    row: Row, now: datetime, at: datetime | None, known_at: datetime | None, faults: list[Fault]
) -> None:
    for column, moment in (("time", at), ("known_at", known_at)):
        if moment and moment > now:
            faults.append(
                row.fault(
                    "future",
                    column,
                    _("lies in the future of {now}."),
                    now=now.isoformat(timespec="minutes"),
                    next_step=_("Check the date and the zone."),
                )
            )


def _check_words(
    row: Row, sites: Collection[str], substances: Collection[str], faults: list[Fault]
) -> None:
    if row["site"] not in sites:
        faults.append(
            row.fault(
                "unknown_site",
                "site",
                _("is not a site of this pack."),
                next_step=_("Name a site of sites.csv."),
            )
        )
    if row["quantity"] not in substances and row["quantity"] not in QUANTITIES:
        faults.append(
            row.fault(
                "unknown_substance",
                "quantity",
                _("is not a substance of this pack."),
                allowed=", ".join((*sorted(substances), *QUANTITIES)),
            )
        )
    if row["kind"] not in KINDS:
        faults.append(
            row.fault(
                "unknown_value", "kind", _("is none of those known."), allowed=", ".join(KINDS)
            )
        )


def _moment(row: Row, column: str, zone: str | None, faults: list[Fault]) -> datetime | None:
    try:
        return parse_moment(row[column], zone=zone)
    except ValueError as problem:
        code = "no_zone" if "zone" in str(problem) else "not_a_time"
        faults.append(
            row.fault(
                code,
                column,
                _("is no moment with a zone."),
                next_step=_("Write it as 2005-11-25T00:00+08:00."),
            )
        )
        return None


def _value(
    row: Row, units: Mapping[str, float], most: float, faults: list[Fault]
) -> tuple[float | None, float | None]:
    """Return (value, detection limit) in the kept unit; "<0.002" is a limit, not a value."""
    cell, kind = row["value"], row["kind"]
    limited = cell.startswith("<")
    if not cell:
        if kind in {"value", "peak", "count"}:
            faults.append(
                row.fault(
                    "empty",
                    "value",
                    _("is empty, and {kind} needs one."),
                    kind=kind,
                    next_step=_("Give it, or write detected or not_detected."),
                )
            )
        return None, None
    number = _number(row, cell.removeprefix("<").strip(), limited, faults)
    kept = _kept(row, units, number)
    if kept is not None and kept > most:
        faults.append(
            row.fault(
                "out_of_range",
                "value",
                _("lies outside its range."),
                allowed=f"0 … {most:.0f} {next(iter(units))}".strip(),
                next_step=_("Check the number and its unit."),
            )
        )
    _check_count(row, kept, faults)
    if kept == 0 and kind in {"front", "peak", "detected"}:
        faults.append(
            row.fault(
                "contradiction",
                "value",
                _("says nothing was there, while {kind} says it was."),
                kind=kind,
                next_step=_("Write the kind not_detected."),
            )
        )
    if limited or kind == "not_detected":
        if limited and kind in {"front", "peak", "detected"}:
            faults.append(
                row.fault(
                    "contradiction",
                    "value",
                    _("says below a limit, while {kind} says it was there."),
                    kind=kind,
                    next_step=_("Write the kind not_detected."),
                )
            )
        return None, kept or None
    return kept, None


def _check_count(row: Row, kept: float | None, faults: list[Fault]) -> None:
    if row["kind"] == "count" and (
        row["quantity"] not in COUNTED or (kept is not None and kept != int(kept))
    ):
        faults.append(
            row.fault(
                "wrong_kind",
                "kind",
                _("is for whole numbers of {counted}."),
                counted=", ".join(COUNTED),
                next_step=_("Write the kind value."),
            )
        )


def _number(row: Row, text: str, limited: bool, faults: list[Fault]) -> float | None:
    """Read the number of a value or of a limit; a fault quotes the cell as it was written."""
    found: list[Fault] = []
    number = number_of(Row(row.file, row.line, {"value": text}), "value", found, least=0)
    faults.extend(replace(fault, value=row["value"]) for fault in found)
    if limited and not found and not number:
        faults.append(
            row.fault(
                "out_of_range",
                "value",
                _("names no limit of detection."),
                allowed="> 0",
                next_step=_("Write it as <0.002, or leave it empty with the kind not_detected."),
            )
        )
    return number


def _kept(row: Row, units: Mapping[str, float], number: float | None) -> float | None:
    """Return a number in the kept unit; None without one, or where its unit is faulty."""
    if number is None or row["unit"] not in units:
        return None
    return number * units[row["unit"]]
