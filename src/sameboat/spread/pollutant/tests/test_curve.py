import numpy as np
import pytest
from scipy.integrate import quad

from sameboat.spread.pollutant.cloud import concentration
from sameboat.spread.pollutant.curve import fold_clouds, log_curve

WEIGHT, START, MEAN, SHAPE = 12.0, 30.0, 90.0, 900.0
OPEN_WATER = np.array([[0.0, 1e9, 1.0, 0.0]])
NO_FLOOR = -600.0


def folded(parts, *, duration=0.0, climate=OPEN_WATER):
    return fold_clouds(np.array([parts], dtype=float), np.array([duration]), climate)


def test_one_way_and_a_release_at_once_keep_their_own_curve():
    curves, width = folded([[WEIGHT, START, MEAN, SHAPE]])

    assert curves[0] == pytest.approx([np.log(WEIGHT), START, MEAN, SHAPE])
    assert width[0] == pytest.approx(np.sqrt(MEAN**3 / SHAPE))
    hour = np.array([110.0])
    exact = concentration(110.0, np.array([[WEIGHT, START, MEAN, SHAPE]]), 0.0, OPEN_WATER[0])
    assert log_curve(hour, curves, OPEN_WATER, NO_FLOOR)[0] == pytest.approx(np.log(exact))


def test_two_ways_and_a_long_release_keep_mass_mean_and_variance():
    parts = [[8.0, 20.0, 80.0, 900.0], [4.0, 30.0, 100.0, 700.0]]
    curves, width = folded(parts, duration=12.0)

    def moment(power):
        def density(hour):
            return concentration(hour, np.array(parts), 12.0, OPEN_WATER[0]) * hour**power

        return quad(density, 20.0, 2000.0, limit=400, points=[60, 100, 140, 200, 400])[0]

    mass, mean = moment(0), moment(1) / moment(0)
    variance = moment(2) / mass - mean**2
    assert np.exp(curves[0, 0]) == pytest.approx(mass, rel=1e-6)
    assert curves[0, 1] + curves[0, 2] == pytest.approx(mean, rel=1e-4)
    assert curves[0, 2] ** 3 / curves[0, 3] == pytest.approx(variance, rel=1e-2)
    assert width[0] == pytest.approx(np.sqrt(variance), rel=1e-2)


def test_ice_draws_the_passing_out():
    frozen = np.array([[0.0, 0.0, 0.5, 0.0]])

    _curves, width = folded([[WEIGHT, START, MEAN, SHAPE]], climate=frozen)

    assert width[0] == pytest.approx(2 * np.sqrt(MEAN**3 / SHAPE))


def test_a_way_without_mass_has_no_say():
    alone, _width = folded([[WEIGHT, START, MEAN, SHAPE]])

    beside, _width = folded([[WEIGHT, START, MEAN, SHAPE], [0.0, 5.0, 10.0, 20.0]])

    assert beside[0] == pytest.approx(alone[0])
