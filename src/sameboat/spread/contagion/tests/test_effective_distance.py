import numpy as np
import pytest

from sameboat.spread.contagion import prepare
from sameboat.spread.contagion.effective_distance import (
    EULER,
    effective_distances,
    hop_days,
    preview,
)
from sameboat.spread.contagion.example import example, steady
from sameboat.spread.contagion.mobility import mobility_of
from sameboat.spread.contagion.skill import spearman
from sameboat.spread.draws import draw


def test_a_small_network_worked_by_hand():
    # a sends half to b, half to c; b all to c; c nine tenths to a, one to d.
    home, there = np.array([0, 0, 1, 2, 2]), np.array([1, 2, 2, 0, 3])
    share = np.array([0.02, 0.02, 0.05, 0.09, 0.01])

    found = effective_distances(mobility_of(5, home, there, share), [0, 1])

    half, tenth = 1 + np.log(2), 1 + np.log(10)
    assert found[0] == pytest.approx([0, half, half, half + tenth, np.inf])
    assert found[1] == pytest.approx([1 + 1 - np.log(0.9), 0, 1, 1 + tenth, np.inf])


def test_effective_distance_knows_a_direction():
    home, there = np.array([0, 0, 1]), np.array([1, 2, 0])

    found = effective_distances(mobility_of(3, home, there, np.array([0.01, 0.03, 0.01])), [0, 1])

    assert found[0, 1] == pytest.approx(1 + np.log(4))
    assert found[1, 0] == pytest.approx(1.0)


def test_the_days_of_one_link_are_the_mean_of_the_first_arrival():
    # First event of a process of rate h exp(r t), sampled by inversion.
    r, h = 0.2, 1e-4
    score = np.random.default_rng(1).exponential(size=200_000)
    first = np.log1p(score * r / h) / r

    assert hop_days(r, np.array([h]))[0] == pytest.approx(first.mean(), abs=0.1)
    assert hop_days(r, np.array([r]))[0] == pytest.approx(-EULER / r)


def test_the_preview_tells_the_order_of_the_ensemble_and_nearly_its_days():
    random = np.random.default_rng(3)
    places = [
        {"key": f"p{row}", "residents": int(np.exp(random.normal(11.5, 1))),
         "x_km": float(random.uniform(0, 600)), "y_km": float(random.uniform(0, 600))}
        for row in range(40)
    ]  # fmt: skip
    problem = prepare({
        "places": places, "seeds": [{"place": "p5", "persons": 20}], "counts": "infections",
        "thresholds": [1.0], "horizon_days": 150, "steps_per_day": 2,
        "mobility": {"model": "gravity", "away": 0.02},
        "parameters": {"r0": 2.5, "latent_days": 3.0, "infectious_days": 5.0,
                       "mobility_factor": 1.0},
    })  # fmt: skip

    days = problem.outcome(draw(problem, seed=1, members=60)).arrival_days.mean(axis=1)
    glance = preview(problem)

    assert glance.arrival_days[5] == 0.0
    assert spearman(days, glance.arrival_days) > 0.97
    assert spearman(days, glance.distance) > 0.9
    assert abs(np.mean(days - glance.arrival_days)) < 4.0


def test_nothing_is_previewed_where_nothing_grows_or_nobody_brings_it():
    for inputs in (steady(), {**example(), "parameters": {"r0": 0.8}}):
        with pytest.raises(ValueError, match="nothing to preview"):
            preview(prepare(inputs))


def test_places_without_a_way_are_never_expected():
    names = ("harbour", "ferry", "mill")
    places = [each for each in example()["places"] if each["key"] in names]
    links = [{"from": "harbour", "to": "ferry", "share": 0.01}]

    glance = preview(
        prepare({**example(), "places": places, "mobility": {"model": "links", "links": links}})
    )

    assert np.isfinite(glance.arrival_days).tolist() == [True, True, False]
