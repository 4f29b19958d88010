"""`sameboat forecast`: what it refuses before the river is computed."""

import os
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
