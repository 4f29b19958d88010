"""The sampler of learning, whatever it learns about."""

import numpy as np

from sameboat.spread import learning


def test_the_last_stage_lets_in_all_that_was_measured(monkeypatch):
    monkeypatch.setattr(learning, "_STAGES", 3)
    told = []
    scores = np.random.default_rng(1).standard_normal((1, 200))

    found = learning.learn(
        scores, lambda trial: -0.5e8 * (trial[0] - 0.3) ** 2, seed=1, progress=told.append
    )

    assert (found.stages, told[-1]) == (3, 1.0)
