from itertools import pairwise
from math import exp, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

from sameboat.spread.pollutant.clock import river_hours
from sameboat.spread.pollutant.cloud import river_clock, wall_clock
from sameboat.spread.pollutant.passage import (
    passage_density,
    passed_share,
    resident_density,
    scaled_erfc,
)
from sameboat.spread.tests.tables import rows_of

ROWS = rows_of("ade_closed_forms.csv")
SEEN = 1e-9


def reach(row):
    return row["x_m"] / row["v_m_s"], row["x_m"] ** 2 / (2 * row["D_m2_s"])


def test_a_steady_source_is_that_of_ogata_and_banks_within_one_per_cent():
    checked = [row for row in ROWS if row["ogata_banks_C_over_C0"] > SEEN]

    for row in checked:
        found = passed_share(row["t_s"], *reach(row))
        assert found == pytest.approx(row["ogata_banks_C_over_C0"], rel=0.01)
    assert len(checked) > 100


def test_a_steady_source_that_decays_is_the_published_one_within_one_per_cent():
    checked = [row for row in ROWS if row["ogata_banks_with_decay"] > SEEN]

    for row in checked:
        mean, shape = reach(row)
        root = sqrt(1 + 2 * row["k_1_s"] * mean**2 / shape)
        found = exp(shape / mean * (1 - root)) * passed_share(row["t_s"], mean / root, shape)
        assert found == pytest.approx(row["ogata_banks_with_decay"], rel=0.01)
    assert len(checked) > 100


def test_a_slug_is_the_point_source_within_one_per_cent():
    checked = [row for row in ROWS if row["slug_C_per_M_over_A_1_m"] > SEEN]

    for row in checked:
        found = resident_density(row["t_s"], *reach(row)) / row["v_m_s"]
        found *= exp(-row["k_1_s"] * row["t_s"])
        assert found == pytest.approx(row["slug_C_per_M_over_A_1_m"], rel=0.01)
    assert len(checked) > 100


@pytest.mark.parametrize(("mean", "shape"), [(1.0, 0.2), (48.0, 169.0), (275.0, 150_000.0)])
def test_all_of_the_mass_passes(mean, shape):
    width = mean * sqrt(mean / shape)
    edges = [0.0, mean / 2, mean, mean + 5 * width, mean + 50 * width, mean + 2000 * width]

    passed = sum(
        quad(passage_density, low, high, args=(mean, shape), epsabs=1e-13, limit=400)[0]
        for low, high in pairwise(edges)
    )

    assert passed == pytest.approx(passed_share(edges[-1], mean, shape), abs=1e-9)
    assert passed_share(1e6 * mean, mean, shape) == pytest.approx(1.0, abs=1e-9)


def test_the_share_that_has_passed_never_falls():
    shares = [passed_share(hour, 48.0, 169.0) for hour in np.linspace(0, 500, 5001)]

    assert shares[0] == 0.0
    assert (np.diff(shares) >= -1e-15).all()


def test_scaled_erfc_has_no_step_where_its_two_forms_meet():
    assert scaled_erfc(5.0 - 1e-12) == pytest.approx(scaled_erfc(5.0), rel=1e-10)
    assert scaled_erfc(200.0) == pytest.approx(0.0028209125, rel=1e-7)


@pytest.mark.parametrize("slowing", [0.0, 3e-4])
@pytest.mark.parametrize("freeze", [0.0, 100.0, 1e9])
def test_the_two_clocks_undo_each_other_and_numbers_agree_with_arrays(freeze, slowing):
    air = (np.array([freeze]), np.array([0.6]), np.array([slowing]))
    for hour in (0.0, 50.0, 100.0, 101.0, 900.0):
        own = river_clock(hour, freeze, 0.6, slowing)

        assert own == pytest.approx(river_hours(hour, *air)[0], abs=1e-9)
        assert wall_clock(own, freeze, 0.6, slowing) == pytest.approx(hour, abs=1e-6)


def test_a_river_that_all_but_stops_never_brings_what_lies_too_far():
    assert wall_clock(1e5, 1e9, 1.0, 1e-3) == pytest.approx(1e6)
