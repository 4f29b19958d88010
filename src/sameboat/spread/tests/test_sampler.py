"""The sampler of learning, whatever it learns about."""

import numpy as np
import pytest
from scipy.special import ndtri

from sameboat.spread import learning
from sameboat.spread.draws import streams_of
from sameboat.spread.priors import standard_scores


def test_the_last_stage_lets_in_all_that_was_measured(monkeypatch):
    monkeypatch.setattr(learning, "_STAGES", 3)
    told = []
    scores = np.random.default_rng(1).standard_normal((1, 200))

    found = learning.learn(
        scores, lambda trial: -0.5e8 * (trial[0] - 0.3) ** 2, seed=1, progress=told.append
    )

    assert (found.stages, told[-1]) == (3, 1.0)


def noisy_fit(scores):
    """Something is measured as 2 with an error of 0.4; chance of its own adds 0.6 to it."""
    chance = ndtri((streams_of(scores[-1]) >> np.uint64(11)) / 2.0**53 + 2.0**-54)
    return -0.5 * ((scores[0] + 0.6 * chance - 2.0) / 0.4) ** 2


def test_chances_that_are_kept_while_the_rest_moves_give_the_normal_answer():
    scores = standard_scores(seed=4, members=3000, size=3)

    found = learning.learn(scores, noisy_fit, seed=4, chances=1)

    variance = 1 / (1 + 1 / (0.4**2 + 0.6**2))
    assert found.scores[0].mean() == pytest.approx(2.0 * variance / 0.52, abs=0.06)
    assert found.scores[0].std() == pytest.approx(np.sqrt(variance), rel=0.1)
    assert found.scores[1].std() == pytest.approx(1.0, abs=0.06)
    exact = -0.5 * 4 / 1.52 + np.log(0.4 / np.sqrt(1.52))
    assert found.log_evidence == pytest.approx(exact, abs=0.1)


def normal_fit(error):
    return lambda scores: -0.5 * ((scores[0] + scores[1] - 3.0) / error) ** 2


@pytest.mark.parametrize("error", [0.2, 0.15, 0.3])
def test_what_one_error_taught_is_where_another_begins(error):
    scores = standard_scores(seed=3, members=3000, size=4)
    first = learning.learn(scores, normal_fit(0.1), seed=3)
    looks = []

    def fit(trial):
        looks.append(1)
        return normal_fit(error)(trial)

    found = learning.learn(scores, fit, seed=3, begin=first.quarter)

    total, variance = found.scores[0] + found.scores[1], 1 / (1 / 2 + 1 / error**2)
    assert total.mean() == pytest.approx(3.0 * variance / error**2, abs=0.03)
    assert total.std() == pytest.approx(np.sqrt(variance), rel=0.12)
    exact = -0.5 * 9 / (2 + error**2) + np.log(error / np.sqrt(2 + error**2))
    assert found.log_evidence == pytest.approx(exact, abs=0.2)
    assert found.stages <= 2 < first.stages
    assert len(looks) < 40


def test_learning_that_is_hopeless_ends_with_what_it_has():
    scores = standard_scores(seed=3, members=100, size=4)
    asked = []

    found = learning.learn(
        scores, normal_fit(0.01), seed=3, hopeless=lambda: asked.append(1) or len(asked) == 2
    )

    assert found.stages == 2
    assert found.quarter.power < 0.25
