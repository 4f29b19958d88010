"""The prepared question: what it answers, that nobody is lost, and what it refuses."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.lib.fault import FaultyInput
from sameboat.spread.cascade import prepare
from sameboat.spread.cascade.example import example, steady
from sameboat.spread.cascade.tests.plans import ask, certain, node
from sameboat.spread.draws import draw
from sameboat.spread.measures import Measure

SERVES = [
    {"node": "grid", "place": "A", "people": 300},
    {"node": "mill", "place": "A", "people": 100},
    {"node": "well", "place": "A", "people": 50, "kind": "water"},
]


def test_the_share_without_counts_the_people_of_each_node():
    problem = ask([node("grid"), node("mill"), node("well", "water")], serves=SERVES,
                  faults=[{"node": "grid", "hours": 5}])  # fmt: skip

    found = problem.series(certain(problem), ["A", "A/power", "A/water"], np.array([0, 5, 20.0]))

    assert found[:, :, 0].tolist() == [[0, 0.75, 0], [0, 0.75, 0], [0, 0, 0]]


def test_person_hours_lost_are_people_times_hours():
    problem = ask([node("grid"), node("mill"), node("well", "water")], serves=SERVES,
                  faults=[{"node": "grid", "hours": 5}, {"node": "well", "hours": 95}])  # fmt: skip

    members = certain(problem)

    assert problem.service_lost(members).tolist() == [[300 * 10 + 50 * 5]]
    assert problem.service_lost(members, "water").tolist() == [[50 * 5]]


def test_an_outage_that_is_not_over_ends_with_the_run():
    problem = ask([node("grid", repair=500)], faults=[{"node": "grid", "hours": 40}])

    found = problem.spread(certain(problem))

    assert found.duration_hours[0, 0, 0] == 60
    assert np.isinf(found.cleared_hours[0, 0, 0])


def test_a_member_is_the_same_whatever_is_computed_beside_it():
    problem = prepare(example())
    draws = draw(problem, seed=3, members=200)

    whole = problem.spread(draws)
    part = problem.spread(draws.part(70, 141))

    for name in ("arrival_hours", "cleared_hours", "duration_hours", "peak", "peak_hours"):
        assert getattr(whole, name)[..., 70:141].tobytes() == getattr(part, name).tobytes()


def test_a_day_without_faults_stays_without_outages():
    problem = prepare(steady())

    found = problem.spread(draw(problem, seed=1, members=50))

    assert found.peak.max() == 0
    assert np.isnan(found.arrival_hours).all()


def test_the_question_can_be_sent_to_a_worker():
    problem = prepare(example())
    draws = draw(problem, seed=1, members=20)

    sent = pickle.loads(pickle.dumps(problem))

    assert sent.spread(draws).digest() == problem.spread(draws).digest()


def test_the_footprint_says_what_the_series_says():
    problem = prepare(example())
    draws = draw(problem, seed=2, members=30)
    hours = np.linspace(0, problem.horizon_hours, 20_001)

    found = problem.spread(draws)
    series = problem.series(draws, problem.targets, hours)

    np.testing.assert_allclose(series.max(axis=1), found.peak, atol=1e-6)
    step = hours[1] - hours[0]
    above = (series > 0).sum(axis=1) * step
    np.testing.assert_allclose(above, found.duration_hours[:, 0], atol=3 * step)


def _no_perpetual(links):
    """Return links of which those of one kind lead to a higher number: circles are of kinds."""
    return [(a, b) for a, b in links if (a - b) % 3 or a < b]


towns = st.integers(2, 7).flatmap(
    lambda size: st.tuples(
        st.lists(st.tuples(st.integers(0, 20), st.integers(1, 40)), min_size=size, max_size=size),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=10,
                 unique=True).map(_no_perpetual),
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, 90)), max_size=4),
        st.integers(1, 3),
    )
)  # fmt: skip


@given(towns)
@settings(max_examples=60, deadline=None)
def test_people_without_and_with_a_service_are_everybody(town):
    sizes, links, faults, crews = town
    nodes = [node(str(n), f"k{n % 3}", r, buffer_hours=b) for n, (b, r) in enumerate(sizes)]
    problem = ask(
        nodes, [f"{a}>{b}" for a, b in links], crews={"k0": crews},
        faults=[{"node": str(n), "hours": h} for n, h in faults],
        serves=[{"node": str(n), "place": f"p{n % 3}", "people": 7 * n + 1}
                for n in range(len(sizes))],
    )  # fmt: skip
    members = draw(problem, seed=1, members=3)

    without, having = problem.person_hours(members)

    assert problem.imbalance(members).max() < 1e-12
    assert without.min() >= 0
    assert having.min() >= -1e-9


@given(towns, st.integers(0, 50), st.floats(0.5, 40))
@settings(max_examples=60, deadline=None)
def test_a_backup_never_makes_any_outage_longer(town, hours, amount):
    sizes, links, faults, _crews = town
    nodes = [node(str(n), f"k{n % 3}", r, buffer_hours=b) for n, (b, r) in enumerate(sizes)]
    problem = ask(nodes, [f"{a}>{b}" for a, b in links],
                  faults=[{"node": str(n), "hours": h} for n, h in faults])  # fmt: skip
    members = certain(problem)

    before = problem.spread(members).duration_hours
    after = problem.under([Measure("add_backup", "0", hours, amount=amount)]).spread(members)

    assert (after.duration_hours <= before + 1e-4).all()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"horizon_hours": 0}, "horizon_hours"),
        ({"horizon_hours": float("nan")}, "horizon_hours"),
        ({"nodes": []}, "nodes"),
        ({"nodes": [node("a"), node("a")]}, "nodes[1].key"),
        ({"nodes": [node("a>b")]}, "nodes[0].key"),
        ({"nodes": [node("a", repair=0)]}, "nodes[0].repair_hours"),
        ({"nodes": [node("a", repair={"low": 9, "high": 3})]}, "nodes[0].repair_hours"),
        ({"nodes": [node("a", buffer_hours=-1)]}, "nodes[0].buffer_hours"),
        ({"nodes": [node("a", bufer_hours=1)]}, "nodes[0].bufer_hours"),
        ({"needs": ["a>x"]}, "needs[0].to"),
        ({"needs": [{"from": "b", "to": "a", "share": 0}]}, "needs[0].share"),
        ({"needs": [{"from": "b", "to": "a", "share": 0.4}]}, "needs"),
        ({"needs": ["b>a", "b>a"]}, "needs[1]"),
        ({"nodes": [node("a"), node("b"), node("c")], "needs": ["c>a", "a>b", "b>a"]}, "needs"),
        ({"serves": [{"node": "a", "place": "A", "people": -5}]}, "serves[0].people"),
        ({"serves": [{"node": "a", "place": "A", "people": 1.5}]}, "serves[0].people"),
        ({"serves": [{"node": "a", "place": "b", "people": 1}]}, "serves[0].place"),
        ({"faults": [{"node": "a", "hours": 101}]}, "faults[0].hours"),
        ({"faults": [{"node": "a", "probability": 2}]}, "faults[0].probability"),
        ({"crews": {"power": 0}}, "crews.power"),
        ({"crews": {"fire": 1}}, "crews.fire"),
        ({"outbreak": {"start": ["x"], "links": []}}, "outbreak.start[0]"),
        ({"outbreak": {"start": 3}}, "outbreak.start"),
        ({"outbreak": {"start": [[]], "links": []}}, "outbreak.start[0]"),
        ({"outbreak": {"start": ["a"], "links": [{"from": "a", "to": "b", "probability": 2}]}},
         "outbreak.links[0].probability"),
        ({"thresholds": [0.2, 1.0]}, "thresholds"),
        ({"thresholds": [0.5, 0.2]}, "thresholds[1]"),
        ({"parameters": {"repair_factor": -1}}, "parameters.repair_factor"),
        ({"parameters": {"backup_starts": 1.5}}, "parameters.backup_starts"),
    ],
)  # fmt: skip
def test_a_fault_in_the_input_is_named_by_its_field(change, field):
    with pytest.raises(FaultyInput) as refusal:
        ask(**{"nodes": [node("a"), node("b")]} | change)

    assert field in [fault.field for fault in refusal.value.faults]


@pytest.mark.parametrize(
    ("measure", "field"),
    [
        (Measure("open_basin", "a"), "measures[0].kind"),
        (Measure("repair_first", "x"), "measures[0].at"),
        (Measure("close_road", "a"), "measures[0].at"),
        (Measure("add_backup", "a"), "measures[0].amount"),
    ],
)
def test_a_measure_that_is_not_understood_is_named(measure, field):
    problem = ask([node("a"), node("b")], ["a>b"])

    with pytest.raises(FaultyInput) as refusal:
        problem.under([measure])

    assert refusal.value.faults[0].field == field
