import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from sameboat.spread.contagion.example import example
from sameboat.spread.contagion.prepare import prepare
from sameboat.spread.dense import covariance, lower_root, lower_times, solve_lower
from sameboat.spread.ensemble import RunStopped
from sameboat.spread.evidence import Seen
from sameboat.spread.teaching import learn_from
from sameboat.spread.tests.tide import Tide, tide

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


SEEN = (
    Seen("gate", 6.0, "value", 1.0), Seen("town", 12.0, "count", 2.0),
    Seen("village", 14.0, "peak", value=2.0), Seen("town", 20.0, "count", 3.0),
)  # fmt: skip


def test_threads_and_processes_teach_the_same_members():
    here, told = learn_from(tide(), SEEN, members=200, seed=1)

    for pool in (ThreadPoolExecutor, ProcessPoolExecutor):
        with pool(2) as executor:
            found, taught = learn_from(
                tide(), SEEN, members=200, seed=1, executor=executor, workers=2
            )
        assert found.scores.tobytes() == here.scores.tobytes()
        assert found.streams.tobytes() == here.streams.tobytes()
        assert taught.log_evidence == told.log_evidence


def test_an_epidemic_is_taught_the_same_by_any_workers():
    problem = prepare(example())
    seen = [Seen("hill", 24.0 * day, "count", float(day)) for day in (10, 20, 30)]
    here, _told = learn_from(problem, seen, members=100, seed=2)

    with ProcessPoolExecutor(2) as executor:
        found, _taught = learn_from(
            problem, seen, members=100, seed=2, executor=executor, workers=2
        )

    assert found.scores.tobytes() == here.scores.tobytes()


def test_learning_tells_its_progress_and_can_be_stopped():
    told, asked = [], []

    def stop():
        asked.append(1)
        return len(asked) > 40

    with pytest.raises(RunStopped), ThreadPoolExecutor(2) as executor:
        learn_from(
            tide(), SEEN, members=200, seed=1, executor=executor, workers=2,
            progress=told.append, cancelled=stop,
        )  # fmt: skip
    learn_from(tide(), SEEN, members=200, seed=1, progress=told.append)

    assert len(asked) == 41
    assert told[-1] == 1.0


def test_what_the_model_raises_while_learning_is_told():
    class Broken(Tide):
        def series(self, draws, targets, hours):
            raise ZeroDivisionError("in the model")

    plain = tide()
    broken = Broken(plain.priors, plain.delays, plain.thresholds)

    with pytest.raises(ZeroDivisionError, match="in the model"), ThreadPoolExecutor(2) as executor:
        learn_from(broken, SEEN, members=20, seed=1, executor=executor)
