"""Small inputs of the river pollutant model that work."""

from typing import Any


def example() -> dict[str, Any]:
    """Return a spill of twenty tonnes into a stem that forks and joins again.

    Source: this project, docs/reference/river-pollutant.md, "From Python".
    """
    return {
        "reaches": [
            _reach("stem", "A", "B", 60.0, 300.0, 12_000.0),
            _reach("short", "B", "C", 30.0, 95.0, 4_000.0, share=0.3),
            _reach("long", "B", "C", 55.0, 215.0, 9_000.0, share=0.7),
            _reach("mouth", "C", "sea", 90.0, 350.0, 16_000.0),
        ],
        "sources": [
            {"key": "WORKS", "reach": "stem", "fraction": 0.0, "mass_kg": 20_000.0,
             "duration_hours": 8.0, "mass_spread": 0.3},
        ],
        "targets": [
            {"key": "TOWN", "reach": "stem", "fraction": 0.8},
            {"key": "INTAKE", "reach": "mouth", "fraction": 0.5, "close_above": 0.5,
             "close_delay_hours": 6.0},
            {"key": "MOUTH", "reach": "mouth", "fraction": 1.0},
        ],
        "thresholds": [0.05, 0.5],
        "horizon_hours": 480.0,
        "parameters": {"discharge_factor": {"median": 0.6, "spread": 0.3},
                       "decay_per_day": {"low": 0.01, "high": 0.05}},
    }  # fmt: skip


def steady() -> dict[str, Any]:
    """Return a river into which nothing is released: every concentration stays 0.

    Source: this project, docs/reference/river-pollutant.md, "From Python".
    """
    inputs = example()
    inputs["sources"] = [{**source, "mass_kg": 0.0} for source in inputs["sources"]]
    return inputs


def _reach(
    key: str, upper: str, lower: str, km: float, flow: float, area: float, **more: float
) -> dict[str, Any]:
    return {
        "key": key, "from": upper, "to": lower, "length_km": km, "mean_discharge_m3s": flow,
        "drainage_area_km2": area, **more,
    }  # fmt: skip
