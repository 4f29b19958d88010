"""Both models of the air end with the horizon that was asked for."""

import numpy as np
import pytest

from sameboat.spread.air import ash, ash_example, gas, gas_example
from sameboat.spread.draws import draw


@pytest.mark.parametrize(("horizon", "minutes"), [(1.3, 30), (10.0, 45), (7.0, 120), (24.0, 300)])
def test_ash_is_told_up_to_the_horizon_whatever_the_step(horizon, minutes):
    told = {**ash_example.example(), "horizon_hours": horizon, "step_minutes": minutes}
    problem = ash.prepare(told)

    footprint = problem.spread(draw(problem, seed=1, members=30))

    assert problem.steps * problem.step_hours == pytest.approx(horizon)
    assert problem.step_hours * 60 <= minutes
    end = footprint.arrival_hours + footprint.duration_hours
    assert np.nanmax(end) == pytest.approx(horizon, rel=1e-6)


@pytest.mark.parametrize(("horizon", "minutes"), [(1.3, 30.0), (0.25, 60.0), (1.0, 7.0)])
def test_a_release_is_told_up_to_the_horizon_whatever_the_step(horizon, minutes):
    told = {
        **gas_example.example(), "horizon_hours": horizon, "step_minutes": minutes,
        "thresholds": [1e-9], "release": [{"from_hours": 0.0, "until_hours": horizon}],
    }  # fmt: skip
    told.pop("threshold_names", None)
    problem = gas.prepare(told)

    found = problem.spread(draw(problem, seed=1, members=10))

    assert problem.horizon_hours == horizon
    assert problem.step_hours * 60 <= minutes
    assert problem.weather.steps * problem.step_hours == pytest.approx(horizon)
    assert np.nanmax(found.arrival_hours + found.duration_hours) <= horizon * (1 + 1e-6)
