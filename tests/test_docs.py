"""What the documents point at is there: files, anchors, commands of `sameboat` and of make."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import typer

from sameboat.cli import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("regions/**/*.md"),
                 *ROOT.glob("src/sameboat/**/*.md"))
    if "node_modules" not in page.parts
)  # fmt: skip
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
#: `sameboat user add` in running text, in a block, or after a variable of the shell.
_SPOKEN = re.compile(
    r"(?:^ {4}|`|\$ |\n)(?:\.venv/bin/)?sameboat ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?"
)
_MADE = re.compile(r"(?:^ {4}|`)(?:[A-Z]+=\S+ )?make ([a-z-]+)", re.MULTILINE)


def words_of(page):
    return page.read_text("utf-8")


@cache
def anchors_of(page):
    """Return the anchors that a forge gives the headings of a page."""
    found: dict[str, int] = {}
    for line in _FENCE.sub("", words_of(page)).splitlines():
        if heading := re.match(r"#+ +(.*)", line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).strip().lower()
            slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            found[slug] = found.get(slug, -1) + 1
    return {f"{slug}-{n}" if n else slug for slug, last in found.items() for n in range(last + 1)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page):
    dead = []
    for link in _LINK.findall(_FENCE.sub("", words_of(page))):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.exists() or (parts.fragment and parts.fragment not in anchors_of(target)):
            dead.append(link)

    assert dead == []


#: What people read who run a node or stand watch; a notebook is for those who program.
BOTH = sorted((*ROOT.glob("docs/city-staff/*.md"), *ROOT.glob("docs/operators/*.md"),
               ROOT / "docs/start/demo.md"))  # fmt: skip


@pytest.mark.parametrize("page", BOTH, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_pages_of_city_staff_and_operators_are_in_both_languages(page):
    chinese = page.parent / "zh" / page.name

    assert f"(zh/{page.name})" in words_of(page)
    assert f"(../{page.name})" in words_of(chinese)
    assert words_of(chinese).count("\n## ") == words_of(page).count("\n## ")
    assert rows_of(chinese) == rows_of(page)


def rows_of(page):
    """Return how many rows the tables of a page have: what one language tells, both tell."""
    return sum(line.startswith("|") for line in words_of(page).splitlines())


def commands():
    """Return the words of every command: ("forecast", ""), ("user", "add"), …."""
    group = typer.main.get_command(app)
    for name, command in group.commands.items():
        below = getattr(command, "commands", None)
        yield from ((name, each) for each in below) if below else ((name, ""),)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_a_page_names_exists(page):
    known = set(commands())
    groups = {first for first, second in known if second}

    unknown = [
        (first, second)
        for first, second in _SPOKEN.findall(words_of(page))
        if ((first, second) if first in groups and second else (first, "")) not in known
        and not (first in groups and not second)
    ]

    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_target_of_make_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    assert set(_MADE.findall(words_of(page))) <= targets
