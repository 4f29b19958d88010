from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from sameboat.spread.air.similarity import (
    SurfaceLayer,
    crosswind_integral,
    crosswind_spread,
    mean_heights,
)

ARCS = np.array([50.0, 100.0, 200.0, 400.0, 800.0])
NEUTRAL = SurfaceLayer(0.4, np.inf, 0.01)


def test_a_plume_grows_faster_in_unstable_and_slower_in_stable_air():
    found = [
        mean_heights(ARCS, air=SurfaceLayer(0.3, length, 0.01), start_m=0.5)
        for length in (-10.0, np.inf, 10.0)
    ]

    assert (found[0] > found[1]).all()
    assert (found[1] > found[2]).all()


def test_a_neutral_profile_has_the_power_that_diffusion_gives():
    # K ~ z, u ~ ln z: s lies a little above 1 and falls toward it.
    assert 1.0 < NEUTRAL.shape(20.0) < NEUTRAL.shape(1.0) < 2.0


def test_the_flux_through_an_arc_is_about_what_is_released():
    mean = mean_heights(ARCS, air=NEUTRAL, start_m=0.5)[2]

    def flux(z):
        level = crosswind_integral(ARCS, air=NEUTRAL, source_m=0.5, seen_m=z)[2]
        return level * NEUTRAL.wind(z)

    total, _error = quad(flux, 0.05, 12 * mean, limit=60, epsrel=1e-4)
    assert total == pytest.approx(1.0, abs=0.06)


def test_what_falls_to_the_ground_is_missing_further_on():
    where = {"air": NEUTRAL, "source_m": 0.5, "seen_m": 1.5}

    kept = crosswind_integral(ARCS, deposition_ms=0.01, **where) / crosswind_integral(ARCS, **where)

    assert (np.diff(kept) < 0).all()
    assert 0.5 < kept[-1] < kept[0] < 1.0
    hardly = crosswind_integral(ARCS, deposition_ms=1e-12, **where)
    assert hardly == pytest.approx(crosswind_integral(ARCS, **where), rel=1e-4)
    with pytest.raises(ValueError, match=">= 0"):
        crosswind_integral(ARCS, deposition_ms=-1.0, **where)


def test_a_plume_below_a_lid_is_not_mixed_beyond_it():
    low = mean_heights(ARCS, air=SurfaceLayer(0.3, -5.0, 0.01), start_m=0.5, lid_m=60.0)

    assert low[-1] == 30.0


@pytest.mark.parametrize("length", [-20.0, np.inf, 30.0])
def test_a_plume_below_a_lid_is_mixed_evenly_in_the_end_and_never_more_than_released(length):
    air = SurfaceLayer(0.3, length, 0.01)
    arcs = np.array([500.0, 2e3, 8e3, 1e6])

    def density(z):
        return crosswind_integral(arcs, air=air, source_m=0.5, seen_m=z, lid_m=80.0)

    heights = mean_heights(arcs, air=air, start_m=0.5)
    speed = [air.wind(0.6 * min(mean, 40.0)) for mean in heights]
    nodes, weights = np.polynomial.legendre.leggauss(12)
    total = np.zeros(len(arcs))
    for low, high in pairwise([0.0, *np.geomspace(0.01, 80.0, 12)]):
        half = 0.5 * (high - low)
        places = low + half * (1 + nodes)
        total += half * sum(w * density(z) for z, w in zip(places, weights, strict=True))
    assert (density(90.0) == 0).all()
    assert total * speed == pytest.approx(np.ones(len(arcs)), rel=1e-3)
    if length < 0:
        assert density(1.0)[-1] == pytest.approx(density(79.0)[-1], rel=5e-3)


def test_a_source_in_the_roughness_overflows_nothing():
    found = crosswind_integral(
        np.array([0.01, 1.0, 100.0]), air=SurfaceLayer(0.3, np.inf, 0.008), source_m=0.006,
        seen_m=1.5,
    )  # fmt: skip

    assert (found >= 0).all()
    assert found[0] == 0.0 < found[-1]


def test_steady_air_of_a_steady_direction_spreads_less():
    assert (
        crosswind_spread(ARCS, sigma_theta_deg=5.0) < crosswind_spread(ARCS, sigma_theta_deg=10.0)
    ).all()


@pytest.mark.parametrize(
    "wrong", [(0.0, 10.0, 0.01), (0.3, 0.0, 0.01), (0.3, float("nan"), 0.01), (0.3, 10.0, 0.0)]
)
def test_air_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="allowed"):
        SurfaceLayer(*wrong)


def test_distances_that_do_not_ascend_and_sources_in_the_grass_are_refused():
    with pytest.raises(ValueError, match="ascend"):
        mean_heights(ARCS[::-1], air=NEUTRAL, start_m=0.5)
    with pytest.raises(ValueError, match="roughness"):
        mean_heights(ARCS, air=NEUTRAL, start_m=0.001)
    with pytest.raises(ValueError, match="allowed"):
        crosswind_spread(ARCS, sigma_theta_deg=0.0)
