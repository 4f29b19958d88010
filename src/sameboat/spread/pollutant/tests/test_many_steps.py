"""Releases in many steps, by a table, against the sum of each step's own share."""

import numpy as np
import pytest

from sameboat.spread.draws import draw
from sameboat.spread.pollutant import prepare, tabled
from sameboat.spread.pollutant.example import example
from sameboat.spread.pollutant.passage import passed_share
from sameboat.spread.pollutant.response import SHORT, part_rate
from sameboat.spread.pollutant.tabled import BOUND, fill, room_for, tabled_rate

RANDOM = np.random.default_rng(5)


def steps_of(lengths, rates, lag=0.0):
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    return np.column_stack(
        [edges[:-1], edges[1:], rates * np.asarray(lengths), lag * np.arange(len(lengths))]
    )


def exact_rates(times, part, steps, late):
    """Return the sum of what has passed of each step, however short the step."""
    found = []
    for t in times:
        shares = [passed_share(t - edge, part[2], part[3]) for edge in steps[:, :2].ravel()]
        passed = -np.diff(np.reshape(shares, (-1, 2)))[:, 0] / (steps[:, 1] - steps[:, 0])
        found.append(
            part[0] * (steps[:, 2] * passed * np.exp(-part[4] * (late - steps[:, 3]))).sum()
        )
    return found


def both(mean, shape, loss, steps, times):
    """Return what passes at these hours, step by step and by the table."""
    part = np.array([2.0, 0.0, mean, shape, loss])
    first = np.array([0, len(steps)])
    tables = room_for(1, first)
    fill(tables, part[None], np.array([0]), first, steps, SHORT)
    assert tables.head[0, 0] == 1.0
    assert tables.head[0, 6] == np.all(steps[1:, 0] == steps[:-1, 1])
    brief = SHORT * mean * np.sqrt(mean / shape)
    late = 3.0
    if tables.head[0, 6]:
        one = exact_rates(times, part, steps, late)
    else:
        one = [part_rate(t, part, steps, 0, len(steps), late) for t in times]
    other = [
        tabled_rate(t, 2.0, loss, brief, steps, late, tables.head[0],
                    tables.curve[0], tables.rate[0], tables.jump[0])
        for t in times
    ]  # fmt: skip
    return np.array(one), np.array(other)


@pytest.mark.parametrize("factor", [0.4, 1.6, 10.0, 100.0, 1e4, 1e6])
@pytest.mark.parametrize("lengths", ["short", "even", "long", "odd"])
@pytest.mark.parametrize("gap", [0.0, 0.01])
def test_a_table_is_the_sum_of_the_steps_to_its_bound(factor, lengths, gap):
    mean = 40.0
    width = mean / np.sqrt(factor)
    each = {"short": 0.004, "even": 0.05, "long": 3.0, "odd": 1.0}[lengths] * width
    wide = np.full(60, each) if lengths != "odd" else each * RANDOM.lognormal(0.0, 2.0, 60)
    steps = steps_of(wide, RANDOM.random(60))
    steps[::7, 2] = 0.0
    steps[:, :2] += gap * np.arange(60)[:, None]
    times = np.linspace(0.0, mean + wide.sum() + 12 * width, 501)[1:]

    exact, told = both(mean, mean * factor, 0.0, steps, times)

    # The bound is of the highest density, for whatever is released in a step.
    density = 0.5 / width * 2.0 * steps[:, 2].max()
    assert np.abs(told - exact).max() <= BOUND * max(exact.max(), density)
    assert (told >= 0.0).all()


def test_losses_and_lags_of_the_clock_are_the_same():
    steps = steps_of(np.full(40, 3.0), RANDOM.random(40), lag=0.7)

    exact, told = both(40.0, 800.0, 0.05, steps, np.linspace(1.0, 200.0, 200))

    np.testing.assert_allclose(told, exact, rtol=0, atol=BOUND * exact.max())
    assert exact.max() > 0


def test_a_cloud_too_thin_for_a_table_is_summed_as_it_is():
    steps = steps_of(np.full(10, 1.0), np.ones(10))
    first = np.array([0, 10])
    tables = room_for(1, first)

    fill(tables, np.array([[1.0, 0.0, 10.0, 1e30, 0.0]]), np.array([0]), first, steps, SHORT)

    assert tables.head[0, 0] == 0.0
    assert room_for(1, np.array([0, 3])).head.shape[0] == 0, "and few steps need none"


def test_a_footprint_of_two_hundred_steps_is_that_of_their_sum(monkeypatch):
    told = example()
    hours = np.linspace(0.0, 100.0, 201)
    rates = 200.0 * (1.0 + np.sin(hours[:-1] / 7.0)) ** 2
    told["sources"] = [{"key": "WORKS", "reach": "stem", "fraction": 0.0, "hours": hours,
                        "rates_kg_h": rates}]  # fmt: skip
    problem = prepare(told)
    draws = draw(problem, seed=2, members=8)

    footprint = problem.spread(draws)
    course = problem.series(draws, problem.targets, np.arange(0.0, 480.0, 1.0))

    exact = _exact(problem, draws)
    np.testing.assert_allclose(course, exact, rtol=1e-5, atol=BOUND * exact.max())
    assert (footprint.peak >= course.max(axis=1) * (1 - 1e-5)).all()


def _exact(problem, draws):
    from sameboat.spread.pollutant.problem import _Flow
    from sameboat.spread.pollutant.response import level
    from sameboat.spread.pollutant.search import close
    from sameboat.spread.pollutant.tabled import Tables

    none = Tables(np.empty((0, 8)), np.empty((0, 0, 7)), *np.empty((2, 0, 0)))
    flow, times = _Flow(problem, draws), np.arange(0.0, 480.0, 1.0)
    found = np.zeros((len(problem.targets), len(times), draws.members))
    for row in range(len(problem.targets)):
        parts, origin = flow.parts(row)
        common = (parts, origin, flow.steps.first, flow.steps.values, flow.climate,
                  flow.flushes(row))  # fmt: skip
        for member in range(draws.members):
            own = [each[member] if each.ndim > 1 else each for each in common]
            found[row, :, member] = [level(time, *own, none) for time in times]
        if not problem.intakes[row].is_open:
            close(found[row], times, *common, *problem._closing(row), problem.horizon_hours)
    return found


def test_the_table_is_as_fine_as_it_says():
    # The sixth derivative of a share, near a normal one: 2.31 / w^6; its top: 0.399 / w.
    assert tabled.FINE**5 * np.sqrt(5) / 30_000 * 2.31 / 0.399 < BOUND
