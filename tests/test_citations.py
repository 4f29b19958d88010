"""A docstring that sends its reader to a page must send them to one that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CITED = re.compile(r"""(docs/[\w/.-]+\.md)(?:,\s+"([^"\n]+)")?""")
FILES = sorted(
    path
    for folder in ("src", "tools", "benchmarks")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".toml", ".md", ".html"} and "node_modules" not in path.parts
)


def headings(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)
    return set(re.findall(r"^#+ (.+?)\s*$", text, flags=re.M))


def citations():
    return [
        (path.relative_to(ROOT), page, section)
        for path in FILES
        for page, section in CITED.findall(re.sub(r"\s*\n\s*", " ", path.read_text()))
    ]


def test_every_page_and_section_that_is_cited_is_there():
    missing = [
        f"{path}: {page}" + (f', "{section}"' if section else "")
        for path, page, section in citations()
        if not (ROOT / page).is_file() or (section and section not in headings(ROOT / page))
    ]

    assert not missing, f"write the section, or cite what is there: {missing}"


@pytest.mark.parametrize(
    "text",
    ['docs/reference/river-pollutant.md, "Learning"', "docs/reference/cap.md"],
)
def test_a_citation_is_recognised(text):
    page, section = CITED.search(text).groups()

    assert (ROOT / page).is_file()
    assert section is None or section in headings(ROOT / page)
