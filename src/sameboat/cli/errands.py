"""Errands to other nodes, each peer's by itself: whoever is slow keeps nobody else waiting."""

import logging
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

log = logging.getLogger(__name__)
Work = Callable[[Any], object]


class Errands:
    """Errands of one kind.  Calling it sends some and waits for none.

    Of each peer one is under way at a time.  The threads end with the process: whatever is half
    done is taken up at the next start.
    """

    def __init__(self, name: str, at_once: int) -> None:
        self.name, self.at_once = name, at_once
        self._waiting: SimpleQueue[tuple[Work, Any]] = SimpleQueue()
        self._under_way: set[str] = set()
        self._once_more: dict[str, tuple[Work, Any]] = {}
        self._lock = threading.Lock()
        self._threads = 0

    def __call__(self, work: Work, peers: Sequence[Any], *, again: bool = False) -> int:
        """Send an errand to each peer; return 0: nothing is known yet.

        Args: again: where one is under way, this one is done after it; else it is dropped.
        """
        for peer in peers:
            with self._lock:
                if peer.origin in self._under_way:
                    if again:
                        self._once_more[peer.origin] = work, peer
                    continue
                self._under_way.add(peer.origin)
                if self._threads < min(self.at_once, len(self._under_way)):
                    self._threads += 1
                    threading.Thread(target=self._run, name=self.name, daemon=True).start()
            self._waiting.put((work, peer))
        return 0

    def _run(self) -> None:
        from django.db import connections

        while True:
            work, peer = self._waiting.get()
            try:
                work(peer)
            except Exception:  # whatever one peer causes, the others must not wait for it
                log.exception("%s: the worker goes on after", peer.origin)
                connections.close_all()
            with self._lock:
                more = self._once_more.pop(peer.origin, None)
                if more is None:
                    self._under_way.discard(peer.origin)
            if more is not None:
                self._waiting.put(more)
            if self._waiting.empty():
                connections.close_all()
