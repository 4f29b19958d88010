"""House rules that no linter knows.  Each failure says what to do."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

SRC = Path(__file__).parents[1] / "src" / "sameboat"
FILES = [path for path in SRC.rglob("*.py") if "migrations" not in path.parts]
PURE = ["spread", "allocation", "proof"]
# settings.ROOMS: room -> [[lowest apps], [next], ...]; apps in one list never see each other.
FLOOR = {
    f"sameboat.{room}.{app}": (level, order)
    for level, room in enumerate(settings.ROOMS)
    for order, apps_on_it in enumerate(settings.ROOMS[room])
    for app in apps_on_it
}


def functions(path):
    tree = ast.parse(path.read_text())
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def test_files_fit_in_one_sitting():
    long = {
        str(path.relative_to(SRC)): n
        for path in FILES
        if (n := len(path.read_text().splitlines())) > 400
    }
    assert not long, f"split these along the nouns they hold: {long}"


def test_functions_fit_on_one_screen():
    long = [
        f"{path.relative_to(SRC)}:{node.lineno} {node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60
    ]
    assert not long, f"keep the ifs here, move the arithmetic out: {long}"


def test_no_drawer_for_odds_and_ends():
    odd = [
        path
        for path in FILES
        if path.stem in {"utils", "helpers", "common", "misc", "managers", "services"}
    ]
    assert not odd, f"name these after what they hold: {odd}"


def test_foreign_keys_go_down():
    """import-linter cannot see "places.Place" written as a string."""
    up = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model in apps.get_models()
        for field in model._meta.fields
        if field.related_model
        and FLOOR.get(model._meta.app_config.name, (99, 99))
        < FLOOR.get(field.related_model._meta.app_config.name, (-1, -1))
    ]
    assert not up, f"point down, or refer by address: {up}"


def test_every_app_says_what_it_is():
    missing = [
        name for name in FLOOR if not (SRC.parent / name.replace(".", "/") / "README.md").exists()
    ]
    assert not missing, f"write 'Life of a ...' in README.md: {missing}"


def test_action_names_are_unique():
    names = Counter(node.name for path in SRC.rglob("actions.py") for node in functions(path))
    twice = [name for name, n in names.items() if n > 1]
    assert not twice, f"grep must find one definition: {twice}"


@pytest.mark.parametrize("path", sorted(SRC.rglob("actions.py")), ids=lambda path: path.parent.name)
def test_actions_take_names_and_a_clock(path):
    for node in functions(path):
        keywords = [arg.arg for arg in node.args.kwonlyargs]
        assert not node.args.args, f"{node.name}: put * first, callers must name what they pass"
        assert "now" in keywords, f"{node.name}: take now=, only doors read the clock"
        assert "by" in keywords, f"{node.name}: take by=, every act has an actor"


@pytest.mark.parametrize(
    "path",
    sorted(p for room in PURE for p in (SRC / room).rglob("*.py") if "tests" not in p.parts),
    ids=lambda p: p.stem,
)
def test_pure_functions_cite_their_source(path):
    module = ast.get_docstring(ast.parse(path.read_text())) or ""
    for node in functions(path):
        cited = "Source:" in (ast.get_docstring(node) or "") or "RFC " in module
        assert cited, (
            f"{node.name}: end with 'Source: author (year), title, equation' "
            "or 'Source: this project, docs/internals/<page>'"
        )
