"""Take the pictures of the README and the handbook from a demo node of their own.

    python -m tools.screenshots                      the few that are kept, into docs/images
    python -m tools.screenshots --all                every page in every state, width, language and
                                                     light, into .cache/screenshots
    python -m tools.screenshots --all --only alert --width 360 --language zh-Hans --light dark

The node is made by `sameboat demo` itself and served on a free port of this machine; `--home DIR`
keeps the node for the next time.  A picture is taken when its page says that it is ready, never
after a while.  Exit code: 0, or 1 and the page that did not become ready.
"""

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import httpx2
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as NotReady

ROOT = Path(__file__).resolve().parent.parent
KEPT_IN, ALL_IN = ROOT / "docs" / "images", ROOT / ".cache" / "screenshots"
SAMEBOAT = (sys.executable, "-c", "from sameboat.cli import main; main()")
HEIGHTS = {1440: 900, 1024: 768, 360: 740}
LANGUAGES, LIGHTS = ("zh-Hans", "en"), ("light", "dark")
SECONDS = 240.0
LIVE = '[data-connection][data-state="live"]'
MAP = ".map.live .canvas[data-still] .marker:not([hidden])"
CHART = ".chart.live canvas"


@dataclass(frozen=True)
class Shot:
    """One page in one state: who looks, at what, and how to see that it is ready."""

    name: str
    path: str  #: `{forecast}` and `{alert}` are the newest of each
    ready: tuple[str, ...] = (LIVE,)
    person: str = "wang"  #: nobody where empty
    node: str = "full"  #: full or empty
    before: Callable[[Page], None] | None = None  #: what is done on the page first
    part: str = ""  #: only this element; the whole page where empty
    script: bool = True  #: with JavaScript


@dataclass(frozen=True)
class Kept:
    """A picture that the repository carries."""

    file: str
    shot: str
    language: str = "en"
    width: int = 1440
    light: str = "light"


def send_a_faulty_question(page: Page) -> None:
    """Ask for a forecast of less than nothing."""
    page.fill("input[name=mass_low]", "-5")
    page.fill("input[name=thresholds]", "much")
    page.eval_on_selector("form[data-draft]", "form => { form.noValidate = true }")
    page.click("form[data-draft] button.first")
    page.wait_for_selector("[aria-invalid=true]")


def open_all(page: Page) -> None:
    """Open everything that can be opened."""
    page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")


SHOTS = (
    Shot("situation", "/", (LIVE, MAP)),
    Shot("situation-waits", "/", (LIVE, MAP), person="li"),
    Shot("situation-arrival", "/?by=arrival", (LIVE, MAP), before=open_all),
    Shot("situation-no-script", "/", ("svg.drawn",), script=False),
    Shot("forecast", "{forecast}", (LIVE, MAP, CHART), before=open_all),
    Shot("station", "{forecast}", (LIVE, MAP, CHART), part="#station"),
    Shot("forecasts", "/forecasts/"),
    Shot("new-forecast", "/forecasts/new"),
    Shot("new-alert", "/alerts/new?forecast={forecast_id}"),
    Shot("alerts", "/alerts/", person="li"),
    Shot("alert", "{alert}", person="li"),
    Shot("places", "/places/"),
    Shot("places-found", "/places/?q=哈尔滨"),
    Shot("place", "/places/cn:230100"),
    Shot("log", "/log/"),
    Shot("design", "/design"),
    Shot("sign-in", "/accounts/login/", ("input[name=login]",), person=""),
    Shot("people", "/house/people", person="zhao"),
    Shot("tokens", "/house/tokens"),
    Shot("empty-situation", "/", node="empty"),
    Shot("empty-forecasts", "/forecasts/", node="empty"),
    Shot("empty-new-forecast", "/forecasts/new", node="empty"),
    Shot("empty-alerts", "/alerts/", node="empty"),
    Shot("empty-places", "/places/", node="empty"),
    Shot("empty-log", "/log/", node="empty"),
    Shot("broken-form", "/forecasts/new", before=send_a_faulty_question),
    Shot("broken-address", "/places/cn:999999"),
    Shot("broken-role", "/forecasts/new", person="viewer"),
)
#: the last of all: the server is stopped for it
LOST = Shot("broken-stream", "/", (LIVE, MAP))
KEPT = (
    Kept("situation.en.png", "situation"),
    Kept("situation.zh.png", "situation", "zh-Hans"),
    Kept("phone.zh.png", "situation", "zh-Hans", 360, "dark"),
    Kept("station.en.png", "station", width=1024),
    Kept("new-forecast.en.png", "new-forecast", width=1024),
    Kept("alert.en.png", "alert"),
    Kept("place.en.png", "place", width=1024),
)


