import numpy as np
import pytest

from sameboat.spread.flood.breach import (
    PEAK_ERROR_LOG10,
    Breach,
    breach_levee,
    breach_outflow,
    empty_through_breach,
    froehlich_formation_hours,
    froehlich_peak,
    froehlich_width,
    side_slope,
)
from sameboat.spread.flood.dam_break import break_dam

HOURS = np.arange(0, 24, 0.1)
LEVELS = np.linspace(0, 40, 41)
STORED = 1e4 + 5e7 * (LEVELS / 40) ** 2


def volume(flow, step=0.1):
    return np.trapezoid(flow, axis=0) * step * 3600


def test_the_regressions_give_their_published_form():
    assert froehlich_peak(1e6, 10.0) == pytest.approx(0.607 * 10**1.77 * 10**1.24)
    assert froehlich_width(1e6, 10.0) == pytest.approx(0.351 * 10**1.92 * 10**0.04)
    assert froehlich_width(1e6, 10.0, mode="piping") == pytest.approx(0.27 * 10**1.96)
    assert froehlich_formation_hours(1e6, 10.0) * 3600 == pytest.approx(63.2e2 / 9.80665**0.5)
    assert (side_slope("overtopping"), side_slope("piping")) == (1.0, 0.7)


@pytest.mark.parametrize("forming", [0.0, 0.03, 1.0, 50.0])
def test_the_triangle_holds_the_volume(forming):
    flow = breach_outflow(
        HOURS, start_hours=3.17, peak_m3s=5000.0, volume_m3=3e7, formation_hours=forming
    )

    assert volume(flow) == pytest.approx(3e7)
    assert flow.min() >= 0
    assert flow.max() <= 5000.0


def test_nothing_leaves_before_the_breach_or_without_one():
    flow = breach_outflow(
        HOURS, start_hours=[5.0, np.nan], peak_m3s=1e3, volume_m3=1e7, formation_hours=1.0
    )

    assert (flow[HOURS < 4.9, 0] == 0).all()
    assert (flow[:, 1] == 0).all()


def pool_through(**changes):
    given = {
        "levels_m": LEVELS, "storage_m3": STORED, "start_hours": [1.0, 2.0, np.nan],
        "level_start_m": 39.0,
    }  # fmt: skip
    return empty_through_breach(HOURS, Breach(2.0, 40.0, 90.0, 0.8), **{**given, **changes})


def test_the_pool_empties_to_the_bottom_of_the_breach():
    failed = pool_through()

    kept = np.interp([39.0, 2.0], LEVELS, STORED)
    assert volume(failed.outflow)[:2] == pytest.approx(kept[0] - kept[1], rel=1e-3)
    assert failed.level[-1, 0] == pytest.approx(2.0, abs=0.05)
    assert failed.level[-1, 2] == pytest.approx(39.0)


def test_what_flows_into_a_failing_pool_is_not_lost():
    inflow = np.full((len(HOURS), 3), 120.0)

    failed = pool_through(inflow=inflow, start_hours=1.0)

    end = np.interp(failed.level[-1], LEVELS, STORED)
    begun = np.interp(39.0, LEVELS, STORED)
    # `level` stands at the last hour, in the middle of its step.
    came = 120.0 * (len(HOURS) - 0.5) * 360
    left = (failed.outflow[:-1].sum(axis=0) + 0.5 * failed.outflow[-1]) * 360
    assert begun + came - left == pytest.approx(end, rel=1e-4)
    assert failed.outflow[-1] == pytest.approx(120.0, rel=0.01)


def test_a_wider_breach_has_a_higher_peak():
    failed = pool_through(start_hours=1.0, width_factor=[0.5, 1.0, 2.0])

    assert (np.diff(failed.outflow.max(axis=0)) > 0).all()


def test_a_long_step_gives_the_mean_of_short_ones():
    coarse, fine = (
        empty_through_breach(
            np.arange(0, 24, step), Breach(2.0, 40.0, 90.0, 0.8), levels_m=LEVELS,
            storage_m3=STORED, start_hours=1.0, level_start_m=39.0,
        ).outflow[:, 0]
        for step in (0.5, 0.025)
    )  # fmt: skip

    weights = np.r_[0.5, np.ones(19), 0.5] / 20
    means = np.convolve(fine, weights, mode="same")[::20]
    assert coarse[1:-1] == pytest.approx(means[1:-1], abs=0.03 * means.max())


