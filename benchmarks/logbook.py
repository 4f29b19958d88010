"""The logbook: what is said, signed, fetched from a peer, verified, stored and reacted to."""

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.nodes import entry_bytes, free_port, inside, join, make_node, served

JILIN, HARBIN = "cn:220200", "cn:230100"
SAID, TOGETHER = 20_000, 100
FOLLOWED, ALERTS_EVERY = 100_000, 100
LONG = 1_000_000
SAY_GOAL, FOLLOW_GOAL_S = 1_000, 60.0


def append() -> list[dict[str, object]]:
    """Say entries on a node, so many in one durable transaction, and sign them."""
    with tempfile.TemporaryDirectory(prefix="sameboat-bench-") as folder:
        home = make_node(Path(folder) / "jilin", JILIN, "jilin")
        found = inside(home, "benchmarks.logbook:say_and_sign", count=SAID, together=TOGETHER)
        alone = inside(home, "benchmarks.logbook:say_and_sign", count=500, together=1)
        peer = plain_sqlite(Path(folder) / "plain.sqlite3", SAID, TOGETHER)
    ours, rate = found["seconds"], SAID / found["seconds"]
    alone_s = alone["seconds"]
    return [
        {
            "name": "logbook-append",
            "work_unit": f"{SAID:,} entries said, {TOGETHER} in one durable commit, each commit "
            f"signed; {rate:,.0f} a second, {found['said']:.1f} s saying, {found['signed']:.1f} s "
            f"signing; slowest 1,000: {found['slowest']:.2f} s",
            "ours_s": ours, "peer": f"sqlite3 {sqlite3.sqlite_version}, bytes alone in one table, "
            "same commits: the upper bound", "peer_s": peer, "ratio": peer / ours,
            "memory": found["memory"], "goal": f"{SAY_GOAL:,} a second, sustained",
            "holds": found["slowest"] <= 1000 / SAY_GOAL,
        },
        {
            "name": "logbook-append-alone",
            "work_unit": f"500 entries said, one in each durable commit, each commit signed; "
            f"{500 / alone_s:,.0f} a second",
            "ours_s": alone_s, "holds": None,
        },
    ]  # fmt: skip


def say_and_sign(count: int, together: int) -> dict[str, float]:
    """Say so many entries on this node."""
    from django.conf import settings
    from django.db import transaction

    from sameboat.cli.node import moment
    from sameboat.ground.logbook.actions import say
    from sameboat.ground.logbook.own import open_own, sign_staged

    signer, place = open_own(), settings.PLACE
    bodies = [json.loads(entry_bytes(place, number))["body"] for number in range(count)]
    said = signed = 0.0
    ends = [time.perf_counter()]
    for first in range(0, count, together):
        began = time.perf_counter()
        with transaction.atomic():
            for number in range(first, min(first + together, count)):
                say(
                    kind="observation.recorded", place=place,
                    about=f"{place}/observation/{number}", body=bodies[number], audience=["*"],
                    by="worker", now=moment(),
                )  # fmt: skip
        done = time.perf_counter()
        assert sign_staged(signer=signer, now=moment()) is not None
        ends.append(time.perf_counter())
        said, signed = said + done - began, signed + ends[-1] - done
    step = max(1, 1000 // together)
    slowest = max((b - a for a, b in zip(ends, ends[step:], strict=False)), default=0.0)
    return {"seconds": ends[-1] - ends[0], "said": said, "signed": signed, "slowest": slowest,
            "memory": own_memory()}  # fmt: skip


def plain_sqlite(file: Path, count: int, together: int) -> float:
    """Insert the same bytes into a table of their own, as durably; return the seconds."""
    rows = [(number, entry_bytes(JILIN, number)) for number in range(count)]
    store = sqlite3.connect(file, isolation_level=None)
    store.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        'CREATE TABLE entry ("index" INTEGER PRIMARY KEY, canonical BLOB)'
    )
    began = time.perf_counter()
    for first in range(0, count, together):
        store.execute("BEGIN IMMEDIATE")
        store.executemany("INSERT INTO entry VALUES (?, ?)", rows[first : first + together])
        store.execute("COMMIT")
    found = time.perf_counter() - began
    store.close()
    return found