def main() -> None:
    """Make the nodes, take what was asked for."""
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="sameboat-pictures-") as folder:
        full, empty = asked.home or Path(folder) / "full", Path(folder) / "empty"
        if not (full / "sameboat.toml").exists():
            say("the demo's night is replayed; this takes a while")
            demo = (*SAMEBOAT, "demo", "--check", "--home", str(full), "--port", str(free_port()))
            subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
        wanted = wanted_all(asked) if asked.all else wanted_kept(asked)
        if any(shot.node == "empty" for shot, *_ in wanted):
            make_empty(empty)
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"),
                    args=["--no-sandbox", "--enable-unsafe-swiftshader"],
                )
                take(chromium, {"full": full, "empty": empty}, wanted)
        except NotReady as problem:
            sys.exit(f"not ready: {problem}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--all", action="store_true", help="every page in every state")
    parser.add_argument("--home", type=Path, help="demo node to use and keep")
    parser.add_argument(
        "--only", default="", help="shots whose name begins so; several with commas"
    )
    parser.add_argument("--width", type=int, choices=sorted(HEIGHTS), action="append")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--light", choices=LIGHTS, action="append")
    return parser.parse_args()


Wanted = tuple[Shot, str, int, str, Path, bool]  #: shot, language, width, light, file, whole page


def wanted_all(asked: argparse.Namespace) -> list[Wanted]:
    """Return every page in every state, the lost stream last."""
    return [
        (shot, language, width, light, file_of(shot, language, width, light), True)
        for shot, language, width, light in product(
            (*SHOTS, LOST),
            asked.language or LANGUAGES,
            asked.width or HEIGHTS,
            asked.light or LIGHTS,
        )
        if any(shot.name.startswith(each) for each in asked.only.split(","))
    ]


def file_of(shot: Shot, language: str, width: int, light: str) -> Path:
    """Return where one of all pictures goes."""
    return ALL_IN / f"{shot.name}.{width}.{language[:2]}.{light}.png"


def wanted_kept(asked: argparse.Namespace) -> list[Wanted]:
    """Return the pictures that the repository carries."""
    named = {shot.name: shot for shot in SHOTS}
    return [
        (named[each.shot], each.language, each.width, each.light, KEPT_IN / each.file, False)
        for each in KEPT
        if any(each.file.startswith(begin) for begin in asked.only.split(","))
    ]


def make_empty(folder: Path) -> None:
    """Make a demo node with people and nothing else: no place, so no role."""
    from sameboat.cli.demo import set_up

    set_up(folder)
    from sameboat.cli.node import moment
    from sameboat.ground.people.actions import add_demo_people

    add_demo_people(places=[], by="operator", now=moment())


def take(browser: Browser, homes: dict[str, Path], wanted: list[Wanted]) -> None:
    """Take the pictures of each node while it is served."""
    for node, home in homes.items():
        here = [each for each in wanted if each[0].node == node]
        if not here:
            continue
        with served(home) as (address, server):
            album = Album(browser, address)
            for shot, language, width, light, file, whole in here:
                if shot is not LOST:
                    album.take(shot, language, width, light, file, whole)
            lost = [album.open(*each[:4]) for each in here if each[0] is LOST]
            if lost:
                server.terminate()
                server.wait()
            for page, each in zip(lost, [each for each in here if each[0] is LOST], strict=True):
                page.wait_for_selector('[data-connection][data-state="lost"]')
                album.keep(page, LOST, each[4], each[5])


