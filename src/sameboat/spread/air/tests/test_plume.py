import numpy as np
import pytest
from scipy.integrate import quad

from sameboat.spread.air.dose import guideline_levels, indoors, peak_factor, toxic_load
from sameboat.spread.air.gas_checks import checks, prairie_grass
from sameboat.spread.air.plume import height_share, plume, plume_lattice
from sameboat.spread.air.rise import buoyancy_flux, plume_rise
from sameboat.spread.air.skill import skill
from sameboat.spread.air.stability import CURVES
from sameboat.spread.tests.tables import published


def test_the_published_plume_values_are_met_and_so_are_puffs_in_a_steady_wind():
    found = checks(published())

    assert [each.key for each in found if not each.reported and not each.holds] == []
    assert len([each for each in found if each.reported]) == 18


def test_most_of_prairie_grass_is_predicted_within_a_factor_of_two():
    values = prairie_grass(published())

    assert len(values["oc"]) == 130
    assert skill(values["similarity"], values["oc"]).factor_2 > 0.85
    assert skill(values["similarity_top"], values["om"]).factor_2 > 0.85


def test_other_runs_are_scored_too_and_those_whose_air_is_not_known_are_left_out():
    tables = published()
    name = "prairie_grass_arcs.csv"
    runs = [row for row in tables[name] if row["run"] in {"1", "5", "7"}]
    none = {name: runs, "prairie_grass_baseline_predictions.csv": []}

    found = {each.key: each for each in checks(tables | none)}

    assert len(prairie_grass(tables | none)["oc"]) == 10
    assert found["prairie-grass-similarity-factor-2"].theirs == 1.0


def test_scores_of_perfect_predictions_are_perfect():
    values = np.array([1.0, 2.0, 5.0])

    found = skill(values, values)

    assert (found.factor_2, found.bias, found.mean, found.variance) == (1.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize("sigma", [5.0, 200.0, 299.0, 301.0, 450.0, 5000.0])
def test_nothing_escapes_between_the_ground_and_the_lid(sigma):
    total, _error = quad(height_share, 0.0, 500.0, args=(20.0, sigma, 500.0), points=[20.0])

    assert total == pytest.approx(1.0, abs=2e-6)


def test_images_and_cosines_meet_where_one_hands_over_to_the_other():
    below = height_share(3.0, 40.0, 0.6 * 500.0 - 1e-6, 500.0)
    above = height_share(3.0, 40.0, 0.6 * 500.0 + 1e-6, 500.0)

    assert below == pytest.approx(above, rel=1e-6)


def test_a_lid_that_is_far_changes_nothing():
    free = plume(1000.0, 0.0, 0.0, rate=1.0, wind_ms=2.0, height_m=10.0, stability="D")
    under = plume(
        1000.0, 0.0, 0.0, rate=1.0, wind_ms=2.0, height_m=10.0, stability="D", lid_m=5000.0
    )

    assert under == pytest.approx(free, rel=1e-12)


def test_there_is_nothing_upwind():
    assert plume(-5.0, 0.0, 0.0, rate=1.0, wind_ms=2.0, height_m=0.0, stability="A") == 0.0


@pytest.mark.parametrize("wrong", [{"wind_ms": 0.0}, {"rate": -1.0}, {"height_m": -1.0}])
def test_a_plume_in_calm_or_of_nothing_is_refused(wrong):
    right = {"rate": 1.0, "wind_ms": 2.0, "height_m": 0.0, "stability": "D"}

    with pytest.raises(ValueError, match="allowed"):
        plume(100.0, 0.0, 0.0, **(right | wrong))


def test_a_lattice_of_plumes_is_the_formula_turned_with_the_wind():
    x, y = np.array([0.0, 300.0]), np.array([400.0])
    curves = CURVES["open"][None, :, 3]

    found = plume_lattice(
        x, y, np.array([1.5]), np.array([0.0, 0.0, 5.0]), np.array([[3.0, 4.0]]), curves, np.inf
    )

    on_axis = plume(500.0, 0.0, 1.5, rate=1.0, wind_ms=5.0, height_m=5.0, stability="D")
    assert found[0, 1, 0, 0] == pytest.approx(on_axis, rel=1e-12)
    beside = plume(320.0, 240.0, 1.5, rate=1.0, wind_ms=5.0, height_m=5.0, stability="D")
    assert found[0, 0, 0, 0] == pytest.approx(beside, rel=1e-9)


def test_a_hot_plume_rises_with_distance_until_its_final_height():
    rises = [plume_rise(each, buoyancy_flux(5.0), 4.0, 3) for each in (0, 50, 200, 5000, 9000)]

    assert rises[0] == 0.0
    assert rises[1] < rises[2] < rises[3] == rises[4]
    assert rises[4] == pytest.approx(21.425 * 44.0**0.75 / 4.0)


def test_no_plume_rises_for_ever_in_calm():
    assert plume_rise(1e9, buoyancy_flux(100.0), 0.0, 5) < 500.0
    assert plume_rise(1e9, 0.0, 0.0, 3) == 0.0


def test_a_mean_of_one_minute_is_higher_than_one_of_ten():
    assert peak_factor(10.0) == 1.0
    assert peak_factor(1.0) == pytest.approx(10**0.2)
    with pytest.raises(ValueError, match="allowed"):
        peak_factor(0.0)


def test_a_load_adds_up_and_counts_high_concentrations_more():
    even = toxic_load(np.full(60, 10.0), minutes=1.0, power=2.0)
    short = toxic_load(np.r_[np.full(30, 20.0), np.zeros(30)], minutes=1.0, power=2.0)

    assert even[-1] == pytest.approx(6000.0)
    assert short[-1] == pytest.approx(12_000.0)


def test_a_house_keeps_the_dose_but_not_the_peak():
    outside = np.r_[np.full(10, 100.0), np.zeros(2000)]

    inside = indoors(outside, hours=1 / 60, changes_per_hour=0.5)

    assert inside.max() < 9.0
    assert inside.sum() == pytest.approx(outside.sum(), rel=1e-6)


def test_guideline_levels_are_given_in_milligrams():
    one, two, three = guideline_levels("chlorine", 60)

    assert (one, two, three) == pytest.approx((1.449, 5.797, 57.97), rel=1e-3)
    with pytest.raises(ValueError, match="ammonia"):
        guideline_levels("water", 60)
    with pytest.raises(ValueError, match="480"):
        guideline_levels("chlorine", 61)


def test_next_to_the_source_the_plume_is_a_number_and_off_its_axis_nothing():
    near = np.array([1e-300, 1e-200, 1e-100, 1e-3])

    on, off = (plume(near, y, 0.0, rate=1.0, wind_ms=1.0, height_m=0.0, stability="D")
               for y in (0.0, 1.0))  # fmt: skip

    assert np.isfinite(on).all()
    assert (np.diff(on) <= 0).all()
    assert (off == 0).all()
