import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.flood.reservoir import (
    Orifice,
    Reservoir,
    Weir,
    build_reservoir,
    pass_reservoir,
)

HOUR = 3600.0
LEVELS = [100.0, 105.0, 110.0, 115.0]
STORED = [1e6, 8e6, 3e7, 7e7]


@pytest.fixture(scope="module")
def pool():
    return build_reservoir(
        LEVELS, STORED, spillways=[Weir(110.0, 50.0)], gates=[Orifice(101.0, 20.0)]
    )


def wave(members=1, peak=400.0, steps=241):
    hours = np.arange(steps)[:, None]
    return 20 + peak * np.exp(-(((hours - 60) / 15.0) ** 2)) * np.linspace(1, 2, members)


def volume(flow, step=1.0):
    return np.trapezoid(flow, axis=0) * step * HOUR


def test_what_comes_in_goes_out_or_stays(pool):
    inflow = wave(5)

    passed = pass_reservoir(inflow, pool, step_hours=1.0, level_start_m=108.0, target_m=107.0)

    stays = passed.storage[-1] - passed.storage[0]
    assert (
        np.abs(volume(inflow) - volume(passed.outflow) - stays).max() < 1e-6 * volume(inflow).min()
    )
    assert passed.outflow.min() >= 0
    assert (passed.limited == 0).all()


def test_a_flood_is_flattened_and_comes_later(pool):
    inflow = wave()

    passed = pass_reservoir(inflow, pool, step_hours=1.0, level_start_m=108.0)

    assert passed.outflow.max() < inflow.max()
    assert passed.outflow.argmax() >= inflow.argmax()


def test_a_linear_pool_follows_the_exact_solution():
    # S = k O empties as exp(-t/k) without inflow.
    k = 10 * HOUR
    levels = np.linspace(0, 100, 101)
    pool = Reservoir(levels, levels * 1e5, levels * 1e5 / k, np.zeros(101))

    passed = pass_reservoir(
        np.zeros((101, 1)), pool, step_hours=0.1, level_start_m=80.0, target_m=0.0
    )

    exact = 80e5 / k * np.exp(-np.arange(101) * 0.1 * HOUR / k)
    assert passed.outflow[:, 0] == pytest.approx(exact, rel=2e-5)


def test_a_pool_in_balance_stays_where_it_is(pool):
    level = 112.0
    steady = float(np.interp(level, pool.levels_m, pool.spill_m3s))

    passed = pass_reservoir(
        np.full((100, 1), steady), pool, step_hours=1.0, level_start_m=level, target_m=level
    )

    assert passed.level == pytest.approx(level, abs=1e-9)
    assert passed.outflow == pytest.approx(steady, rel=1e-9)


def test_an_hour_is_fine_enough_for_a_flood_of_days(pool):
    hours = np.arange(0, 240.25, 0.05)[:, None]
    fine = 20 + 400 * np.exp(-(((hours - 60) / 15.0) ** 2))

    hourly = pass_reservoir(fine[::20], pool, step_hours=1.0, level_start_m=110.0, release_m3s=30.0)
    exact = pass_reservoir(fine, pool, step_hours=0.05, level_start_m=110.0, release_m3s=30.0)

    assert hourly.outflow.max() == pytest.approx(exact.outflow.max(), rel=1e-3)
    assert hourly.level == pytest.approx(exact.level[::20], abs=0.01)


def test_the_rule_curve_draws_the_pool_down(pool):
    passed = pass_reservoir(
        np.full((241, 1), 5.0), pool, step_hours=1.0, level_start_m=109.0, target_m=104.0
    )

    assert (np.diff(passed.level[:, 0]) <= 1e-9).all()
    assert passed.level[-1, 0] == pytest.approx(104.0, abs=0.01)


def test_an_order_takes_the_place_of_the_rule(pool):
    order = np.full(100, np.nan)
    order[20:50] = 60.0

    passed = pass_reservoir(
        np.full((100, 1), 5.0), pool, step_hours=1.0, level_start_m=107.0, release_m3s=order
    )

    assert passed.outflow[20:50] == pytest.approx(60.0)
    assert passed.outflow[:20] == pytest.approx(5.0)


def test_gates_pass_no_more_than_they_can(pool):
    passed = pass_reservoir(
        np.full((50, 1), 5.0), pool, step_hours=1.0, level_start_m=108.0, release_m3s=1e6
    )

    most = np.interp(passed.level, pool.levels_m, pool.gate_m3s)
    assert (passed.outflow <= most + 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0, 5000), min_size=5, max_size=30),
    st.floats(0.1, 48.0),
    st.floats(100.0, 120.0),
)
def test_no_inflow_and_no_step_makes_or_loses_water(inflow, step, level):
    pool = build_reservoir(
        LEVELS, [1e3, 8e3, 3e4, 7e4], spillways=[Weir(104.0, 80.0)], gates=[Orifice(101.0, 50.0)]
    )
    flow = np.array(inflow)[:, None]

    passed = pass_reservoir(flow, pool, step_hours=step, level_start_m=level, target_m=102.0)

    stays = passed.storage[-1] - passed.storage[0]
    lost = volume(flow, step) - volume(passed.outflow, step) - stays
    assert np.abs(lost).max() <= 1e-9 * (volume(flow, step).max() + passed.storage.max())
    assert passed.outflow.min() >= 0
    assert passed.storage.min() >= pool.storage_m3[0] - 1e-6


@pytest.mark.parametrize("target", [None, 107.0, np.linspace(106.0, 109.0, 241)])
def test_members_do_not_depend_on_their_neighbours(pool, target):
    inflow, start = wave(7), np.linspace(104.0, 111.0, 7)

    whole = pass_reservoir(inflow, pool, step_hours=1.0, level_start_m=start, target_m=target)
    part = pass_reservoir(
        inflow[:, 2:5], pool, step_hours=1.0, level_start_m=start[2:5], target_m=target
    )

    assert (whole.outflow[:, 2:5] == part.outflow).all()


def test_a_curve_of_another_length_is_refused(pool):
    with pytest.raises(ValueError, match="broadcast"):
        pass_reservoir(wave(3), pool, step_hours=1.0, level_start_m=108.0, target_m=[107.0, 108.0])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"levels_m": [100, 100, 110, 115]}, "levels_m"),
        ({"storage_m3": [1, 3, 2, 4]}, "storage_m3"),
        ({"spill_m3s": [0, 5, 4, 6]}, "spill_m3s"),
        ({"gate_m3s": [-1, 0, 0, 0]}, "gate_m3s"),
        ({"response_hours": 0.0}, "response_hours"),
    ],
)
def test_a_table_that_cannot_be_is_refused(change, told):
    columns = {
        "levels_m": LEVELS, "storage_m3": STORED, "spill_m3s": [0, 0, 1, 2],
        "gate_m3s": [0, 1, 2, 3],
    }  # fmt: skip

    with pytest.raises(ValueError, match=told):
        Reservoir(**{**columns, **change})


def test_a_negative_inflow_is_refused(pool):
    with pytest.raises(ValueError, match="inflow"):
        pass_reservoir(np.array([[1.0], [-1.0]]), pool, step_hours=1.0, level_start_m=108.0)
