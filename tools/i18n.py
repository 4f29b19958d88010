"""Catalogues without gettext's programs: `python tools/i18n.py extract|compile|check`.

`extract` gathers every marked text of Python files and templates, and the help of the commands,
into the catalogues and keeps the translations; `check` fails where Chinese is missing or its
placeholders differ.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parent.parent / "src" / "sameboat"
LOCALES = ("zh_Hans",)
KEYWORDS = {
    "_": None, "mark": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "mark_plural": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})|%\((\w+)\)s")


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    steps = {"extract": extract_all, "compile": compile_all, "check": check_all}
    if what not in steps:
        sys.exit("usage: i18n.py extract|compile|check")
    steps[what]()


def path_of(locale: str) -> Path:
    return SOURCE / "locale" / locale / "LC_MESSAGES" / "django.po"


def gathered() -> Catalog:
    """Return every marked text with where it stands."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure(USE_I18N=True)
    catalog = Catalog(project="sameboat", charset="utf-8")
    for path in sources():
        text = path.read_text("utf-8")
        if path.suffix != ".py":
            text = templatize(text, origin=str(path))
        stream = io.BytesIO(text.encode())
        options = {"encoding": "utf-8"}
        for line, message, comments, context in extract(
            "python", stream, keywords=KEYWORDS, comment_tags=["Translators:"], options=options
        ):
            where = (path.relative_to(SOURCE).as_posix(), line)
            catalog.add(message, None, [where], auto_comments=comments, context=context)
    for command, text in help_texts():
        catalog.add(text, None, [(command, 0)])
    return catalog


def help_texts() -> Iterator[tuple[str, str]]:
    """Yield the help of every command and option: the command tree has it, nothing marks it."""
    from typer.main import get_command

    from sameboat.cli import app
    from sameboat.cli.usage import texts_of

    return texts_of(get_command(app), "sameboat")


def sources() -> Iterator[Path]:
    for pattern in ("**/*.py", "**/templates/**/*.html", "**/templates/**/*.txt"):
        for path in sorted(SOURCE.glob(pattern)):
            if not {"tests", "migrations", "node_modules", "frontend"} & set(path.parts):
                yield path


def read(locale: str) -> Catalog:
    path = path_of(locale)
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale=locale)


def extract_all() -> None:
    template = gathered()
    for locale in LOCALES:
        catalog = read(locale)
        # A date that changes with every run would make every two changes collide.
        template.creation_date = catalog.creation_date
        catalog.update(template, no_fuzzy_matching=True)
        catalog.project, catalog.version, catalog.fuzzy = "Sameboat", "0", False
        catalog.last_translator = catalog.language_team = "Sameboat maintainers"
        catalog.msgid_bugs_address, catalog.revision_date = "", catalog.creation_date
        catalog.header_comment = "# Sameboat: texts in this language.  Apache-2.0."
        path = path_of(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            write_po(stream, catalog, width=100, ignore_obsolete=True, sort_output=True,
                     no_location=True, omit_header=False)  # fmt: skip
        print(f"{locale}: {len(catalog)} texts")


def compile_all() -> None:
    for locale in LOCALES:
        if path_of(locale).exists():
            with path_of(locale).with_suffix(".mo").open("wb") as stream:
                write_mo(stream, read(locale))


def check_all() -> None:
    wanted = {key(message): message for message in gathered() if message.id}
    catalog = read("zh_Hans")
    found = {key(message): message for message in catalog if message.id}
    faults = []
    for name, message in sorted(wanted.items(), key=lambda item: str(item[0])):
        translation = found.get(name)
        if translation is None or not all(texts_of(translation.string)):
            faults.append(f"no Chinese: {message.id!r} ({message.locations[0]})")
            continue
        for text in texts_of(translation.string):
            if placeholders(text) - placeholders(*texts_of(message.id)):
                faults.append(f"other placeholders: {message.id!r} -> {text!r}")
    for fault in faults:
        print(fault)
    print(f"{len(wanted)} texts, {len(faults)} faults")
    sys.exit(1 if faults else 0)


def key(message: object) -> tuple[object, object]:
    return texts_of(message.id)[0], message.context  # type: ignore[attr-defined]


def texts_of(texts: object) -> tuple[str, ...]:
    return tuple(texts) if isinstance(texts, list | tuple) else (str(texts or ""),)


def placeholders(*texts: str) -> set[str]:
    return {a or b for text in texts for a, b in PLACEHOLDER.findall(text)}


if __name__ == "__main__":
    main()
