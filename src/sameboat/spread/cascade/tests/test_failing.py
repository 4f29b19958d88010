"""How one failure takes others with it, and how they come back."""

import numpy as np
import pytest

from sameboat.spread.cascade.tests.plans import ask, certain, node, outage
from sameboat.spread.measures import Measure

NEVER = (np.nan, np.nan, 0.0)
FAULT = [{"node": "grid", "hours": 5}]


def test_a_failure_is_over_when_it_has_been_repaired():
    problem = ask([node("grid")], faults=FAULT)

    assert outage(problem, "grid") == (5, 15, 10)


def test_who_needs_a_failed_node_fails_when_its_buffer_is_empty():
    problem = ask([node("grid"), node("pump", buffer_hours=3)], ["grid>pump"], faults=FAULT)

    assert outage(problem, "pump") == (8, 15, 7)


def test_a_buffer_longer_than_the_repair_keeps_a_node_working():
    problem = ask([node("grid"), node("pump", buffer_hours=10)], ["grid>pump"], faults=FAULT)

    assert outage(problem, "pump") == pytest.approx(NEVER, nan_ok=True)


def test_failures_travel_along_a_chain_with_the_buffer_of_each():
    nodes = [node("grid", repair=50), node("a", buffer_hours=1), node("b", buffer_hours=2)]

    problem = ask([*nodes, node("c", buffer_hours=4)], ["grid>a", "a>b", "b>c"], faults=FAULT)

    assert outage(problem, "c") == (12, 55, 43)


def test_one_of_two_suppliers_is_enough_where_each_carries_all():
    problem = ask([node("grid"), node("diesel"), node("pump")], ["grid>pump", "diesel>pump"],
                  faults=FAULT)  # fmt: skip

    assert outage(problem, "pump") == pytest.approx(NEVER, nan_ok=True)


def test_both_suppliers_are_needed_where_each_carries_half():
    needs = [{"from": name, "to": "pump", "share": 0.5} for name in ("grid", "diesel")]

    problem = ask([node("grid"), node("diesel"), node("pump")], needs, faults=FAULT)

    assert outage(problem, "pump") == (5, 15, 10)


def test_two_of_three_suppliers_are_enough_where_each_carries_half():
    names = ("grid", "diesel", "solar")
    needs = [{"from": name, "to": "pump", "share": 0.5} for name in names]
    nodes = [node(name) for name in names]

    one = ask([*nodes, node("pump")], needs, faults=FAULT)
    two = ask([*nodes, node("pump")], needs, faults=[*FAULT, {"node": "solar", "hours": 7}])

    assert outage(one, "pump") == pytest.approx(NEVER, nan_ok=True)
    assert outage(two, "pump") == (7, 15, 8)


def test_needs_of_two_kinds_must_both_be_met():
    nodes = [node("grid"), node("line", "telecom"), node("pump")]

    problem = ask(nodes, ["grid>pump", "line>pump"], faults=[{"node": "line", "hours": 2}])

    assert outage(problem, "pump") == (2, 12, 10)


def test_a_buffer_is_full_again_after_the_supply_has_returned():
    nodes = [node("grid", repair=4), node("pump", buffer_hours=5)]
    faults = [{"node": "grid", "hours": 0}, {"node": "grid", "hours": 10}]

    problem = ask(nodes, ["grid>pump"], faults=faults)

    assert outage(problem, "pump") == pytest.approx(NEVER, nan_ok=True)


def test_a_supplier_that_returns_as_another_fails_leaves_no_gap():
    nodes = [node("grid"), node("diesel"), node("pump")]
    faults = [{"node": "grid", "hours": 0}, {"node": "diesel", "hours": 10}]

    problem = ask(nodes, ["grid>pump", "diesel>pump"], faults=faults)

    assert outage(problem, "pump") == pytest.approx(NEVER, nan_ok=True)


def test_one_crew_repairs_one_after_the_other_and_the_first_in_line_first():
    nodes = [node("a"), node("b", priority=1), node("c")]
    faults = [{"node": key, "hours": 0} for key in "abc"]

    problem = ask(nodes, faults=faults, crews={"power": 1})

    assert [outage(problem, key)[1] for key in "abc"] == [20, 10, 30]


def test_a_node_to_be_repaired_first_goes_before_all_others():
    faults = [{"node": key, "hours": 0} for key in "abc"]
    problem = ask([node("a"), node("b"), node("c")], faults=faults, crews={"power": 1})

    changed = problem.under([Measure("repair_first", "c")])

    assert [outage(problem, key)[1] for key in "abc"] == [10, 20, 30]
    assert [outage(changed, key)[1] for key in "abc"] == [20, 30, 10]


def test_a_crew_at_work_is_not_called_away():
    faults = [{"node": key, "hours": 0} for key in "ab"]
    problem = ask([node("a"), node("b")], faults=faults, crews={"power": 1})

    changed = problem.under([Measure("repair_first", "b", from_hours=1)])

    assert [outage(changed, key)[1] for key in "ab"] == [10, 20]


