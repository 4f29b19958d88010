from dataclasses import dataclass

import numpy as np
import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.spread.causes import explain
from sameboat.spread.compound import HazardsRunInACircle, Rule, chain
from sameboat.spread.draws import draw
from sameboat.spread.ensemble import run
from sameboat.spread.measures import Measure
from sameboat.spread.options import compare
from sameboat.spread.tests.tide import Tide, tide

BREAKS = Rule("sea", "gate", 2.0, "harbour", "gate_fails:north", delay_hours=1.0)


def two(*rules, **options):
    stages = {"harbour": tide(height=0.5, gust=0.0), "sea": tide()}
    return chain(stages, rules or [BREAKS], **options)


@pytest.fixture(autouse=True)
def events(monkeypatch):
    plain = Tide.series

    def series(self, draws, targets, hours):
        for name, when in draws.events.items():
            if name.startswith("gate_fails:"):
                draws = type(draws)(draws.scores, draws.streams, {"gate_fails": when})
        return plain(self, draws, targets, hours)

    monkeypatch.setattr(Tide, "series", series)


def test_what_one_hazard_does_to_the_next_is_decided_member_by_member():
    joined = two()
    drawn = draw(joined, seed=1, members=200)

    traced = joined.trace(drawn)

    sea, harbour = traced.footprints["sea"], traced.footprints["harbour"]
    broke = np.isfinite(sea.arrival_hours[0, 1])
    assert 0.1 < broke.mean() < 0.9
    np.testing.assert_array_equal(np.isfinite(traced.events[0]), broke)
    np.testing.assert_allclose(traced.events[0][broke], sea.arrival_hours[0, 1][broke] + 1.0)
    np.testing.assert_array_equal(np.isfinite(harbour.arrival_hours[0, 0]), broke)


def test_stages_are_computed_in_the_order_of_causes_whatever_the_order_given():
    assert [name for name, _problem in two().stages] == ["sea", "harbour"]


def test_a_chain_runs_in_pieces_to_the_same_numbers(monkeypatch):
    from sameboat.spread import ensemble

    whole = run(two(), members=200, seed=1)
    monkeypatch.setattr(ensemble, "PIECE", 1)

    assert run(two(), members=200, seed=1).to_bytes() == whole.to_bytes()


def test_a_stage_has_its_own_chances_and_the_first_those_it_has_alone():
    alone = run(tide(), members=64, seed=1)

    joined = two()
    sea = joined.stage_of(run(joined, members=64, seed=1), "sea")

    assert sea.targets == alone.targets
    assert sea.unit == "m"
    assert np.abs(sea.peak.mean() - alone.peak.mean()) < 0.1


def test_a_rule_waits_until_it_has_been_above_for_long_enough():
    short = two(Rule("sea", "gate", 2.0, "harbour", "gate_fails:north", for_hours=5.0))
    drawn = draw(short, seed=1, members=200)

    traced = short.trace(drawn)

    long_enough = traced.footprints["sea"].duration_hours[0, 1] >= 5.0
    np.testing.assert_array_equal(np.isfinite(traced.events[0]), long_enough)
    assert long_enough.mean() < np.isfinite(two().trace(drawn).events[0]).mean()


def test_options_reach_through_the_chain():
    levee = Measure("raise_levee", "sea/gate", amount=1.0)

    found = compare(two(), {"nothing": (), "levee": (levee,)}, members=300, seed=1)

    rows = {(row.option, row.target): row for row in found.table()}
    assert rows["levee", "harbour/village"].change < -0.05


def test_the_chain_of_consequences_is_read_back_in_words():
    joined = two()
    drawn = draw(joined, seed=1, members=200)

    link = explain(joined, drawn, "harbour", "village")

    lines = link.in_language("en", {"village": {"en": "Village", "zh-Hans": "村"}})
    assert lines[0].startswith("Village: ")
    assert lines[1].startswith("  because gate exceeds 2 m: ")
    assert link.because[0].part == pytest.approx(link.part, abs=0.02)


