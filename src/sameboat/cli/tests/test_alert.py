"""`sameboat alert check`: verdicts in order, exit codes, and no crash on what is not there."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from sameboat.cli import app
from sameboat.watch.alerts.cap.gate import MOST_BYTES
from sameboat.watch.alerts.cap.tests.messages import message

VALID, FLAGGED, REFUSED = message(), message(identifier="A 7"), message(scope="public")


@pytest.fixture
def folder(tmp_path):
    for name, raw in {"valid": VALID, "flagged": FLAGGED, "refused": REFUSED}.items():
        (tmp_path / f"{name}.xml").write_bytes(raw)
    return tmp_path


def check(*files, **options):
    return CliRunner().invoke(
        app, ["alert", "check", *map(str, files)], env={"SAMEBOAT_LANGUAGE": "en"}, **options
    )


@pytest.mark.parametrize(
    ("names", "code"),
    [(["valid"], 0), (["valid", "flagged"], 1), (["flagged", "refused", "valid"], 2)],
)
def test_the_exit_code_is_that_of_the_worst(folder, names, code):
    assert check(*(folder / f"{name}.xml" for name in names)).exit_code == code


def test_json_tells_of_each_file_in_order(folder):
    files = [folder / f"{name}.xml" for name in ("refused", "valid", "flagged", "valid")]

    found = json.loads(check(*files, "--format", "json").stdout)

    assert [row["file"] for row in found] == [str(file) for file in files]
    assert [row["verdict"] for row in found] == ["refused", "valid", "flagged", "valid"]
    assert [row["flags"] for row in found] == [[], [], ["identifier_characters"], []]
    assert [list(row) for row in found] == [["file", "verdict", "flags", "reason"]] * 4
    assert found[1]["reason"] is None
    assert "Public, Restricted, Private" in found[0]["reason"]


def test_a_missing_file_is_refused_and_the_others_are_still_judged(folder):
    found = check(folder / "nowhere.xml", folder, folder / "valid.xml", "--format", "json")

    rows = json.loads(found.stdout)
    assert (found.exit_code, [row["verdict"] for row in rows]) == (
        2, ["refused", "refused", "valid"]
    )  # fmt: skip
    assert "No such file" in rows[0]["reason"]


def test_a_file_beyond_the_limit_is_refused_without_loading_it_whole(folder):
    with (folder / "large.xml").open("wb") as file:
        file.truncate(50 * MOST_BYTES)

    found = check(folder / "large.xml")

    assert found.exit_code == 2
    assert "too_large" in found.stdout


def test_text_names_the_rule_and_the_value(folder):
    told = check(folder / "flagged.xml").stdout

    assert f"{folder / 'flagged.xml'}: flagged" in told
    assert "identifier 'A 7'" in told


def test_checking_needs_no_django(folder):
    program = (
        "import sys; sys.modules['django'] = None; sys.modules['shapely'] = None\n"
        "from sameboat.cli import app; app()"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, "alert", "check", str(folder / "valid.xml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
