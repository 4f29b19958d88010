"""From a scenario to a question: what the pack gives, and how a fault is named."""

import pytest

from sameboat.ground.places.tests.small_pack import EAST, FAR, LOWER, UPPER, WEST, make_pack
from sameboat.lib.fault import FaultyInput
from sameboat.watch.forecasts.checking import check_scenario
from sameboat.watch.forecasts.hazards import ask
from sameboat.watch.forecasts.hazards.asked import read_run
from sameboat.watch.forecasts.tests.questions import (
    CHAIN,
    EPIDEMIC,
    GAS,
    GRID,
    scenario_of,
    with_inputs,
)


@pytest.fixture(scope="module")
def pack():
    return make_pack()


def faults_of(pack, content):
    """Return the faults by field, each as one line of English."""
    found = check_scenario(pack, scenario_of(content))
    return {fault.field: fault.in_language("en") for fault in found}


def test_an_epidemic_counts_the_places_of_a_level_with_their_people(pack):
    asked = ask(pack, scenario_of(EPIDEMIC))

    assert asked.problem.targets == (UPPER, LOWER)
    assert asked.places["cn:230000"] == (LOWER,)
    assert asked.notices == ()


def test_a_county_whose_people_are_not_known_is_left_out_and_told(pack):
    asked = ask(pack, scenario_of(with_inputs(EPIDEMIC, level="county")))

    assert FAR not in asked.problem.targets
    # A prefecture without a county in the pack counts itself.
    assert set(asked.problem.targets) == {UPPER, WEST, EAST}
    assert [notice.name for notice in asked.notices] == ["PopulationUnknown"]


def test_a_plume_looks_at_the_places_within_its_reach(pack):
    near = ask(pack, scenario_of(with_inputs(GAS, within_km=20)))
    far = ask(pack, scenario_of(GAS))

    assert {WEST, EAST} <= set(far.places)
    assert UPPER not in far.places
    assert set(near.sites) < set(far.sites) == {"S2", "S3"}
    assert LOWER in far.places


def test_a_node_that_is_a_site_of_the_pack_is_that_site(pack):
    asked = ask(pack, scenario_of(GRID))

    assert asked.sites == {"S2": "S2"}
    assert asked.facilities == {"GRID": WEST}
    assert asked.names["fails:GRID"]["zh-Hans"] == "变电站自身故障"
    assert asked.places[LOWER] == (WEST, EAST, FAR)


@pytest.mark.parametrize(
    ("content", "field", "says"),
    [
        (with_inputs(EPIDEMIC, level="planet"), "inputs.level", "'planet'"),
        (with_inputs(EPIDEMIC, seeds=[{"place": "999999", "persons": 5}]),
         "inputs.seeds[0].place", "'cn:999999': is not known here. Allowed: cn:220200"),
        (with_inputs(EPIDEMIC, thresholds=[100, 10]), "inputs.thresholds[1]", "10"),
        (EPIDEMIC | {"parameters": {"r0": 99}}, "parameters.r0", "Allowed: 0 … 30"),
        (EPIDEMIC | {"parameters": {"r1": 2}}, "parameters.r1", "is not known here"),
        (EPIDEMIC | {"run": {"members": 0}}, "run.members", "Allowed: 1 …"),
        (EPIDEMIC | {"run": {"mebmers": 5}}, "run.mebmers", "is not known here"),
        (EPIDEMIC | {"option": [{"key": "x", "name": {"en": "x"}, "measure": [
            {"kind": "raise_levee", "at": UPPER, "amount": 1}]}]},
         "option[0].measure[0].kind", "'raise_levee'"),
        (with_inputs(GAS, source={"site": "S9"}), "inputs.source", "does not tell a point"),
        (with_inputs(GAS, within_km=-1), "inputs.within_km", "Allowed: 0.1 … 5000"),
        (with_inputs(GAS, weather=[{"hours": 0, "speed_ms": -3, "from_deg": 0, "class": "D"}]),
         "inputs.weather[0].speed_ms", "-3"),
        (with_inputs(GRID, nodes=[{"key": "A", "kind": "power", "place": "999999"}]),
         "inputs.nodes[0].place", "'cn:999999': is not a place of this pack"),
        (CHAIN | {"rule": [CHAIN["rule"][0] | {"target": "S9"}]}, "rule[0].target", "'S9'"),
        (CHAIN | {"rule": [CHAIN["rule"][0] | {"above": 7.0}]}, "rule[0].above",
         "Allowed: 0.001, 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_field_value_and_what_is_allowed(pack, content, field, says):
    found = faults_of(pack, content)

    assert field in found
    assert says in found[field]


def test_a_fault_is_said_in_both_languages(pack):
    (fault,) = check_scenario(pack, scenario_of(EPIDEMIC | {"parameters": {"r0": 99}}))

    assert "允许" in fault.in_language("zh-Hans")
    assert "Allowed" in fault.in_language("en")


def test_stages_name_their_own_fields(pack):
    stages = CHAIN["stage"] | {"plume": CHAIN["stage"]["plume"] | {"parameters": {"mass": 1}}}

    found = faults_of(pack, CHAIN | {"stage": stages})

    assert "stage.plume.parameters.mass" in found


def test_hazards_that_set_each_other_off_are_refused_unless_rounds_are_told(pack):
    back = {"stage": "grid", "target": "S2", "above": 0.5, "then": "plume",
            "event": "release_begins:source"}  # fmt: skip
    circle = CHAIN | {"rule": [*CHAIN["rule"], back]}

    refused = check_scenario(pack, scenario_of(circle))

    assert [fault.code for fault in refused] == ["HazardsRunInACircle"]
    assert check_scenario(pack, scenario_of(circle | {"rounds": 2})) == []


def test_what_the_caller_asks_wins_over_the_file():
    run = read_run(scenario_of(EPIDEMIC), members=7, seed=9)

    assert (run.members, run.seed, run.horizon_hours) == (7, 9, 60 * 24.0)
    with pytest.raises(FaultyInput, match="members"):
        read_run(scenario_of(EPIDEMIC), members=0)


def test_the_largest_seed_is_told_to_the_digit():
    with pytest.raises(FaultyInput) as refusal:
        read_run(scenario_of(EPIDEMIC), seed=2**63)

    assert refusal.value.faults[0].allowed == f"0 … {2**63 - 1}"
