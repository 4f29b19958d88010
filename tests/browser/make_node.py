"""Make the node that the browsers visit: `python -m tests.browser.make_node FOLDER`.

A process of its own, because the tests' Django is set up for another node.  Prints what the tests
need to know of it as JSON.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

MEMBERS = 60  # fewer than a duty officer would ask for: the tests look at screens, not at numbers


def make(folder: Path) -> dict[str, str]:
    """Make a demo node with three forecasts, an issued alert and a draft, by the real actions."""
    from sameboat.cli.demo import REGIONS, set_clock, set_up

    home = set_up(folder)
    from sameboat.cli.node import moment
    from sameboat.cli.region_load import load_folder
    from sameboat.cli.replay import ENDS_AT, PACK, add_people

    load = load_folder(REGIONS / PACK, _silent)[0]
    people = add_people([load], moment())
    chain = _chain(load, people["wang"])
    first, newest = _forecasts(load, people["wang"])
    issued, draft = _alerts(newest, people)
    harbin = _neighbour(issued)
    set_clock(home, starts_at=ENDS_AT, set_at=moment())
    made = {"chain": chain, "first": first, "newest": newest, "issued": issued, "draft": draft}
    ids = {name: str(each.uuid) for name, each in made.items()}
    return ids | {"compact": _agree(people["li"], *harbin)}


def _chain(load: Any, asker: Any) -> Any:
    """Make the oldest forecast: the pack's flood takes a substation, and that the waterworks."""
    from sameboat.cli.replay import HOME_PLACE, SCENARIO
    from sameboat.watch.forecasts import actions, queries

    began = queries.scenario(load, SCENARIO).started_at
    drill = queries.scenario(load, "flood-drill").content
    frame = {name: drill[name] for name in ("moves", "origin", "zone", "started_at", "run")}
    content = frame | {
        "hazard": "compound",
        "title": {"zh-Hans": "演练：洪水引发停水", "en": "Drill: a flood cuts the water"},
        "shows": "grid",
        "stage": {
            "flood": {name: drill[name] for name in ("hazard", "inputs", "parameters")},
            "grid": {"hazard": "cascade", "inputs": _grid(), "parameters": {}},
        },
        "rule": [
            {"stage": "flood", "target": "S04", "above": "warning", "then": "grid",
             "event": "fails:SUB", "delay_hours": 1},
        ],
        "option": [
            {"key": "generator", "name": {"zh-Hans": "预置发电车", "en": "A generator"},
             "measure": [{"kind": "add_backup", "at": "grid/WW", "amount": 24.0}]},
        ],
    }  # fmt: skip
    asked = actions.request_forecast(
        place=HOME_PLACE, load=load, scenario=content, scenario_key="chain", observations=[],
        until=began, earlier=None, members=MEMBERS, seed=1, key=UUID(int=50), by=asker, now=began,
    )  # fmt: skip
    return actions.make_forecast(forecast=asked, by="worker", now=began)


def _grid() -> dict[str, Any]:
    """Return an imagined substation of Harbin and the waterworks that needs it."""
    return {
        "nodes": [
            {"key": "SUB", "kind": "power", "place": "cn:230102", "repair_hours": 24,
             "name_zh": "变电站", "name_en": "Substation"},
            {"key": "WW", "kind": "water", "place": "cn:230102", "buffer_hours": 3,
             "repair_hours": 6, "name_zh": "水厂", "name_en": "Waterworks"},
        ],
        "needs": [{"from": "SUB", "to": "WW"}],
        "serves": [{"node": "WW", "place": "cn:230102", "people": 500_000}],
        "thresholds": [0.0, 0.5],
    }  # fmt: skip


def _forecasts(load: Any, asker: Any) -> list[Any]:
    from sameboat.cli.replay import ENDS_AT, HOME_PLACE, SCENARIO, SERIES
    from sameboat.watch.forecasts import actions, queries

    scenario = queries.scenario(load, SCENARIO)
    made: list[Any] = []
    for at in (scenario.started_at, ENDS_AT):
        known = queries.observations_of(load, asker, series=SERIES, until=at)
        asked = actions.request_forecast(
            place=HOME_PLACE, load=load, scenario=scenario.content, scenario_key=scenario.key,
            observations=list(known), until=at, earlier=made[-1] if made else None,
            members=MEMBERS, seed=1, key=UUID(int=len(made) + 1), by=asker, now=at,
        )  # fmt: skip
        made.append(actions.make_forecast(forecast=asked, by="worker", now=at))
    return made


def _alerts(forecast: Any, people: dict[str, Any]) -> tuple[Any, Any]:
    from sameboat.cli.replay import ENDS_AT, HOME_PLACE
    from sameboat.watch.alerts import actions

    wang, li = people["wang"], people["li"]
    drafted, draft = (
        actions.draft_alert(
            forecast=forecast, place=HOME_PLACE, kind="warning", status="Exercise", content=None,
            key=UUID(int=100 + number), by=wang, now=ENDS_AT,
        )
        for number in range(2)
    )  # fmt: skip
    later = ENDS_AT + timedelta(minutes=2)
    submitted = actions.submit_alert(alert=drafted, revision=drafted.revision, by=wang, now=later)
    issued = actions.issue_alert(
        alert=submitted, revision=submitted.revision, key=UUID(int=200), by=li, now=later
    )
    return issued, draft


