"""Each claim of the threat model names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "operators"


def named_on(page):
    return set(re.findall(r"`(test_\w+)`", page.read_text("utf-8")))


def test_every_test_that_the_threat_model_names_exists():
    named = named_on(PAGES / "security.md")
    there = {
        name
        for path in (ROOT / "src").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert len(named) > 30
    assert named <= there, named - there


def test_the_threat_model_names_the_same_tests_in_both_languages():
    assert named_on(PAGES / "zh" / "security.md") == named_on(PAGES / "security.md")
