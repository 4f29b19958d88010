import json
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