def _neighbour(issued: Any) -> tuple[Any, Any]:
    """Let Harbin's log say what it does about our alert, and ask us whose spill it is."""
    from sameboat.cli.replay import ENDS_AT, HOME_PLACE
    from sameboat.ground.logbook.following import follow, note_answer
    from sameboat.ground.logbook.queries import entries_about
    from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined
    from sameboat.watch.alerts.answering import answer_arrival
    from sameboat.watch.alerts.foreign import foreign_alert
    from sameboat.watch.alerts.queries import address_of

    far, about = FarLog(), address_of(issued)
    ours = entries_about(about).get(kind="alert.issued")
    said = {"about": about, "after": [f"{HOME_PLACE}/entry/{ours.index}"]}
    by = {"by": f"{HARBIN}/desk/duty#4"}
    far.entries = [
        entry(0, kind="alert.received", body={}, **said),
        entry(0, kind="alert.read", body=by, **said),
        entry(0, kind="alert.unable", body=by | {"text": "取水口没有备用水源"}, **said),
        entry(0, kind="alert.issued", about=f"{HARBIN}/alert/{UUID(int=300)}", body=_search()),
        entry(0, kind="alert.cancelled", about=f"{HARBIN}/alert/{UUID(int=301)}",
              body=_search() | {"message_type": "Cancel"}),
    ]  # fmt: skip
    # Nobody answers there: the board says so.
    peer = joined(far, ENDS_AT, address="http://127.0.0.1:9")
    follow(peer=peer, fetch=far.fetch, now=ENDS_AT)
    note_answer(peer=peer, now=ENDS_AT)
    for index in (3, 4):
        theirs = foreign_alert(f"{HARBIN}/entry/{index}")
        assert theirs is not None
        answer_arrival(entry=theirs, by="worker", now=ENDS_AT)
    return far, peer


def _search() -> dict[str, Any]:
    from sameboat.cli.replay import HOME_PLACE

    return {
        "kind": "search_report", "status": "Exercise", "message_type": "Alert", "level": "",
        "headline": {"zh-CN": "松花江出现油膜，是谁泄漏的？",
                     "en-US": "An oil film on the Songhua: whose spill is this?"},
        "texts": {
            "zh-CN": {"description": "今晨在江面发现油膜。", "instruction": "请查找上游来源。"},
            "en-US": {"description": "An oil film was seen on the river this morning.",
                      "instruction": "Look for its source upstream."},
        },
        "addressed": [
            {"place": HOME_PLACE, "p_reached_permille": 300,
             "arrival_p10_at": "2005-11-28T00:00:00.000Z",
             "arrival_p50_at": "2005-11-28T12:00:00.000Z",
             "arrival_p90_at": "2005-11-29T00:00:00.000Z"},
            {"place": "cn:230102", "p_reached_permille": 1000},
        ],
        "expires": "2005-12-20T00:00:00.000Z",
    }  # fmt: skip


def _agree(leader: Any, far: Any, peer: Any) -> str:
    """Agree with Harbin, whose log is made here; return the compact's address."""
    from sameboat.books.compacts import reactions  # noqa: F401
    from sameboat.books.compacts.actions import propose_compact, sign_compact
    from sameboat.cli.replay import ENDS_AT
    from sameboat.ground.logbook.delivery import deliver
    from sameboat.ground.logbook.following import follow
    from sameboat.ground.logbook.tests.far_log import HARBIN, entry
    from sameboat.lib.times import as_utc_text

    version = propose_compact(
        names={"zh-Hans": "松花江协同协议", "en": "Songhua river compact"},
        purpose={"zh-Hans": "上游有事，先告下游。", "en": "Upstream tells downstream."},
        members=["cn:220200", HARBIN], key=UUID(int=300), by=leader, now=ENDS_AT,
    )  # fmt: skip
    sign_compact(proposal=version.proposal, by=leader, now=ENDS_AT)
    address = version.compact.address
    at = as_utc_text(ENDS_AT)
    told: dict[str, Any] = {"proposal": version.proposal, "digest": version.digest}
    far.entries.append(entry(0, kind="compact.signed", about=address, body=told, said_at=at))
    follow(peer=peer, fetch=far.fetch, now=ENDS_AT + timedelta(minutes=6))
    deliver(now=ENDS_AT + timedelta(minutes=6))
    return address


def _silent(*_words: object, **_facts: object) -> None:
    """Tell nobody how far it is."""


if __name__ == "__main__":
    # The matrices are small and the cores few: one thread for linear algebra is quicker than many.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.stdout.write(json.dumps(make(Path(sys.argv[1]))))
