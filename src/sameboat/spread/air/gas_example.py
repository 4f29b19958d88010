"""A small release: for the documentation, the tests of every model, and compiling at set-up."""

from typing import Any

from sameboat.spread.air.dose import guideline_levels


def example() -> dict[str, Any]:
    """Return inputs of an invented release of chlorine in a wind that turns.

    Source: this project, docs/reference/air-release.md, "Example".
    """
    return {
        "source": {"key": "tank", "x_m": 0, "y_m": 0, "width_m": 5},
        "targets": [
            {"key": "gate", "x_m": 300, "y_m": 0},
            {"key": "school", "x_m": 1500, "y_m": 150},
            {"key": "town", "points": [[2500, 0], [3000, 500], [3000, -500]]},
            {"key": "upwind", "x_m": -3000, "y_m": 0},
        ],
        "weather": [
            {"hours": 0, "speed_ms": 2.5, "from_deg": 270, "class": "E"},
            {"hours": 1, "speed_ms": 3.0, "from_deg": 250, "class": "D", "rain_mm_h": 1},
        ],
        "release": [
            {"from_hours": 0, "until_hours": 0.1, "weight": 2},
            {"from_hours": 0.1, "until_hours": 0.5, "weight": 1},
        ],
        "thresholds": list(guideline_levels("chlorine", 60)),
        "threshold_names": ["AEGL-1", "AEGL-2", "AEGL-3"],
        "horizon_hours": 2,
        "step_minutes": 2,
        "parameters": {
            "mass_kg": {"median": 1000, "spread": 0.4, "source": "assumption: for the example"},
            "deposition_ms": {"value": 0.005, "source": "assumption"},
            "washing_per_s": {"value": 1e-4, "source": "assumption"},
        },
    }


def steady() -> dict[str, Any]:
    """Return inputs under which no place may meet anything: all lie far beyond its reach.

    Source: this project, docs/reference/air-release.md, "Example".
    """
    return example() | {"targets": [{"key": "far", "x_m": -900_000, "y_m": 0}]}
