import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.lib.fault import FaultyInput
from sameboat.spread.air.gas import EVENT, prepare
from sameboat.spread.air.gas_checks import steady_puffs
from sameboat.spread.air.gas_example import example, steady
from sameboat.spread.air.plume import plume
from sameboat.spread.air.puffs import release_pieces, weather_in_steps
from sameboat.spread.draws import Draws, draw
from sameboat.spread.ensemble import run
from sameboat.spread.measures import Measure

SURE = {
    "mass_kg": 100.0, "wind_factor": 1.0, "wind_turn_deg": 0.0, "widen_y": 1.0, "widen_z": 1.0,
    "lid_m": 1000.0, "height_m": 5.0, "air_changes_per_hour": 0.5,
}  # fmt: skip

AIR = {"hours": 0, "speed_ms": 3, "from_deg": 270, "class": "D"}


def release(**other):
    inputs = {
        "source": {"x_m": 0, "y_m": 0},
        "targets": [{"key": "a", "x_m": 1000, "y_m": 0}, {"key": "b", "x_m": 0, "y_m": 1000}],
        "weather": [AIR],
        "thresholds": [0.01, 1.0],
        "horizon_hours": 1,
        "parameters": SURE,
    } | other
    return prepare(inputs)


def one(problem, **events):
    return Draws(np.zeros((problem.dimension, 1)), np.zeros(1, np.uint64), events)


def lattice(east, north, step=40.0):
    """Points that hold all of a cloud, as one place with many points each."""
    grid = [[x, y] for x in np.arange(*east, step) for y in np.arange(*north, step)]
    return [{"key": str(number), "x_m": x, "y_m": y} for number, (x, y) in enumerate(grid)]


def test_wind_from_the_west_carries_it_east_with_its_speed():
    found = release().spread(one(release()))

    reach = found.summary("a", 0)
    assert 1000 / 3 / 3600 * 0.5 < reach.arrival_hours.p50 < 1000 / 3 / 3600
    assert found.summary("b", 0).p_reached == 0.0
    assert reach.cleared_hours.p50 > reach.peak_hours.p50 > reach.arrival_hours.p50


def test_a_wind_that_turns_over_north_is_not_one_from_the_south():
    air = weather_in_steps(
        np.array([0.0, 1.0]), np.array([5.0, 5.0]), np.array([350.0, 10.0]), "DD", np.zeros(2),
        step_s=60.0, steps=60,
    )  # fmt: skip

    assert (air.wind[:, 1] < -4.9).all()


@pytest.mark.parametrize("stability", "BDF")
def test_puffs_of_a_steady_wind_are_the_plume(stability):
    ratio = steady_puffs(stability, np.array([500.0, 2000.0, 8000.0]), step_s=30.0)

    assert ratio == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("step", [0.5, 1.0, 3.0])
def test_the_dose_does_not_depend_on_the_step(step):
    fine = release(intensity="dose", step_minutes=0.25)
    coarse = release(intensity="dose", step_minutes=step)

    found = coarse.spread(one(coarse)).peak[0, 0] / fine.spread(one(fine)).peak[0, 0]
    assert found == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("distance", [300.0, 1000.0, 4000.0])
def test_the_dose_of_a_puff_is_that_of_a_plume_of_the_same_mass(distance):
    problem = release(
        intensity="dose", targets=[{"key": "a", "x_m": distance, "y_m": 0}],
        parameters=SURE | {"lid_m": 5000.0, "height_m": 10.0},
    )  # fmt: skip

    dose = problem.spread(one(problem)).peak[0, 0]

    plain = plume(distance, 0, 1.5, rate=1.0, wind_ms=3.0, height_m=10.0, stability="D")
    assert dose == pytest.approx(100e6 * plain / 60, rel=0.03)


def test_what_is_in_the_air_is_what_the_concentrations_add_up_to():
    problem = release(
        targets=lattice((-100.0, 2500.0), (-500.0, 501.0)), seen_m=0.0, step_minutes=1,
        parameters=SURE | {"lid_m": 40.0, "widen_z": 10.0},
    )  # fmt: skip

    mass = problem.series(one(problem), problem.targets, np.array([9.5 / 60]))[:, 0, 0].sum()

    # Mixed evenly below the lid: the concentration times its height is what lies over a cell.
    assert mass * 1e-6 * 40.0**2 * 40.0 == pytest.approx(100.0, rel=0.01)


