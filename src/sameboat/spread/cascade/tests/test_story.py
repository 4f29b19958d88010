"""What led to what is read back, and who waits for whom."""

import numpy as np

from sameboat.spread.cascade.tests.plans import ask, certain, node
from sameboat.spread.measures import Measure

TOWN = [node("grid", repair=40), node("pump", buffer_hours=3), node("clinic", buffer_hours=2)]


def test_a_failure_is_followed_back_to_the_fault():
    problem = ask(TOWN, ["grid>pump", "pump>clinic"], faults=[{"node": "grid", "hours": 5}])

    causes = problem.causes(certain(problem), "clinic")

    assert [(each.what, each.hours[0]) for each in causes] == [
        ("pump", 8), ("grid", 5), ("fails:grid", 5),
    ]  # fmt: skip


def test_a_place_is_followed_back_from_the_first_node_to_fail_it():
    serves = [{"node": "pump", "place": "A", "people": 9}]
    problem = ask(TOWN, ["grid>pump"], serves=serves, faults=[{"node": "grid", "hours": 5}])

    causes = problem.causes(certain(problem), "A")

    assert [each.what for each in causes] == ["pump", "grid", "fails:grid"]


def test_a_closure_and_a_cut_link_are_causes():
    problem = ask(TOWN, ["grid>pump", "pump>clinic"])
    closed = problem.under([Measure("close_intake", "pump", 4, 20)])
    cut = problem.under([Measure("close_road", "grid>pump", 4, 20)])

    assert closed.causes(certain(closed), "clinic")[-1].what == "close_intake:pump"
    assert cut.causes(certain(cut), "clinic")[-1].what == "close_road:pump"


def test_members_without_a_failure_know_no_cause():
    problem = ask(TOWN, ["grid>pump"], faults=[{"node": "grid", "probability": 0.5}])

    hours = problem.causes(certain(problem, members=64), "pump")[0].hours

    assert 0 < np.isfinite(hours).sum() < 64


def test_a_repaired_node_that_then_runs_dry_lacked_its_supplier():
    nodes = [node("grid", repair=40), node("pump", repair=2, buffer_hours=10)]
    faults = [{"node": "grid", "hours": 5}, {"node": "pump", "hours": 6}]
    problem = ask(nodes, ["grid>pump"], faults=faults)

    log = problem.log(certain(problem))

    assert list(zip(log.hours, log.node, log.state, log.cause, strict=True))[1:4] == [
        (6, 1, 1, -1), (8, 1, 0, -1), (17, 1, 1, 0),
    ]  # fmt: skip


def test_only_those_in_the_circle_are_named_as_waiting_for_each_other():
    nodes = [node("grid", repair=4), node("power"), node("line", "telecom"), node("clinic")]
    needs = ["grid>power", "line>power", "power>line", "power>clinic"]
    problem = ask(nodes, needs, faults=[{"node": "grid", "hours": 5}])

    assert problem.deadlocks(certain(problem, members=4)) == {("power", "line"): 1.0}


def test_only_events_of_known_nodes_are_taken():
    problem = ask(TOWN)

    assert problem.takes("fails:pump")
    assert not problem.takes("fails:mill")
    assert not problem.takes("dam_breaks:pump")
