"""`sameboat forecast`: what it refuses before the river is computed."""

import json
import os
import shutil
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parents[4] / "regions/songhua/scenarios/nitrobenzene-2005.toml"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--members", "0"), "--members '0': lies outside its range. Allowed: 1 … 10000."),
        (("--members", "1000000000"), "--members '1000000000'"),
        (("--seed", "-1"), "--seed '-1'"),
        (("--until", "soon"), "--until 'soon': is no moment."),
        (("--until", "0001-01-01T00:00"), "--until '0001-01-01T00:00'"),
        (("--observations", "nosuch.csv"), "nosuch.csv: the file is not there."),
        (("--plot", "/nonexistent/out.png"), "/nonexistent/out.png: cannot be written."),
        (("--output", os.devnull), f"{os.devnull}: cannot be written."),
    ],
)
def test_a_word_that_cannot_be_is_named_and_nothing_is_computed(sameboat, words, says):
    answer = sameboat("forecast", SCENARIO, *words)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith(says)


def test_a_folder_in_the_place_of_a_scenario_is_told_from_a_missing_file(sameboat):
    answer = sameboat("forecast", SCENARIO.parent)

    assert answer.returncode == 2
    assert "is a folder" in answer.stderr


def test_what_was_not_used_is_told_on_stderr_where_the_format_has_no_room(sameboat, tmp_path):
    early = tmp_path / "early.csv"
    early.write_text(
        "site,time,quantity,value,unit,kind\nS05,2005-11-01T00:00+08:00,nitrobenzene,1,mg/L,value\n"
    )

    answer = sameboat(
        "forecast", SCENARIO, "--members", "5", "--format", "csv", "--observations", early
    )

    assert answer.returncode == 0
    assert "before the release" in answer.stderr
    assert answer.stdout.startswith("kind,")


EPIDEMIC = """title = { zh-Hans = "演练", en = "A drill" }
hazard = "epidemic"
moves = "travels"
origin = "cn:230100"
started_at = 2020-01-10T00:00:00+08:00
[run]
members = 20
horizon_days = 60
[inputs]
seeds = "@tables/seeds.csv"
mobility = { model = "gravity" }
thresholds = [10, 100]
[parameters]
r0 = { low = 2.0, high = 3.0, source = "assumption: a drill" }
[[option]]
key = "stay"
name = { zh-Hans = "限制出行", en = "Restrict travel" }
[[option.measure]]
kind = "restrict_travel"
at = "cn:230100"
from_hours = 240
amount = 0.9
"""


@pytest.fixture
def epidemic(tmp_path):
    """Return a scenario of an epidemic in a copy of a pack, its seeds in a table."""
    pack = tmp_path / "songhua"
    shutil.copytree(SCENARIO.parent.parent, pack)
    (pack / "tables").mkdir()
    (pack / "tables/seeds.csv").write_text("place,day,persons\n230100,0,30\n")
    licence = (pack / "pack.toml").read_text().replace('"sites.csv"', '"sites.csv", "tables/*.csv"')
    (pack / "pack.toml").write_text(licence)
    (pack / "scenarios/flu.toml").write_text(EPIDEMIC)
    return pack / "scenarios/flu.toml"


def test_another_hazard_is_answered_in_every_format_and_language(sameboat, epidemic, tmp_path):
    picture = tmp_path / "out.png"
    answers = {
        words: sameboat("forecast", epidemic, *words)
        for words in (
            ("--language", "en", "--compare"), ("--language", "zh-Hans"),
            ("--format", "json", "--option", "stay"), ("--format", "csv", "--plot", picture),
            ("--format", "geojson"),
        )
    }  # fmt: skip

    table, chinese, told, rows, features = (each.stdout for each in answers.values())
    assert [each.returncode for each in answers.values()] == [0] * 5
    assert "Restrict travel" in table
    assert "哈尔滨" in chinese
    assert json.loads(told)["option"] == ["stay"]
    assert json.loads(told)["unit"] == "per 100,000"
    assert rows.startswith("kind,")
    assert json.loads(features)["features"]
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("low = 2.0", "low = -2.0", "scenarios/flu.toml: parameters.r0.low '-2.0'"),
        ("r0 =", "r9 =", "scenarios/flu.toml: parameters.r9: is not known here."),
        ("[10, 100]", "[100, 10]", "scenarios/flu.toml: inputs.thresholds[1] '10.0'"),
        ("amount = 0.9", "amount = 9", "scenarios/flu.toml: option[0].measure[0].amount '9.0'"),
        ("seeds.csv", "sedes.csv", "tables/sedes.csv: the file is not there."),
        ("@tables/seeds.csv", "@seeds.csv", "scenarios/flu.toml: inputs.seeds '@seeds.csv'"),
    ],
)
def test_a_fault_of_the_model_is_named_with_the_file_before_anything_runs(
    sameboat, epidemic, old, new, says
):
    epidemic.write_text(EPIDEMIC.replace(old, new))

    check = sameboat("region", "check", epidemic.parent.parent)

    assert check.returncode == 1
    assert says in check.stdout


def test_more_members_than_fit_are_refused_with_what_would(sameboat, epidemic):
    answer = sameboat("forecast", epidemic, "--members", "900000000", "--language", "en")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert "ask for at most" in answer.stderr


def test_an_option_that_is_not_there_is_named(sameboat, epidemic):
    answer = sameboat("forecast", epidemic, "--option", "fly", "--language", "en")

    assert (answer.returncode, answer.stdout) == (2, "")
    assert "option 'fly': is no option of this scenario. Allowed: nothing, stay." in answer.stderr


def test_what_learning_takes_is_told_and_what_would_not_fit_is_refused(monkeypatch):
    from sameboat.cli import pilot
    from sameboat.spread.contagion import prepare
    from sameboat.spread.contagion.example import example
    from sameboat.spread.evidence import Seen
    from sameboat.watch.forecasts import seeing

    problem = prepare(example())
    seen = [Seen(problem.targets[0], 24.0 * day, "value", value=5.0) for day in (10, 20)]
    monkeypatch.setattr(pilot, "SOON", 0.0)

    told = pilot.expect_learning(problem, seen, 10, "en")
    monkeypatch.setattr(seeing, "BUDGET", 1000)

    assert told.startswith("Learning from 2 observations: about ")
    assert pilot.expect_learning(problem, [], 10, "en") == ""
    with pytest.raises(seeing.TooMuchToLearnFrom, match="fewer places"):
        seeing.check_learning(problem, seen, 10)


def test_a_long_run_is_told_with_its_time_and_memory(monkeypatch):
    from sameboat.cli import pilot
    from sameboat.spread.contagion import prepare
    from sameboat.spread.contagion.example import example

    problem = prepare(example())
    monkeypatch.setattr(pilot, "SOON", 0.0)

    assert "70 members: about" in pilot.expect(problem, 70, 2, "en")
    monkeypatch.setattr(pilot, "SOON", 1e9)
    assert pilot.expect(problem, 70, 2, "en") == ""
