"""The figures that others published of Muskingum routing, and its skill on real rivers."""

import numpy as np

from sameboat.lib.language import mark as _
from sameboat.spread.checking import Check, Curve, Tables
from sameboat.spread.flood.gill import CONSISTENT, LITERATURE, fit_gill, fit_linear, route_gill
from sameboat.spread.flood.routing import route_muskingum
from sameboat.spread.flood.skill import Skill, learn_and_judge, run_network

_SERIES, _FITS = "muskingum_series.csv", "muskingum_best_fits.csv"
_CHOW = "muskingum_chow_example.csv"
_FLOWS, _STATIONS = "yellow_river_2021.csv", "yellow_river_2021_stations.csv"
_REACHES = "us_lower_colorado_reaches.csv"
#: The first day that is judged: what comes before is learned from.
JUDGED_FROM = "2021-09-01"
_GILL = (
    "M. A. Gill (1978), J. Hydrol. 36:353; series of E. M. Wilson (1974), W. Brutsaert (2005) and "
    "Chow, Maidment & Mays (1988)"
)
_CHOW_SOURCE = "Chow, Maidment & Mays (1988), Applied Hydrology, example 8.4.1"
_YELLOW = "Yellow River Conservancy Commission, daily reports 2021 (stations, 08:00)"
_COLORADO = "NOAA National Water Model v2.1, RouteLink, Lower Colorado (Texas)"
_SIX_DIGITS = _("the table prints six digits")
_NO_VERDICT = _("no figure was published; beside it: the same without routing")
#: Published parameters of Wilson's flood and the sums of squares that belong to them.
_PUBLISHED = (
    ("gill", (0.01, 0.25, 2.347), 145.70),
    ("genetic", (0.1033, 0.2813, 1.8282), 38.236),
    ("harmony", (0.0883, 0.2873, 1.8630), 36.785),
    ("bfgs", (0.0863, 0.2869, 1.8679), 36.769),
)


def checks(tables: Tables) -> list[Check]:
    """Return every check of Muskingum routing whose table is there.

    Source: this project, docs/reference/river-flood.md, "How well it does".
    """
    found: list[Check] = []
    if _SERIES in tables and _FITS in tables:
        found += _calibrations(tables)
    if _CHOW in tables:
        found += _chow(tables)
    if _REACHES in tables:
        found += _network(tables)
    if _FLOWS in tables and _STATIONS in tables:
        found += _yellow(tables)
    return found


def _series(tables: Tables, name: str) -> tuple[list[float], list[float]]:
    rows = [row for row in tables[_SERIES] if row["dataset"] == name]
    return [float(row["inflow"]) for row in rows], [float(row["outflow"]) for row in rows]


def _calibrations(tables: Tables) -> list[Check]:
    found = []
    for row in tables[_FITS]:
        name = row["dataset"]
        inflow, outflow = _series(tables, name)
        fits = (
            ("linear", "lin_ssq", _("best sum of squares, linear Muskingum"),
             fit_linear(inflow, outflow)),
            ("gill", "nl_ssq", _("best sum of squares, Gill's form, scheme of the literature"),
             fit_gill(inflow, outflow, scheme=LITERATURE)),
            ("gill-consistent", "nlIt_ssq", _("best sum of squares, Gill's form, no lag"),
             fit_gill(inflow, outflow, scheme=CONSISTENT)),
            ("gill-lateral", "nlL_ssq", _("best sum of squares, Gill's form and inflow along it"),
             fit_gill(inflow, outflow, scheme=LITERATURE, with_lateral=True)),
        )  # fmt: skip
        found += [
            Check(
                f"flood-muskingum-{name}-{key}", says, fit.squares, float(row[column]),
                "(m3/s)2", 1e-5, True, _SIX_DIGITS, _GILL,
            )
            for key, column, says, fit in fits
        ]  # fmt: skip
    inflow, outflow = _series(tables, "wilson1974")
    for key, (storage, weighting, power), theirs in _PUBLISHED:
        routed = route_gill(
            inflow, storage=storage, weighting=weighting, power=power, outflow_start=outflow[0]
        )
        squares = float(((routed - np.array(outflow)) ** 2).sum())
        found.append(
            Check(
                f"flood-gill-published-{key}", _("sum of squares of published parameters"),
                squares, theirs, "(m3/s)2", 1e-3, True,
                _("published to four or five digits, parameters to three or four"), _GILL,
                curves=(_curve("wilson1974", np.arange(len(inflow)) * 6.0, routed, outflow),),
            )
        )  # fmt: skip
    return found


