"""What needs no search says the same as the search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.draws import draw
from sameboat.spread.pollutant import prepare
from sameboat.spread.pollutant.lanes import crossings, exponential, fallen_at, logarithm
from sameboat.spread.pollutant.problem import _Flow

ARRAYS = ("arrival_hours", "cleared_hours", "duration_hours", "peak", "peak_hours")


def chain(**parameters):
    reaches = [
        {"key": f"{row:02d}", "from": f"n{row}", "to": f"n{row + 1}", "length_km": 20.0,
         "mean_discharge_m3s": 200.0 + 10 * row, "drainage_area_km2": 9000.0 + 400 * row}
        for row in range(20)
    ]  # fmt: skip
    return {
        "reaches": reaches, "thresholds": [0.02, 0.2], "horizon_hours": 400.0,
        "sources": [{"key": "S", "reach": "00", "fraction": 0.0, "mass_kg": 9_000.0}],
        "targets": [{"key": row["key"], "reach": row["key"]} for row in reaches],
        "parameters": parameters,
    }  # fmt: skip


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"decay_per_day": {"low": 0.05, "high": 0.5}},
        {"freeze_hours": {"low": 40.0, "high": 90.0}},
        {"recession_per_day": 0.02, "skewness": {"low": 0.3, "high": 2.5}},
        {"recession_per_day": 0.02, "decay_per_day": 0.1},
    ],
)
def test_the_closed_form_agrees_with_the_search(parameters, monkeypatch):
    problem = prepare(chain(**parameters))
    draws = draw(problem, seed=7, members=60)

    quick = problem.spread(draws)
    monkeypatch.setattr(
        _Flow, "quickly", lambda flow, found: {row: np.arange(60) for row in range(20)}
    )
    slow = problem.spread(draws)

    for name in ARRAYS:
        mine, theirs = getattr(quick, name), getattr(slow, name)
        np.testing.assert_array_equal(np.isnan(mine), np.isnan(theirs))
        # The hour of a flat top is known to half the digits of its height.
        close = 2e-4 if name == "peak_hours" else 2e-5
        np.testing.assert_allclose(mine, theirs, rtol=close, atol=1e-3)


@pytest.mark.parametrize("mixing", [{}, {"velocity_ms": 0.8, "dispersion_m2s": 60.0}])
def test_which_members_share_a_call_changes_no_bit(mixing):
    told = chain(skewness={"low": 0.3, "high": 2.5}, recession_per_day=0.01)
    told["reaches"] = [row | mixing for row in told["reaches"]]
    problem = prepare(told)
    draws = draw(problem, seed=3, members=150)

    whole = problem.spread(draws)

    for first, stop in ((0, 64), (64, 71), (71, 150)):
        part = problem.spread(draws.part(first, stop))
        for name in ARRAYS:
            np.testing.assert_array_equal(
                getattr(part, name), getattr(whole, name)[..., first:stop]
            )


@pytest.mark.parametrize("power", [1.6, 5.0, 80.0, 1e5])
@pytest.mark.parametrize("fall", [1e-9, 1e-3, 0.5, 5.0, 30.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_newton_finds_where_the_density_has_fallen(power, fall, side):
    slow = np.log(fallen_at(fall, power, side))

    when = crossings(fall, power)[side > 0]

    found = power * (np.cosh(slow) - 1) - 1.5 * (np.sinh(slow) - slow)
    assert slow * side > 0
    assert found == pytest.approx(fall, rel=1e-5, abs=1e-12)
    # A footprint's hours are single floats: it keeps 6e-8 of them.
    assert np.isnan(when) or np.log(when) == pytest.approx(slow, rel=1e-4, abs=1e-8)
    assert np.isfinite(when) or fall > 5 * power or power < 2


def test_exponential_and_logarithm_are_those_of_the_library():
    x = np.concatenate([np.linspace(-700, 700, 4001), np.linspace(-1, 1, 1001)])

    np.testing.assert_allclose([exponential(each) for each in x], np.exp(x), rtol=1e-12)
    positive = np.exp(np.linspace(-600, 600, 4001))
    np.testing.assert_allclose(
        [logarithm(each) for each in positive], np.log(positive), rtol=1e-14, atol=1e-15
    )


@given(st.floats(1e-12, 60.0), st.floats(1.500001, 1e7), st.sampled_from([-1.0, 1.0]))
@settings(deadline=None, max_examples=300)
def test_a_crossing_that_is_told_is_one(fall, power, side):
    z = np.log(crossings(fall, power)[side > 0])

    rise = 2 * np.sinh(z / 2) ** 2
    found = power * rise - 1.5 * (np.sinh(z) - z)
    assert np.isnan(z) or found == pytest.approx(fall, rel=1e-4, abs=1e-8)
