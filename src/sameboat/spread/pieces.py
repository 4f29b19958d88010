"""Does work in pieces, here or on any executor: what running members and learning share.

What a piece answers may not depend on where or when it is done, nor on the number of workers.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

T = TypeVar("T")
Cancelled = Callable[[], bool]

#: Pieces are cut at multiples of this many members: a word of bits, four vectors of single floats.
GRAIN = 64
#: Work is cut into so many pieces at least, where they are not smaller than the grain: so that
#: several workers share it, progress is told and it can be stopped.
SHARES = 8
#: Pieces under way at once for each worker, so that none waits for the next.
AHEAD = 2


class RunStopped(Refusal):
    """Whoever asked for the run has stopped it."""

    says = _("the run was stopped; nothing of it was kept.")


@dataclass(frozen=True)
class Means:
    """What pieces are done with.

    `executor`: of threads, processes or a cluster; None: here.  `workers`: how many it has.
    `cancelled`: asked between pieces.
    """

    executor: Executor | None = None
    workers: int = 4
    cancelled: Cancelled | None = None


HERE = Means()


def share_of(members: int) -> int:
    """Return how many members make one piece, where memory does not ask for fewer.

    Source: this project, docs/reference/ensembles.md, "How members are computed".
    """
    return min(members, -(-members // (SHARES * GRAIN)) * GRAIN)


def done_in_pieces(
    work: Sequence[Callable[[], T | Exception]], means: Means = HERE
) -> Iterator[tuple[int, T]]:
    """Yield the number and the answer of each piece, as they are done.

    Args: work: each returns what went wrong, for what it raises is taken for a lost
        worker: it is sent again, once, and then done here.
    Raises: RunStopped: `cancelled` said so.  Whatever a piece answers that is an exception.
    Source: this project, docs/reference/ensembles.md, "How members are computed".
    """
    desk = _Desk(list(work), means)
    waiting = list(reversed(range(len(work))))
    try:
        while waiting or desk.running:
            if means.cancelled is not None and means.cancelled():
                raise RunStopped
            for number, answer in desk.turn(waiting):
                if isinstance(answer, Exception):
                    raise answer
                yield number, answer
    finally:
        for future in desk.running:
            future.cancel()


class _Desk(Generic[T]):
    """Hands pieces out and takes their answers in."""

    def __init__(self, work: list[Callable[[], T | Exception]], means: Means) -> None:
        self.work = work
        self.executor = means.executor
        self.ahead = means.workers * AHEAD
        self.running: dict[Future[Any], int] = {}
        self.lost: set[int] = set()

    def turn(self, waiting: list[int]) -> list[tuple[int, T | Exception]]:
        """Hand out what there is room for, wait for the next answers, and return them."""
        if self.executor is None:
            number = waiting.pop()
            return [(number, self.work[number]())]
        finished: list[tuple[int, T | Exception]] = []
        while waiting and len(self.running) < self.ahead:
            number = waiting.pop()
            if not self._sent(number, self.executor):
                finished.append((number, self.work[number]()))
        for future in wait(self.running, return_when=FIRST_COMPLETED).done:
            number = self.running.pop(future)
            try:
                finished.append((number, future.result()))
            except Exception:
                # The worker was lost, not the work: send the piece again, once.
                self.lost.add(number)
                waiting.append(number)
        return finished

    def _sent(self, number: int, executor: Executor) -> bool:
        """Hand over a piece, unless it was lost already or is no longer taken."""
        if number in self.lost:
            return False
        try:
            self.running[executor.submit(self.work[number])] = number
        except RuntimeError:  # a broken pool, or one that has been shut down
            self.lost.add(number)
            return False
        return True
