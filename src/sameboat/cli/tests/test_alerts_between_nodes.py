"""A warning from one real node to another: delivered, read, answered, updated, ended, refused."""

import json
import os
import subprocess
import sys

import pytest

from sameboat.cli.tests.conftest import ROOT
from sameboat.cli.tests.test_peers import folders, joined, nodes  # noqa: F401

#: `python -c ACT FOLDER DEED [ARGUMENT]`: does it in the node's folder by the real actions.
ACT = """
import json, os, sys, time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
folder, deed, argument = sys.argv[1], sys.argv[2], (sys.argv + [""])[3]
os.environ |= {"SAMEBOAT_HOME": folder, "DJANGO_SETTINGS_MODULE": "sameboat.config.settings"}
import django
django.setup()
from django.conf import settings
from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.queries import read_address
from sameboat.ground.people.models import Person
from sameboat.ground.places.models import PackLoad
from sameboat.watch.alerts import actions, answering, deliveries, foreign, queries
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.tests.small_province import (
    HARBIN, JILIN, add_person, add_place, make_content)
now, home = datetime.now(UTC), settings.PLACE
def person(name):
    return Person.objects.get(username=name)
def issued(alert):
    actions.submit_alert(alert=alert, revision=alert.revision, by=person("li"), now=now)
    return actions.issue_alert(
        alert=alert, revision=alert.revision, by=person("wang"), now=datetime.now(UTC))
def settle():
    load = PackLoad.objects.create(
        pack="test", version="1", digest="0" * 64, title={"en": "Test"}, zone="Asia/Shanghai",
        licences=[], sources=[], loaded_at=now, loaded_by="test")
    places = {JILIN: add_place(load, JILIN, "吉林市", "Jilin", lon=126.55, lat=43.84),
              HARBIN: add_place(load, HARBIN, "哈尔滨市", "Harbin", lon=126.6, lat=45.7)}
    add_person(places, "li", 1, ("duty_officer", home))
    add_person(places, "wang", 2, ("approver", home))
def content():
    at = {f"arrival_{p}": (now + timedelta(days=d)).isoformat()
          for p, d in (("p10", 2), ("p50", 3), ("p90", 4))}
    return make_content(onset=None, expires=(now + timedelta(days=9)).isoformat(),
                        areas=[{"code": HARBIN, "p_reached": 0.98, **at}])
def issue(**given):
    return str(issued(actions.draft_alert(place=home, content=content(), status="Exercise",
        key=uuid4(), by=person("li"), now=now, **given)).uuid)
def ask():
    return issue(kind="search_report", audience=[HARBIN])
def update():
    alert = Alert.objects.get(uuid=argument)
    return str(issued(actions.draft_update(
        alert=alert, key=uuid4(), by=person("li"), now=now)).uuid)
def cancel():
    alert = Alert.objects.get(uuid=argument)
    return str(issued(actions.draft_cancel(
        alert=alert, because="It passed.", key=uuid4(), by=person("li"), now=now)).uuid)
def forge():
    # No action of ours would say it: a restored database or another program might.
    say(kind="alert.cancelled", place=home, about=f"{home}/alert/{uuid4()}", audience=["*"],
        body={"message_type": "Cancel", "references": ["cn.220200,cn.220200.alert.x,2005"]},
        by="operator", now=now)
def comes_to():
    uuid, state = argument.split()
    ends = time.monotonic() + 240
    while not any(row.state == state for row in rows_of(uuid)):
        assert time.monotonic() < ends, "it did not come to that in time"
        time.sleep(0.1)  # another process: there is nothing to wait on
def rows_of(uuid):
    return deliveries.deliveries_of(Alert.objects.get(uuid=uuid), "en", now=now)
def board():
    rows = rows_of(argument)
    return {row.place: [row.state, row.text, len(row.proofs), row.proofs != [] and
                        all(each.signed for each in row.proofs)] for row in rows}
def refused():
    return [each.name for each in deliveries.refused_elsewhere(person("li"), home, "en")]
def heard():
    return [[each.state, each.reached and each.reached.p_permille, each.refusal]
            for each in foreign.foreign_alerts(person("li"), "en", now=now)]
def answer():
    entry = next(each.entry for each in foreign.foreign_alerts(person("li"), "en", now=now)
                 if each.body.get("message_type") == "Alert")
    given = {"entry": entry, "by": person("li"), "now": now}
    if argument == "read":
        answering.say_read(**given)
    elif argument == "acknowledge":
        answering.acknowledge(**given)
    elif argument == "unable":
        answering.say_unable(**given, text="No pumps.", key=uuid4())
    else:
        answering.say_acting(**given, text="Intakes closed.", key=uuid4())
print(json.dumps(globals()[deed]()))
"""


def act(node, deed, *argument):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SAMEBOAT_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", ACT, str(node.folder), deed, *argument], env=kept, cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def running(joined):  # noqa: F811
    for node in joined:
        act(node, "settle")
        node.start()
    return joined


def test_a_warning_is_delivered_read_answered_updated_and_ended(running):
    jilin, harbin = running

    first = act(jilin, "issue")
    act(jilin, "comes_to", f"{first} delivered")
    assert act(harbin, "heard") == [["delivered", 980, ""]]

    for deed, state in (("read", "read"), ("acknowledge", "acknowledged"),
                        ("unable", "unable"), ("act", "acting")):  # fmt: skip
        act(harbin, "answer", deed)
        act(jilin, "comes_to", f"{first} {state}")
    assert act(jilin, "board", first) == {harbin.place: ["acting", "Intakes closed.", 5, True]}

    second = act(jilin, "update", first)
    third = act(jilin, "cancel", second)
    act(jilin, "comes_to", f"{third} delivered")
    assert act(jilin, "board", second)[harbin.place][0] == "delivered"
    assert act(jilin, "board", first)[harbin.place][0] == "acting"
    for node in running:
        assert node("log", "check").returncode == 0


def test_nothing_is_shown_as_delivered_while_the_other_node_is_away(running):
    jilin, harbin = running
    harbin.stop(kill=True)

    first = act(jilin, "issue")
    second = act(jilin, "update", first)

    assert act(jilin, "board", second)[harbin.place] == ["queued", "", 0, False]
    harbin.start()
    act(jilin, "comes_to", f"{second} delivered")
    assert act(jilin, "board", first)[harbin.place][0] == "delivered"


def test_a_cancel_that_matches_nothing_is_refused_there_and_known_here(running):
    jilin, harbin = running

    act(jilin, "forge")

    jilin.until(lambda: act(jilin, "refused") == ["Harbin"])
    (heard,) = act(harbin, "heard")
    assert heard[0] == "refused"
    assert heard[2].startswith("it follows no earlier entry")


def test_a_search_report_for_one_place_reaches_it_whole_and_is_answered_to_us_alone(running):
    jilin, harbin = running

    asked = act(jilin, "ask")
    act(jilin, "comes_to", f"{asked} delivered")
    act(harbin, "answer", "unable")
    act(jilin, "comes_to", f"{asked} unable")

    assert act(harbin, "heard") == [["unable", 980, ""]]  # its body came as well
    jilin.until(lambda: act(jilin, "board", asked)[harbin.place][1] == "No pumps.")
