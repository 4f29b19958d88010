"""A small eruption: for the documentation, the tests of every model, and compiling at set-up."""

from typing import Any


def example() -> dict[str, Any]:
    """Return inputs of an invented eruption with a west wind.

    Source: this project, docs/reference/ash-fall.md, "Example".
    """
    return {
        "vent": {"lon": 128.056, "lat": 42.006, "elevation_m": 2744},
        "targets": [
            {"key": "near", "lon": 128.4, "lat": 42.0, "elevation_m": 900},
            {"key": "far", "lon": 129.5, "lat": 42.0, "elevation_m": 200},
            {"key": "area", "points": [[129.0, 42.2], [129.1, 42.1]], "elevation_m": 400},
            {"key": "upwind", "lon": 126.5, "lat": 42.0, "elevation_m": 700},
        ],
        "wind": [
            {"height_m": 1500, "speed_ms": 6, "from_deg": 255},
            {"height_m": 5500, "speed_ms": 14, "from_deg": 265},
            {"height_m": 9500, "speed_ms": 25, "from_deg": 275},
            {"height_m": 16000, "speed_ms": 15, "from_deg": 280},
        ],
        "thresholds": [0.1, 1.0, 100.0],
        "horizon_hours": 24,
        "step_minutes": 15,
        "column_levels": 30,
        "grain_classes": 28,
        "parameters": {
            "mass_kg": {"median": 5e10, "spread": 0.5, "source": "assumption: for the example"},
            "column_height_m": {"low": 11000, "high": 17000, "source": "assumption"},
        },
    }


def steady() -> dict[str, Any]:
    """Return inputs under which no ash may fall: the places lie on the other side of the Earth.

    Source: this project, docs/reference/ash-fall.md, "Example".
    """
    return example() | {"targets": [{"key": "antipode", "lon": -50.0, "lat": -40.0}]}
