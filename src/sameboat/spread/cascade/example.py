"""A small town whose substation fails: inputs that work, for trying, testing and compiling."""

from typing import Any

_NODES: list[dict[str, Any]] = [
    {
        "key": "grid",
        "kind": "power",
        "place": "A",
        "repair_hours": {"low": 12, "likely": 24, "high": 72},
    },
    {
        "key": "substation",
        "kind": "power",
        "place": "A",
        "buffer_hours": 6,
        "repair_hours": {"low": 8, "likely": 16, "high": 48},
    },
    {
        "key": "exchange",
        "kind": "telecom",
        "place": "A",
        "buffer_hours": 8,
        "backup_hours": 24,
        "repair_hours": {"median": 6, "spread": 0.5},
    },
    {
        "key": "control",
        "kind": "information",
        "place": "B",
        "buffer_hours": 2,
        "repair_hours": {"median": 10, "spread": 0.7},
    },
    {
        "key": "waterworks",
        "kind": "water",
        "place": "B",
        "buffer_hours": 3,
        "backup_hours": 12,
        "repair_hours": {"low": 6, "high": 24},
    },
    {"key": "wells", "kind": "water", "place": "C", "repair_hours": 12},
    {
        "key": "hospital",
        "kind": "health",
        "place": "B",
        "buffer_hours": 1,
        "backup_hours": 24,
        "repair_hours": 24,
    },
]


def example() -> dict[str, Any]:
    """Return a flood-prone substation, a water works, a hospital, telecom and a control room.

    Every number is invented.  Power and telecom need each other; a worm may reach the control
    room of the water works.
    Source: this project, docs/reference/cascade.md, "A worked example".
    """
    return {
        "nodes": [dict(node) for node in _NODES],
        "needs": [
            {"from": "grid", "to": "substation"},
            {"from": "exchange", "to": "substation"},
            {"from": "substation", "to": "exchange"},
            {"from": "substation", "to": "control"},
            {"from": "substation", "to": "waterworks"},
            {"from": "control", "to": "waterworks"},
            {"from": "substation", "to": "hospital"},
            {"from": "waterworks", "to": "hospital", "share": 1.0},
            {"from": "wells", "to": "hospital", "share": 1.0},
        ],
        "serves": [
            {"node": "substation", "place": "A", "people": 120_000},
            {"node": "substation", "place": "B", "people": 80_000},
            {"node": "waterworks", "place": "B", "people": 60_000},
            {"node": "wells", "place": "B", "people": 20_000},
            {"node": "exchange", "place": "C", "people": 50_000},
            {"node": "hospital", "place": "C", "people": 5_000},
        ],
        "faults": [
            {"node": "grid", "hours": 2},
            {"node": "wells", "probability": 0.3},
            {"node": "waterworks", "probability": 0.3},
        ],
        "outbreak": {
            "start": ["exchange"],
            "hours": 30,
            "links": [{"from": "exchange", "to": "control", "probability": 0.4}],
        },
        "crews": {"power": 1, "water": 1},
        "horizon_hours": 240,
        "thresholds": [0.0, 0.5],
        "parameters": {"backup_starts": 0.95, "round_hours": {"median": 2, "spread": 0.5}},
    }  # fmt: skip


def steady() -> dict[str, Any]:
    """Return the same town on a day on which nothing fails.

    Source: this project, docs/reference/cascade.md, "A worked example".
    """
    inputs = example()
    del inputs["outbreak"]
    inputs["faults"] = []
    return inputs