def test_nothing_is_lost_whatever_becomes_of_it():
    problem = prepare(example())
    draws = draw(problem, seed=5, members=40)

    ledger = problem.ledger(draws)

    assert problem.imbalance(draws).max() < 1e-12
    assert (ledger >= 0).all()
    assert (ledger[2:4].sum(axis=1) > 0).all()


AIRS = st.fixed_dictionaries(
    {
        "speed_ms": st.one_of(st.just(0.0), st.floats(0.0, 20.0)),
        "from_deg": st.floats(0.0, 360.0),
        "class": st.sampled_from("ABCDEF"),
        "rain_mm_h": st.one_of(st.just(0.0), st.floats(0.0, 50.0)),
    }
)
ROWS = st.tuples(st.floats(0.0, 1.5), st.floats(0.0, 1.0), st.floats(0.01, 5.0))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    airs=st.lists(AIRS, min_size=1, max_size=4),
    rows=st.lists(ROWS, min_size=1, max_size=3),
    terrain=st.sampled_from(["open", "urban"]),
    step=st.sampled_from([0.5, 2.0, 7.0]),
    seed=st.integers(0, 1000),
)
def test_whatever_the_weather_nothing_is_lost_and_every_number_is_one(
    airs, rows, terrain, step, seed
):
    problem = release(
        weather=[each | {"hours": 0.4 * number} for number, each in enumerate(airs)],
        release=[
            {"from_hours": begin, "until_hours": begin + span, "weight": weight}
            for begin, span, weight in rows
        ],
        terrain=terrain, step_minutes=step, horizon_hours=3,
        targets=[{"key": "a", "x_m": 0, "y_m": 0}, {"key": "b", "x_m": 300, "y_m": -200}],
        parameters={
            "mass_kg": 100.0, "deposition_ms": {"low": 1e-3, "high": 0.2},
            "washing_per_s": {"low": 1e-6, "high": 1e-3}, "decay_per_hour": 0.3,
            "heat_mw": {"low": 0.1, "high": 20}, "height_m": {"low": 0, "high": 150},
            "lid_m": {"low": 30, "high": 1500},
        },
    )  # fmt: skip
    draws = draw(problem, seed=seed, members=3)

    found, ledger = problem.spread(draws), problem.ledger(draws)

    assert np.isfinite(found.peak).all()
    assert (found.peak >= 0).all()
    assert problem.imbalance(draws).max() < 1e-9
    assert ledger[0] == pytest.approx(100.0)
    assert (ledger >= 0).all()


def test_decay_follows_its_law():
    problem = release(parameters=SURE | {"decay_per_hour": 2.0})

    ledger = problem.ledger(one(problem))[:, 0]

    assert ledger[1] == pytest.approx(100.0 * np.exp(-2.0), rel=1e-9)
    assert ledger[4] == pytest.approx(100.0 * (1 - np.exp(-2.0)), rel=1e-9)


def test_rain_washes_out_only_while_it_falls():
    rain = [
        {"hours": 0, "speed_ms": 3, "from_deg": 270, "class": "D", "rain_mm_h": 2.0},
        {"hours": 0.5, "speed_ms": 3, "from_deg": 270, "class": "D"},
    ]
    problem = release(weather=rain, parameters=SURE | {"washing_per_s": 1e-4})

    ledger = problem.ledger(one(problem))[:, 0]

    assert ledger[3] == pytest.approx(100 * -np.expm1(-1e-4 * 2.0**0.79 * 1800), rel=1e-9)


def test_what_falls_to_the_ground_is_missing_further_on():
    lasting = release(parameters=SURE | {"deposition_ms": 0.02})

    kept = lasting.spread(one(lasting)).peak[0, 0] / release().spread(one(release())).peak[0, 0]

    assert 0.3 < kept < 0.9


def test_calm_leaves_the_cloud_over_its_source_and_divides_by_nothing():
    calm = [{"hours": 0, "speed_ms": 0, "from_deg": 0, "class": "F"}]
    problem = release(weather=calm, targets=[{"key": "a", "x_m": 20, "y_m": 0}])

    found = problem.spread(one(problem))

    assert np.isfinite(found.peak).all()
    assert found.peak[0, 0] > 0
    assert problem.imbalance(one(problem)).max() < 1e-12


