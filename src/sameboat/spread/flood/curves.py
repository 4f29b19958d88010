"""Reads rating curves: told as such, or those of a channel whose bed is told."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sameboat.lib.language import mark as _
from sameboat.spread.flood.section import Section
from sameboat.spread.flood.stage import RatingCurve
from sameboat.spread.inputs import InputReader

#: More than the largest rivers carry by far; what is above is a slip of the unit, m3/s.
MOST_FLOW = 1e7
#: What must be known of a channel.
NEEDED = ("slope", "width_m", "roughness")
#: Depth up to which the stage at a channel is tabulated, m, and at how many depths.
_DEEPEST, _DEPTHS = 30.0, 61


def read_rating(
    reader: InputReader, row: Mapping[str, Any], field: str, channel: Section | None = None
) -> RatingCurve | None:
    """Return the curve that is told, or that of the reach's channel where its bed is told.

    None: nothing is told, or a fault was noted with the reader.
    Source: this project, docs/reference/river-flood-structures.md, "Stage".
    """
    given = row.get("rating")
    if row.get("bed_m") is not None:
        bed = reader.number(row, "bed_m", field=field, low=-500.0, high=9_000.0, unit="m")
        if given is not None:
            reader.fault(
                "ambiguous", f"{field}.bed_m", bed, _("stands beside rating: tell one of them.")
            )  # fmt: skip
        elif channel is None:
            reader.fault(
                "empty", f"{field}.bed_m", bed, _("needs the channel of its reach."),
                allowed=", ".join(NEEDED),
            )  # fmt: skip
        return rate_channel(channel, bed) if channel is not None and np.isfinite(bed) else None
    if given is None:
        return None
    if not isinstance(given, Mapping):
        reader.fault("not_a_table", f"{field}.rating", given, _("is not a table."))
        return None
    reader.only(given, ("stage_m", "flow_m3s"), f"{field}.rating")
    stage = reader.array(
        given, "stage_m", field=f"{field}.rating", low=-500.0, high=9_000.0, unit="m", rising=True
    )
    flow = reader.array(
        given,
        "flow_m3s",
        field=f"{field}.rating",
        low=0.0,
        high=MOST_FLOW,
        unit="m3/s",
        rising=True,
    )
    if not len(stage) or not len(flow):
        return None
    if len(stage) != len(flow) or len(stage) < 2:
        reader.fault(
            "length", f"{field}.rating.flow_m3s", len(flow), _("has not as many values."),
            allowed=f">= 2, {len(stage)}",
        )  # fmt: skip
        return None
    return RatingCurve(stage, flow)


def rate_channel(channel: Section, bed_m: float) -> RatingCurve:
    """Return the stage at a channel whose bed lies at a height, m, by Manning's formula.

    Source: Chow (1959), Open-Channel Hydraulics, eqs 5-6 and 6-13.
    """
    depth = (np.arange(_DEPTHS) / (_DEPTHS - 1)) ** 2 * _DEEPEST
    return RatingCurve(bed_m + depth, channel.hydraulics(depth)[2])
