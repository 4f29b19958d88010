"""Muskingum-Cunge after Todini beside figures of another program and of the theory."""

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.checking import Check, Curve, Tables
from sameboat.spread.flood.section import Section, rate
from sameboat.spread.flood.todini import Routed, route_reach

_BASE = "todini_base_example.csv"
_TODINI = (
    "E. Todini (2007), A mass conservative and water storage consistent variable parameter "
    "Muskingum-Cunge approach, Hydrol. Earth Syst. Sci. 11:1645, base test"
)
_HYDPY = _TODINI + "; outflow as the documentation of HydPy's musk_mct prints it"
_LENGTH_M, _HOURS = 100_000.0, 96


def checks(tables: Tables) -> list[Check]:
    """Return every check of Muskingum-Cunge after Todini.

    Args: tables: the published tables by name.
    Source: this project, docs/reference/river-flood-structures.md, "Against published figures".
    """
    inflow, routed = _base_test(1800.0, 50)
    rows = tables[_BASE]
    hours = [float(row["hour"]) for row in rows]
    theirs = [float(row["outflow_m3s"]) for row in rows]
    ours = [float(routed.outflow[round(2 * hour), 0]) for hour in hours]
    worst = int(np.argmax(np.abs(np.array(ours) / theirs - 1)))
    curve = Curve(
        "outflow", tuple(hours), tuple(ours), tuple(theirs), "hours since the start", "m3/s"
    )
    came = float(np.trapezoid(inflow[:, 0]) * 1800.0)
    left = float(np.trapezoid(routed.outflow[:, 0]) * 1800.0 + routed.stored_m3[0])
    _wave, coarse = _base_test(3600.0, 25)
    return [
        Check(
            "flood-todini-peak", _("peak outflow of Todini's base test, 100 km"),
            float(routed.outflow.max()), max(theirs), "m3/s", 1e-3, True,
            _("the same method; our rating is a table of 65 depths, theirs is solved each time"),
            _HYDPY, curves=(curve,),
        ),
        Check(
            "flood-todini-outflow",
            _("outflow of Todini's base test on both limbs, the hour furthest off"),
            ours[worst], theirs[worst], "m3/s", 2e-3, True,
            _("the same method; our rating is a table of 65 depths, theirs is solved each time"),
            _HYDPY, curves=(curve,),
        ),
        Check(
            "flood-todini-volume", _("water that left or stayed in Todini's base test"),
            left, came, "m3", 1e-12, True, _("no water may be lost: rounding only"), _TODINI,
        ),
        Check(
            "flood-todini-grid",
            _("peak with steps and pieces twice as long, against the base test"),
            float(coarse.outflow.max()), float(routed.outflow.max()), "m3/s", 2e-3, True,
            _("the method is said not to depend on the steps in space and time"), _TODINI,
        ),
    ]  # fmt: skip


def _base_test(step_s: float, pieces: int) -> tuple[NDArray[np.float64], Routed]:
    rating = rate(Section(15.0, 2.5e-4, 0.035, side=5.0), most_m3s=1500.0)
    part = np.arange(0.0, _HOURS * 3600.0 + 1.0, step_s) / 86_400.0
    inflow = (100.0 + 800.0 * (part * np.exp(1.0 - part)) ** 16)[:, None]
    return inflow, route_reach(inflow, rating, length_m=_LENGTH_M, step_s=step_s, pieces=pieces)
