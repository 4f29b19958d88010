import numpy as np
import pytest

from sameboat.spread.flood.section import Section
from sameboat.spread.flood.stage import RatingCurve

CURVE = RatingCurve([1.0, 2.0, 3.0, 5.0], [10.0, 40.0, 110.0, 500.0])
FLOWS = np.array([0.0, 3.0, 10.0, 25.0, 40.0, 77.0, 110.0, 300.0, 500.0, 900.0])


def test_the_curve_goes_through_its_points():
    assert CURVE.flow_at(CURVE.stage_m) == pytest.approx(CURVE.flow_m3s)
    assert CURVE.stage_at(CURVE.flow_m3s) == pytest.approx(CURVE.stage_m)


def test_stage_and_flow_are_each_others_inverse():
    assert CURVE.flow_at(CURVE.stage_at(FLOWS)) == pytest.approx(FLOWS, abs=1e-9)


def test_more_water_never_stands_lower():
    stages = CURVE.stage_at(np.linspace(0, 2000, 4001))

    assert (np.diff(stages) > 0).all()


def test_a_power_law_is_drawn_out_as_itself():
    stage = np.array([1.0, 2.0, 4.0])
    curve = RatingCurve(stage, 7.0 * (stage - 0.5) ** 1.8, zero_m=0.5)

    assert curve.flow_at(8.0) == pytest.approx(7.0 * 7.5**1.8)


def test_it_says_where_it_was_drawn_out():
    assert CURVE.beyond(FLOWS).tolist() == [True, True, *[False] * 7, True]


def test_no_water_stands_at_the_stage_of_no_flow():
    assert CURVE.flow_at([0.0, 2 / 3]) == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize(
    ("stage", "flow"),
    [([1, 1], [1, 2]), ([1, 2], [2, 1]), ([1, 2], [-1, 1]), ([1], [1]), ([1, np.nan], [1, 2])],
)
def test_a_curve_that_falls_is_refused(stage, flow):
    with pytest.raises(ValueError, match="stage_m and flow_m3s"):
        RatingCurve(stage, flow)


def test_normal_depth_of_the_book():
    # Chow (1959), example 6-2: b = 20 ft, z = 2, S = 0.0016, n = 0.025, 400 cfs: 3.36 ft.
    section = Section(20 * 0.3048, 0.0016, 0.025, side=2.0)

    assert section.normal_depth(400 * 0.3048**3) / 0.3048 == pytest.approx(3.36, abs=0.005)


def test_depth_and_flow_of_a_section_agree():
    section = Section([10.0, 40.0], [1e-3, 2e-4], side=1.5, bank_m=3.0, plain_m=[0.0, 200.0])
    flow = np.array([[5.0, 20.0], [50.0, 200.0], [900.0, 4000.0]])

    assert section.hydraulics(section.normal_depth(flow))[2] == pytest.approx(flow, rel=1e-9)


def test_water_over_the_banks_spreads_over_the_plain():
    section = Section(20.0, 5e-4, bank_m=2.0, plain_m=300.0)

    below, above = section.hydraulics(1.99)[1], section.hydraulics(2.01)[1]

    assert above == pytest.approx(below + 300.0)


@pytest.mark.parametrize(
    "wrong",
    [{"bottom_m": 0.0}, {"slope": 0.0}, {"slope": np.nan}, {"roughness": -1}, {"side": -1.0}],
)
def test_a_section_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Section(**{"bottom_m": 10.0, "slope": 1e-3, **wrong})


@pytest.mark.parametrize("flow", [[1.0, 100.0, 101.0], [10.0, 11.0, 150.0], [10.0, 50.0, 150.0]])
def test_a_curve_drawn_out_from_odd_points_stays_a_river(flow):
    curve = RatingCurve(np.array([1.0, 2.0, 3.0]), np.array(flow))

    stage = curve.stage_at(np.array([2.0, 10.0]) * flow[-1])

    assert 1.0 <= curve.power <= 5.0
    assert 3.0 < stage[0] < stage[1] < 60.0
    assert curve.flow_at(stage) == pytest.approx(np.array([2.0, 10.0]) * flow[-1])