class Album:
    """Pages of one node, each opened by the person who looks at it."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.signed_in: dict[str, object] = {}
        self.found: dict[str, str] = {}

    def take(
        self, shot: Shot, language: str, width: int, light: str, file: Path, whole: bool
    ) -> None:
        """Open one page, take its picture and close it."""
        page = self.open(shot, language, width, light)
        self.keep(page, shot, file, whole)
        page.context.close()

    def open(self, shot: Shot, language: str, width: int, light: str) -> Page:
        """Return the page when it is ready."""
        context = self.context(
            shot.person,
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme=light,
            java_script_enabled=shot.script,
            reduced_motion="reduce",
        )
        cookie = {"name": "django_language", "value": language.lower(), "url": self.address}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(self.address + self.path_of(shot))
        for each in shot.ready:
            page.wait_for_selector(each)
        if shot.before:
            shot.before(page)
        if shot.script:
            page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        return page

    def keep(self, page: Page, shot: Shot, file: Path, whole: bool) -> None:
        """Write the picture of a part, of the whole page, or of what a window shows of it."""
        if shot.part:
            taken = page.locator(shot.part).screenshot()
        else:
            taken = page.screenshot(full_page=whole)
        file.parent.mkdir(parents=True, exist_ok=True)
        # True colours: a palette would change the scales that the pictures explain.
        picture = Image.open(io.BytesIO(taken)).convert("RGB")
        picture.save(file, optimize=True)
        say(f"{file.relative_to(ROOT)} {picture.width}x{picture.height} {file.stat().st_size:,} B")

    def context(self, person: str, **options: object) -> BrowserContext:
        """Return a context in which the person is signed in; each signs in once."""
        if not person:
            return self.browser.new_context(**options)  # type: ignore[arg-type]
        if person not in self.signed_in:
            context = self.browser.new_context()
            page = context.new_page()
            page.goto(f"{self.address}/accounts/login/")
            page.fill("input[name=login]", person)
            page.fill("input[name=password]", page.locator(".notice dd .mono").first.inner_text())
            page.press("input[name=password]", "Enter")
            page.wait_for_selector("[data-connection]")
            self.signed_in[person] = context.storage_state()
            context.close()
        return self.browser.new_context(storage_state=self.signed_in[person], **options)  # type: ignore[arg-type]

    def path_of(self, shot: Shot) -> str:
        """Return the path with the newest forecast or alert in it."""
        if "{forecast" in shot.path and "forecast" not in self.found:
            self.found["forecast"] = self._newest_forecast()
            self.found["forecast_id"] = self.found["forecast"].rsplit("/", 1)[1]
        if ("{alert}" in shot.path or shot.person == "li") and "alert" not in self.found:
            self.found["alert"] = self._waiting_alert()
        return shot.path.format(**self.found)

    def _newest_forecast(self) -> str:
        context = self.context("wang")
        page = context.new_page()
        page.goto(self.address)
        link = page.locator(".page-head .actions a").first.get_attribute("href")
        context.close()
        return link or "/"

    def _waiting_alert(self) -> str:
        """Return an alert that waits for li; where there is none, wang drafts and submits one."""
        context = self.context("li")
        page = context.new_page()
        page.goto(self.address)
        waiting = page.locator("#waiting a.button")
        if not waiting.count():
            self._submit_an_alert()
            page.goto(self.address)
        link = waiting.first.get_attribute("href")
        context.close()
        return link or "/"

    def _submit_an_alert(self) -> None:
        context = self.context("wang")
        page = context.new_page()
        page.goto(self.address)
        page.click(".page-head .actions a.first")
        page.check("input[name=status][value=Exercise]")
        page.click("main form[method=post] button.first")
        page.click("button[name=submit]")
        page.wait_for_selector(".timeline .now")
        context.close()


@contextmanager
def served(home: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Serve a node on a free port of this machine; yields its address and the process."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [*SAMEBOAT, "serve", "--home", str(home), "--port", str(port)]
    environment, quiet = {**os.environ, "SAMEBOAT_HOME": str(home)}, subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as server:
        try:
            ends = time.monotonic() + SECONDS
            while not answers(address):
                if time.monotonic() > ends or server.poll() is not None:
                    sys.exit(f"the node did not answer within {SECONDS:.0f} s")
                time.sleep(0.1)
            yield address, server
        finally:
            server.terminate()


def answers(address: str) -> bool:
    """Return whether the console is there."""
    try:
        return httpx2.get(f"{address}/accounts/login/").status_code == 200
    except httpx2.HTTPError:
        return False


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
