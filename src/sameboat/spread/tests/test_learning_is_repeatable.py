import os
import subprocess
import sys

import numpy as np
import pytest

from sameboat.spread.dense import covariance, lower_root, lower_times, solve_lower

LEARN = """
import hashlib
import numpy as np
from sameboat.spread.learning import learn
from sameboat.spread.priors import standard_scores
scores = standard_scores(seed=1, members=600, size=90)
learned = learn(scores, lambda x: -8.0 * (x[:20] ** 2 - 1).sum(axis=0) ** 2, seed=1)
print(hashlib.sha256(learned.scores.tobytes()).hexdigest())
"""


def learned_with(threads):
    given = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    return subprocess.run(
        [sys.executable, "-c", LEARN], env=given, check=True, capture_output=True, text=True
    ).stdout


def test_the_number_of_threads_changes_no_bit():
    one = learned_with("1")

    two = learned_with("2")

    assert one == two
    assert len(one.strip()) == 64


def test_the_little_algebra_is_that_of_numpy():
    random = np.random.default_rng(1)
    away = random.standard_normal((7, 40))
    away -= away.mean(axis=1, keepdims=True)

    square = covariance(away)
    root = lower_root(square)

    assert square == pytest.approx(np.cov(away), abs=1e-12)
    assert root == pytest.approx(np.linalg.cholesky(square), abs=1e-12)
    assert lower_times(root, away) == pytest.approx(root @ away, abs=1e-12)
    assert solve_lower(root, lower_times(root, away)) == pytest.approx(away, abs=1e-10)