def own_memory() -> int:
    """Return the most memory that this process has used, bytes."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def follow() -> list[dict[str, object]]:
    """Take a peer's log from its server, verify, store, and react as a worker does."""
    with tempfile.TemporaryDirectory(prefix="sameboat-bench-") as folder:
        jilin = make_node(Path(folder) / "jilin", JILIN, "jilin")
        harbin = make_node(Path(folder) / "harbin", HARBIN, "harbin")
        inside(jilin, "benchmarks.nodes:fill", count=FOLLOWED, alerts_every=ALERTS_EVERY)
        port = free_port()
        join(harbin, jilin, f"http://127.0.0.1:{port}")
        with served(jilin, port):
            found = inside(harbin, "benchmarks.logbook:catch_up")
    parts = ", ".join(f"{name} {found[name]:.1f} s" for name in PARTS)
    total = found["seconds"]
    return [
        {
            "name": "logbook-follow",
            "work_unit": f"{found['entries']:,} entries of a peer over HTTP from its server: "
            f"{parts}; {found['reacted']:,} reactions, {found['entries'] / total:,.0f} entries a "
            "second",
            "ours_s": total, "memory": found["memory"],
            "goal": f"under {FOLLOW_GOAL_S:g} s", "holds": total < FOLLOW_GOAL_S,
        }
    ]  # fmt: skip


PARTS = ("fetch", "hash", "store", "react")
#: Functions of `following` whose time is hashing and verifying.
HASHING = ("read_bundle", "leaf_hash", "open_signed", "root_of_log", "consistency_proof",
           "verify_consistency", "read_foreign")  # fmt: skip


class Split:
    """Where the time of a pass goes; what lies inside another part is not counted twice."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._inside: list[float] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        self._inside.append(0.0)
        try:
            yield
        finally:
            took = time.perf_counter() - began
            self.seconds[name] += took - self._inside.pop()
            if self._inside:
                self._inside[-1] += took

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            with self.part(name):
                return work(*given, **named)

        return timed


def catch_up() -> dict[str, object]:
    """Follow the one peer of this node until nothing is new, then react to all of it."""
    from sameboat.cli.far import reading
    from sameboat.cli.node import moment
    from sameboat.cli.work import find_reactions
    from sameboat.ground.logbook import following
    from sameboat.ground.logbook.delivery import deliver
    from sameboat.ground.logbook.peers import list_peers

    find_reactions()
    split, (peer,) = Split(), list_peers()
    for name in HASHING:
        setattr(following, name, split.timed("hash", getattr(following, name)))
    taken, began = 0, time.perf_counter()
    while True:
        with reading(peer.address) as fetch, split.part("store"):
            new = following.follow(peer=peer, fetch=split.timed("fetch", fetch), now=moment())
        taken += new
        if not new:
            break
    with split.part("react"):
        reacted = deliver(now=moment())
    return {"entries": taken, "reacted": reacted, "seconds": time.perf_counter() - began,
            "memory": own_memory(), **split.seconds}  # fmt: skip


def check() -> list[dict[str, object]]:
    """Check a log of a million entries: chain, leaves, tiles, every checkpoint."""
    with tempfile.TemporaryDirectory(prefix="sameboat-bench-") as folder:
        home = make_node(Path(folder) / "jilin", JILIN, "jilin")
        made = inside(home, "benchmarks.nodes:fill", count=LONG, alerts_every=ALERTS_EVERY)
        found = inside(home, "benchmarks.logbook:check_own")
    return [
        {
            "name": "logbook-check",
            "work_unit": f"a log of {LONG:,} entries and {found['checkpoints']} checkpoints, all "
            f"of it checked; filled in bulk in {made['store_s']:.0f} s, signed in "
            f"{made['sign_s']:.0f} s",
            "ours_s": found["seconds"], "memory": found["memory"], "holds": None,
        }
    ]  # fmt: skip


def check_own() -> dict[str, object]:
    """Check this node's log."""
    from django.conf import settings

    from sameboat.ground.logbook.checking import check_log
    from sameboat.ground.logbook.models import Checkpoint

    began = time.perf_counter()
    assert check_log(settings.PLACE)
    return {"seconds": time.perf_counter() - began, "memory": own_memory(),
            "checkpoints": Checkpoint.objects.count()}  # fmt: skip


BENCHMARKS = {"logbook-append": append, "logbook-follow": follow, "logbook-check": check}
