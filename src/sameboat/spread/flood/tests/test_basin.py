import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.flood.basin import Basin, divert

HOUR = 3600.0


def wave(members=3):
    hours = np.arange(241)[:, None]
    return 20 + 400 * np.exp(-(((hours - 60) / 15.0) ** 2)) * np.linspace(0.5, 2, members)


def volume(flow, step=1.0):
    return np.trapezoid(flow, axis=0) * step * HOUR


def test_the_basin_takes_what_is_above_the_threshold():
    flow = wave()

    taken = divert(flow, Basin(1e12, 1e6, threshold_m3s=300.0), step_hours=1.0)

    assert taken.through.max() == pytest.approx(300.0)
    assert taken.stored[-1] == pytest.approx(volume(taken.diverted))
    assert np.isnan(taken.opened_hours[0])
    assert taken.opened_hours[2] < taken.opened_hours[1]


def test_a_full_basin_takes_no_more():
    taken = divert(wave(), Basin(5e6, 150.0, threshold_m3s=200.0), step_hours=1.0)

    assert taken.stored.max(axis=0)[1:] == pytest.approx(5e6)
    assert (taken.stored <= 5e6 * (1 + 1e-12)).all()
    assert taken.diverted.max() <= 150.0


def test_it_is_drained_once_the_river_runs_low():
    basin = Basin(5e6, 150.0, threshold_m3s=200.0, drain_m3s=50.0, drain_below_m3s=60.0)

    taken = divert(wave(), basin, step_hours=1.0)

    assert taken.stored[-1] == pytest.approx(0.0, abs=1e-3)
    assert volume(taken.through) == pytest.approx(volume(wave()))


def test_it_opens_only_between_its_hours():
    basin = Basin(1e9, 1e3, threshold_m3s=100.0, from_hours=50.0, until_hours=70.0)

    taken = divert(wave(), basin, step_hours=1.0)

    assert (taken.diverted[:50] == 0).all()
    assert (taken.diverted[71:] == 0).all()
    assert (taken.diverted[50:70, 2] > 0).all()


def test_a_stage_opens_it():
    flow = wave()

    taken = divert(
        flow, Basin(1e9, 80.0, threshold_stage_m=5.0), step_hours=1.0, stage=2 + flow / 100
    )

    opened = int(taken.opened_hours[1])
    assert flow[opened - 1, 1] <= 300 < flow[opened, 1]
    assert taken.diverted[opened:, 1] == pytest.approx(np.minimum(80.0, flow[opened:, 1]))


def test_an_order_opens_it_whatever_the_threshold_says():
    order = np.full(241, np.nan)
    order[30:40] = 10.0

    taken = divert(wave(), Basin(1e9, 100.0, threshold_m3s=1e6), step_hours=1.0, opening_m3s=order)

    assert taken.diverted[30:40] == pytest.approx(10.0)
    assert taken.diverted[40:].max() == 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 1e4), min_size=3, max_size=40),
    st.floats(0, 1e7), st.floats(0, 1e4), st.floats(0, 5e3), st.floats(0.05, 24.0),
)  # fmt: skip
def test_water_is_only_moved(flow, capacity, inlet, threshold, step):
    flow = np.array(flow)[:, None]
    basin = Basin(capacity, inlet, threshold_m3s=threshold, drain_m3s=20.0, drain_below_m3s=100.0)

    taken = divert(flow, basin, step_hours=step)

    assert taken.through.min() >= 0
    assert taken.stored.min() >= -1e-6
    assert taken.stored.max() <= capacity * (1 + 1e-9) + 1e-6
    assert taken.stored[-1, 0] == pytest.approx(
        volume(taken.diverted, step)[0], abs=1e-9 * (1 + volume(flow, step)[0])
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"capacity_m3": -1.0}, {"inlet_m3s": np.nan}, {"threshold_m3s": -1.0},
        {"from_hours": 5.0, "until_hours": 5.0},
    ],
)  # fmt: skip
def test_a_basin_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="allowed"):
        Basin(**{"capacity_m3": 1.0, "inlet_m3s": 1.0, **wrong})


def test_members_do_not_depend_on_their_neighbours():
    flow, basin = wave(9), Basin(5e6, 150.0, threshold_m3s=200.0, drain_m3s=5.0, drain_below_m3s=60)

    whole = divert(flow, basin, step_hours=1.0, capacity_m3=np.linspace(1e6, 9e6, 9))
    part = divert(flow[:, 3:4], basin, step_hours=1.0, capacity_m3=np.linspace(1e6, 9e6, 9)[3:4])

    assert (whole.through[:, 3:4] == part.through).all()
