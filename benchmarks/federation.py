"""Nodes among each other: from an alert to the neighbour's receipt, and a hundred peers at once."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.logbook import HARBIN, JILIN
from benchmarks.measuring import ROOT
from benchmarks.nodes import free_port, inside, join, make_node, served
from benchmarks.server import signed_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

ALERTS, HINTED_GOAL_S, ALONE_GOAL_S = 25, 1.0, 5.0
PEERS, SECONDS, WARM_SECONDS = 100, 90, 15


def receipts() -> list[dict[str, object]]:
    """Press "issue" in a browser, until its page shows the neighbour's signed receipt."""
    rows = []
    for hints, goal in ((True, HINTED_GOAL_S), (False, ALONE_GOAL_S)):
        taken = _pressed(hints)
        median, ninth = statistics.median(taken), statistics.quantiles(taken, n=10)[-1]
        how = "with hints" if hints else "without hints"
        rows.append(
            {
                "name": f"federation-receipt{'' if hints else '-unhinted'}",
                "work_unit": f"\"issue\" pressed in a browser until its page shows the "
                f"neighbour's signed receipt, two served nodes on loopback, {how}: median of "
                f"{ALERTS}; nine of ten within {ninth:.2f} s, all within {max(taken):.2f} s",
                "ours_s": median, "goal": f"median under {goal:g} s", "holds": median < goal,
            }
        )  # fmt: skip
    return rows


def _pressed(hints: bool) -> list[float]:
    """Return the seconds that each alert took, on two nodes of their own."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="sameboat-bench-") as folder, ExitStack() as stack:
        ports = [free_port(), free_port()]
        homes = [_with_people(Path(folder) / name, place, port)
                 for name, place, port in zip(("jilin", "harbin"), (JILIN, HARBIN), ports,
                                              strict=True)]  # fmt: skip
        for one, other, port in zip(homes, reversed(homes), reversed(ports), strict=True):
            join(one, other, f"http://127.0.0.1:{port}")
        for home, port in zip(homes, ports, strict=True):
            inside(home, "sameboat.cli.serve:collect_static")
            stack.enter_context(served(home, port, hints=hints))
        password, *waiting = inside(homes[0], "benchmarks.federation:submit", count=ALERTS + 1)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        stack.callback(browser.close)
        address = f"http://127.0.0.1:{ports[0]}"
        page = signed_in(browser.new_page(), address, "li", password)
        return [_issue(page, f"{address}/alerts/{each}", number)
                for number, each in enumerate(waiting)][1:]  # fmt: skip


def _issue(page: "Page", address: str, number: int) -> float:
    page.goto(address)
    page.wait_for_selector('[data-connection][data-state="live"]')
    # Not in step with the second in which the workers look.
    page.wait_for_timeout(number * 617 % 1000)
    began = time.perf_counter()
    page.click("form[action$='/issue'] button")
    page.wait_for_selector(
        f"#deliveries tr[data-key='{HARBIN}'][data-mark^='delivered'] a[href$='/receipt']"
    )
    return time.perf_counter() - began


def _with_people(folder: Path, place: str, port: int) -> Path:
    """Make a node with the Songhua's places, and people who may draft and issue."""
    from sameboat.cli.players import Player

    player, now = Player(folder, place, port, apart=True), datetime.now(UTC)
    player.do("make", folder=folder, place=place, pack=ROOT / "regions/songhua", now=now)
    player.end()
    return folder


def submit(count: int) -> list[str]:
    """Draft and submit so many alerts to Harbin; return the demo's password, and their numbers."""
    from uuid import uuid4

    from django.conf import settings

    from sameboat.cli.node import moment
    from sameboat.ground.people.actions import DEMO_PASSWORD
    from sameboat.ground.people.queries import find_person
    from sameboat.watch.alerts import actions

    wang, now, made = find_person("wang"), moment(), [DEMO_PASSWORD]
    assert wang is not None
    said = {part: f"{part} for Harbin" for part in ("headline", "description", "instruction")}
    areas = [{"code": HARBIN, "p_reached": 0.98}]
    content = {
        "category": "Env", "hazard": "river_pollutant", "response_types": ["Monitor"],
        "event": {"zh-CN": "水污染", "en-US": "Water pollution"}, "urgency": "Expected",
        "severity": "Severe", "certainty": "Likely", "areas": areas, "origin": JILIN,
        "expires": (now + timedelta(days=9)).isoformat(), "texts": {"zh-CN": said, "en-US": said},
    }  # fmt: skip
    for _number in range(count):
        alert = actions.draft_alert(
            place=settings.PLACE, content=content, status="Exercise", key=uuid4(), by=wang, now=now
        )
        actions.submit_alert(alert=alert, revision=alert.revision, by=wang, now=now)
        made.append(str(alert.uuid))
    return made


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
