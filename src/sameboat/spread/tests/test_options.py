from dataclasses import replace

import numpy as np
import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.spread.measures import Measure, check_measures
from sameboat.spread.options import compare
from sameboat.spread.tests.tide import LEVEE, tide

HIGHER = Measure("raise_levee", "town", amount=1.5)


def rows(comparison, **asked):
    return {(row.option, row.target): row for row in comparison.table(**asked)}


def test_options_are_compared_member_by_member():
    found = rows(
        compare(tide(), {"nothing": (), "levee": (LEVEE,)}, members=200, seed=1), of="peak"
    )

    town = found["levee", "town"]
    assert town.change == pytest.approx(-0.5, abs=1e-6)
    assert town.error == pytest.approx(0.0, abs=1e-6), "every member falls by just as much"
    assert town.better == pytest.approx(1.0)
    village = found["levee", "village"]
    assert (village.change, village.better, village.worse) == (0.0, 0.0, 0.0)
    assert found["nothing", "town"].change == 0.0


def test_the_error_of_a_change_is_smaller_than_that_of_the_outcomes():
    comparison = compare(tide(), {"nothing": (), "levee": (LEVEE,)}, members=400, seed=1)

    town = rows(comparison, threshold=1)["levee", "town"]
    one, other = (comparison.footprints[name].p_error(1)["town"] for name in ("nothing", "levee"))

    assert town.change < 0
    assert 0 < town.error < np.hypot(one, other)


def test_people_are_counted_where_their_number_is_given():
    comparison = compare(tide(), {"nothing": (), "levee": (HIGHER,)}, members=200, seed=1)

    plain = rows(comparison, threshold=0)["levee", "town"]
    people = rows(comparison, threshold=0, amounts={"town": 1000.0})

    assert set(people) == {("nothing", "town"), ("levee", "town")}
    assert people["levee", "town"].change == pytest.approx(1000 * plain.change)


def test_not_reached_at_all_is_later_than_any_arrival():
    comparison = compare(tide(), {"nothing": (), "levee": (HIGHER,)}, members=200, seed=1)

    town = rows(comparison, of="arrival_hours")["levee", "town"]

    assert town.change > 0
    assert town.better > 0.9
    assert town.worse == 0.0


def test_unions_of_targets_are_compared_like_targets():
    gate = Measure("raise_levee", "gate", amount=0.25)
    comparison = compare(tide(), {"nothing": (), "levees": (LEVEE, gate)}, members=50, seed=1)

    both = rows(comparison.union({"county": ("gate", "town")}), of="peak")["levees", "county"]

    assert both.change == pytest.approx(-0.25, abs=1e-3), "the higher of the two is the gate now"


@pytest.mark.parametrize(
    ("measure", "field", "allowed"),
    [
        (Measure("fly", "town"), "measures[0].kind", "raise_levee"),
        (Measure("raise_levee", "city", amount=1.0), "measures[0].at", "gate, town, village"),
        (Measure("raise_levee", "town"), "measures[0].amount", "0 … 10 m"),
        (Measure("raise_levee", "town", amount=11.0), "measures[0].amount", "0 … 10 m"),
        (Measure("raise_levee", "town", -1.0, amount=1.0), "measures[0].from_hours", ">= 0 h"),
        (Measure("raise_levee", "town", 5.0, 5.0, 1.0), "measures[0].until_hours", "> 5 h"),
        (Measure("raise_levee", "town", amount=float("nan")), "measures[0].amount", "0 … 10 m"),
    ],
)
def test_a_faulty_counter_measure_is_named_and_no_option_is_run(measure, field, allowed):
    with pytest.raises(FaultyInput) as faulty:
        compare(tide(), {"nothing": (), "wrong": (measure,)}, members=10, seed=1)

    (fault,) = faulty.value.faults
    assert (fault.field, fault.allowed) == (field, allowed)


def test_no_option_and_an_unknown_outcome_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        compare(tide(), {}, members=10, seed=1)
    with pytest.raises(ValueError, match="allowed: reached"):
        compare(tide(), {"nothing": ()}, members=10, seed=1).table(of="luck")


def test_too_many_members_are_refused_before_any_is_drawn(monkeypatch):
    from sameboat.spread import options
    from sameboat.spread.ensemble import TooManyMembers

    monkeypatch.setattr(options, "draw", None)

    with pytest.raises(TooManyMembers):
        compare(tide(), {"nothing": (), "levee": (LEVEE,)}, members=10**10)


def gate(amount, first, last):
    return Measure("set_gate", "dam", first, last, amount)


@pytest.mark.parametrize(
    ("measures", "fields"),
    [
        ([gate(100.0, 0, 10), gate(500.0, 8, 20)], ["measures[1].amount"]),
        ([gate(100.0, 0, 10), gate(500.0, 10, 20)], []),
        ([gate(100.0, 0, 10), gate(100.0, 8, 20)], []),
        ([gate(100.0, 0, 10), replace(gate(500.0, 8, 20), at="weir")], []),
        ([Measure("contain", "dam", 0, 10, 0.5), Measure("contain", "dam", 0, 10, 0.6)], []),
    ],
)
def test_two_orders_for_one_gate_at_one_time_contradict(measures, fields):
    try:
        check_measures(measures, kinds={"set_gate", "contain"})
        faults = ()
    except FaultyInput as faulty:
        faults = faulty.faults

    assert [each.field for each in faults] == fields
    assert all("from hour 8 to 10" in each.in_language("en") for each in faults)


def test_an_amount_without_an_upper_end_is_told_its_lower_one():
    with pytest.raises(FaultyInput) as refusal:
        check_measures([gate(-1.0, 0, 1)], kinds={"set_gate"})

    assert refusal.value.faults[0].allowed == ">= 0 m3/s"
