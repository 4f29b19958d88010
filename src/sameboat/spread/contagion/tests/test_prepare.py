from importlib import import_module

import numpy as np
import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.spread.contagion import prepare
from sameboat.spread.contagion.example import example
from sameboat.spread.contagion.prepare import growth_per_day

TWO = [{"key": "a", "residents": 10, "lon": 1, "lat": 2},
       {"key": "b", "residents": 20, "lon": 3, "lat": 4}]  # fmt: skip


def faults(**other):
    with pytest.raises(FaultyInput) as refusal:
        prepare({**example(), **other})
    return {fault.field: fault for fault in refusal.value.faults}


def test_every_fault_is_named_at_once():
    found = faults(
        places=[
            {"key": "a", "residents": 0, "lon": 1, "lat": 2},
            {"key": "a", "residents": 10.5, "lon": 1, "lat": 95},
            {"key": "x>y", "residents": 10, "lon": 1, "lat": 2},
        ],
        seeds=[{"place": "z", "persons": -1}, {"place": "a", "persons": 1.5, "day": 500}],
        thresholds=[0.0, 1.0],
        horizon_days=0,
        parameters={"r0": 40, "latent_days": 0},
    )  # fmt: skip

    assert {
        "places[0].residents", "places[1].residents", "places[1].key", "places[1].lat",
        "places[2].key", "seeds[0].place", "seeds[0].persons", "seeds[1].persons",
        "thresholds[0]", "horizon_days", "parameters.r0", "parameters.latent_days",
    } <= set(found)  # fmt: skip
    assert found["places[0].residents"].allowed.startswith(">= 1")
    assert found["parameters.r0"].allowed == "0 … 30"


@pytest.mark.parametrize(
    ("shares", "field"),
    [
        ([[0.9, 0.2], [0.0, 1.0]], "mobility.shares[0]"),
        ([[1.0, 0.0]], "mobility.shares"),
        ([[1.5, -0.5], [0.0, 1.0]], "mobility.shares[0, 0]"),
        ([[0.9, float("nan")], [0.0, 1.0]], "mobility.shares[0, 1]"),
        ("nonsense", "mobility.shares"),
    ],
)
def test_shares_that_cannot_be_are_refused(shares, field):
    found = faults(places=TWO, seeds=[], mobility={"model": "matrix", "shares": shares})

    assert field in found


@pytest.mark.parametrize(
    ("links", "field"),
    [
        ([], "mobility.links"),
        ([{"from": "a", "to": "a", "share": 0.1}], "mobility.links[0]"),
        ([{"from": "a", "to": "c", "share": 0.1}], "mobility.links[0].to"),
        ([{"from": "a", "to": "b", "share": 0.1}] * 2, "mobility.links[1]"),
        ([{"from": "a", "to": "b", "share": 2}], "mobility.links[0].share"),
    ],
)
def test_links_that_cannot_be_are_refused(links, field):
    assert field in faults(places=TWO, seeds=[], mobility={"model": "links", "links": links})


def test_links_may_not_send_more_than_all_away():
    three = [*TWO, {"key": "c", "residents": 5}]
    links = [{"from": "a", "to": to, "share": 0.6} for to in ("b", "c")]

    found = faults(places=three, seeds=[], mobility={"model": "links", "links": links})

    assert found["mobility.a"].value == pytest.approx(1.2)


def test_a_wrong_usual_share_is_named_once_and_not_for_every_place():
    found = faults(places=TWO, seeds=[], mobility={"model": "gravity", "away": 2.0})

    assert [field for field in found if "away" in field] == ["mobility.away"]


def test_two_places_on_one_point_need_an_offset():
    twins = [{**TWO[0]}, {**TWO[0], "key": "b"}]

    found = faults(places=twins, seeds=[], mobility={"model": "gravity", "offset_km": 0})

    assert "a and b" in found["mobility.offset_km"].in_language("en")


def test_names_that_are_not_known_are_refused():
    found = faults(mobility={"model": "gravty", "exponnent": 2}, contacts=1)

    assert {"mobility.model", "mobility.exponnent", "contacts"} <= set(found)


def test_the_growth_rate_is_the_published_one():
    assert growth_per_day(2.5, 3.0, 5.0) == pytest.approx(0.1469891215, abs=1e-9)


def test_a_horizon_that_ends_inside_a_step_is_computed_to_the_end_of_it():
    problem = prepare({**example(), "horizon_days": 10.2, "steps_per_day": 2})

    assert (problem.horizon_hours, problem.steps) == (252.0, 21)


def test_degrees_become_distances_and_shares():
    problem = prepare({**example(), "places": TWO, "seeds": []})

    assert problem.mobility.away() == pytest.approx([0.05, 0.05])
    assert np.array_equal(problem.residents, [10, 20])


def test_a_law_for_too_many_places_is_refused_before_it_fills_the_memory(monkeypatch):
    # The package names the function like the module.
    module = import_module("sameboat.spread.contagion.prepare")
    monkeypatch.setattr(module, "MOST_BY_LAW", 6)

    assert faults()["places"].allowed == "<= 6"


def test_one_place_needs_no_mobility():
    problem = prepare({**example(), "places": TWO[:1], "seeds": []})

    assert problem.mobility.links == 0
