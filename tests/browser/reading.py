"""What a page must have for those who hear it, read it in one language, or hold a phone."""

import contextlib
import re
from pathlib import Path

from playwright.sync_api import Page, TimeoutError

#: What is the same in every language: formats, units, standards, names of programs.
SAME_EVERYWHERE = {
    "CAP", "JSON", "GeoJSON", "CSV", "Atom", "XML", "SHA", "TOTP", "URL", "IANA", "sameboat",
    "API", "III", "wang", "zhao", "viewer",
}  # fmt: skip

READER = Path(__file__).with_suffix(".js").read_text("utf-8").strip()
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


def heard_wrongly(page: Page) -> list[str]:
    """Return what a screen reader would miss."""
    return list(page.evaluate(f"{READER}.heard()"))


def in_another_language(page: Page, language: str) -> list[str]:
    """Return headings, labels and the like that are not in the language of the page."""
    words = page.evaluate(f"{READER}.words()")
    if language == "en":
        return [each for each in words if any("\u4e00" <= letter <= "\u9fff" for letter in each)]
    return [each for each in words if _latin(each)]


def _latin(text: str) -> set[str]:
    without_codes = re.sub(r"\b[A-Z][a-z]+/[A-Z]\w+|\([a-z_]+\)", "", text)  # zones, keys of a pack
    return set(re.findall(r"[A-Za-z]{3,}", without_codes)) - SAME_EVERYWHERE


def too_wide(page: Page) -> list[str]:
    """Return what makes the page scroll sideways; nothing when it does not."""
    # A chart or a map measures itself anew a moment after the window has changed.
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(FITS, timeout=5_000)
    return list(page.evaluate(f"{READER}.tooWide()"))
