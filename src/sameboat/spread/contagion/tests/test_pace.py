from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.spread.contagion import prepare
from sameboat.spread.contagion.pace import paced_rates
from sameboat.spread.contagion.prepare import growth_per_day
from sameboat.spread.draws import draw


def one_place(**changes):
    return prepare({
        "places": [{"key": "place", "residents": 2_000_000_000}],
        "seeds": [{"place": "place", "persons": 5_000}],
        "counts": "infections", "thresholds": [1.0], "horizon_days": 40, "steps_per_day": 1,
        "parameters": {"r0": 2.5, "latent_days": 3.7, "infectious_days": 3.5,
                       "mobility_factor": 1.0, "report_share": 1.0, "report_days": 8.0},
    } | changes)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 12.0), st.floats(1.0, 20.0), st.floats(1.0, 20.0), st.floats(0.05, 0.5))
def test_a_step_grows_as_the_continuous_epidemic_does(r0, latent, infectious, step):
    sicken, heal = paced_rates(r0, latent, infectious, step_days=step)

    sick, well = -np.expm1(-sicken), -np.expm1(-heal)
    # exposed and infectious after a step, of exposed and infectious before it
    after = np.array([[1 - sick, r0 * well], [sick, 1 - well]])
    grown = np.abs(np.linalg.eigvals(after)).max()
    assert np.log(grown) / step == pytest.approx(
        growth_per_day(r0, latent, infectious), rel=1e-6, abs=1e-9
    )


@pytest.mark.parametrize("r0", [0.0, 1.0 - 1e-12, 1.0, 1.0 + 1e-12, 30.0])
@pytest.mark.parametrize("days", [0.01, 3.0, 1000.0])
def test_the_rates_are_numbers_at_every_limit(r0, days):
    rates = paced_rates(r0, days, 3.5, step_days=1.0)

    assert all(np.isfinite(each) and each > 0 for each in rates)
    if r0 == 0.0:
        # Nobody is infected: the slower of the two states empties as it would in any case.
        assert max(rates[0] * days, rates[1] * 3.5) == pytest.approx(1.0)


@pytest.mark.parametrize("steps", [1, 2, 8])
def test_the_ensemble_grows_as_it_should_whatever_the_step(steps):
    problem = replace(one_place(steps_per_day=steps), counts="prevalence", unit="per 100,000")
    days = np.arange(10.0, 36.0)

    course = problem.series(draw(problem, seed=2, members=32), ["place"], days * 24.0)[0]

    slope = np.polyfit(days, np.log(course.mean(axis=1)), 1)[0]
    assert slope == pytest.approx(growth_per_day(2.5, 3.7, 3.5), rel=0.01)


def test_reports_come_as_many_days_later_as_was_told():
    problem = one_place(
        seeds=[{"place": "place", "persons": 500_000}], horizon_days=120,
        parameters={"r0": 0.0, "latent_days": 3.7, "infectious_days": 3.5, "mobility_factor": 1.0,
                    "report_share": 1.0, "report_days": 8.0},
    )  # fmt: skip
    exposed = replace(problem, seeds=(replace(problem.seeds[0], infectious=False),))
    days = np.arange(121.0)

    def mean_day(counts):
        told = replace(exposed, counts=counts)
        course = told.series(draw(told, seed=1, members=2), ["place"], days * 24.0)[0].mean(axis=1)
        new = np.diff(course)
        return float((days[1:] * new).sum() / new.sum())

    sicken = float(exposed.chances(draw(exposed, seed=1, members=1)).sicken[0])
    ill = 1.0 / -np.expm1(-sicken)
    assert mean_day("reported") - ill == pytest.approx(8.0, abs=0.05)
