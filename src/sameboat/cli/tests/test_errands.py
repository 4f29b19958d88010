"""Whoever is slow keeps nobody else waiting: threads that wait for each other, and for no clock."""

import threading
from types import SimpleNamespace

import pytest

from sameboat.cli.errands import Errands

JILIN, HARBIN, JIAMUSI = (SimpleNamespace(origin=f"cn:{code}") for code in (220200, 230100, 230800))
#: What is waited for comes at once, or the test fails.
PATIENCE = 60

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """Work that waits at one peer until it is let go; `done`: at which peers it was done."""

    def __init__(self, at):
        self.at, self.done = at, []
        self.begun, self.go, self.moved = (threading.Semaphore(0), threading.Event(),
                                           threading.Semaphore(0))  # fmt: skip

    def __call__(self, peer):
        if peer is self.at:
            self.begun.release()
            assert self.go.wait(PATIENCE)
        self.done.append(peer.origin)
        self.moved.release()


@pytest.fixture
def slow():
    made = Slow(JILIN)
    yield made
    made.go.set()


def moved(slow, times=1):
    return all(slow.moved.acquire(timeout=PATIENCE) for _time in range(times))


def test_one_that_is_slow_keeps_no_other_waiting_and_is_asked_once(slow):
    errands = Errands("look", 2)
    errands(slow, [JILIN])
    assert slow.begun.acquire(timeout=PATIENCE)

    for _time in range(3):
        errands(slow, [JILIN])
        errands(slow, [HARBIN], again=True)
        assert moved(slow)

    assert slow.done == [HARBIN.origin] * 3
    slow.go.set()
    assert moved(slow)
    assert slow.done.count(JILIN.origin) == 1


def test_what_must_not_be_missed_is_done_once_more_after_the_one_under_way(slow):
    errands = Errands("hint", 2)
    errands(slow, [JILIN])
    assert slow.begun.acquire(timeout=PATIENCE)

    for _time in range(3):
        errands(slow, [JILIN], again=True)
    slow.go.set()

    assert moved(slow, times=2)
    errands(slow, [HARBIN])
    assert moved(slow)
    assert slow.done == [JILIN.origin, JILIN.origin, HARBIN.origin]


def test_more_slow_ones_than_threads_make_others_wait_and_lose_nothing(slow):
    errands = Errands("look", 1)
    errands(slow, [JILIN, HARBIN, JIAMUSI])
    assert slow.begun.acquire(timeout=PATIENCE)
    assert slow.done == []

    slow.go.set()

    assert moved(slow, times=3)
    assert slow.done == [JILIN.origin, HARBIN.origin, JIAMUSI.origin]


def test_an_errand_that_fails_is_not_the_last():
    errands, done = Errands("look", 1), threading.Event()
    errands(lambda _peer: 1 / 0, [JILIN, HARBIN])

    errands(lambda _peer: done.set(), [JIAMUSI])

    assert done.wait(PATIENCE)
