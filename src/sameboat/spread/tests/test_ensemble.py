import os
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from sameboat.lib.fault import FaultyInput
from sameboat.spread import ensemble
from sameboat.spread.draws import draw
from sameboat.spread.ensemble import RunStopped, TooManyMembers, cost_of, run
from sameboat.spread.measures import Measure
from sameboat.spread.tests.tide import LEVEE, Tide, tide


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(ensemble, "PIECE", 70 * (tide().member_bytes + tide().footprint_bytes))


def test_the_pieces_do_not_change_the_numbers(small_pieces, monkeypatch):
    pieces = run(tide(), members=500, seed=1).to_bytes()

    monkeypatch.setattr(ensemble, "PIECE", 2**40)
    assert run(tide(), members=500, seed=1).to_bytes() == pieces


def test_threads_and_processes_give_the_same_numbers(small_pieces):
    here = run(tide(), members=300, seed=1).to_bytes()

    with ThreadPoolExecutor(3) as threads:
        assert run(tide(), members=300, seed=1, executor=threads).to_bytes() == here
    with ProcessPoolExecutor(2) as processes:
        assert run(tide(), members=300, seed=1, executor=processes).to_bytes() == here


def test_a_cluster_of_two_processes_gives_the_same_numbers(small_pieces):
    distributed = pytest.importorskip("distributed")
    here = run(tide(), members=300, seed=1).to_bytes()

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
            host="127.0.0.1",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        found = run(tide(), members=300, seed=1, executor=client.get_executor(), workers=2)

    assert found.to_bytes() == here


@dataclass(frozen=True)
class Deadly(Tide):
    """Kills the first worker that computes its second piece, once."""

    mark: str = ""

    def spread(self, draws):
        if draws.streams[0] == draw(self, seed=1, members=1, first=64).streams[0]:
            try:
                os.close(os.open(self.mark, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().spread(draws)


def test_the_piece_of_a_killed_worker_is_run_again(small_pieces, tmp_path):
    plain = tide()
    deadly = Deadly(plain.priors, plain.delays, plain.thresholds, mark=str(tmp_path / "killed"))

    with ProcessPoolExecutor(2) as processes:
        found = run(deadly, members=300, seed=1, executor=processes)

    assert (tmp_path / "killed").exists()
    assert found.to_bytes() == run(plain, members=300, seed=1).to_bytes()


@dataclass(frozen=True)
class Broken(Tide):
    def spread(self, draws):
        raise ZeroDivisionError("in the model")


def test_what_the_model_raises_ends_the_run_and_is_not_taken_for_a_lost_worker(small_pieces):
    plain = tide()
    broken = Broken(plain.priors, plain.delays, plain.thresholds)

    with ThreadPoolExecutor(2) as threads, pytest.raises(ZeroDivisionError, match="in the model"):
        run(broken, members=300, seed=1, executor=threads)


def test_a_million_members_by_mistake_are_refused_before_anything_is_computed():
    with pytest.raises(TooManyMembers) as refusal:
        run(tide(), members=100_000_000, seed=1, budget_bytes=2**30)

    said = refusal.value.in_language("en")
    assert "100,000,000 members of 3 targets" in said
    most = int(refusal.value.facts["most"].replace(",", ""))
    assert cost_of(tide(), members=most).bytes <= 2**30 < cost_of(tide(), members=most + 1).bytes


def test_a_thousand_members_of_forty_thousand_places_fit_and_say_how_much():
    from sameboat.spread.footprint import Footprint

    assert Footprint.size(40_000, 1, 1_000) == 800_000_000
    small = Footprint.empty(("a", "b"), (1.0, 2.0), "m", 10)
    assert small.nbytes == Footprint.size(2, 2, 10)


def test_the_time_of_a_run_is_told_from_a_few_members():
    assert cost_of(tide(), members=1000).seconds(10, 0.5) == 50.0


def test_a_run_can_be_stopped_between_pieces(small_pieces):
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(RunStopped):
        run(tide(), members=1000, seed=1, cancelled=stop)


def test_progress_ends_at_one_and_never_falls(small_pieces):
    told = []

    run(tide(), members=300, seed=1, progress=told.append)

    assert told == sorted(told)
    assert len(told) == 5
    assert told[-1] == 1.0


def test_counter_measures_are_checked_before_members_are_run():
    with pytest.raises(FaultyInput) as faulty:
        run(tide(), members=10, seed=1, measures=[Measure("open_basin", "town")])

    assert faulty.value.faults[0].field == "measures[0].kind"
    assert run(tide(), members=10, seed=1, measures=[LEVEE]).peak[1].max() < 20


def test_members_made_before_are_used_as_they_are():
    drawn = draw(tide(), seed=9, members=100)

    again = run(tide(), draws=drawn)

    assert again.to_bytes() == run(tide(), members=100, seed=9).to_bytes()
    assert np.isfinite(again.peak).all()
