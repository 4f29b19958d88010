import numpy as np
import pytest

from sameboat.spread.draws import Draws, draw
from sameboat.spread.flood import prepare
from sameboat.spread.flood.example import example, further, steady
from sameboat.spread.flood.section import Section
from sameboat.spread.flood.tests.test_problem import faults, one, peaks
from sameboat.spread.flood.todini import route_reach
from sameboat.spread.measures import Measure

CHANNEL = {"slope": 5e-4, "width_m": 60.0, "roughness": 0.035}


def channelled(inputs, **channel):
    """Return the inputs with a channel for every reach, to be routed by it."""
    rows = [
        {k: v for k, v in row.items() if k not in ("travel_hours", "celerity_ms")} | CHANNEL
        for row in inputs["reaches"]
    ]
    return {**inputs, "reaches": [{**row, **channel} for row in rows], "routing": "todini"}


def one_reach(base=100.0, wave=(0.0, 800.0, 0.0), routing="todini"):
    return {
        "reaches": [{"key": "r", "from_node": "a", "to_node": "b", "length_km": 40.0, **CHANNEL,
                     "flow_m3s": 400.0}],
        "base_flow": [{"node": "a", "flow_m3s": base}],
        "sources": [{"key": "s", "node": "a", "hours": [0.0, 10.0, 30.0], "flow_m3s": list(wave)}],
        "targets": [{"key": "t", "reach": "r", "warning_m3s": 300.0}],
        "horizon_hours": 72.0, "step_hours": 0.5, "routing": routing,
    }  # fmt: skip


def course(problem, target, members=1):
    hours = np.arange(problem.steps) * problem.step_hours
    return problem.series(draw(problem, seed=1, members=members), [target], hours)[0]


def test_one_reach_is_routed_as_the_library_routes_it():
    problem = one(one_reach())
    channels = problem.channels
    hours = np.arange(problem.steps) * 0.5
    # Means over the step around each time, after a point at which only the base flow runs.
    edges = np.maximum(np.concatenate([hours - 0.25, hours[-1:] + 0.25]), 0.0)
    gone = np.interp(edges, (fine := np.linspace(0, 73, 73_001)), np.concatenate([[0.0], np.cumsum(
        np.diff(fine) * (w := np.interp(fine, [0, 10, 30], [0, 800, 0]))[:-1] + 0.5 * np.diff(fine)
        * np.diff(w))]))  # fmt: skip
    inflow = 100.0 + np.concatenate([[0.0], np.diff(gone) / 0.5])

    alone = route_reach(
        inflow[:, None], channels.rating, length_m=40e3, step_s=1800.0,
        pieces=int(channels.pieces[0]),
    )  # fmt: skip

    np.testing.assert_allclose(course(problem, "t")[:, 0], alone.outflow[1:, 0], rtol=1e-6)


def test_no_water_is_lost_with_every_structure_on_the_way():
    problem = prepare(channelled(example()))

    assert problem.imbalance(draw(problem, seed=3, members=40)).max() < 1e-12


def test_a_river_in_which_nothing_happens_stays_as_it_is():
    problem = one(channelled(steady()))
    flows = course(problem, "harbour")

    assert (flows == flows[0]).all()
    assert flows[0, 0] == pytest.approx(65.0)


def test_a_large_wave_runs_faster_than_a_small_one_and_muskingums_does_not():
    def lag(size, routing):
        problem = one(one_reach(base=20.0, wave=(0.0, size, 0.0), routing=routing))
        found = problem.spread(draw(problem, seed=1, members=1))
        return found.peak_hours[0, 0] - 10.0

    assert lag(2000.0, "todini") < 0.7 * lag(100.0, "todini")
    assert lag(2000.0, "muskingum") == pytest.approx(lag(100.0, "muskingum"), abs=0.5)


def test_a_longer_travel_time_brings_the_wave_later_in_proportion():
    def lag(factor):
        flow = course(one(one_reach(), travel_time_factor=factor), "t")[:, 0] - 100.0
        centre = (flow * np.arange(len(flow))).sum() / flow.sum() * 0.5
        return centre - 40.0 / 3  # the middle of the triangle that comes in

    assert lag(1.4) == pytest.approx(1.4 * lag(1.0), rel=0.05)
    assert lag(0.7) == pytest.approx(0.7 * lag(1.0), rel=0.05)


