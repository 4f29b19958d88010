"""Source hydrographs and observations of the floods of the Hai River, from facts with sources.

Bulletins give two to four flows of a station.  Between two of them a flood rises and falls
exponentially here; every point that is not in a bulletin says so in its row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log
from pathlib import Path
from typing import Any

from tools.regions.tables import OBSERVATION_COLUMNS, read_table, write_table

SOURCE_COLUMNS = ("key", "node", "time", "flow_m3s", "source")
STEP = timedelta(hours=3)
FIRST, SECOND = "2023-07-30 20:00", "2025-07-26 18:00"


@dataclass(frozen=True)
class Pulse:
    """The flood at one station, moved to the node where it enters the network."""

    station: str
    event: str
    node: str
    shift_hours: float  #: from the station's time to the node's
    why: str
    variable: str = "flow"
    #: (time, m3/s, why) that no bulletin tells; a flow of None: the bulletin's flow without a time
    assumed: tuple[tuple[str, float | None, str], ...] = ()


BEFORE, AFTER = "flow before the flood", "flow after the flood"
PULSES = (
    Pulse("ZF", "2023", "N101", 1.0, "the node lies some 10 km below the station",
          assumed=((FIRST, 20.0, BEFORE), ("2023-08-07 12:00", 150.0, AFTER))),
    Pulse("SJD", "2023", "N115", -2.4,
          "the node lies some 37 km above the station, at 4.3 m/s as above Sanjiadian",
          assumed=((FIRST, 10.0, BEFORE), ("2023-08-07 12:00", 50.0, AFTER))),
    Pulse("LLH", "2023", "N038", 0.0, "the node lies below the station",
          assumed=((FIRST, 20.0, BEFORE),
                   ("2023-07-31 16:00", None,
                    "hour: Manshuihe upstream was expected to peak at 12 to 14 h"),
                   ("2023-08-03 12:00", 200.0, "as Zhangfang: a tenth of the peak"),
                   ("2023-08-07 12:00", 40.0, AFTER))),
    Pulse("ZJF", "2025", "N162", 0.0, "",
          assumed=((SECOND, 30.0, BEFORE), ("2025-07-28 03:00", 900.0, "recession within a day"),
                   ("2025-07-31 00:00", 150.0, AFTER))),
    Pulse("TSZ", "2025", "N162", 0.5,
          "the lake lies below the station; all that enters it is let in at its upper node",
          assumed=((SECOND, 20.0, BEFORE),
                   ("2025-07-27 02:00", None, "hour: an hour before the reservoir's inflow peaked"),
                   ("2025-07-28 03:00", 600.0, "recession within a day"),
                   ("2025-07-31 00:00", 100.0, AFTER))),
    Pulse("YZ", "2025", "N122", 1.0, "the node lies below the reservoir; what it kept is not told",
          variable="inflow",
          assumed=((SECOND, 10.0, BEFORE),
                   ("2025-07-28 08:00", None, "hour not in the source"),
                   ("2025-07-29 08:00", 300.0, "recession within a day"),
                   ("2025-08-01 00:00", 60.0, AFTER))),
)  # fmt: skip
#: What is compared, not told to the model: station -> its variable.
JUDGED = {"2023": {"LGQ": "flow", "BJM": "flow"}, "2025": {"MY": "inflow"}}


def write_floods(data: Path, out: Path) -> None:
    """Write tables/flood-YEAR-sources.csv and observations/flood-YEAR.csv."""
    facts = read_table(data / "hai_floods_facts" / "flows.csv")
    for event in ("2023", "2025"):
        rows = [row for each in PULSES if each.event == event for row in hydrograph(each, facts)]
        write_table(out / "tables" / f"flood-{event}-sources.csv", SOURCE_COLUMNS, rows)
        judged = JUDGED[event]
        seen = [
            {
                "site": row["station"], "time": stamp(moment(row["time_beijing"])),
                "quantity": "flow", "value": row["value_m3s"], "unit": "m3/s",
                "kind": "peak" if "peak" in row["note"] or "max" in row["note"] else "value",
                "source": f"fact: {row['note']}; {row['source_url']}",
            }
            for row in facts
            if row["event"] == event and row["time_beijing"]
            and judged.get(row["station"]) == row["variable"]
        ]  # fmt: skip
        write_table(out / "observations" / f"flood-{event}.csv", OBSERVATION_COLUMNS, seen)


def hydrograph(pulse: Pulse, facts: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """Return the rows of a pulse: facts, what is assumed, and points between them."""
    known: list[tuple[datetime, float, str]] = []
    untimed = ""
    for row in facts:
        if (row["station"], row["event"], row["variable"]) != (
            pulse.station, pulse.event, pulse.variable
        ):  # fmt: skip
            continue
        if row["time_beijing"]:
            says = (
                f"fact: {pulse.station} {row['time_beijing']}: {row['note']}; {row['source_url']}"
            )
            known.append((moment(row["time_beijing"]), float(row["value_m3s"]), says))
        else:
            untimed = row["value_m3s"]
            where = row["source_url"]
    for time, flow, why in pulse.assumed:
        if flow is None:
            known.append(
                (moment(time), float(untimed), f"fact: the flow; {where}; assumption: {why}")
            )
        else:
            known.append((moment(time), flow, f"assumption: {why}"))
    known.sort()
    shift = timedelta(hours=pulse.shift_hours)
    moved = f"; assumption: moved by {pulse.shift_hours:+g} h, {pulse.why}" if shift else ""
    rows = []
    for (time, flow, says), following in zip(known, [*known[1:], None], strict=True):
        rows.append((time, flow, says + moved))
        if following is None:
            continue
        later, next_flow, _says = following
        between = time + STEP
        while between < later - STEP / 2:
            part = (between - time) / (later - time)
            value = round(flow * exp(part * log(next_flow / flow)), 1)
            rows.append((between, value, "assumption: exponential between its neighbours"))
            between += STEP
    return [
        {"key": pulse.station, "node": pulse.node, "time": stamp(time + shift), "flow_m3s": flow,
         "source": says}
        for time, flow, says in rows
    ]  # fmt: skip


def moment(text: str) -> datetime:
    """Return a moment of a source, Beijing time."""
    return datetime.fromisoformat(text)


def stamp(time: datetime) -> str:
    """Return a Beijing time with its offset."""
    return f"{time:%Y-%m-%dT%H:%M}+08:00"
