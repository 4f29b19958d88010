import numpy as np
import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.spread.draws import Draws, draw
from sameboat.spread.flood import prepare
from sameboat.spread.flood.example import example, steady
from sameboat.spread.flood.reaches import wide_celerity
from sameboat.spread.measures import Measure

SURE = {
    "travel_time_factor": 1.0, "weighting": 0.2, "source_factor": 1.0, "source_delay_hours": 0.0,
    "lateral_factor": 1.0, "base_flow_factor": 1.0, "breach_peak_factor": 1.0,
    "breach_time_factor": 1.0,
}  # fmt: skip


def one(inputs, **parameters):
    return prepare({**inputs, "parameters": {**SURE, **parameters}})


def peaks(problem, draws=None):
    found = problem.spread(draws or draw(problem, seed=1, members=1))
    return dict(zip(found.targets, found.peak[:, 0].tolist(), strict=True))


def faults(inputs):
    with pytest.raises(FaultyInput) as faulty:
        prepare(inputs)
    return {(each.code, each.field) for each in faulty.value.faults}


def changed(part, number, **fields):
    inputs = example()
    inputs[part][number] = {**inputs[part][number], **fields}
    return inputs


@pytest.mark.parametrize(
    ("part", "fields", "code", "field"),
    [
        ("reaches", {"length_km": 0.0}, "out_of_range", "reaches[0].length_km"),
        ("reaches", {"celerity_ms": float("nan")}, "not_a_number", "reaches[0].celerity_ms"),
        ("reaches", {"to_node": "head"}, "circle", "reaches[0].to_node"),
        ("reaches", {"colour": "blue"}, "unknown_field", "reaches[0].colour"),
        ("sources", {"flow_m3s": [0, -1, 2, 0]}, "out_of_range", "sources[0].flow_m3s[1]"),
        ("sources", {"hours": [0, 6, 5, 9]}, "order", "sources[0].hours[2]"),
        ("sources", {"node": "moon"}, "unknown", "sources[0].node"),
        ("targets", {"reach": "styx"}, "unknown", "targets[0].reach"),
        ("targets", {"warning_m3s": 950.0}, "order", "targets[0]"),
        ("reservoirs", {"storage_m3": [1, 2, 2, 3]}, "order", "reservoirs[0].storage_m3[2]"),
        ("dams", {"height_m": 0.0}, "out_of_range", "dams[0].height_m"),
        ("basins", {"capacity_m3": -1.0}, "out_of_range", "basins[0].capacity_m3"),
    ],
)
def test_a_fault_is_named_by_its_field(part, fields, code, field):
    assert (code, field) in faults(changed(part, 0, **fields))


def test_a_slope_of_nothing_is_named():
    assert ("out_of_range", "reaches[1].slope") in faults(changed("reaches", 1, slope=0.0))


def test_reaches_that_run_in_a_circle_are_named():
    assert ("circle", "reaches") in faults(changed("reaches", 4, to_node="head"))


def test_shares_that_do_not_add_up_are_named():
    inputs = changed("reaches", 3, share=0.7)

    assert ("shares", "reaches.share") in faults(inputs)


def test_all_faults_are_told_at_once():
    inputs = changed("reaches", 0, length_km=-1.0)
    inputs["sources"][0]["node"] = "moon"
    inputs["horizon_hours"] = 0.0

    assert len(faults(inputs)) >= 3


def test_one_more_target_changes_no_other():
    inputs = example()
    inputs["targets"] += [{"key": "new", "reach": "lower", "fraction": 0.4, "warning_m3s": 100.0}]

    with_it, without = peaks(one(inputs)), peaks(one(example()))

    assert {key: with_it[key] for key in without} == without


def test_twice_the_water_is_twice_the_departure():
    inputs = steady()
    inputs["sources"] = example()["sources"]

    once, twice = peaks(one(inputs)), peaks(one(inputs, source_factor=2.0))

    base = peaks(one(steady()))
    for key in base:
        assert twice[key] - base[key] == pytest.approx(2 * (once[key] - base[key]), rel=1e-5)


def test_an_event_breaks_a_dam_member_by_member():
    inputs = steady()
    inputs["dams"] = [{"key": "old dam", "node": "head", "volume_m3": 4.0e6, "height_m": 12.0}]
    problem = one(inputs)
    drawn = draw(problem, seed=1, members=3)
    told = Draws(drawn.scores, drawn.streams, {"dam_breaks:old dam": np.array([np.nan, 2, 50.0])})

    found = problem.spread(told)

    village = found.index("village")
    assert found.peak[village, 1] > found.peak[village, 0]
    assert 50 <= found.peak_hours[village, 2] <= 55


