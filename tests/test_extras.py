"""The walls of the house are the walls of its install extras."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXTRAS = ROOT / ".cache" / "extras"


def run(extra, *words):
    python = EXTRAS / extra / "bin" / "python"
    if not python.exists():
        pytest.skip(f"[{extra}] is not installed alone; `make setup-test` does that")
    command = [python, "-c", "from sameboat.cli import main; main()", *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": "", "SAMEBOAT_LANGUAGE": "en", "HOME": str(EXTRAS)},
    )  # fmt: skip


@pytest.mark.parametrize("extra", ["spread", "verify"])
def test_django_is_not_there(extra):
    answer = run(extra, "doctor", "--home", ROOT)

    assert answer.returncode == 2
    assert "sameboat.toml" in answer.stderr or "sameboat[node]" in answer.stderr
    packages = list((EXTRAS / extra).glob("lib/python*/site-packages/django"))
    assert packages == []


def test_the_hydrologist_forecasts_and_checks_packs_without_django():
    pack = ROOT / "regions" / "songhua"
    scenario = pack / "scenarios" / "nitrobenzene-2005.toml"

    checked = run("spread", "region", "check", pack)
    forecast = run("spread", "forecast", scenario, "--members", "20", "--format", "json")

    assert checked.returncode == 0, checked.stderr
    assert forecast.returncode == 0, forecast.stderr
    assert json.loads(forecast.stdout)["members"] == 20


def test_the_auditor_verifies_without_django_or_numpy(tmp_path):
    file = tmp_path / "entries.jsonl"
    file.write_text("")

    verified = run("verify", "verify", file)
    refused = run("verify", "forecast", ROOT / "regions/songhua/scenarios/nitrobenzene-2005.toml")

    assert verified.returncode == 0, verified.stderr
    assert refused.returncode == 2
    assert "sameboat[spread]" in refused.stderr
