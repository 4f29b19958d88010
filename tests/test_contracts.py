"""What holds the house together: import contracts, words, links."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page
    for folder in (".", "docs", "src", "regions")
    for page in ROOT.glob("*.md" if folder == "." else f"{folder}/**/*.md")
    if "node_modules" not in page.parts
)


def test_nobody_imports_what_is_above():
    lint = Path(sys.executable).with_name("lint-imports")

    answer = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout


def glossary():
    return (ROOT / "GLOSSARY.md").read_text("utf-8")


def test_every_model_has_its_word_in_the_glossary():
    words = set(re.findall(r"^\| ([a-z ]+) \|", glossary(), re.M))
    models = {
        model._meta.verbose_name
        for model in apps.get_models()
        if model.__module__.startswith("sameboat.")
    }

    assert models - words == set()


def test_every_kind_of_entry_has_its_word_in_the_glossary():
    told = set(re.findall(r"^\| `([a-z.]+)` \|", glossary(), re.M))
    said = set()
    for path in (ROOT / "src").rglob("*.py"):
        if "tests" not in path.parts:
            kinds = r"[\"']((?:forecast|alert|peer|compact|key|handover|log)\.[a-z]+)[\"']"
            said |= set(re.findall(kinds, path.read_text("utf-8")))
    said = {kind for kind in said if kind in told or f'kind="{kind}"' in everything()}

    assert said == told


def everything():
    return "".join(
        path.read_text("utf-8")
        for path in (ROOT / "src").rglob("*.py")
        if "tests" not in path.parts
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))

    broken = [
        link for link in links if "://" not in link and not (page.parent / link).resolve().exists()
    ]

    assert broken == []