def test_a_fork_shares_the_flow_and_a_branch_that_is_watched_changes_nothing():
    inputs = channelled(example())
    more = {**inputs, "targets": [*inputs["targets"], {
        "key": "ford", "reach": "town", "fraction": 0.4, "warning_m3s": 150.0}]}  # fmt: skip

    with_it, without = peaks(one(more)), peaks(one(inputs))

    assert {key: with_it[key] for key in without} == without
    assert with_it["ford"] >= with_it["town bridge"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"slope": None}, "empty", "reaches[0].slope"),
        ({"roughness": None}, "empty", "reaches[0].roughness"),
        ({"slope": 0.0}, "out_of_range", "reaches[0].slope"),
        ({"width_m": float("nan")}, "not_a_number", "reaches[0].width_m"),
        ({"side": -1.0}, "out_of_range", "reaches[0].side"),
        ({"plain_m": "wide"}, "not_a_number", "reaches[0].plain_m"),
    ],
)
def test_a_channel_that_is_missing_or_wrong_is_named(changes, code, field):
    inputs = one_reach()
    inputs["reaches"][0] |= changes

    assert (code, field) in faults(inputs)


def test_a_routing_that_is_not_known_is_named():
    assert ("unknown", "routing") in faults(one_reach(routing="euler"))


def test_a_stage_by_the_channel_is_its_normal_depth_above_the_bed():
    inputs = one_reach() | {"intensity": "stage"}
    inputs["targets"] = [{"key": "t", "reach": "r", "bed_m": 12.0, "warning_m": 14.0}]
    stages, flows = (course(one(each), "t") for each in (inputs, one_reach()))

    depth = Section(60.0, 5e-4, 0.035).normal_depth(flows)

    np.testing.assert_allclose(stages - 12.0, depth, rtol=0.002)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bed_m": 12.0, "rating": {"stage_m": [1, 2], "flow_m3s": [0, 9]}}, "ambiguous"),
        ({"bed_m": "low"}, "not_a_number"),
        ({"bed_m": 99_999.0}, "out_of_range"),
    ],
)
def test_a_bed_beside_a_rating_or_out_of_range_is_named(changes, code):
    inputs = one_reach()
    inputs["targets"][0] |= changes

    assert (code, "targets[0].bed_m") in faults(inputs)


def test_a_bed_where_the_reach_tells_no_channel_is_named():
    inputs = one_reach(routing="muskingum")
    inputs["reaches"][0] = {k: v for k, v in inputs["reaches"][0].items() if k not in CHANNEL}
    inputs["reaches"][0] |= {"travel_hours": 4.0, "flow_m3s": None}
    inputs["targets"][0]["bed_m"] = 12.0

    assert ("empty", "targets[0].bed_m") in faults(inputs)


def levee(**changes):
    return {
        "key": "dike", "node": "fork", "top_m": 24.0, "bottom_m": 20.0, "width_m": 60.0,
        "formation_hours": 1.0, "capacity_m3": 3.0e6,
        "rating": {"stage_m": [18.0, 20.0, 23.0, 26.0], "flow_m3s": [0, 100, 500, 1500]},
        **changes,
    }  # fmt: skip


def with_levee(**changes):
    inputs = example()
    inputs["basins"] = []
    return inputs | {"levees": [levee(**changes)]}


def test_a_levee_that_breaks_takes_what_the_land_behind_holds_and_no_more():
    whole, broken = one(with_levee()), one(with_levee(breaks_hours=20.0))
    before, after = (course(each, "town bridge") for each in (whole, broken))
    lost = np.trapezoid((before - after)[:, 0]) * 3600.0 / 0.7  # the town's share

    assert (after <= before + 1e-6).all()
    assert after[:20] == pytest.approx(before[:20])
    assert 0.5 * 3.0e6 < lost <= 3.0e6 * 1.001
    assert broken.imbalance(draw(broken, seed=1, members=3)).max() < 1e-5


