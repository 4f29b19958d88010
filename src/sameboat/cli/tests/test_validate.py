"""`sameboat validate`: figures beside the published ones, misses shown as misses."""

import json
from pathlib import Path

import pytest

from sameboat.cli import validation

TABLES = Path(__file__).parents[2] / "spread" / "tables"


def test_a_model_is_held_to_its_published_tables(sameboat):
    answer = sameboat("validate", "cascade")

    assert answer.returncode == 0
    assert "cascade-inoperability-1-linear" in answer.stdout
    assert "theirs" in answer.stdout
    assert "0 miss" in answer.stdout


def test_a_miss_is_shown_as_a_miss(sameboat, tmp_path):
    table = (TABLES / "inoperability_3_sector.csv").read_text()
    assert "0.1193467337" in table
    wrong = table.replace("0.1193467337", "0.2193467337")
    (tmp_path / "inoperability_3_sector.csv").write_text(wrong)

    answer = sameboat("validate", "cascade", "--tables", tmp_path)

    assert answer.returncode == 1
    assert "MISSED" in answer.stdout


def test_json_and_the_page_say_the_same(sameboat):
    rows = json.loads(sameboat("validate", "cascade", "--format", "json").stdout)
    page = sameboat("validate", "cascade", "--format", "markdown").stdout

    assert {row["verdict"] for row in rows} <= {"holds", "missed", "reported"}
    assert all(row["key"] in page for row in rows)
    assert all(row["why"] and row["source"] for row in rows)


def test_the_table_is_in_the_readers_language(sameboat):
    answer = sameboat("--language", "zh-Hans", "validate", "cascade")

    assert "verdict" not in answer.stdout


def test_the_pictures_are_drawn_where_told(sameboat, tmp_path):
    answer = sameboat("validate", "cascade", "--plot", tmp_path)

    assert answer.returncode == 0
    assert list(tmp_path.glob("cascade-*.png"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("tsunami",), "MODEL 'tsunami': is no model. Allowed: river-flood"),
        (("cascade", "--tables", "nosuch"), "--tables 'nosuch': is not a folder."),
        (("cascade", "--plot", "nosuch"), "--plot 'nosuch': is not a folder."),
    ],
)
def test_a_word_that_cannot_be_is_named(sameboat, words, says):
    answer = sameboat("validate", *words)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith(says)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"c1,c2\n", b"", b"a,b\n1,2\n"])
def test_a_table_that_cannot_be_read_is_named(sameboat, tmp_path, content):
    (tmp_path / "inoperability_3_sector.csv").write_bytes(content)

    answer = sameboat("validate", "cascade", "--tables", tmp_path)

    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr


def test_tables_of_a_folder_win_over_the_published(tmp_path):
    (tmp_path / "inoperability_3_sector.csv").write_text("a,b\n1,2\n")

    read = validation.read_tables(tmp_path, None)

    assert read["inoperability_3_sector.csv"] == [{"a": "1", "b": "2"}]
    assert "jobson1996_evaluations.csv" in read