def test_a_change_of_class_never_makes_a_cloud_narrower():
    turns = [
        {"hours": 0, "speed_ms": 3, "from_deg": 270, "class": "A"},
        {"hours": 0.2, "speed_ms": 3, "from_deg": 270, "class": "F"},
    ]
    problem = release(
        weather=turns, targets=[{"key": "a", "x_m": 6000, "y_m": 0}],
        parameters=SURE | {"lid_m": 5000.0},
    )  # fmt: skip
    stays = release(
        weather=turns[:1], targets=[{"key": "a", "x_m": 2160, "y_m": 0}],
        parameters=SURE | {"lid_m": 5000.0},
    )  # fmt: skip

    assert problem.spread(one(problem)).peak[0, 0] <= stays.spread(one(stays)).peak[0, 0]


def test_a_member_is_the_same_alone_and_among_others():
    problem = prepare(example())
    draws = draw(problem, seed=2, members=12)

    whole, part = problem.spread(draws), problem.spread(draws.part(7, 9))

    for name in ("arrival_hours", "cleared_hours", "duration_hours", "peak", "peak_hours"):
        kept = np.ascontiguousarray(getattr(whole, name)[..., 7:9])
        assert getattr(part, name).tobytes() == kept.tobytes()


def test_a_series_has_the_peak_of_the_footprint():
    problem = prepare(example())
    draws = draw(problem, seed=2, members=5)

    series = problem.series(draws, problem.targets, problem.hours)

    assert series.max(axis=1) == pytest.approx(problem.spread(draws).peak, rel=1e-6)


def test_a_place_with_several_points_has_the_strongest():
    alone = release(targets=[{"key": "a", "x_m": 1000, "y_m": 0}])
    among = release(targets=[{"key": "a", "points": [[1000, 0], [-500, 0], [1000, 300]]}])

    assert among.spread(one(among)).peak == alone.spread(one(alone)).peak


def test_places_by_degrees_lie_where_those_in_metres_do():
    metres = release(targets=[{"key": "a", "x_m": 1000, "y_m": 0}])
    degrees = release(
        source={"lon": 120.0, "lat": 40.0},
        targets=[{"key": "a", "lon": 120.0 + 1000 / 85_180.5, "lat": 40.0}],
    )

    assert degrees.receptors.x == pytest.approx([1000.0], abs=1.0)
    assert degrees.spread(one(degrees)).peak == pytest.approx(
        metres.spread(one(metres)).peak, rel=0.01
    )


def test_a_contained_source_releases_less_from_then_on():
    lasting = release(release=[{"from_hours": 0, "until_hours": 1}])
    held = lasting.under([Measure("contain", "source", 0.5, amount=0.8)])

    assert held.ledger(one(held))[0, 0] == pytest.approx(100 * (0.5 + 0.5 * 0.2))


def test_who_shelters_meets_less_and_nobody_else_does():
    problem = release(intensity="dose")
    sheltered = problem.under([Measure("shelter", "a", amount=0.75)])

    before, after = problem.spread(one(problem)), sheltered.spread(one(problem))

    assert after.peak[0, 0] == pytest.approx(0.25 * before.peak[0, 0], rel=1e-6)
    assert after.peak[1, 0] == before.peak[1, 0]


def test_measures_that_mean_nothing_here_are_refused():
    for wrong in (
        Measure("close_road", "a>b"), Measure("contain", "a", amount=0.5),
        Measure("shelter", "source", amount=0.5), Measure("shelter", "a", amount=2.0),
    ):  # fmt: skip
        with pytest.raises(FaultyInput):
            release().under([wrong])


def test_a_release_that_another_hazard_begins_comes_later_or_never():
    problem = release()
    told = {f"{EVENT}:source": np.array([0.25, np.nan])}
    draws = Draws(np.zeros((problem.dimension, 2)), np.zeros(2, np.uint64), told)

    found, plain = problem.spread(draws), problem.spread(one(problem))

    late = found.arrival_hours[0, 0, 0] - plain.arrival_hours[0, 0, 0]
    assert late == pytest.approx(0.25, abs=0.01)
    assert np.isnan(found.arrival_hours[0, 0, 1])
    assert found.peak[0, 1] == 0.0


def test_indoors_the_peak_is_lower_and_later():
    inside, outside = (release(exposure=each) for each in ("indoor", "outdoor"))

    a, b = inside.spread(one(inside)), outside.spread(one(outside))

    assert a.peak[0, 0] < 0.2 * b.peak[0, 0]
    assert a.peak_hours[0, 0] > b.peak_hours[0, 0]


