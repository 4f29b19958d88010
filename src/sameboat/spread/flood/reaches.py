"""Reads the reaches of a river: how they hang together, how long a wave takes, their channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.flood.curves import MOST_FLOW, NEEDED
from sameboat.spread.flood.section import Section
from sameboat.spread.inputs import InputReader
from sameboat.spread.network import (
    Channel,
    Network,
    RiverRunsInACircle,
    SharesDoNotAddUp,
    build_network,
)

Array = NDArray[np.float64]
Row = Mapping[str, Any]
#: What a channel is told by -> least, most, unit; `NEEDED` must be told.
SHAPE = {
    "slope": (1e-7, 1.0, ""), "width_m": (0.1, 100_000.0, "m"), "roughness": (0.005, 1.0, ""),
    "side": (0.0, 100.0, ""), "bank_m": (0.01, 1000.0, "m"), "plain_m": (0.0, 1e6, "m"),
    "plain_roughness": (0.005, 1.0, ""),
}  # fmt: skip
FIELDS = (
    "key", "from_node", "to_node", "length_km", "share", "travel_hours", "celerity_ms", *SHAPE,
    "flow_m3s", "weighting", "base_inflow_m3s",
)  # fmt: skip


@dataclass(frozen=True)
class ToldReaches:
    """What was read of the reaches, (rows,) each: K in hours, X, m3/s that join along them.

    `channels` holds what was told of each reach's channel, where its shape is known.
    """

    network: Network | None
    travel_hours: Array
    weighting: Array
    inflow_m3s: Array
    channels: Mapping[str, Section]


def read_reaches(reader: InputReader, rows: Sequence[Row], *, by_channel: bool) -> ToldReaches:
    """Return the checked reaches; faults are noted with the reader.

    Args: by_channel: every reach must tell the shape of its channel.
    Source: this project, docs/reference/river-flood.md, "What is given".
    """
    before = len(reader.faults)
    links, channels = [], {}
    travel, x, inflow = (np.full(len(rows), np.nan) for _each in range(3))
    for number, row in enumerate(rows):
        field = f"reaches[{number}]"
        reader.only(row, FIELDS, field)
        ends = [reader.text(row, end, field=field) for end in ("from_node", "to_node")]
        if ends[0] and ends[0] == ends[1]:
            reader.fault(
                "circle", f"{field}.to_node", ends[1], _("is where the reach begins.")
            )  # fmt: skip
        length = reader.number(
            row, "length_km", field=field, low=0.0, high=10_000.0, unit="km", above=True
        )
        travel[number], channel = _travel_hours(reader, row, field, length, by_channel)
        if channel is not None:
            channels[str(row.get("key"))] = channel
        inflow[number] = reader.number(
            row, "base_inflow_m3s", field=field, low=0.0, high=MOST_FLOW, unit="m3/s", default=0.0
        )
        if row.get("weighting") is not None:
            x[number] = reader.number(row, "weighting", field=field, low=0.0, high=0.5)
        share = row.get("share")
        if share is not None:
            share = reader.number(row, "share", field=field, low=0.0, high=1.0)
        links.append(Channel(str(row.get("key")), ends[0], ends[1], length, share))
    network = None
    if len(reader.faults) == before and rows:
        network = _hang_together(reader, links)
    return ToldReaches(network, travel, x, inflow, channels)


def wide_celerity(slope: float, width_m: float, roughness: float, flow_m3s: float) -> float:
    """Return the speed of a flood wave in a wide channel, m/s: 5/3 of Manning's velocity.

    Args: all > 0.
    Source: Chow, Maidment & Mays (1988), Applied Hydrology, eqs 9.3.12-9.3.15.
    """
    depth = (flow_m3s * roughness / (width_m * slope**0.5)) ** 0.6
    return float(5.0 / 3.0 * flow_m3s / (width_m * depth))


def _shape(reader: InputReader, row: Row, field: str, *, needed: bool) -> Section | None:
    """Return the reach's channel; None where its shape is not (well) told."""
    told: dict[str, float] = {}
    before = len(reader.faults)
    for key, (low, high, unit) in SHAPE.items():
        if row.get(key) is not None or (needed and key in NEEDED):
            told[key] = reader.number(
                row, key, field=field, low=low, high=high, unit=unit, above=key in NEEDED
            )
    if len(reader.faults) > before or not all(key in told for key in NEEDED):
        return None
    return Section(
        told["width_m"], told["slope"], told["roughness"], told.get("side", 0.0),
        told.get("bank_m", np.inf), told.get("plain_m", 0.0), told.get("plain_roughness", 0.06),
    )  # fmt: skip


def _travel_hours(
    reader: InputReader, row: Row, field: str, length_km: float, by_channel: bool
) -> tuple[float, Section | None]:
    """Return K of a reach, from whichever of the three ways it is told, and its channel."""
    direct = row.get("travel_hours") is not None or row.get("celerity_ms") is not None
    told = any(row.get(key) is not None for key in (*NEEDED, "flow_m3s"))
    channel = _shape(reader, row, field, needed=by_channel or (told and not direct))
    if row.get("travel_hours") is not None:
        return reader.number(
            row, "travel_hours", field=field, low=0.0, high=10_000.0, unit="h", above=True
        ), channel
    if row.get("celerity_ms") is not None:
        speed = reader.number(
            row, "celerity_ms", field=field, low=0.001, high=50.0, unit="m/s", above=True
        )
        return length_km / 3.6 / speed, channel
    if not told and not by_channel:
        reader.fault(
            "empty", f"{field}.travel_hours", None, _("is missing."),
            allowed="travel_hours, celerity_ms, or slope + width_m + roughness + flow_m3s",
        )  # fmt: skip
        return float("nan"), None
    # Routed by its channel, a reach has the K of every flow: that of one is only told of it.
    typical = reader.number(
        row, "flow_m3s", field=field, low=1e-3, high=1e6, unit="m3/s", above=True,
        default=1.0 if by_channel else None,
    )  # fmt: skip
    if channel is None:
        return float("nan"), None
    slope, width, roughness = (float(row[key]) for key in NEEDED)
    return length_km / 3.6 / wide_celerity(slope, width, roughness, typical), channel


def _hang_together(reader: InputReader, links: Sequence[Channel]) -> Network | None:
    try:
        return build_network(links)
    except RiverRunsInACircle as refusal:
        reader.fault(
            "circle", "reaches", ", ".join(map(str, refusal.facts["channels"])),
            _("run in a circle: turn one of them round."),
        )  # fmt: skip
    except SharesDoNotAddUp as refusal:
        reader.fault(
            "shares", "reaches.share", refusal.facts["total"],
            _("is what the shares that leave {node} add up to."), allowed="1",
            node=refusal.facts["node"],
        )  # fmt: skip
    return None
