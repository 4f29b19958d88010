"""`sameboat work`: the worker.  The only importer of reactions, and the maker of forecasts."""

import importlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

import typer

from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home, moment
from sameboat.lib.refusal import Refusal

#: How long the worker looks away when there is nothing to do.
PAUSE_SECONDS = 0.05
#: It looks this often although nobody wrote: the pause after a failure may be over.
LOOK_ANYWAY_SECONDS = 1.0
#: Between, reactions are asked only where there is something new: with a hundred peers each look at
#: all of them takes a third of a second.
LOOK_EVERYWHERE_SECONDS = 10.0
#: How long it waits between two looks at other nodes' logs, and at their hints: whoever hints
#: again and again makes it look at a peer's log ten times a second, and no more often.
PEERS_SECONDS, HINTS_SECONDS = 1.0, 0.1
#: How long a forecast may still run after the signal to stop; the next start makes it again.
STOP_SECONDS = 5.0
#: Before anything is signed, the peers' copies of our own log are looked at, for so long at most.
COPIES_SECONDS = 5.0
EXPIRE_EVERY = timedelta(minutes=1)
log = logging.getLogger(__name__)


def work(
    home: Home = None,
    once: Annotated[bool, typer.Option("--once", help="Do what is waiting, then stop.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Give parked entries another try first.")
    ] = False,
) -> None:
    """Make forecasts, run reactions, let alerts expire.  `sameboat serve` starts one itself.

    May be killed at any moment: what was half done is taken up at the next start.
    """
    open_to_write(home)
    if retry:
        retry_all()
    Worker().run(once=once)


def retry_all() -> None:
    """Ask for another try for every parked entry."""
    from sameboat.ground.logbook.actions import retry_parked
    from sameboat.ground.logbook.queries import list_parked

    for parked in list_parked():
        retry_parked(parked=parked, by="operator", now=moment())


def find_reactions() -> None:
    """Import every app's reactions, so that they register themselves."""
    from django.conf import settings

    for room, floors in settings.ROOMS.items():
        for app in (app for floor in floors for app in floor):
            name = f"sameboat.{room}.{app}.reactions"
            if importlib.util.find_spec(name):
                importlib.import_module(name)