def test_a_short_mean_is_higher_on_the_axis():
    minute, ten = (release(averaging_minutes=each) for each in (1, 10))

    assert minute.spread(one(minute)).peak[0, 0] > 1.3 * ten.spread(one(ten)).peak[0, 0]


def test_far_upwind_there_is_nothing():
    problem = prepare(steady())

    found = problem.spread(draw(problem, seed=1, members=20))

    assert found.peak.max() == 0.0


def test_zones_carry_the_names_that_they_were_given():
    problem = prepare(example())

    found = problem.spread(draw(problem, seed=1, members=2))

    assert found.labels == ("AEGL-1", "AEGL-2", "AEGL-3")


def test_an_ensemble_can_be_sent_to_a_worker():
    problem = pickle.loads(pickle.dumps(prepare(example())))

    found = run(problem, members=8, seed=3)

    assert found.members == 8


def test_pieces_that_are_joined_are_as_good_as_apart():
    turns = [AIR, AIR | {"hours": 0.7, "from_deg": 210, "class": "E"}]
    places = [{"key": str(x), "x_m": x, "y_m": y} for x, y in ((700, 30), (3000, 200), (5000, 900))]
    # A gap of a millisecond keeps the second release in its pieces.
    minutes = [
        {"from_hours": k / 60, "until_hours": (k + 1) / 60 - 3e-7 * (k % 2)} for k in range(30)
    ]
    whole, apart = (
        release(weather=turns, targets=places, release=rows, horizon_hours=2)
        for rows in ([{"from_hours": 0, "until_hours": 0.5}], minutes)
    )

    a, b = whole.spread(one(whole)), apart.spread(one(apart))

    assert a.peak == pytest.approx(b.peak, rel=0.02)
    assert a.arrival_hours[:, 0] == pytest.approx(b.arrival_hours[:, 0], abs=0.01, nan_ok=True)


def test_a_release_in_pieces_is_the_release():
    pieces = release_pieces([[0.0, 0.5, 3.0], [1.0, 1.0, 1.0]], step_s=60.0)

    assert pieces[:, 2].sum() == pytest.approx(1.0)
    assert len(pieces) == 31
    with pytest.raises(ValueError, match="weights"):
        release_pieces([[0.0, 1.0, 0.0]], step_s=60.0)


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("source", {"source": 5}),
        ("source.width_m", {"source": {"x_m": 0, "y_m": 0, "width_m": -1}}),
        ("weather[0].class", {"weather": [AIR | {"class": "Z"}]}),
        ("weather[0].speed_ms", {"weather": [AIR | {"speed_ms": -1}]}),
        ("weather[1].hours", {"weather": [AIR] * 2}),
        ("weather", {"weather": None}),
        ("targets[0].x_m", {"targets": [{"key": "a", "x_m": float("nan"), "y_m": 0}]}),
        ("targets[1].key", {"targets": [{"key": "a", "x_m": 1, "y_m": 0}] * 2}),
        ("targets[0].points", {"targets": [{"key": "a", "points": [[1, 2, 3]]}]}),
        ("release[0].until_hours", {"release": [{"from_hours": 2, "until_hours": 1}]}),
        ("release[0].weight", {"release": [{"from_hours": 0, "weight": 0}]}),
        ("step_minutes", {"step_minutes": 0.1, "horizon_hours": 240}),
        ("horizon_hours", {"horizon_hours": 0}),
        ("terrain", {"terrain": "sea"}),
        ("intensity", {"intensity": "smell"}),
        ("thresholds[1]", {"thresholds": [2, 1]}),
        ("threshold_names", {"threshold_names": ["low"]}),
        ("threshold_names", {"threshold_names": "low, high"}),
        ("threshold_names[1]", {"threshold_names": ["low", "low"]}),
        ("threshold_names[0]", {"threshold_names": [1, "high"]}),
        ("parameters.mass_kg", {"parameters": {"mass_kg": -1}}),
        ("parameters.mass", {"parameters": {"mass": 1}}),
        ("wether", {"wether": []}),
    ],
)  # fmt: skip
def test_each_fault_is_named_by_its_field(field, other):
    with pytest.raises(FaultyInput) as refusal:
        release(**other)

    assert field in [each.field for each in refusal.value.faults]
