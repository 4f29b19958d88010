"""Small inputs that work: for the documentation, for tests, and for compiling at set-up."""

from typing import Any

#: Seven towns of a plain, made up: name, residents, km east and north.
_TOWNS = (
    ("harbour", 900_000, 0, 0), ("ferry", 120_000, 25, 10), ("mill", 60_000, 45, 30),
    ("salt", 80_000, -30, 25), ("kiln", 40_000, -50, 60), ("orchard", 30_000, 20, 75),
    ("hill", 12_000, 70, 90),
)  # fmt: skip


def example() -> dict[str, Any]:
    """Return seven towns, of which the port has twenty infectious people.

    Source: this project, docs/reference/epidemic.md, "A worked example".
    """
    return {
        "places": [
            {"key": key, "residents": residents, "x_km": east, "y_km": north}
            for key, residents, east, north in _TOWNS
        ],
        "mobility": {"model": "gravity", "away": 0.05, "exponent": 2.0, "offset_km": 10.0},
        "seeds": [{"place": "harbour", "day": 0, "persons": 20}],
        "counts": "prevalence",
        "thresholds": [10.0, 100.0, 1000.0],
        "horizon_days": 120,
    }


def steady() -> dict[str, Any]:
    """Return the same towns without an infection: nothing may ever change.

    Source: this project, docs/reference/epidemic.md, "A worked example".
    """
    return {**example(), "seeds": []}
