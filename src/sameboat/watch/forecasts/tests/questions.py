"""Scenarios of every hazard on the small river, as the packs room hands them over."""

from typing import Any

from sameboat.ground.places.tests.small_pack import (
    EAST,
    FAR,
    STARTED_AT,
    UPPER,
    WEST,
    make_pack,
)
from sameboat.packs.manifest import Manifest
from sameboat.packs.records import Scenario
from sameboat.packs.scenarios import ScenarioReader

FRAME: dict[str, Any] = {
    "title": {"zh-Hans": "演练", "en": "A drill"},
    "moves": "travels",
    "origin": UPPER,
    "zone": "Asia/Shanghai",
    "started_at": "2005-11-13T13:00+08:00",
    "run": {"members": 40, "seed": 1, "horizon_days": 10},
}
FLOOD: dict[str, Any] = FRAME | {
    "hazard": "river_flood",
    "run": {"members": 40, "seed": 1, "horizon_days": 8, "step_minutes": 30},
    "inputs": {
        "channel": {"roughness": 0.035, "width_m": 200},
        "targets": [{"key": "S3", "warning_m3s": 1000, "danger_m3s": 3000}],
        "levels": {"of": "mean_discharge", "warning": 2, "danger": 6, "source": "assumption"},
        "sources": [
            {"key": "upper", "node": "N1", "time": "2005-11-13T13:00+08:00", "flow_m3s": 500},
            {"key": "upper", "node": "N1", "time": "2005-11-14T13:00+08:00", "flow_m3s": 4000},
            {"key": "upper", "node": "N1", "time": "2005-11-17T13:00+08:00", "flow_m3s": 500},
        ],
    },
    "parameters": {},
}
EPIDEMIC: dict[str, Any] = FRAME | {
    "hazard": "epidemic",
    "run": {"members": 40, "seed": 1, "horizon_days": 60},
    "inputs": {
        "seeds": [{"place": "220200", "day": 0, "persons": 50}],
        "mobility": {"model": "gravity", "away": 0.05},
        "thresholds": [10, 100],
    },
    "parameters": {"r0": {"low": 2.0, "high": 3.0, "source": "assumption: a drill"}},
    "option": [
        {
            "key": "stay",
            "name": {"zh-Hans": "限制出行", "en": "Stay"},
            "measure": [
                {"kind": "restrict_travel", "at": UPPER, "from": "2005-11-14T13:00+08:00",
                 "amount": 0.95}
            ],
        }
    ],
}  # fmt: skip
GAS: dict[str, Any] = FRAME | {
    "hazard": "air_release",
    "origin": WEST,
    "run": {"members": 40, "seed": 1, "horizon_days": 0.5, "step_minutes": 10},
    "inputs": {
        "source": {"lon": 126.5, "lat": 45.5},
        "within_km": 80,
        "points": 16,
        "weather": [{"hours": 0, "speed_ms": 3, "from_deg": 270, "class": "D"}],
        "thresholds": [0.001, 1.0],
    },
    "parameters": {"mass_kg": {"low": 5000, "high": 20000, "source": "assumption: a drill"}},
}  # fmt: skip
GRID: dict[str, Any] = FRAME | {
    "hazard": "cascade",
    "moves": "stays",
    "origin": WEST,
    "inputs": {
        "nodes": [
            {"key": "GRID", "kind": "power", "place": "230102", "repair_hours": 24,
             "name_zh": "变电站", "name_en": "Substation"},
            {"key": "S2", "kind": "water", "place": WEST, "buffer_hours": 3, "repair_hours": 6},
        ],
        "needs": [{"from": "GRID", "to": "S2"}],
        "serves": [
            {"node": "S2", "place": WEST, "people": 100_000},
            {"node": "S2", "place": EAST, "people": 50_000},
            {"node": "GRID", "place": FAR, "people": 1_000},
        ],
        "faults": [{"node": "GRID", "hours": 2}],
        "thresholds": [0.0, 0.5],
    },
    "parameters": {},
    "option": [
        {"key": "generator", "name": {"zh-Hans": "发电车", "en": "A generator"},
         "measure": [{"kind": "add_backup", "at": "S2", "from_hours": 1.0, "amount": 12.0}]},
    ],
}  # fmt: skip
CHAIN: dict[str, Any] = FRAME | {
    "hazard": "compound",
    "origin": WEST,
    "run": {"members": 40, "seed": 1, "horizon_days": 2, "step_minutes": 10},
    "stage": {
        "plume": {k: GAS[k] for k in ("hazard", "inputs", "parameters")},
        "grid": {
            "hazard": "cascade",
            "inputs": GRID["inputs"] | {"faults": []},
            "parameters": {},
        },
    },
    "rule": [{"stage": "plume", "target": "S3", "above": 0.001, "then": "grid",
              "event": "fails:GRID", "delay_hours": 1}],
}  # fmt: skip
ALL = {
    "river_flood": FLOOD, "epidemic": EPIDEMIC, "air_release": GAS, "cascade": GRID,
    "compound": CHAIN,
}  # fmt: skip


def scenario_of(content: dict[str, Any], **changes: Any) -> Scenario:
    """Return a scenario as the reader makes it; a fault in it fails the test."""
    pack = make_pack()
    faults: list[Any] = []
    manifest = Manifest(
        id="small", version="1", title={}, zone="Asia/Shanghai", zones={}, valid_from=None,
        licences=(), sources=(),
    )  # fmt: skip
    reader = ScenarioReader(
        manifest, {place.code for place in pack.places}, {site.key: site for site in pack.sites},
        {"nitrobenzene"}, faults,
    )  # fmt: skip
    found = reader.take({**content, **changes}, key="drill", name="drill.toml")
    assert not faults, [fault.in_language("en") for fault in faults]
    assert found is not None
    assert found.started_at == STARTED_AT
    return found


def with_inputs(content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the content with some of its inputs replaced."""
    return content | {"inputs": content["inputs"] | changes}
