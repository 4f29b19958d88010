"""Nodes among each other: from an alert to the neighbour's receipt, and a hundred peers at once."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.logbook import HARBIN, JILIN
from benchmarks.measuring import ROOT
from benchmarks.nodes import free_port, inside, join, make_node, served

ALERTS, HINTED_GOAL_S, ALONE_GOAL_S = 25, 1.0, 5.0
PEERS, SECONDS, WARM_SECONDS = 100, 90, 15


def receipts() -> list[dict[str, object]]:
    """Say that an alert is issued on one node, and wait until the other's receipt is there."""
    rows = []
    for hints, goal in ((True, HINTED_GOAL_S), (False, ALONE_GOAL_S)):
        with tempfile.TemporaryDirectory(prefix="sameboat-bench-") as folder, ExitStack() as stack:
            jilin = make_node(Path(folder) / "jilin", JILIN, "jilin")
            harbin = make_node(Path(folder) / "harbin", HARBIN, "harbin")
            ports = [free_port(), free_port()]
            join(harbin, jilin, f"http://127.0.0.1:{ports[0]}")
            join(jilin, harbin, f"http://127.0.0.1:{ports[1]}")
            for home, port in ((jilin, ports[0]), (harbin, ports[1])):
                stack.enter_context(served(home, port, hints=hints))
            taken = inside(jilin, "benchmarks.federation:issue_and_wait", count=ALERTS)
        median, ninth = statistics.median(taken), statistics.quantiles(taken, n=10)[-1]
        how = "with hints" if hints else "without hints"
        rows.append(
            {
                "name": f"federation-receipt{'' if hints else '-unhinted'}",
                "work_unit": f"an alert issued on one node until the neighbour's signed receipt is "
                f"verified and stored there, two served nodes on loopback, {how}: median of "
                f"{ALERTS}; nine of ten within {ninth:.2f} s, all within {max(taken):.2f} s",
                "ours_s": median, "goal": f"median under {goal:g} s", "holds": median < goal,
            }
        )  # fmt: skip
    return rows


def issue_and_wait(count: int) -> list[float]:
    """Say so many alerts, one after the other, each as `issue` says it; return the seconds."""
    from django.conf import settings

    from sameboat.cli.node import moment
    from sameboat.ground.logbook.actions import say
    from sameboat.ground.logbook.models import Entry

    taken = []
    for number in range(count + 1):
        about = f"{settings.PLACE}/alert/{number}"
        began = time.perf_counter()
        say(
            kind="alert.issued", place=settings.PLACE, about=about, body={"number": number},
            audience=["*"], by="worker", now=moment(),
        )  # fmt: skip
        answers = Entry.objects.filter(about=about, kind="alert.received").exclude(
            origin=settings.PLACE
        )
        while not answers.exists():
            if time.perf_counter() - began > 60:
                sys.exit(f"no receipt of {about} within 60 s")
            time.sleep(0.005)  # another process: there is nothing to wait on
        taken.append(time.perf_counter() - began)
        # Not in step with the second in which the workers look.
        time.sleep(0.3 + number * 0.617 % 1)
    return taken[1:]


def hundred_peers() -> list[dict[str, object]]:
    """Follow a hundred logs that each grow by an entry a second, as a served node does."""
    import psutil

    words = [sys.executable, "-m", "benchmarks.many_logs"]
    with tempfile.TemporaryDirectory(prefix="sameboat-bench-") as folder, ExitStack() as stack:
        home = make_node(Path(folder) / "jilin", JILIN, "jilin")
        logs = subprocess.Popen(
            [*words, str(free_port()), str(PEERS)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        stack.callback(logs.terminate)
        assert logs.stdin is not None
        assert logs.stdout is not None
        inside(home, "benchmarks.federation:join_all", told=json.loads(logs.stdout.readline()))
        numbers = stack.enter_context(served(home, free_port()))
        processes = [psutil.Process(number) for number in numbers]

        def grow(seconds: int) -> list[Any]:
            began, told = time.monotonic(), []
            for second in range(seconds):
                logs.stdin.write("\n")  # type: ignore[union-attr]
                logs.stdin.flush()  # type: ignore[union-attr]
                told = json.loads(logs.stdout.readline())  # type: ignore[union-attr]
                time.sleep(max(0.0, began + second + 1 - time.monotonic()))
            return told

        before = grow(WARM_SECONDS)
        used, began = [_busy(each) for each in processes], time.monotonic()
        after = grow(SECONDS)
        took = time.monotonic() - began
        used = [_busy(each) - was for each, was in zip(processes, used, strict=True)]
        memory = [each.memory_info().rss for each in processes]
        here = inside(home, "benchmarks.federation:entries_here")
    said = PEERS * (WARM_SECONDS + SECONDS + 1)
    behind = (said - here["entries"]) / PEERS
    web, worker = (each / took for each in used)
    asked, sent = after[0] - before[0], after[1] - before[1]
    return [
        {
            "name": "federation-hundred-peers",
            "work_unit": f"{PEERS} peers followed, each saying an entry a second, for {took:.0f} s "
            f"on end: worker {worker:.0%} of one core, web {web:.0%}; worker "
            f"{memory[1] / 1e6:.0f} MB, web {memory[0] / 1e6:.0f} MB; {asked / took:,.0f} requests "
            f"and {sent / took / 1000:,.0f} kB a second; {behind:.1f} s behind at the end",
            "ours_s": sum(used), "memory": sum(memory), "holds": behind < ALONE_GOAL_S,
            "goal": f"less than {ALONE_GOAL_S:g} s behind; work is seconds of processor",
        }
    ]  # fmt: skip


def _busy(process: Any) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def join_all(told: list[dict[str, str]]) -> int:
    """Let this node follow every log of which it is told."""
    from django.db import transaction

    from sameboat.cli.node import moment
    from sameboat.ground.logbook.peers import join, read_invitation

    with transaction.atomic():
        for each in told:
            join(invitation=read_invitation(each), by="operator", now=moment())
    return len(told)


def entries_here() -> dict[str, int]:
    """Return how many entries of other places are here."""
    from django.conf import settings

    from sameboat.ground.logbook.models import Entry

    return {"entries": Entry.objects.exclude(origin=settings.PLACE).count()}


BENCHMARKS = {"federation-receipt": receipts, "federation-hundred-peers": hundred_peers}
