"""The figures that others published of broken dams, beside ours."""

import numpy as np

from sameboat.lib.language import mark as _
from sameboat.spread.checking import Check, Curve, Tables
from sameboat.spread.flood.breach import breach_outflow, froehlich_peak
from sameboat.spread.flood.dam_break import break_dam

_CLOSED = "dam_break_closed_forms.csv"
_JAMESTOWN = "jamestown_dam_peaks.csv"
_FOOT, _ACRE_FOOT = 0.3048, 1233.48184
_STOKER = (
    "A. Ritter (1892), Die Fortpflanzung der Wasserwellen, Z. VDI 36:947; J. J. Stoker (1957), "
    "Water Waves, section 10.8"
)
_FROEHLICH = (
    "D. C. Froehlich (1995), Peak outflow from breached embankment dam, J. Water Resour. Plann. "
    "Manage. 121:90; T. L. Wahl (2001), The uncertainty of embankment dam breach parameter "
    "predictions, FEMA workshop, Oklahoma City, table 4"
)
_COLUMNS = (
    ("depth_m", "h_star_or_h_at_dam_m", "m", _("depth behind the front, dam gone at once")),
    ("speed_ms", "u_star_or_u_at_dam_m_s", "m/s", _("speed behind the front, dam gone at once")),
    ("flow_m2s", "unit_discharge_at_dam_m2_s", "m2/s", _("flow at a dam that is gone at once")),
    ("front_ms", "front_or_shock_speed_m_s", "m/s", _("speed of the front, dam gone at once")),
)


def checks(tables: Tables) -> list[Check]:
    """Return every check of a breach.

    Args: tables: the published tables by name.
    Source: this project, docs/reference/river-flood-structures.md, "Against published figures".
    """
    return [*_closed_forms(tables), _peaks(tables), _volume()]


def _closed_forms(tables: Tables) -> list[Check]:
    rows = tables[_CLOSED]
    found = []
    number = tuple(float(each) for each in range(1, len(rows) + 1))
    pairs = [(float(row["h_left_m"]), float(row["h_right_m"])) for row in rows]
    broken = [break_dam(above, below) for above, below in pairs]
    for name, column, unit, says in _COLUMNS:
        ours = [float(getattr(each, name)) for each in broken]
        theirs = [float(row[column]) for row in rows]
        worst = int(np.argmax(np.abs(np.array(ours) / theirs - 1)))
        found.append(
            Check(
                f"flood-dam-break-{name}", says, ours[worst], theirs[worst], unit, 1e-8, True,
                _("the table prints nine digits; the row furthest off"), _STOKER,
                curves=(Curve(name, number, tuple(ours), tuple(theirs), "row", unit),),
            )
        )  # fmt: skip
    return found


def _peaks(tables: Tables) -> Check:
    rows = tables[_JAMESTOWN]
    heads = [(float(row["level_ft"]) - float(row["bottom_ft"])) * _FOOT for row in rows]
    stored = [float(row["storage_acre_feet"]) * _ACRE_FOOT for row in rows]
    ours = [float(each) / _FOOT**3 for each in froehlich_peak(stored, heads)]
    theirs = [float(row["peak_ft3_s"]) for row in rows]
    worst = int(np.argmax(np.abs(np.array(ours) / theirs - 1)))
    return Check(
        "flood-breach-peak",
        _("peak outflow of a breach by Froehlich (1995) at four levels, the one furthest off"),
        ours[worst], theirs[worst], "ft3/s", 5e-3, True,
        _("the volumes of the table are rounded to two or three digits"), _FROEHLICH,
        curves=(
            Curve("peak", tuple(heads), tuple(ours), tuple(theirs), "depth of water, m", "ft3/s"),
        ),
    )  # fmt: skip


def _volume() -> Check:
    hours = np.arange(0.0, 48.0, 1.0)
    flow = breach_outflow(
        hours, start_hours=3.3, peak_m3s=43_000.0, volume_m3=3.1e8, formation_hours=1.3
    )
    left = float(np.trapezoid(flow[:, 0]) * 3600)
    return Check(
        "flood-breach-volume", _("water that left through a breach, hourly steps"), left, 3.1e8,
        "m3", 1e-12, True, _("no water may be lost: rounding only"),
        "this project, docs/reference/river-flood-structures.md",
    )  # fmt: skip
