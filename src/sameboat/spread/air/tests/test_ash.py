import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.lib.fault import FaultyInput
from sameboat.spread.air.ash import WindLayers, prepare
from sameboat.spread.air.ash_checks import checks, colima_inputs, middle_member
from sameboat.spread.air.ash_example import example, steady
from sameboat.spread.air.lattice import ash_lattice
from sameboat.spread.air.places import around, components
from sameboat.spread.air.tephra import fall_speed, grain_shares, level_shares
from sameboat.spread.draws import draw
from sameboat.spread.ensemble import run
from sameboat.spread.measures import Measure
from sameboat.spread.tests.tables import published

TABLES = published()


def colima(*targets, **other):
    return prepare(colima_inputs(TABLES, targets, by_degrees=True) | other)


def test_the_published_grid_of_colima_is_met():
    found = {each.key: each for each in checks(TABLES)}

    assert found["tephra2-colima"].holds
    assert found["tephra2-colima"].ours < 1e-5


def test_the_erupted_mass_lies_on_the_ground():
    problem = colima({"key": "a", "x_m": 645_110, "y_m": 2_158_088}, finest_phi=4.0)
    # Lattices one in the other, for most lies near and the finest grains go far.
    total = 0.0
    for half, inner in ((40e3, 0.0), (400e3, 40e3), (6e6, 400e3)):
        edge = np.linspace(-half, half, 801)
        x = 0.5 * (edge[1:] + edge[:-1])
        load = ash_lattice(problem, middle_member(problem), x, x, elevation_m=2500.0)[0]
        outside = np.maximum(np.abs(x)[:, None], np.abs(x)[None, :]) > inner
        total += load[outside].sum() * (edge[1] - edge[0]) ** 2

    assert total == pytest.approx(1.43693e11, rel=0.01)


def test_a_lattice_and_scattered_points_agree():
    x, y = np.array([-20e3, 5e3, 60e3]), np.array([0.0, 30e3])
    points = [
        {"key": f"{i}-{j}", "x_m": 645_110 + x[i], "y_m": 2_158_088 + y[j], "elevation_m": 1000}
        for i in range(3)
        for j in range(2)
    ]
    problem = colima(*points)

    on_lattice = ash_lattice(problem, middle_member(problem), x, y, elevation_m=1000.0)

    scattered = problem.spread(middle_member(problem)).peak[:, 0].reshape(3, 2)
    assert on_lattice[0] == pytest.approx(scattered, rel=1e-5)


def test_members_that_differ_in_mass_and_grains_alone_share_a_lattice():
    problem = colima(
        {"key": "a", "x_m": 665_110, "y_m": 2_188_088, "elevation_m": 0},
        parameters=colima_inputs(TABLES, [], by_degrees=True)["parameters"]
        | {"mass_kg": {"low": 1e10, "high": 1e12}, "median_phi": {"low": 0.0, "high": 3.0}},
    )
    draws = draw(problem, seed=1, members=5)

    found = ash_lattice(problem, draws, np.array([20e3]), np.array([30e3]), elevation_m=0.0)

    assert found[:, 0, 0] == pytest.approx(problem.spread(draws).peak[0], rel=1e-5)


def test_a_heavier_eruption_is_more_of_the_same():
    light, heavy = (
        prepare(example() | {"parameters": example()["parameters"] | {"mass_kg": mass}})
        for mass in (1e9, 3e9)
    )
    draws = draw(light, seed=4, members=6)

    assert heavy.spread(draws).peak == pytest.approx(3 * light.spread(draws).peak, rel=1e-6)


def test_ash_comes_later_further_on_and_never_grows_less():
    problem = prepare(example())
    draws = draw(problem, seed=4, members=30)

    found = problem.spread(draws)
    series = problem.series(draws, problem.targets, np.linspace(0, 24, 200))

    assert found.summary("near").arrival_hours.p50 < found.summary("far").arrival_hours.p50
    assert (np.diff(series, axis=1) >= 0).all()
    assert series[:, -1] == pytest.approx(found.peak, rel=1e-6)
    reached = ~np.isnan(found.arrival_hours)
    assert np.isinf(found.cleared_hours[reached]).all()


def test_a_longer_eruption_lays_down_the_same_ash_later():
    short, long = (
        prepare(
            example() | {"horizon_hours": 2000, "step_minutes": 60,
                         "parameters": example()["parameters"] | {"duration_hours": hours}}
        )
        for hours in (1.0, 20.0)
    )  # fmt: skip
    draws = draw(short, seed=4, members=6)

    a, b = short.spread(draws), long.spread(draws)

    assert b.peak == pytest.approx(a.peak, rel=1e-3)
    assert (b.peak_hours[:3] > a.peak_hours[:3]).all()


def test_wind_layers_are_interpolated_by_components():
    u, v = components(np.array([10.0, 10.0]), np.array([350.0, 10.0]))

    found = WindLayers(np.array([0.0, 1000.0]), u, v).at(np.array([500.0]))

    assert found[0] == pytest.approx([0.0, -10 * np.cos(np.radians(10))])


def test_without_wind_ash_falls_around_the_vent():
    calm = [{"height_m": 0, "speed_ms": 0, "from_deg": 0}]
    problem = prepare(example() | {"wind": calm, "vent": {"x_m": 0, "y_m": 0, "elevation_m": 1000},
                                   "targets": [{"key": "e", "x_m": 9000, "y_m": 0},
                                               {"key": "n", "x_m": 0, "y_m": 9000}]})  # fmt: skip

    found = problem.spread(draw(problem, seed=1, members=5)).peak

    assert found[0] == pytest.approx(found[1], rel=1e-6)
    assert (found > 0).all()


