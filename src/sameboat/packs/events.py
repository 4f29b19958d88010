"""events.csv: what was done or said, by whom and when, with its source."""

from pathlib import Path

from sameboat.lib.codes import normalise_code
from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.lib.times import parse_moment
from sameboat.packs.records import Event
from sameboat.packs.text import Unreadable, read_text, rows_of

COLUMNS = ("time", "actor", "kind", "what", "places", "source")


def read_events(
    folder: Path, places: set[str], zone: str, faults: list[Fault]
) -> tuple[Event, ...]:
    """Read the events; a time may be a date only, or unknown (empty)."""
    name = "events.csv"
    if not (folder / name).exists():
        return ()
    try:
        text = read_text(folder / name, name)
    except Unreadable as problem:
        faults.append(problem.fault)
        return ()
    events = []
    for row in rows_of(text, name, COLUMNS, faults):
        at = None
        if row["time"]:
            try:
                at = parse_moment(row["time"], zone=zone)
            except ValueError:
                faults.append(
                    row.fault(
                        "not_a_time",
                        "time",
                        _("is not a date or a moment."),
                        next_step=_("Write 2005-11-13 or 2005-11-13 13:00; empty: not stated."),
                    )
                )
        codes = []
        for part in filter(None, row["places"].split(";")):
            try:
                codes.append(normalise_code(part))
            except ValueError:
                codes.append(part)
            if codes[-1] not in places:
                faults.append(
                    row.fault("unknown_place", "places", _("names a place not in places.csv."))
                )
        events.append(
            Event(
                at=at,
                date_only=len(row["time"]) == 10,
                actor=row["actor"],
                kind=row["kind"],
                what=row["what"],
                places=tuple(codes),
                source=row["source"],
            )
        )
    return tuple(events)