def _chow(tables: Tables) -> list[Check]:
    rows = tables[_CHOW]
    inflow = [float(row["I"]) for row in rows]
    theirs = [float(row["Q"]) for row in rows]
    ours = route_muskingum(
        inflow, storage_hours=2.3, weighting=0.15, step_hours=1.0, outflow_start=theirs[0]
    )
    worst = int(np.argmax(np.abs(ours / np.array(theirs) - 1)))
    return [
        Check(
            "flood-muskingum-chow", _("outflow of a textbook example, the step furthest off"),
            float(ours[worst]), theirs[worst], "m3/s", 1e-4, True,
            _("the book rounds the weights to four digits"), _CHOW_SOURCE,
            curves=(_curve("example 8.4.1", np.arange(len(ours)) * 1.0, ours, theirs),),
        )
    ]  # fmt: skip


def _network(tables: Tables) -> list[Check]:
    ran = run_network(tables[_REACHES])
    why = _("volumes are added in float64 from float32 flows")
    return [
        Check(
            "flood-colorado-closure", _("water lost in a network of 11,248 reaches, part"),
            ran.missing, 0.0, "", 1e-5, False, why, _COLORADO,
        ),
        Check(
            "flood-colorado-least", _("flows below nothing in the same network"),
            min(ran.least_m3s, 0.0), 0.0, "m3/s", 0.0, False,
            _("no weight is below nothing"), _COLORADO,
        ),
        Check(
            "flood-colorado-reaches", _("reaches that were routed"), float(ran.reaches), 11_248.0,
            "", 0.0, False, _("all of them"), _COLORADO,
        ),
    ]  # fmt: skip


def _yellow(tables: Tables) -> list[Check]:
    skills = learn_and_judge(tables[_FLOWS], tables[_STATIONS], judged_from=JUDGED_FROM)
    found = [_one(each) for each in skills]
    medians = (
        ("efficiency", _("Nash-Sutcliffe efficiency, median of the stations"), "",
         [each.efficiency for each in skills], [each.plain for each in skills]),
        ("peak", _("error of the peak, median of the stations, part"), "",
         [abs(each.peak_error) for each in skills], [0.0]),
        ("time", _("error of the day of the peak, median of the stations"), "d",
         [abs(each.peak_late_days) for each in skills], [0.0]),
    )  # fmt: skip
    return [
        *(
            Check(
                f"flood-yellow-river-median-{key}", says, float(np.median(ours)),
                float(np.median(theirs)), unit, 0.0, False, _NO_VERDICT, _YELLOW, reported=True,
            )
            for key, says, unit, ours, theirs in medians
        ),
        *found,
    ]  # fmt: skip


def _one(skill: Skill) -> Check:
    return Check(
        f"flood-yellow-river-{skill.station}",
        _("Nash-Sutcliffe efficiency, learned July-August, judged September-November 2021"),
        skill.efficiency, skill.plain, "", 0.0, False, _NO_VERDICT, _YELLOW, reported=True,
        curves=(
            Curve(skill.station, skill.days, skill.routed, skill.seen, "d since 2021-07-01",
                  "m3/s"),
        ),
    )  # fmt: skip


def _curve(label: str, x: object, ours: object, theirs: object) -> Curve:
    first, second, third = (
        tuple(np.asarray(each, dtype=np.float64).tolist()) for each in (x, ours, theirs)
    )
    return Curve(label, first, second, third, "h", "m3/s")