class Worker:
    """Two threads of one process: reactions from the log, and the queue of long work."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.signed = threading.Event()  # something is there of which peers have not been told
        self.expired_at: datetime | None = None
        self.row: int | None = None  # reactions have seen every entry up to this one, but for
        self.left: Sequence[tuple[str, str]] = ()  # what the last round left them
        self.looked_everywhere = float("-inf")
        self.said = ""
        self.may_sign_at = float("-inf")  # put off at the start, until the copies were looked at

    def run(self, *, once: bool = False) -> None:
        """Work until told to stop, or with `once` until nothing is waiting."""
        from sameboat.cli.federation import look_at_copies
        from sameboat.watch.forecasts.actions import requeue_unfinished

        find_reactions()
        requeue_unfinished(by="worker", now=moment())
        if once:
            look_at_copies()
            while self.run_task() or self.deliver_and_expire():
                pass
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        self.may_sign_at = time.monotonic() + COPIES_SECONDS
        tasks = threading.Thread(target=self._run_tasks, name="tasks", daemon=True)
        tasks.start()
        threading.Thread(target=self._run_peers, name="peers", daemon=True).start()
        self._keep(self.deliver_and_expire)
        tasks.join(timeout=STOP_SECONDS)

    def deliver_and_expire(self) -> bool:
        """Run one round of reactions; once a minute let alerts expire.  True: there was work.

        However much is waiting, what was said is signed between two rounds.
        """
        from sameboat.ground.logbook.delivery import deliver_round
        from sameboat.ground.logbook.queries import newest_row
        from sameboat.watch.alerts.actions import expire_alerts
        from sameboat.watch.alerts.linking import link_threads

        now = moment()
        if self.expired_at is None or now - self.expired_at > EXPIRE_EVERY:
            expire_alerts(by="worker", now=now)
            self.expired_at = now
        signed = self.sign(now)
        if time.monotonic() - self.looked_everywhere > LOOK_EVERYWHERE_SECONDS:
            self.row = None
        seen, row = self.row, newest_row()
        self.row = None  # a pass that ends in the middle is followed by one that looks everywhere
        done = deliver_round(now=now, after_row=seen, left=self.left)
        if seen is None:
            link_threads()
            self.looked_everywhere = time.monotonic()
        self.row, self.left = row, done.left
        return done.taken > 0 or done.more or signed

    def sign(self, now: datetime) -> bool:
        """Sign what was said since, where this node has a key; return whether there was something.

        What stands in the way is said once, and looked at again with every pass.
        """
        from sameboat.ground.logbook.own import key_folder, sign_staged
        from sameboat.ground.logbook.refusals import LogInUse

        if not key_folder().made or time.monotonic() < self.may_sign_at:
            return False
        try:
            made = sign_staged(now=now)
        except LogInUse:
            return False
        except Refusal as refusal:
            if str(refusal) != self.said:
                log.error("nothing is signed: %s", refusal)
            self.said = str(refusal)
            return False
        self.said = ""
        if made is not None:
            self.signed.set()
        return made is not None

    def run_task(self) -> bool:
        """Run the first task that is waiting; return whether there was one."""
        from django_tasks_db.models import DBTaskResult

        if not DBTaskResult.objects.ready().exists():
            return False
        worker = _task_worker()
        worker.run()
        return bool(worker._run_tasks)

    def _run_peers(self) -> None:
        """Follow other nodes and have our log cosigned, until told to stop."""
        from django.db import connections

        from sameboat.cli.errands import Errands
        from sameboat.cli.federation import (
            AT_ONCE,
            follow_peers,
            gather_cosignatures,
            hint_peers,
            look_at_copies,
        )
        from sameboat.ground.logbook.bodies import Look, want_again
        from sameboat.ground.logbook.following import take_hints

        try:
            look_at_copies()
        except Exception:
            log.exception("the worker goes on after")
        self.may_sign_at = float("-inf")
        told, next_look, look = -1, 0.0, Look()
        hints_at = 0.0
        # Who answers slowly, or drips on purpose, holds up no warning of another.
        follows, cosigns, hints = (Errands(name, AT_ONCE) for name in ("follow", "cosign", "hint"))
        while not self.stopping.is_set():
            self.signed.wait(max(0.0, hints_at - time.monotonic()))
            self.signed.clear()
            due = time.monotonic() >= hints_at
            hints_at = time.monotonic() + HINTS_SECONDS if due else hints_at
            try:
                told = hint_peers(told, partial(hints, again=True))
                if not due:
                    continue
                follow_peers(moment(), take_hints(), partial(follows, again=True))
                if time.monotonic() >= next_look:
                    look = want_again(look)
                    follow_peers(moment(), run=follows)
                    gather_cosignatures(cosigns)
                    next_look = time.monotonic() + PEERS_SECONDS
            except Exception:
                log.exception("the worker goes on after")
                connections.close_all()
        connections.close_all()

    def _run_tasks(self) -> None:
        try:
            warm_up()
        except Exception:  # then the first forecast is slower, and says itself what is wrong
            log.exception("the model could not be warmed up")
        self._keep(self.run_task)

    def _keep(self, step: Callable[[], bool]) -> None:
        """Repeat one step until told to stop; a step that fails is logged and tried again."""
        from django.db import connections

        changes = Changes()
        busy = True
        while not self.stopping.is_set():
            try:
                busy = (changes.since_last_look() or busy) and step()
            except Exception:  # a database that is away for a moment must not end the worker
                log.exception("the worker goes on after")
                connections.close_all()
                busy = False
            if not busy:
                self.stopping.wait(PAUSE_SECONDS)
        connections.close_all()


class Changes:
    """Whether somebody may have written since the last look."""

    def __init__(self) -> None:
        self._seen: tuple[Any, int] = (None, 0)
        self._looked_at = float("-inf")

    def since_last_look(self) -> bool:
        """Return whether a look is worth while; on SQLite the file itself says so at once."""
        from django.db import close_old_connections, connection

        if connection.vendor != "sqlite":
            close_old_connections()
            return True
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            seen = (connection.connection, cursor.fetchone()[0])
        # The number counts for one connection only; what this one wrote itself is not in it.
        changed = seen[0] is not self._seen[0] or seen[1] != self._seen[1]
        if changed or time.monotonic() - self._looked_at > LOOK_ANYWAY_SECONDS:
            self._seen, self._looked_at = seen, time.monotonic()
            return True
        return False


def _task_worker() -> Any:
    from django_tasks_db.management.commands.db_worker import Worker as TaskWorker

    return TaskWorker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=1,
        worker_id=f"sameboat-{os.getpid()}",
        excluded_queue_names=[],
    )


def warm_up() -> None:
    """Load what the first forecast would otherwise wait for: numba's compiled functions."""
    from sameboat.watch.forecasts import warming

    warming.warm_up()
