"""Kill the worker at any moment, again and again: nothing is lost and nothing is done twice."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORECASTS, KILLS = 5, 8
MAIN = "from sameboat.cli import main; main()"
ASK = f"""
import uuid
from pathlib import Path
from sameboat.cli.node import moment, open_node
open_node(Path(__import__("os").environ["SAMEBOAT_HOME"]))
from sameboat.ground.people.actions import OPERATOR, add_person, give_role
from sameboat.ground.places.queries import current_load
from sameboat.watch.forecasts import actions, queries
wang = add_person(username="wang", password="a-long-enough-word", by=OPERATOR, now=moment())
give_role(person=wang, place="cn:220200", kind="duty_officer", by=OPERATOR, now=moment())
load = current_load("songhua")
scenario = queries.scenario(load, "nitrobenzene-2005")
for seed in range({FORECASTS}):
    actions.request_forecast(
        place="cn:220200", load=load, scenario=scenario.content, scenario_key=scenario.key,
        observations=None, members=50, seed=seed, key=uuid.UUID(int=seed + 1), by=wang,
        now=moment(),
    )
"""
TELL = """
import json, os
from pathlib import Path
from sameboat.cli.node import open_node
open_node(Path(os.environ["SAMEBOAT_HOME"]))
from sameboat.ground.logbook.models import Cursor, Entry
from sameboat.ground.logbook.queries import check_chain
from sameboat.watch.alerts.models import Alert
from sameboat.watch.forecasts.models import Forecast
print(json.dumps({
    "states": sorted(Forecast.objects.values_list("state", flat=True)),
    "said": sorted(Entry.objects.filter(kind="forecast.made").values_list("about", flat=True)),
    "targets": [f.targets.count() for f in Forecast.objects.all()],
    "drafts": Alert.objects.count(),
    "broken": check_chain("cn:220200"),
    "files": [f.members_digest for f in Forecast.objects.all()],
    "behind": sum(1 for c in Cursor.objects.all() if c.next_index < Entry.objects.count()),
}))
"""


@pytest.fixture
def run(tmp_path):
    home = tmp_path / "node"
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")
    } | {"SAMEBOAT_HOME": str(home)}

    def run(code, *words, wait=True):
        command = [sys.executable, "-c", code, *map(str, words)]
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        if not wait:
            return process
        out, problems = process.communicate(timeout=180)
        assert process.returncode == 0, problems
        return out

    run(MAIN, "init", home, "--place", "cn:220200")
    run(MAIN, "region", "load", ROOT / "regions" / "songhua")
    run.home = home
    return run


def test_forecasts_survive_a_worker_killed_again_and_again(run):
    run(ASK)
    chance = random.Random(2005)

    for _kill in range(KILLS):
        worker = run(MAIN, "work", wait=False)
        try:
            worker.communicate(timeout=chance.uniform(0.5, 5.0))
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
    run(MAIN, "work", "--once")

    told = json.loads(run(TELL))
    assert told["states"] == ["made"] * FORECASTS
    assert len(told["said"]) == len(set(told["said"])) == FORECASTS
    assert len(set(told["targets"])) == 1
    assert told["drafts"] == 1
    assert told["broken"] is None
    assert told["behind"] == 0
    assert all((run.home / "raw" / digest).exists() or list(
        (run.home / "raw").rglob(f"*{digest}*")) for digest in told["files"])  # fmt: skip
