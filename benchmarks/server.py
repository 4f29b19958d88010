"""A full node: pages with 5,000 alerts and 200 forecasts, and from submit to another browser."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from playwright.sync_api import Page

FORECASTS, ALERTS, VISITS, NIGHTS = 200, 5_000, 15, 7
PORT = 8765


@cache
def full_node() -> Path:
    """Make a demo node through the real actions, then fill it up; return its folder."""
    from sameboat.cli.demo import REGIONS, set_clock, set_up
    from sameboat.cli.region_load import load_folder
    from sameboat.cli.replay import (
        ENDS_AT,
        OTHER_PACKS,
        PACK,
        add_people,
        model_processes,
        replay,
    )

    folder = Path(tempfile.mkdtemp(prefix="sameboat-bench-")) / "node"
    with model_processes() as pool:
        home = set_up(folder)
        from sameboat.cli.node import moment
        from sameboat.cli.serve import collect_static

        packs = (PACK, *OTHER_PACKS)
        loads = {name: load_folder(REGIONS / name, _quiet)[0] for name in packs}
        people = add_people(loads.values(), moment())
        run = replay(loads[PACK], people, _quiet, pool)
    set_clock(home, starts_at=ENDS_AT, set_at=moment())
    multiply_forecasts(list(run.forecasts))
    multiply_alerts(run.alert)
    collect_static()
    return folder


def _quiet(*_words: object, **_facts: object) -> None:
    """Tell nobody."""


def multiply_forecasts(made: list[Any]) -> None:
    """Store copies of forecasts that were made, until there are FORECASTS."""
    for number in range(FORECASTS - len(made)):
        original = made[number % len(made)]
        rows = [*original.targets.all(), *original.series.all()]
        observations = list(original.observations.all())
        copy = type(original).objects.get(pk=original.pk)
        copy.pk, copy.uuid, copy.key = None, uuid4(), uuid4()
        copy.save(force_insert=True)
        copy.observations.set(observations)
        for row in rows:
            row.pk, row.forecast = None, copy
        for model in {type(row) for row in rows}:
            model.objects.bulk_create([row for row in rows if type(row) is model])


def multiply_alerts(issued: Any) -> None:
    """Store copies of an issued alert; one in ten is still in force."""
    rows = []
    for number in range(ALERTS - type(issued).objects.count()):
        copy = type(issued).objects.get(pk=issued.pk) if number == 0 else _copied(rows[-1])
        copy.pk, copy.uuid, copy.key, copy.issue_key = None, uuid4(), uuid4(), uuid4()
        copy.identifier = f"{issued.identifier}-{number}"
        copy.state = "issued" if number % 10 == 0 else "expired"
        rows.append(copy)
    type(issued).objects.bulk_create(rows, batch_size=500)


def _copied(row: Any) -> Any:
    fields = [each.attname for each in row._meta.concrete_fields]
    return type(row)(**{name: getattr(row, name) for name in fields})


def pages() -> list[dict[str, object]]:
    """Visit each page as the server does, through every middleware; the median of each."""
    full_node()
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    from sameboat.watch.alerts.models import Alert
    from sameboat.watch.forecasts.models import Forecast

    person = Forecast.objects.order_by("pk")[0].requested_by
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[1])
    newest = Forecast.objects.filter(state="made").order_by("pk")[11]
    alert = Alert.objects.order_by("pk")[0]
    wanted = {
        "situation": "/",
        "forecasts": "/forecasts/",
        "forecast": f"/forecasts/{newest.uuid}",
        "forecast map": f"/forecasts/{newest.uuid}/map.json",
        "new forecast": "/forecasts/new",
        "alerts": "/alerts/",
        "alert": f"/alerts/{alert.uuid}",
        "places": "/places/",
        "place": "/places/cn:230100",
        "log": "/log/",
    }
    return [_visits(client, name, address) for name, address in wanted.items()]


def _visits(client: Any, name: str, address: str) -> dict[str, object]:
    taken = []
    for _visit in range(VISITS + 1):
        began = time.perf_counter()
        answer = client.get(address)
        taken.append(time.perf_counter() - began)
        if answer.status_code != 200:
            sys.exit(f"{address} answered {answer.status_code} {answer.headers.get('Location')}")
    median = statistics.median(taken[1:])
    return {
        "name": f"page-{name.replace(' ', '-')}",
        "work_unit": f"{address.split('/')[1] or 'situation'} page, {ALERTS:,} alerts and "
        f"{FORECASTS} forecasts stored, median of {VISITS}",
        "ours_s": median,
        "goal": "under 50 ms",
        "holds": median < 0.05,
    }


def submit_to_seen() -> list[dict[str, object]]:
    """Submit a forecast in one browser and wait until another shows that it was made."""
    from playwright.sync_api import sync_playwright

    folder = full_node()
    from sameboat.ground.people.actions import DEMO_PASSWORD

    rows = []
    with served(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        asking, watching = (
            signed_in(browser.new_page(), address, name, DEMO_PASSWORD)
            for name in ("wang", "viewer")
        )
        for name, observed in (("submit-to-seen", False), ("submit-to-seen-learning", True)):
            taken = [
                _submit(asking, watching, address, seed, observed) for seed in range(NIGHTS + 1)
            ]
            median = statistics.median(taken[1:])
            what = "that learns from 12 observations" if observed else "at the hour of release"
            rows.append(
                {
                    "name": name,
                    "work_unit": f"forecast of 500 members {what}, submitted in one browser, shown "
                    f"as made in another, {FORECASTS} forecasts stored, median of {NIGHTS}",
                    "ours_s": median,
                    "goal": "median under 2 s",
                    "holds": median < 2,
                }
            )
        browser.close()
    return rows


def _submit(asking: "Page", watching: "Page", address: str, seed: int, observed: bool) -> float:
    """Submit a forecast and return the seconds until the other page shows it as made."""
    asking.goto(f"{address}/forecasts/new")
    if asking.locator("details.more:not([open])").count():
        asking.locator("details.more > summary").click()
    asking.fill("input[name=seed]", str(1000 + seed))
    asking.set_checked("input[name=observed]", observed)
    watching.goto(f"{address}/forecasts/")
    watching.wait_for_selector('[data-connection][data-state="live"]')
    before = watching.locator("tr[data-mark=made]").evaluate_all(
        "rows => rows.map(row => row.dataset.key)"
    )
    began = time.perf_counter()
    asking.click("form[data-draft] button.first")
    watching.wait_for_function(
        "known => [...document.querySelectorAll('tr[data-mark=made]')]"
        ".some(row => !known.includes(row.dataset.key))",
        arg=before,
        timeout=60_000,
    )
    return time.perf_counter() - began


def signed_in(page: "Page", address: str, name: str, password: str) -> "Page":
    """Let a page sign in to a demo as one of its people; return the page."""
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("[data-connection]")
    return page


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the node beside this program; yields its address."""
    import httpx2

    program = "from sameboat.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--home", str(folder), "--port", str(PORT)]
    address = f"http://127.0.0.1:{PORT}"
    environment = {**os.environ, "SAMEBOAT_HOME": str(folder)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as server:
        try:
            ends = time.monotonic() + 60
            while True:
                try:
                    httpx2.get(f"{address}/accounts/login/").raise_for_status()
                    break
                except httpx2.HTTPError:
                    if time.monotonic() > ends or server.poll() is not None:
                        sys.exit("the node did not answer within 60 s")
                    time.sleep(0.2)
            yield address
        finally:
            server.terminate()


BENCHMARKS = {"pages": pages, "submit": submit_to_seen}
