"""Browsers on a real node: made once, served by `sameboat serve`, for every test in this folder."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.visitors import PATIENCE_MS, Open, Visitors

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src/sameboat/console/static/console/build/map.js"
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Software WebGL: the machines that run tests have no graphics card.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # Whatever a page asks for elsewhere is not found, and so becomes an error that a test sees.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and say why it is skipped where there is none."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                reason = "Chromium is not installed (apt-get install chromium fonts-noto-cjk)"
                item.add_marker(pytest.mark.skip(reason=reason))


@dataclass(frozen=True)
class Node:
    """The node that the tests visit."""

    address: str
    ids: dict[str, str]  #: chain, first, newest: forecasts; issued, draft: alerts

    def path(self, pattern: str) -> str:
        """Return a path with the node's own identifiers in it."""
        return pattern.format(**self.ids)


# All of it lives as long as this package is tested, not the session: Playwright keeps an event
# loop in this thread, which other tests (asyncio.run, the ORM) could not live with.
@pytest.fixture(scope="package")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("browser") / "node"
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "SAMEB"))
    }
    made = subprocess.run(
        [sys.executable, "-m", "tests.browser.make_node", folder],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    port = _free_port()
    program = "from sameboat.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--home", folder, "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as server:
        try:
            _wait_until_it_answers(address, server)
            yield Node(address, json.loads(made.stdout))
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(address: str, server: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < ends:
        try:
            httpx2.get(f"{address}/accounts/login/").raise_for_status()
            return
        except httpx2.HTTPError:
            time.sleep(0.1)
    pytest.fail("the node did not answer within 120 s")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    """Return who is signed in already: the node counts sign-ins and locks out who tries often."""
    return {}


@pytest.fixture
def visitors(node: Node, browser: Browser, sessions: dict[str, Any]) -> Iterator[Visitors]:
    """Open pages; afterwards, none of them may have done what no page may do."""
    visitors = Visitors(browser, node.address, sessions)
    yield visitors
    wrongs = visitors.wrongs()
    visitors.leave()
    assert wrongs == []


@pytest.fixture
def visit(visitors: Visitors) -> Open:
    """Return the way to open a page: visit(path, who=…, language=…, width=…)."""
    return visitors.open


@pytest.fixture
def built() -> None:
    """Skip where the browser's map could not be built; the page then keeps the server's drawing."""
    if not BUILT.exists():
        pytest.skip("the browser's map was not built: the npm registry could not be reached")
