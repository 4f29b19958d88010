"""People at their browsers, and a record of what no page may do."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

PASSWORD = "same-boat-2005"
LOCALES = {"en": "en-US", "zh-Hans": "zh-CN"}
PATIENCE_MS = 60_000.0  # of a condition on a busy machine; where all is well it takes a moment
WATCH_POLICY = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
WITHOUT_WEBGL2 = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind === 'webgl2' ? null : real.call(this, kind, ...rest);
};
"""


class Visitors:
    """Opens pages as somebody; `wrongs` tells afterwards what was wrong with any of them."""

    def __init__(self, browser: Browser, address: str, sessions: dict[str, Any]) -> None:
        self.browser = browser
        self.address = address
        self.sessions = sessions  #: who -> cookies; each person signs in once, as by day
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.expected: list[str] = []

    def open(
        self,
        path: str = "/",
        *,
        who: str | None = "wang",
        language: str = "en",
        width: int = 1440,
        height: int = 900,
        script: str = "",
        address: str = "",
        **options: Any,
    ) -> Page:
        """Open a page in a browser of its own, signed in as somebody (None: nobody)."""
        address = address or self.address
        context = self.browser.new_context(
            base_url=address,
            locale=LOCALES[language],
            viewport={"width": width, "height": height},
            storage_state=self._session(who) if who else None,
            **options,
        )
        self._watch(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.goto(path)
        return page

    def _session(self, who: str) -> Any:
        if who not in self.sessions:
            page = self.open("/accounts/login/", who=None)
            sign_in(page, who)
            self.sessions[who] = page.context.storage_state()
        return self.sessions[who]

    def _watch(self, context: BrowserContext) -> None:
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(WATCH_POLICY)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        context.on("weberror", lambda wrong: self.errors.append(str(wrong.error)))

    def expect(self, *patterns: str) -> None:
        """Take errors that match for what this test is about."""
        self.expected += patterns

    def wrongs(self) -> list[str]:
        """Return console errors, broken policies, and requests that left this machine."""
        errors = [e for e in self.errors if not any(re.search(p, e) for p in self.expected)]
        return errors + [f"left the machine: {url}" for url in strangers(self.requests)]

    def leave(self) -> None:
        """Close every browser."""
        for context in self.contexts:
            context.close()


def strangers(urls: Iterable[str]) -> list[str]:
    """Return the addresses that are neither this machine's nor inside the page."""
    return [
        url
        for url in urls
        if urlsplit(url).hostname != "127.0.0.1" and urlsplit(url).scheme not in {"data", "blob"}
    ]


def sign_in(page: Page, who: str) -> None:
    """Fill in the form that is open."""
    page.fill("input[name=login]", who)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("[data-connection]")


Open = Callable[..., Page]