def test_grains_fall_at_the_speeds_of_their_regimes():
    fine, middle, coarse = (fall_speed(0.0, each, 2500.0) for each in (1e-5, 3e-4, 2e-2))

    assert fine == pytest.approx(2500 * 9.81 * 1e-10 / (18 * 1.8325e-5))
    assert 1.0 < middle < 4.0
    assert coarse == pytest.approx((3.1 * 2500 * 9.81 * 0.02 / 1.293) ** 0.5)
    assert fall_speed(10_000.0, 2e-2, 2500.0) > coarse


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (1.04, 1.46), (3.0, 0.5), (0.5, 3.0)])
def test_all_of_the_mass_leaves_the_column(alpha, beta):
    assert level_shares(alpha, beta, 75).sum() == pytest.approx(1.0)
    far = grain_shares(np.linspace(-7, 7, 75), np.array([-60.0, 0.0]), np.array([0.2, 2.0]))
    assert far.sum(axis=1) == pytest.approx(1.0)


def test_distances_around_a_vent_are_those_of_the_sphere():
    x, y = around(np.array([128.0, 129.0]), np.array([43.0, 42.0]), lon_0=128.0, lat_0=42.0)

    assert np.hypot(x[0], y[0]) == pytest.approx(111_195.1, abs=1)
    assert (x[1], y[1]) == pytest.approx((82_634, 483), rel=2e-3)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    winds=st.lists(st.tuples(st.floats(0.0, 80.0), st.floats(0.0, 360.0)), min_size=1, max_size=4),
    vent=st.floats(-400.0, 5000.0),
    ground=st.floats(-400.0, 8000.0),
    shape=st.tuples(st.floats(0.3, 5.0), st.floats(0.3, 5.0)),
    seed=st.integers(0, 1000),
)
def test_whatever_the_wind_ash_only_grows_and_every_number_is_one(winds, vent, ground, shape, seed):
    problem = prepare(
        example()
        | {
            "vent": {"x_m": 0, "y_m": 0, "elevation_m": vent},
            "targets": [
                {"key": "a", "x_m": 0, "y_m": 0, "elevation_m": ground},
                {"key": "b", "x_m": 30_000, "y_m": -5_000, "elevation_m": ground},
            ],
            "wind": [
                {"height_m": 4000.0 * number, "speed_ms": speed, "from_deg": deg}
                for number, (speed, deg) in enumerate(winds)
            ],
            "parameters": {
                "column_height_m": {"low": 5500, "high": 30_000}, "column_alpha": shape[0],
                "column_beta": shape[1], "fall_time_limit_s": {"low": 10, "high": 1e5},
            },
        }
    )  # fmt: skip
    draws = draw(problem, seed=seed, members=2)

    course = problem.series(draws, problem.targets, np.linspace(0.0, 24.0, 97))

    assert np.isfinite(course).all()
    assert (np.diff(course, axis=1) >= 0).all()
    assert problem.imbalance(draws).max() < 1e-12


def test_a_member_is_the_same_alone_and_among_others():
    problem = prepare(example())
    draws = draw(problem, seed=2, members=12)

    whole, part = problem.spread(draws), problem.spread(draws.part(7, 9))

    for name in ("arrival_hours", "duration_hours", "peak", "peak_hours"):
        kept = np.ascontiguousarray(getattr(whole, name)[..., 7:9])
        assert getattr(part, name).tobytes() == kept.tobytes()


def test_an_ensemble_loses_nothing_and_can_be_sent_to_a_worker():
    problem = pickle.loads(pickle.dumps(prepare(example())))

    assert problem.imbalance(draw(problem, seed=1, members=9)).max() < 1e-12
    assert run(problem, members=9, seed=1).members == 9


def test_on_the_other_side_of_the_earth_nothing_falls():
    problem = prepare(steady())

    assert problem.spread(draw(problem, seed=1, members=20)).peak.max() == 0.0


def test_no_measure_stops_ash():
    with pytest.raises(FaultyInput):
        prepare(example()).under([Measure("contain", "vent", amount=0.5)])
    assert prepare(example()).under([]).targets == ("near", "far", "area", "upwind")


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("vent", {"vent": None}),
        ("vent.elevation_m", {"vent": {"lon": 0, "lat": 0, "elevation_m": 99_999}}),
        ("wind[0].speed_ms", {"wind": [{"height_m": 0, "speed_ms": -3, "from_deg": 0}]}),
        ("wind[1].height_m", {"wind": [{"height_m": 9, "speed_ms": 3, "from_deg": 0}] * 2}),
        ("targets[0].lat", {"targets": [{"key": "a", "lon": 1, "lat": 91}]}),
        ("targets[0].points[0]", {"targets": [{"key": "a", "points": [[1, 100]]}]}),
        ("parameters.column_height_m", {"parameters": {"column_height_m": 500}}),
        ("parameters.deviation_phi", {"parameters": {"deviation_phi": 0}}),
        ("finest_phi", {"finest_phi": -8}),
        ("step_minutes", {"step_minutes": 1, "horizon_hours": 8760}),
        ("thresholds", {"thresholds": []}),
    ],
)
def test_each_fault_is_named_by_its_field(field, other):
    with pytest.raises(FaultyInput) as refusal:
        prepare(example() | other)

    assert field in [each.field for each in refusal.value.faults]
