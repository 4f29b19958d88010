import os
import signal
import socket
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sameboat.cli import demo
from sameboat.cli.replay import ENDS_AT, Line, Replay, _ask, _first_notices, add_people, table_of
from sameboat.cli.serve import PortTaken
from sameboat.ground.people.queries import roles_of
from sameboat.ground.places.actions import load_pack
from sameboat.lib.home import NodeHome
from sameboat.packs import read_pack
from sameboat.watch.forecasts import actions, queries

REGIONS = Path(__file__).parents[4] / "regions"
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.fixture
def songhua(db):
    pack = read_pack(REGIONS / "songhua")
    load = load_pack(pack=pack, by="operator", now=NOW)
    actions.load_scenarios(pack=pack, load=load, by="operator", now=NOW)
    return load


@pytest.fixture
def people(songhua, settings):
    settings.DEMO = True
    return add_people([songhua], NOW)


def test_the_demos_people_may_look_everywhere_the_pack_reaches(people):
    tops = {"cn:220000", "cn:230000", "iso:RU-KHA"}
    duty = roles_of(people["wang"])

    assert {role.place.code for role in duty} == tops
    assert {role.kind for role in duty} == {"duty_officer"}
    assert set(people) >= {"wang", "li"}


def test_each_forecast_of_the_replay_uses_what_was_known_by_then(songhua, people):
    asked = _ask(songhua, people["wang"])

    assert len(asked) == 12
    assert asked[0].requested_at == asked[0].started_at
    assert asked[-1].requested_at <= ENDS_AT
    for forecast in asked:
        known = queries.observations_of(forecast)
        assert all(each.known_at <= forecast.requested_at for each in known)
    assert [each.earlier for each in asked] == [None, *asked[:-1]]


def test_asking_again_finds_what_was_asked(songhua, people):
    assert _ask(songhua, people["wang"]) == _ask(songhua, people["wang"])


def test_the_table_sets_the_first_forecast_against_the_first_notice(songhua, people):
    first = _ask(songhua, people["wang"])[0]
    made = actions.make_forecast(forecast=first, by="worker", now=first.requested_at)

    lines = {line.code: line for line in table_of(Replay((made,), None, None, None))}

    assert lines["cn:230000"].hours_gained == pytest.approx(107.0)
    assert lines["cn:230000"].first_notice.kind == "instruct"
    assert lines["cn:230102"].first_notice is None
    assert lines["cn:230102"].hours_gained is None
    assert lines["iso:RU-KHA"].population is None


def test_a_release_or_an_arrival_is_no_notice(songhua):
    notices = _first_notices(queries.recorded_events(songhua))

    assert "cn:220200" not in notices
    assert notices["cn:230100"].kind == "water_cut"


def make_line(**changes):
    at = datetime(2005, 11, 23, 1, 0, tzinfo=UTC)
    usual = {
        "code": "cn:230100", "names": {"zh-Hans": "哈尔滨市", "en": "Harbin"}, "p_reached": 0.97,
        "arrival": (at, at, None), "peak": (0.1, 0.25, 0.5), "population": 10_009_854,
        "first_notice": None, "hours_gained": None,
    }  # fmt: skip
    return Line(**{**usual, **changes})


def test_a_line_of_the_table_says_ranges_and_what_is_not_known():
    cells = demo.cells_of(make_line(population=None), "en")

    assert cells == [
        "Harbin cn:230100", "very likely 97%", "11-23 09:00  11-23 09:00 – …",
        "0.25  0.1 – 0.5", "not known", "not recorded",
    ]  # fmt: skip
    assert demo.cells_of(make_line(hours_gained=227.0), "en")[-1] == "+227 h"


def test_the_clock_is_written_beside_the_other_settings(tmp_path):
    home = NodeHome(tmp_path)
    home.settings_file.write_text('place = "cn:220200"\ndemo = true\n', "utf-8")
    home.settings_file.chmod(0o600)

    for _again in range(2):
        demo.set_clock(home, starts_at=ENDS_AT, set_at=NOW)

    settings = tomllib.loads(home.settings_file.read_text("utf-8"))
    assert settings == {
        "place": "cn:220200", "demo": True, "clock_starts_at": ENDS_AT, "clock_set_at": NOW,
    }  # fmt: skip
    assert home.settings_file.stat().st_mode & 0o777 == 0o600


def test_a_node_that_people_rely_on_is_not_made_a_demo(tmp_path):
    (tmp_path / "sameboat.toml").write_text('place = "cn:220200"\n', "utf-8")

    with pytest.raises(demo.NotADemoNode):
        demo.set_up(tmp_path)


@pytest.mark.parametrize("inside", ["", "harbin"])
def test_a_demo_never_asks_to_remove_a_node_that_people_rely_on(tmp_path, inside):
    (tmp_path / inside).mkdir(exist_ok=True)
    (tmp_path / inside / "sameboat.toml").write_text('place = "cn:230100"\n', "utf-8")

    with pytest.raises(demo.NotADemoNode, match="not a demo"):
        demo._run(tmp_path, demo.REGIONS, 8399, True, "en")


def test_a_demo_that_runs_or_has_no_ports_is_refused_before_anything_is_made(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)), demo.running(tmp_path, port - 3):
            pass

    with (
        demo.running(tmp_path, port - 3),
        pytest.raises(demo.DemoRuns),
        demo.running(tmp_path, port - 3),
    ):
        pass

    assert [each.name for each in tmp_path.iterdir()] == ["demo.lock"]


def test_the_demo_of_an_earlier_version_is_left_alone(tmp_path):
    (tmp_path / "sameboat.toml").write_text('place = "cn:220200"\ndemo = true\n', "utf-8")

    with pytest.raises(demo.OlderDemo, match="one node"):
        demo._run(tmp_path, demo.REGIONS, 8399, True, "en")


def test_a_demo_that_is_killed_takes_its_server_with_it(monkeypatch, tmp_path):
    ended = []

    class Server:
        def __init__(self, *_words, **_more):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_problem):
            pass

        def terminate(self):
            ended.append(self)

    def killed(*_asked):
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(demo.subprocess, "Popen", Server)
    monkeypatch.setattr(demo, "fetch_situation", killed)

    try:
        demo.serve([(tmp_path, 8399)], False, "en")
    finally:
        signal.signal(signal.SIGTERM, before)

    assert len(ended) == 1


def test_no_node_follows_the_others_before_all_of_them_answer(monkeypatch, tmp_path):
    done = []

    class Process:
        def __init__(self, command, env):
            done.append((command[3], env["SAMEBOAT_HOME"]))

        def __enter__(self):
            return self

        def __exit__(self, *_problem):
            pass

        def terminate(self):
            pass

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(demo.subprocess, "Popen", Process)
    monkeypatch.setattr(demo, "fetch_situation", lambda *_asked: done.append("answers") or "page")

    try:
        demo.serve([(tmp_path / "a", 8398), (tmp_path / "b", 8399)], True, "en")
    finally:
        signal.signal(signal.SIGTERM, before)

    homes = [str(tmp_path / name) for name in "ab"]
    assert done == [*(("serve", home) for home in homes), "answers", "answers",
                    *(("work", home) for home in homes)]  # fmt: skip