def test_a_levee_breaks_above_its_stage_when_told_by_an_event_or_never():
    low, high = one(with_levee(breaks_above_m=21.0)), one(with_levee(breaks_above_m=40.0))
    plain = one(with_levee())
    drawn = draw(plain, seed=1, members=2)
    told = Draws(drawn.scores, drawn.streams, {"levee_breaks:dike": np.array([np.nan, 20.0])})

    assert peaks(low)["harbour"] < peaks(plain)["harbour"] == peaks(high)["harbour"]
    assert plain.takes("levee_breaks:dike")
    found = plain.spread(told)
    row = found.index("harbour")
    assert found.peak[row, 1] < found.peak[row, 0]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"bottom_m": 24.0}, "order", "levees[0].bottom_m"),
        ({"width_m": 0.0}, "out_of_range", "levees[0].width_m"),
        ({"rating": None}, "no_rating", "levees[0].rating"),
        ({"node": "moon"}, "unknown", "levees[0].node"),
        ({"capacity_m3": -1.0}, "out_of_range", "levees[0].capacity_m3"),
        ({"breaks_hours": "soon"}, "not_a_number", "levees[0].breaks_hours"),
        ({"key": "lake"}, "duplicate", "reservoirs, basins, dams, levees"),
        ({"height": 3.0}, "unknown_field", "levees[0].height"),
    ],
)
def test_a_levee_that_is_not_well_told_is_named(changes, code, field):
    assert (code, field) in faults(with_levee(**changes))


def test_a_basin_opens_only_between_its_hours():
    inputs = example()
    late = {**inputs["basins"][0], "from_hours": 80.0}
    shut, never = (
        peaks(one({**inputs, "basins": basins}))["town bridge"] for basins in ([late], [])
    )

    assert shut == never > peaks(one(inputs))["town bridge"]


def test_a_basin_waits_for_its_stage():
    inputs = example()
    rating = levee()["rating"]
    told = {k: v for k, v in inputs["basins"][0].items() if k != "threshold_m3s"}
    opened, shut = (
        peaks(one({**inputs, "basins": [{**told, "rating": rating, "threshold_stage_m": stage}]}))
        for stage in (21.0, 25.0)
    )

    assert opened["harbour"] < shut["harbour"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"from_hours": 9.0, "until_hours": 9.0}, "order", "basins[0].until_hours"),
        ({"threshold_stage_m": 21.0}, "no_rating", "basins[0].rating"),
    ],
)
def test_a_basin_that_is_not_well_told_is_named(changes, code, field):
    inputs = example()
    inputs["basins"][0] |= changes

    assert (code, field) in faults(inputs)


def test_counter_measures_act_on_a_river_routed_by_its_channels():
    problem = one(channelled(example()))
    shut = problem.under([Measure("set_gate", "lake", 0.0, 96.0, 0.0)])
    released = one(channelled(steady())).under([Measure("release_water", "weir", 5.0, 60.0, 50.0)])

    assert peaks(shut)["town bridge"] < peaks(problem)["town bridge"]
    assert peaks(released)["harbour"] == pytest.approx(115.0, rel=1e-3)


def test_what_is_drawn_for_a_member_does_not_depend_on_its_company():
    problem = prepare(further()["by channel"])
    many = problem.spread(draw(problem, seed=2, members=70))
    few = problem.spread(draw(problem, seed=2, members=70).part(40, 43))

    np.testing.assert_array_equal(many.peak[:, 40:43], few.peak)


def test_it_says_how_the_reaches_were_treated_for_the_step():
    by_channel = one(channelled(example())).treatment()
    muskingum = one(example()).treatment()

    assert by_channel["pieces"] > by_channel["reaches"] == muskingum["reaches"]
    assert by_channel["stopped"] == by_channel["above"] == 0
    assert muskingum["whole"] + muskingum["cut"] + muskingum["exact"] == muskingum["reaches"]
    assert muskingum["stages"] > muskingum["reaches"]


def test_a_wave_far_above_what_the_tables_were_made_for_is_told():
    problem = one(one_reach(), source_factor=100.0)

    assert problem.treatment()["above"] > 0
