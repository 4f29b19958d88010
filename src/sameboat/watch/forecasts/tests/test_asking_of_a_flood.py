"""What a flood takes from the pack, and what the scenario tells beside it."""

from types import SimpleNamespace

import pytest

from sameboat.ground.places.tests.small_pack import EAST, LOWER, UPPER, WEST, make_pack
from sameboat.lib.fault import FaultyInput
from sameboat.watch.forecasts.hazards import river_flood
from sameboat.watch.forecasts.tests.questions import FLOOD, scenario_of, with_inputs

UP, LATER, *_REST = FLOOD["inputs"]["sources"]


@pytest.fixture
def asked_of(monkeypatch):
    """Return what the model is given, without the model."""
    given = {}

    def prepared(name, inputs, scenario, where=""):
        given.update(inputs)
        return SimpleNamespace(targets=tuple(row["key"] for row in inputs["targets"]))

    monkeypatch.setattr(river_flood, "prepared", prepared)

    def ask(content):
        given.clear()
        return river_flood.ask(make_pack(), scenario_of(content)), given

    return ask


def test_the_pack_gives_the_reaches_and_the_scenario_what_it_does_not_know(asked_of):
    _asked, given = asked_of(FLOOD)

    first = given["reaches"][0]
    assert (first["key"], first["from_node"], first["to_node"]) == ("R1", "N1", "N2")
    assert (first["slope"], first["width_m"]) == (0.0001, 200)
    assert first["flow_m3s"] == pytest.approx(470.0)
    assert (given["horizon_hours"], given["step_hours"]) == (192.0, 0.5)


def test_a_reach_that_tells_its_celerity_needs_no_slope(asked_of):
    rows = [{"key": "R2", "celerity_ms": 1.5}]

    _asked, given = asked_of(with_inputs(FLOOD, reaches=rows))

    told = next(each for each in given["reaches"] if each["key"] == "R2")
    assert told["celerity_ms"] == 1.5
    assert not told.keys() & {"slope", "width_m", "roughness", "flow_m3s"}


def test_a_table_of_moments_becomes_one_hydrograph(asked_of):
    _asked, given = asked_of(FLOOD)

    assert given["sources"] == [
        {"key": "upper", "node": "N1", "hours": [0.0, 24.0, 96.0], "flow_m3s": [500, 4000, 500]}
    ]


def test_sites_take_their_own_limits_and_points_the_rule(asked_of):
    asked, given = asked_of(FLOOD)

    targets = {row["key"]: row for row in given["targets"]}
    assert targets["S3"] == {
        "key": "S3", "reach": "R2", "fraction": 1.0, "warning_m3s": 1000, "danger_m3s": 3000
    }  # fmt: skip
    assert targets["S2"]["warning_m3s"] == 940.0
    assert asked.sites.keys() == {"S1", "S2", "S3", "S4"}
    assert {UPPER, WEST, EAST, LOWER} <= set(asked.places)


def test_without_a_rule_only_what_has_limits_of_its_own_is_looked_at(asked_of):
    inputs = {name: each for name, each in FLOOD["inputs"].items() if name != "levels"}

    asked, given = asked_of(
        FLOOD | {"inputs": inputs | {"reaches": [{"key": "R1", "warning_m3s": 900}]}}
    )

    assert set(asked.sites) == {"S1", "S2", "S3"}
    assert set(asked.places) == {"cn:220000", "cn:230000", UPPER, LOWER, WEST, EAST}
    assert all("warning_m3s" not in row for row in given["reaches"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reaches": [{"key": "R9", "slope": 0.1}]}, "inputs.reaches"),
        ({"levels": {"of": "moon", "warning": 2}}, "inputs.levels.of"),
        ({"levels": {"of": "mean_discharge", "warning": -2}}, "inputs.levels.warning"),
        ({"levels": {"of": "mean_discharge"}}, "inputs.levels.warning"),
        ({"levels": {"of": "width", "warning": 2}}, "width_m"),
        ({"channel": 5}, "inputs.channel"),
        ({"sources": []}, "inputs.sources"),
        ({"reaches": [{"key": "R1", "slope": 0.1}] * 2}, "inputs.reaches[1].key"),
        ({"sources": [{**UP, "time": "someday"}]}, "inputs.sources[0].time"),
        ({"sources": [UP, {**LATER, "node": "N2"}]}, "inputs.sources[1].node"),
    ],
)
def test_what_is_wrong_is_named_by_field(asked_of, changes, field):
    with pytest.raises(FaultyInput) as refusal:
        asked_of(with_inputs(FLOOD, **changes))

    assert field in [fault.field for fault in refusal.value.faults]


def test_a_river_routed_by_its_channels_keeps_them_whatever_is_told_of_its_waves(asked_of):
    rows = [{"key": "R2", "celerity_ms": 1.5}]

    _asked, given = asked_of(with_inputs(FLOOD, reaches=rows, routing="todini"))

    told = next(each for each in given["reaches"] if each["key"] == "R2")
    assert given["routing"] == "todini"
    assert {"slope", "width_m"} <= told.keys()
