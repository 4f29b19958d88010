"""The languages people read, and the one table between their several tags.

Interface tags are BCP 47 (`zh-Hans`, `en`), CAP wants `zh-CN` and `en-US`, short JSON keys are
`zh` and `en`, and catalogues lie in `locale/zh_Hans`.  Nothing else converts.
"""

import gettext
import os
from collections.abc import Mapping
from functools import cache

LANGUAGES = ("zh-Hans", "en")
CAP_TAG = {"zh-Hans": "zh-CN", "en": "en-US"}
SHORT_KEY = {"zh-Hans": "zh", "en": "en"}
CATALOGUES = os.path.join(os.path.dirname(os.path.dirname(__file__)), "locale")


def mark(text: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown, not here."""
    return text


def mark_plural(one: str, many: str) -> tuple[str, str]:
    """Mark a text with a number `{n}` for the catalogue, in the singular and the plural."""
    return one, many


def closest(tag: str | None) -> str:
    """Return the interface language for any tag a browser, a CAP file or a shell may send."""
    return "zh-Hans" if (tag or "").lower().replace("_", "-").startswith("zh") else "en"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = language.replace("-", "_")
    return gettext.translation("django", CATALOGUES, languages=[folder], fallback=True)


def translate(text: str, language: str) -> str:
    """Return the text in this language, or the English it was written in."""
    return _catalogue(closest(language)).gettext(text) if text else ""


def translate_count(texts: tuple[str, str], n: int, language: str, **facts: object) -> str:
    """Return a text marked with `mark_plural` for this number, filled in."""
    return _catalogue(closest(language)).ngettext(*texts, n).format(n=n, **facts)


def choose(names: Mapping[str, str], language: str) -> str:
    """Return the name in this language, else in any language it has, else nothing.

    Keys may be interface tags, CAP tags or short keys: names come from packs, alerts and JSON.
    """
    wanted = closest(language)
    for tag, name in names.items():
        if closest(tag) == wanted and name:
            return name
    return next((name for name in names.values() if name), "")
