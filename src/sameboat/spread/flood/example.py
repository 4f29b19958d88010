"""Small worked inputs of a flood: for the documentation, the tests and for compiling."""

from typing import Any


def example() -> dict[str, Any]:
    """Return a small river: a storm at its head, a reservoir, a basin, a fork and four places.

    Source: this project, docs/reference/river-flood.md, "Worked example".
    """
    return {
        "reaches": [
            {"key": "upper", "from_node": "head", "to_node": "dam", "length_km": 30.0,
             "celerity_ms": 2.0, "base_inflow_m3s": 5.0},
            {"key": "middle", "from_node": "dam", "to_node": "fork", "length_km": 60.0,
             "slope": 5e-4, "width_m": 80.0, "roughness": 0.035, "flow_m3s": 800.0},
            {"key": "town", "from_node": "fork", "to_node": "weir", "length_km": 25.0,
             "share": 0.7, "travel_hours": 4.0, "weighting": 0.2},
            {"key": "bypass", "from_node": "fork", "to_node": "weir", "length_km": 40.0,
             "travel_hours": 7.0},
            {"key": "lower", "from_node": "weir", "to_node": "sea", "length_km": 90.0,
             "celerity_ms": 1.5},
        ],
        "base_flow": [{"node": "head", "flow_m3s": 60.0}],
        "sources": [
            {"key": "storm", "node": "head", "hours": [0, 6, 12, 36],
             "flow_m3s": [0, 900, 1200, 0]},
        ],
        "lateral": [
            {"key": "hills", "reach": "middle", "hours": [0, 8, 24], "flow_m3s": [0, 150, 0]},
        ],
        "reservoirs": [
            {"key": "lake", "node": "dam", "levels_m": [100, 105, 110, 115],
             "storage_m3": [0, 2.0e7, 6.0e7, 1.2e8], "level_m": 105.0,
             "spill_m3s": [0, 0, 200, 1500], "gate_m3s": [0, 150, 300, 400],
             "least_release_m3s": 65.0},
        ],
        "basins": [
            {"key": "polder", "node": "fork", "capacity_m3": 2.0e7, "inlet_m3s": 200.0,
             "threshold_m3s": 500.0},
        ],
        "dams": [
            {"key": "old dam", "node": "head", "volume_m3": 4.0e6, "height_m": 12.0,
             "breaks_hours": 10.0},
        ],
        "targets": [
            {"key": "village", "reach": "upper", "fraction": 0.5, "warning_m3s": 500.0,
             "alert_m3s": 900.0, "danger_m3s": 1500.0},
            {"key": "town bridge", "reach": "town", "warning_m3s": 200.0, "alert_m3s": 300.0,
             "danger_m3s": 450.0,
             "rating": {"stage_m": [20.0, 22.0, 25.0, 28.0], "flow_m3s": [0, 100, 400, 1000]}},
            {"key": "mill", "reach": "bypass", "fraction": 0.3, "warning_m3s": 120.0},
            {"key": "harbour", "reach": "lower", "warning_m3s": 400.0, "danger_m3s": 700.0},
        ],
        "horizon_hours": 96.0,
        "step_hours": 1.0,
    }  # fmt: skip


def further() -> dict[str, dict[str, Any]]:
    """Return the same river routed by its channels, stages by the channels, and a levee.

    Source: this project, docs/reference/river-flood.md, "Worked example".
    """
    found = example()
    channel = {"slope": 4e-4, "width_m": 70.0, "roughness": 0.035, "side": 2.0, "bank_m": 5.0,
               "plain_m": 150.0}  # fmt: skip
    for row in found["reaches"]:
        row.pop("travel_hours", None)
        row.pop("celerity_ms", None)
        row |= channel
    found["basins"][0] |= {"from_hours": 6.0, "until_hours": 60.0}
    found["levees"] = [
        {"key": "old dike", "node": "weir", "top_m": 23.0, "bottom_m": 20.5, "width_m": 30.0,
         "formation_hours": 1.0, "capacity_m3": 5.0e6, "breaks_above_m": 21.5,
         "rating": {"stage_m": [18.0, 20.0, 22.0, 24.0], "flow_m3s": [0, 150, 500, 1100]}},
    ]  # fmt: skip
    limits = {"village": (34.0, 36.0), "town bridge": (22.0, 24.0), "mill": (21.0, 23.0),
              "harbour": (4.0, 6.0)}  # fmt: skip
    beds = {"village": 31.0, "mill": 19.0, "harbour": 1.0}
    for row in found["targets"]:
        for level in ("warning", "alert", "danger"):
            row.pop(f"{level}_m3s", None)
        row["warning_m"], row["alert_m"] = limits[row["key"]]
        if row["key"] in beds:
            row["bed_m"] = beds[row["key"]]
    return {"by channel": {**found, "routing": "todini", "intensity": "stage"}}


def steady() -> dict[str, Any]:
    """Return the same river with its base flow only: nothing may change.

    Source: this project, docs/reference/river-flood.md, "Worked example".
    """
    found = example()
    for key in ("sources", "lateral", "reservoirs", "basins", "dams"):
        del found[key]
    return found