def test_the_regression_and_the_weir_agree_within_their_error():
    # Two independent ways: within two standard errors of the regression and some of the weir's.
    failed = empty_through_breach(
        HOURS, Breach(2.0, 40.0, float(froehlich_width(5e7, 37.0)),
                      float(froehlich_formation_hours(5e7, 37.0))),
        levels_m=LEVELS, storage_m3=STORED, start_hours=1.0, level_start_m=39.0,
    )  # fmt: skip

    apart = abs(np.log10(failed.outflow.max() / froehlich_peak(5e7, 37.0)))
    assert apart < 2 * PEAK_ERROR_LOG10 + 0.1


def test_a_levee_breach_takes_no_more_than_there_is_room_for():
    hours = np.arange(241)[:, None]
    flow = 20 + 400 * np.exp(-(((hours - 60) / 15.0) ** 2)) * np.array([1.0, 1.0, 2.0])

    broken = breach_levee(
        flow, 3 + flow / 100, Breach(4.0, 6.0, 50.0, 1.0), step_hours=1.0,
        start_hours=[40.0, np.nan, 40.0], capacity_m3=5e6,
    )  # fmt: skip

    assert broken.stored.max() <= 5e6 * (1 + 1e-12)
    assert broken.through.min() >= 0
    assert (broken.diverted[:, 1] == 0).all()
    assert broken.stored[-1] == pytest.approx(np.trapezoid(broken.diverted, axis=0) * 3600)


def test_members_do_not_depend_on_their_neighbours():
    whole = pool_through(start_hours=[1.0, 2.0, 3.0], width_factor=[1.0, 1.3, 0.7])
    part = pool_through(start_hours=[2.0], width_factor=[1.3])

    assert (whole.outflow[:, 1] == part.outflow[:, 0]).all()


def test_triangles_and_regressions_do_not_depend_on_their_neighbours():
    volume, depth = np.geomspace(1e6, 1e9, 37), np.linspace(5.0, 80.0, 37)

    whole, part = (
        breach_outflow(
            HOURS, start_hours=2.0, peak_m3s=froehlich_peak(volume[each], depth[each]),
            volume_m3=volume[each],
            formation_hours=froehlich_formation_hours(volume[each], depth[each]),
        )
        for each in (slice(None), slice(17, 20))
    )  # fmt: skip

    assert (whole[:, 17:20] == part).all()


@pytest.mark.parametrize("wrong", [(0.0, 10.0), (1e6, -1.0), (np.nan, 10.0)])
def test_a_dam_without_water_is_refused(wrong):
    for regression in (froehlich_peak, froehlich_width, froehlich_formation_hours):
        with pytest.raises(ValueError, match="must be finite and > 0"):
            regression(*wrong)


@pytest.mark.parametrize("wrong", [(5.0, 5.0, 10.0, 1.0), (0.0, 5.0, 0.0, 1.0), (0, 5, 9, 0)])
def test_a_breach_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="allowed"):
        Breach(*wrong)


def test_another_way_to_fail_is_refused():
    with pytest.raises(ValueError, match="overtopping, piping"):
        froehlich_width(1e6, 10.0, mode="earthquake")


def test_where_hardly_anything_breaks_the_front_is_a_long_wave():
    step, none = break_dam(4.0, 4.0 - 1e-9), break_dam(4.0, float(np.nextafter(4.0, 0.0)))

    assert step.front_ms == pytest.approx(np.sqrt(9.81 * 4.0), rel=1e-9)
    assert none.front_ms == pytest.approx(np.sqrt(9.81 * 4.0), rel=1e-9)


@pytest.mark.parametrize("below", [1e-6, 0.1, 2.0, 3.9])
def test_the_shock_keeps_volume_and_momentum(below):
    found = break_dam(4.0, below)

    by_volume = found.depth_m * found.speed_ms / (found.depth_m - below)
    assert found.front_ms == pytest.approx(by_volume, rel=1e-9)


@pytest.mark.parametrize("width", [2.0, 5.0, 20.0, 80.0])
def test_a_narrow_breach_passes_no_more_than_its_mean_width_lets(width):
    from sameboat.spread.flood.opening import breach_flow

    full = breach_flow(20.0, 1.0, 0.0, 20.0, width, 1.0)

    # A trapezoid passes less than a rectangle of its mean width: more of it lies high.
    assert 0.75 * 1.7 * width * 20.0**1.5 < full <= 1.7 * width * 20.0**1.5
    assert breach_flow(20.0, 1.0, 0.0, 20.0, 0.5 * width, 1.0) < full