def test_a_backup_that_arrives_carries_a_node_for_its_hours():
    problem = ask([node("grid", repair=30), node("pump")], ["grid>pump"], faults=FAULT)

    changed = problem.under([Measure("add_backup", "pump", from_hours=10, amount=6)])

    assert outage(changed, "pump") == (5, 35, 24)


def test_a_backup_taken_away_early_ends_what_it_gave():
    problem = ask([node("grid", repair=30), node("pump")], ["grid>pump"], faults=FAULT)

    changed = problem.under([Measure("add_backup", "pump", 10, 12, amount=6)])

    assert outage(changed, "pump") == (5, 35, 28)


def test_a_cut_link_stops_the_supply_until_it_is_joined():
    problem = ask([node("grid"), node("pump")], ["grid>pump"])

    changed = problem.under([Measure("close_road", "grid>pump", 20, 26)])

    assert outage(changed, "pump") == (20, 26, 6)
    assert outage(changed, "grid") == pytest.approx(NEVER, nan_ok=True)


def test_a_closed_intake_is_out_without_needing_a_crew():
    problem = ask([node("intake", "water"), node("works", "water")], ["intake>works"],
                  crews={"water": 1})  # fmt: skip

    changed = problem.under([Measure("close_intake", "intake", 3, 7)])

    assert outage(changed, "works") == (3, 7, 4)


def test_nodes_that_need_each_other_wait_for_each_other_to_the_end():
    nodes = [node("grid", repair=4), node("power"), node("line", "telecom", buffer_hours=2)]
    problem = ask(nodes, ["grid>power", "line>power", "power>line"], faults=FAULT)

    waiting = problem.waiting(certain(problem))

    assert outage(problem, "power") == (5, np.inf, 95)
    assert waiting[:, 0].tolist() == [False, True, True]
    assert problem.plan.circles() == (("power", "line"),)
    assert "power, line" in problem.remarks()[0].in_language("en")


def test_a_backup_brought_from_outside_breaks_the_circle():
    nodes = [node("grid", repair=4), node("power"), node("line", "telecom", buffer_hours=2)]
    problem = ask(nodes, ["grid>power", "line>power", "power>line"], faults=FAULT)

    changed = problem.under([Measure("add_backup", "line", from_hours=20, amount=1)])

    assert outage(changed, "power") == (5, 20, 15)
    assert not changed.waiting(certain(changed)).any()


def test_a_circle_that_has_not_stopped_yet_is_no_deadlock():
    nodes = [node("grid", repair=4), node("power"), node("line", "telecom", buffer_hours=20)]

    problem = ask(nodes, ["grid>power", "line>power", "power>line"], faults=FAULT)

    assert outage(problem, "power") == (5, 9, 4)
    assert outage(problem, "line") == pytest.approx(NEVER, nan_ok=True)


def test_a_node_that_needs_itself_is_a_circle():
    assert ask([node("a")], ["a>a"]).plan.circles() == (("a",),)


def test_an_earlier_hazard_sets_the_hour_of_a_fault():
    problem = ask([node("grid"), node("pump", buffer_hours=3)], ["grid>pump"])

    assert outage(problem, "pump", fails__grid=7.0) == (10, 17, 7)
    assert outage(problem, "pump", fails__grid=np.nan) == pytest.approx(NEVER, nan_ok=True)


def test_a_fault_comes_as_often_as_its_probability_says():
    problem = ask([node("grid")], faults=[{"node": "grid", "probability": 0.3}])

    share = problem.spread(certain(problem, members=4000)).p_reached()["grid"]

    assert share == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 4000))


def test_a_backup_starts_as_often_as_its_probability_says():
    parameters = {"repair_factor": 1.0, "backup_starts": 0.9}
    nodes = [node("grid"), node("hospital", "health", backup_hours=24)]

    problem = ask(nodes, ["grid>hospital"], faults=FAULT, parameters=parameters)
    share = problem.spread(certain(problem, members=4000)).p_reached()["hospital"]

    assert share == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 4000))


def test_a_worm_reaches_node_after_node_in_rounds():
    links = [{"from": a, "to": b, "probability": 1.0} for a, b in ("ab", "bc")]
    outbreak = {"start": ["a"], "hours": 4, "links": links}

    problem = ask([node(key, "information") for key in "abc"], outbreak=outbreak)

    assert [outage(problem, key)[0] for key in "abc"] == [4, 5, 6]


def test_a_data_link_cut_in_time_keeps_the_worm_out():
    links = [{"from": a, "to": b, "probability": 1.0} for a, b in ("ab", "bc")]
    outbreak = {"start": ["a"], "hours": 4, "links": links}
    problem = ask([node(key, "information") for key in "abc"], outbreak=outbreak)

    in_time = problem.under([Measure("close_road", "b>c", from_hours=4.5)])
    too_late = problem.under([Measure("close_road", "b>c", from_hours=5.5)])

    assert outage(in_time, "c") == pytest.approx(NEVER, nan_ok=True)
    assert outage(too_late, "c")[0] == 6