def test_rules_in_a_circle_are_refused_or_bounded():
    circle = [BREAKS, Rule("harbour", "gate", 1.0, "sea", "gate_fails:south")]

    with pytest.raises(HazardsRunInACircle) as refusal:
        two(*circle)
    assert "harbour, sea" in refusal.value.in_language("en")

    bounded = two(*circle, rounds=3)
    traced = bounded.trace(draw(bounded, seed=1, members=100))
    assert traced.unsettled == 0.0
    assert two(*circle, rounds=1).trace(draw(bounded, seed=1, members=100)).unsettled > 0.0


@pytest.mark.parametrize(
    ("changes", "field", "allowed"),
    [
        ({"stage": "lake"}, "rules[0].stage", "harbour, sea"),
        ({"then": "lake"}, "rules[0].then", "harbour, sea"),
        ({"target": "city"}, "rules[0].target", "gate, town, village"),
        ({"above": 3.0}, "rules[0].above", "1, 2"),
        ({"above": "danger"}, "rules[0].above", "1, 2"),
        ({"event": "dam_breaks:D"}, "rules[0].event", "gate_fails:…"),
        ({"for_hours": -1.0}, "rules[0].for_hours", ">= 0 h"),
        ({"delay_hours": float("nan")}, "rules[0].delay_hours", ">= 0 h"),
        ({"wehn": 1}, "rules[0].wehn", None),
    ],
)
def test_a_faulty_rule_is_named_by_its_field(changes, field, allowed):
    rule = {"stage": "sea", "target": "gate", "above": 2.0, "then": "harbour",
            "event": "gate_fails:north", **changes}  # fmt: skip

    with pytest.raises(FaultyInput) as faulty:
        two(rule)

    (fault,) = faulty.value.faults
    assert fault.field == field
    assert allowed is None or fault.allowed == allowed


def test_a_measure_must_name_its_stage():
    with pytest.raises(FaultyInput) as faulty:
        two().under([Measure("raise_levee", "gate", amount=1.0)])

    assert faulty.value.faults[0].allowed == "sea/…, harbour/…"


@pytest.mark.parametrize("wrong", [None, 3, "x", {"above": None}, {"stage": []}, {"event": 3},
                                   {"target": {}}, {"above": True}, {"then": None}])  # fmt: skip
def test_a_rule_of_the_wrong_kind_is_a_fault_and_never_a_crash(wrong):
    rule = {"stage": "sea", "target": "gate", "above": 2.0, "then": "harbour",
            "event": "gate_fails:north"}  # fmt: skip

    with pytest.raises(FaultyInput) as faulty:
        two({**rule, **wrong} if isinstance(wrong, dict) else wrong)

    assert all(each.field.startswith("rules[0]") for each in faulty.value.faults)


def test_the_name_of_a_stage_cannot_be_mistaken_for_a_target():
    with pytest.raises(ValueError, match="must not hold /"):
        chain({"a": tide(), "a/b": tide()}, [])


def test_a_stage_that_ends_early_is_followed_only_as_long():
    from dataclasses import replace

    from sameboat.spread.evidence import Seen, check_seen

    @dataclass(frozen=True)
    class Short(Tide):
        horizon_hours = 24.0

    short = Short(**{name: getattr(tide(), name) for name in Tide.__dataclass_fields__})
    joined = replace(two(), stages=(("sea", short), ("harbour", tide())))
    drawn = draw(joined, seed=1, members=3)

    course = joined.series(drawn, ["sea/gate"], np.array([20.0, 24.0, 40.0]))

    assert (course[0, 2] == course[0, 1]).all()
    check_seen(joined, [Seen("harbour/gate", 40.0, "value", 1.0)])
    with pytest.raises(FaultyInput) as faulty:
        check_seen(joined, [Seen("sea/gate", 40.0, "value", 1.0)])
    assert faulty.value.faults[0].field == "observations[0].hours"
