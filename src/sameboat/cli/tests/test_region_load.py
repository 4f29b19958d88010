import json
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from typer.testing import CliRunner

from sameboat.cli.region import app
from sameboat.ground.places.queries import current_load, find_place, list_loads

SONGHUA = Path(__file__).parents[4] / "regions" / "songhua"


@pytest.fixture
def run(db, monkeypatch):
    monkeypatch.setenv("SAMEBOAT_LANGUAGE", "en")

    def invoke(*arguments):
        return CliRunner().invoke(app, [*map(str, arguments), "--home", str(settings.HOME.folder)])

    return invoke


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(SONGHUA, tmp_path / "songhua"))


def test_a_pack_is_loaded_with_its_scenarios_and_observations(run):
    result = run("load", SONGHUA)

    load = current_load("songhua")
    assert result.exit_code == 0
    assert "is loaded" in result.stdout
    assert "Storing 19 places" in result.stderr
    assert find_place("cn:230102").names["zh-Hans"] == "道里区"
    assert load.scenarios.count() == 2
    assert load.observations.count() == 12


def test_loading_it_again_says_that_nothing_changed(run, monkeypatch):
    run("load", SONGHUA)
    monkeypatch.setenv("SAMEBOAT_LANGUAGE", "zh-Hans")

    result = run("load", SONGHUA)

    assert result.exit_code == 0
    assert list_loads().count() == 1
    assert "songhua" in result.stdout
    assert "is loaded" not in result.stdout


def test_a_pack_with_faults_loads_nothing_and_names_them(run, copy):
    places = copy / "places.csv"
    places.write_text(places.read_text("utf-8").replace("cn:230102,", "cn:23010x,", 1), "utf-8")

    result = run("load", copy)

    assert result.exit_code == 1
    assert "places.csv" in result.stderr
    assert "cn:23010x" in result.stderr
    assert result.stdout == ""
    assert not list_loads().exists()


def test_the_same_version_with_other_content_is_refused(run, copy):
    run("load", SONGHUA)
    events = copy / "events.csv"
    events.write_text(events.read_text("utf-8").replace("explosion", "fire"), "utf-8")

    result = run("load", copy)

    assert result.exit_code == 1
    assert "new version" in result.stderr
    assert list_loads().count() == 1


def test_packs_are_listed_for_people_and_for_programs(run):
    run("load", SONGHUA)

    text, programs = run("list"), run("list", "--format", "json")

    assert text.stdout.startswith("songhua ")
    assert [row["current"] for row in json.loads(programs.stdout)] == [True]


def test_an_empty_node_says_how_to_load_one(run):
    result = run("list")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "region load" in result.stderr


def test_a_folder_that_is_no_node_is_told_apart(db, tmp_path):
    result = CliRunner().invoke(app, ["load", str(SONGHUA), "--home", str(tmp_path)])

    assert result.exit_code == 2
    assert "sameboat.toml" in result.stderr