def test_the_delay_moves_the_wave():
    inputs = steady()
    inputs["sources"] = example()["sources"]

    early = one(inputs).spread(draw(one(inputs), seed=1, members=1))
    late_problem = one(inputs, source_delay_hours=5.0)
    late = late_problem.spread(draw(late_problem, seed=1, members=1))

    np.testing.assert_allclose(late.peak, early.peak, rtol=1e-5)
    np.testing.assert_allclose(late.arrival_hours[0, 0] - early.arrival_hours[0, 0], 5, atol=1e-3)


def test_a_basin_that_is_opened_lowers_what_comes_after():
    inputs = example()
    del inputs["basins"][0]["threshold_m3s"]  # it waits for an order
    problem = one(inputs)

    opened = problem.under([Measure("open_basin", "polder", 15.0, 45.0, 200.0)])

    assert peaks(opened)["town bridge"] < peaks(problem)["town bridge"]
    assert peaks(opened)["village"] == peaks(problem)["village"]
    assert problem.imbalance(draw(problem, seed=1, members=2)).max() < 1e-5
    assert opened.imbalance(draw(opened, seed=1, members=2)).max() < 1e-5


def test_water_that_is_released_arrives():
    problem = one(steady())

    released = problem.under([Measure("release_water", "weir", 5.0, 60.0, 50.0)])

    assert peaks(released)["harbour"] == pytest.approx(peaks(problem)["harbour"] + 50, rel=1e-3)


def test_a_gate_that_is_set_holds_the_flood_back():
    problem = one(example())
    shut = problem.under([Measure("set_gate", "lake", 0.0, 96.0, 0.0)])

    assert peaks(shut)["town bridge"] < peaks(problem)["town bridge"]


def test_a_higher_levee_raises_the_limits_and_needs_a_rating_curve():
    problem = one(example())
    raised = problem.under([Measure("raise_levee", "town bridge", amount=1.0)])

    row = problem.targets.index("town bridge")
    assert (raised.limits[row] > problem.limits[row]).all()
    with pytest.raises(FaultyInput):
        problem.under([Measure("raise_levee", "harbour", amount=1.0)])


def test_a_measure_that_acts_on_something_else_is_refused():
    with pytest.raises(FaultyInput) as faulty:
        one(example()).under([Measure("open_basin", "lake")])

    assert faulty.value.faults[0].field == "measures[0].at"


def test_the_stage_follows_the_rating_curve():
    inputs = steady()
    inputs["sources"] = example()["sources"]
    inputs["targets"] = [inputs["targets"][1]]

    flow = one(inputs)
    stage = one({**inputs, "intensity": "stage"})

    assert stage.unit == "m"
    rating = flow.watched[0].rating
    top = rating.stage_at(np.array([peaks(flow)["town bridge"]]))[0]
    assert peaks(stage)["town bridge"] == pytest.approx(top, rel=1e-5)


def test_the_speed_of_the_wave_is_five_thirds_of_mannings():
    depth, width, slope, roughness = 2.0, 100.0, 1e-3, 0.03
    velocity = depth ** (2 / 3) * slope**0.5 / roughness

    found = wide_celerity(slope, width, roughness, velocity * depth * width)

    assert found == pytest.approx(5 / 3 * velocity)


@pytest.mark.parametrize("part", ["dams", "basins"])
def test_water_is_released_at_a_node_that_bears_the_key_of_what_stands_there(part):
    plain = example()
    node = plain[part][0]["node"]
    twin = changed(part, 0, key=node)
    release = [Measure("release_water", node, from_hours=5.0, until_hours=30.0, amount=400.0)]

    named_apart = peaks(one(plain).under(release))
    named_alike = peaks(one(twin).under(release))

    assert named_alike == named_apart
    assert named_alike != peaks(one(twin))


def test_a_levee_for_some_hours_is_refused_for_it_counts_for_the_whole_flood():
    problem = one(example())
    target = next(each.key for each in problem.watched if each.rating is not None)

    with pytest.raises(FaultyInput) as faulty:
        problem.under([Measure("raise_levee", target, from_hours=6.0, amount=0.5)])

    assert faulty.value.faults[0].field == "measures[0].from_hours"


@pytest.mark.parametrize(("horizon", "step"), [(30.0, 0.7), (25.0, 4.0), (40.0, 1.0)])
def test_a_run_ends_with_its_horizon_whatever_the_step(horizon, step):
    problem = prepare({**example(), "horizon_hours": horizon, "step_hours": step})

    found = problem.spread(draw(problem, seed=1, members=40))

    assert problem.step_hours <= step
    assert (problem.steps - 1) * problem.step_hours == pytest.approx(horizon)
    assert np.nanmax(found.arrival_hours + found.duration_hours) <= horizon * (1 + 1e-6)
    assert np.nanmax(found.peak_hours) <= horizon * (1 + 1e-6)
