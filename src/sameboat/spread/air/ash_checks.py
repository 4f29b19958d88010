"""Checks of the ash fall against published figures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sameboat.lib.language import mark as _
from sameboat.spread.air.ash import AshFall, prepare
from sameboat.spread.checking import Check, Curve, Tables
from sameboat.spread.draws import Draws

Array = NDArray[np.float64]
_GRID, _CONF = "tephra2_colima_forward_grid_subset.csv", "tephra2_colima_conf.csv"
_WIND = "tephra2_colima_wind.csv"
_CITED = "L. Connor & C. Connor (2006), tephra2, version ff621c6, its example of Colima"


def checks(tables: Tables) -> list[Check]:
    """Return the checks of this model.

    Source: this project, docs/reference/ash-fall.md, "How well it does".
    """
    theirs = np.array([float(row["tephra2_kg_m2"]) for row in tables[_GRID]])
    by_degrees = ash_at_colima(tables, by_degrees=True)
    by_parts = ash_at_colima(tables, by_degrees=False)
    far = np.array([_distance(row, tables) for row in tables[_GRID]])
    order = np.argsort(far)
    curve = Curve("Colima", tuple(far[order] / 1000), tuple(by_degrees[order]),
                  tuple(theirs[order]), "km from the vent", "kg/m2")  # fmt: skip
    found = [
        Check(
            "tephra2-colima", _("ash at 504 points: largest relative deviation"),
            ours=float(np.abs(by_degrees / theirs - 1).max()), theirs=0.0, unit="",
            tolerance=1e-4, relative=False,
            why=_("values are printed to six digits; the wind between its layers is interpolated "
                  "in degrees here, as theirs is"),
            source=_CITED, curves=(curve,),
        ),
        Check(
            "tephra2-colima-components", _("the same with the wind interpolated by components: "
                                           "largest relative deviation"),
            ours=float(np.abs(by_parts / theirs - 1).max()), theirs=0.0, unit="", tolerance=0.1,
            relative=False, why=_("the model's own rule, which holds across north; reported only"),
            source=_CITED, reported=True,
        ),
    ]  # fmt: skip
    return found


def _settings(tables: Tables) -> dict[str, float]:
    return {row["key"]: float(row["value"]) for row in tables[_CONF]}


def _distance(row: Mapping[str, str], tables: Tables) -> float:
    conf = _settings(tables)
    east = float(row["easting_m"]) - conf["VENT_EASTING"]
    north = float(row["northing_m"]) - conf["VENT_NORTHING"]
    return float(np.hypot(east, north))


def colima_inputs(
    tables: Tables, targets: Sequence[Mapping[str, Any]], *, by_degrees: bool
) -> dict[str, Any]:
    """Return tephra2's example of Colima as inputs of this model.

    Args: by_degrees: give the wind at every level of the column, interpolated in degrees, as
        tephra2 does it; else in the layers in which it was told.
    Source: L. Connor & C. Connor (2006), tephra2, its example of Colima.
    """
    conf = _settings(tables)
    told = np.array([[float(each) for each in row.values()] for row in tables[_WIND]])
    if by_degrees:
        steps = int(conf["COL_STEPS"])
        rise = conf["PLUME_HEIGHT"] - conf["VENT_ELEVATION"]
        heights = conf["VENT_ELEVATION"] + rise / steps * np.arange(steps + 1)
        told = np.stack([heights, *(np.interp(heights, told[:, 0], told[:, c]) for c in (1, 2))], 1)
    return {
        "vent": {
            "x_m": conf["VENT_EASTING"], "y_m": conf["VENT_NORTHING"],
            "elevation_m": conf["VENT_ELEVATION"],
        },
        "targets": list(targets),
        "wind": [
            {"height_m": height, "speed_ms": speed, "from_deg": (toward + 180.0) % 360.0}
            for height, speed, toward in told.tolist()
        ],
        "thresholds": [1.0],
        "horizon_hours": 8760,  # until the finest grains are down
        "step_minutes": 360,
        "column_levels": int(conf["COL_STEPS"]),
        "grain_classes": int(conf["PART_STEPS"]),
        "coarsest_phi": conf["MAX_GRAINSIZE"],
        "finest_phi": conf["MIN_GRAINSIZE"],
        "parameters": {
            "mass_kg": conf["ERUPTION_MASS"], "column_height_m": conf["PLUME_HEIGHT"],
            "column_alpha": conf["ALPHA"], "column_beta": conf["BETA"],
            "median_phi": conf["MEDIAN_GRAINSIZE"], "deviation_phi": conf["STD_GRAINSIZE"],
            "eddy_m2s": conf["EDDY_CONST"], "diffusion_m2s": conf["DIFFUSION_COEFFICIENT"],
            "fall_time_limit_s": conf["FALL_TIME_THRESHOLD"],
            "lithic_kgm3": conf["LITHIC_DENSITY"], "pumice_kgm3": conf["PUMICE_DENSITY"],
            "wind_factor": 1.0, "wind_turn_deg": 0.0, "duration_hours": 1.0,
        },
    }  # fmt: skip


def middle_member(problem: AshFall) -> Draws:
    """Return one member in which every parameter has its median.

    Source: this project, docs/reference/ensembles.md, "How members are drawn".
    """
    return Draws(np.zeros((problem.dimension, 1)), np.zeros(1, np.uint64))


def ash_at_colima(tables: Tables, *, by_degrees: bool) -> Array:
    """Return our load, kg/m2, at the points of the published table.

    Source: this project, docs/reference/ash-fall.md, "How well it does".
    """
    targets = [
        {
            "key": str(number), "x_m": float(row["easting_m"]), "y_m": float(row["northing_m"]),
            "elevation_m": float(row["elev_m"]),
        }
        for number, row in enumerate(tables[_GRID])
    ]  # fmt: skip
    problem = prepare(colima_inputs(tables, targets, by_degrees=by_degrees))
    return np.asarray(problem.spread(middle_member(problem)).peak[:, 0], dtype=np.float64)
