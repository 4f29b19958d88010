import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sameboat.cli.region import app

SONGHUA = Path(__file__).parents[4] / "regions" / "songhua"


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("SAMEBOAT_LANGUAGE", "en")
    return lambda *words: CliRunner().invoke(app, ["check", *words])


def test_a_good_pack_is_summed_up_in_one_line(run):
    answer = run(str(SONGHUA))

    assert answer.exit_code == 0
    assert "16 sites" in answer.stdout


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("en", "19 places (3 provinces, 5 prefectures, 11 counties); 15 reaches; 16 sites; "
               "9 events; 12 observations; 2 scenarios."),
        ("zh-Hans", "地方 19 个（省级 3 个、地级 5 个、县级 11 个）；河段 15 条；设施 16 处；"
                    "大事记 9 条；监测值 12 个；情景 2 个。"),
    ],
)  # fmt: skip
def test_what_a_pack_holds_is_counted_in_the_readers_language(run, monkeypatch, language, counts):
    monkeypatch.setenv("SAMEBOAT_LANGUAGE", language)

    answer = run(str(SONGHUA))

    assert counts in answer.stdout


def test_faults_are_printed_one_a_line_and_the_exit_code_says_so(run, tmp_path):
    for file in SONGHUA.rglob("*"):
        if file.is_file():
            target = tmp_path / file.relative_to(SONGHUA)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    sites = tmp_path / "sites.csv"
    sites.write_text(sites.read_text("utf-8").replace("S05,", "S04,"), "utf-8")

    answer = run(str(tmp_path), "--format", "json")

    assert answer.exit_code == 1
    (fault, *_others) = json.loads(answer.stdout)
    assert (fault["code"], fault["file"], fault["line"]) == ("duplicate", "sites.csv", 6)


def test_a_folder_that_is_no_pack_is_exit_code_2(run, tmp_path):
    answer = run(str(tmp_path))

    assert answer.exit_code == 2
    assert "pack.toml" in answer.stdout


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("members = 500", "members = 0", "run.members"),
        ("seed = 1", "sed = 1", "run.sed"),
        ("step_minutes = 5", "step_minutes = 0", "run.step_minutes"),
        ("discharge_factor", "discharge_factr", "hydrology.discharge_factr"),
        ("median = 0.35", "median = nan", "hydrology.discharge_factor.median"),
        ('"2005-11-15T00:00+08:00"', '"2005-11-15T00:00"', "hydrology.ice.starts.low"),
        ('site = "S15"', 'site = "S99"', "hydrology.inflow[0].site"),
    ],
)
def test_what_a_scenario_tells_the_model_is_checked_with_its_pack(run, tmp_path, old, new, field):
    broken = tmp_path / "songhua"
    shutil.copytree(SONGHUA, broken)
    scenario = broken / "scenarios" / "nitrobenzene-2005.toml"
    text = scenario.read_text("utf-8")
    assert old in text
    scenario.write_text(text.replace(old, new, 1), "utf-8")

    answer = run(str(broken), "--format", "json")

    assert answer.exit_code == 1
    assert [fault["field"] for fault in json.loads(answer.stdout)] == [field]
