"""Alerts over the API: the whole life, with two people's tokens."""

from uuid import uuid4

import pytest

from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.queries import entries_about
from sameboat.ground.logbook.tests.far_log import FarLog, entry, joined
from sameboat.watch.alerts.cap import check_alert
from sameboat.watch.alerts.queries import address_of
from sameboat.watch.alerts.tests.small_province import JILIN, NOW, make_content

pytestmark = pytest.mark.django_db


def test_drafted_by_one_and_issued_by_another(program_of, places, li, wang):
    author, approver = program_of(li, "read", "alert"), program_of(wang, "read", "alert")

    draft = author.post("/alerts", {"place": JILIN, "content": make_content()}).json()
    path = f"/alerts/{draft['uuid']}"
    submitted = author.post(f"{path}/submit", {"revision": 1}).json()
    refused = author.post(f"{path}/issue", {"revision": 1})
    issued = approver.post(f"{path}/issue", {"revision": 1}).json()

    assert (draft["state"], submitted["state"]) == ("draft", "submitted")
    assert refused.status_code == 403
    assert (issued["state"], issued["issued_by"]) == ("issued", "cn:220200/desk/duty#2")


@pytest.mark.parametrize(("demo", "status"), [(True, "Exercise"), (False, "Actual")])
def test_on_a_demo_an_alert_is_an_exercise(program_of, places, li, settings, demo, status):
    settings.DEMO = demo
    author = program_of(li, "read", "alert")

    draft = author.post("/alerts", {"place": JILIN, "content": make_content()}).json()

    assert draft["status"] == status


def test_the_same_idempotency_key_makes_one_alert(program_of, places, li):
    author, key = program_of(li, "read", "alert"), uuid4()
    body = {"place": JILIN, "content": make_content()}

    first, second = (author.post("/alerts", body, key=key) for _ in range(2))

    assert first.status_code == second.status_code == 201
    assert first.json()["uuid"] == second.json()["uuid"]
    assert len(author.get("/alerts").json()["items"]) == 1


def test_a_draft_is_edited_and_returned(program_of, places, li, wang):
    author, approver = program_of(li, "alert"), program_of(wang, "alert")
    uuid = author.post("/alerts", {"place": JILIN, "content": make_content()}).json()["uuid"]

    edited = author.put(
        f"/alerts/{uuid}/content", {"revision": 1, "content": make_content(severity="Minor")}
    ).json()
    author.post(f"/alerts/{uuid}/submit", {"revision": 2})
    back = approver.post(f"/alerts/{uuid}/return", {"because": "Name the plant."}).json()

    assert (edited["revision"], edited["content"]["severity"]) == (2, "Minor")
    assert (back["state"], back["returned_because"]) == ("returned", "Name the plant.")


def test_what_is_issued_is_read_as_cap_and_in_the_feed(program_of, issued, li):
    program = program_of(li)

    cap = program.get(f"/alerts/{issued.uuid}/cap")
    feed = program.get("/alerts/feed")

    assert cap["Content-Type"].startswith("application/cap+xml")
    assert check_alert(cap.content).verdict == "valid"
    assert issued.identifier.encode() in feed.content


def test_an_update_and_a_cancel_are_drafted(program_of, issued, li):
    author = program_of(li, "read", "alert")

    update = author.post(f"/alerts/{issued.uuid}/update", {})
    cancel = author.post(f"/alerts/{issued.uuid}/cancel", {"because": "It has passed."})

    assert [each.json()["message_type"] for each in (update, cancel)] == ["Update", "Cancel"]
    assert update.json()["earlier"] == f"cn:220200/alert/{issued.uuid}"


def test_the_preview_has_text_xml_and_map(program_of, issued, li):
    shown = program_of(li).get(f"/alerts/{issued.uuid}/preview").json()

    assert {"texts", "xml", "geojson"} == shown.keys()


def test_another_citys_draft_is_not_there(program_of, places, li, sun):
    made = program_of(li, "alert").post("/alerts", {"place": JILIN, "content": make_content()})
    program, path = program_of(sun, "read", "alert"), f"/alerts/{made.json()['uuid']}"

    assert program.get(path).status_code == 404
    assert program.get("/alerts").json()["items"] == []
    assert program.post(f"{path}/submit", {"revision": 1}).status_code == 404


def test_another_citys_issued_alert_is_read_but_not_followed(program_of, issued, sun):
    program = program_of(sun, "read", "alert")

    assert program.get(f"/alerts/{issued.uuid}").status_code == 200
    assert program.post(f"/alerts/{issued.uuid}/update", {}).status_code == 403


def test_what_is_not_issued_has_no_cap(program_of, places, li):
    author = program_of(li, "read", "alert")
    uuid = author.post("/alerts", {"place": JILIN, "content": make_content()}).json()["uuid"]

    assert author.get(f"/alerts/{uuid}/cap").status_code == 404


def test_a_state_that_does_not_exist_is_named(program_of, li):
    answer = program_of(li).get("/alerts", state="sent")

    assert answer.json()["faults"][0]["field"] == "query.state"


def test_for_whom_an_alert_is_is_said_and_kept(program_of, places, li, sun):
    author = program_of(li, "read", "alert")
    body = {"place": JILIN, "content": make_content(), "kind": "search_report"}

    draft = author.post("/alerts", {**body, "audience": ["cn:230100"]}).json()
    nobody = author.post("/alerts", {**body, "audience": []})
    uuid = draft["uuid"]
    edited = author.put(
        f"/alerts/{uuid}/content",
        {"revision": 1, "content": make_content(), "audience": ["*"], "recipients": ["cn:230100"]},
    ).json()

    assert (draft["audience"], draft["recipients"]) == (["cn:230100"], [])
    assert nobody.status_code == 422
    assert (edited["audience"], edited["recipients"]) == (["*"], ["cn:230100"])


def test_what_is_for_a_few_is_not_there_for_programs_of_other_places(
    program_of, places, li, wang, sun
):
    author, approver = program_of(li, "read", "alert"), program_of(wang, "read", "alert")
    body = {"place": JILIN, "content": make_content(), "audience": ["cn:230100"]}
    uuid = author.post("/alerts", body).json()["uuid"]
    author.post(f"/alerts/{uuid}/submit", {"revision": 1})
    assert approver.post(f"/alerts/{uuid}/issue", {"revision": 1}).json()["state"] == "issued"

    stranger = program_of(sun)

    for part in ("", "/cap", "/preview", "/deliveries"):
        assert stranger.get(f"/alerts/{uuid}{part}").status_code == 404
    assert stranger.get("/alerts").json()["items"] == []
    for program in (stranger, author):
        assert uuid.encode() not in program.get("/alerts/feed").content
    assert author.get(f"/alerts/{uuid}/cap").status_code == 200


def test_who_has_an_alert_is_told_with_the_proofs(program_of, places, issued, li):
    far = FarLog()
    peer = joined(far, NOW)
    ours = entries_about(address_of(issued)).get(kind="alert.issued")
    said = {"about": ours.about, "after": [f"{JILIN}/entry/{ours.index}"]}
    far.entries = [
        entry(0, kind="alert.received", **said),
        entry(0, kind="alert.unable", body={"text": "No pumps."}, **said),
    ]
    follow(peer=peer, fetch=far.fetch, now=NOW)

    (row,) = program_of(li).get(f"/alerts/{issued.uuid}/deliveries").json()

    assert (row["place"], row["state"], row["text"]) == ("cn:230100", "unable", "No pumps.")
    assert (row["p_reached_permille"], row["arrival_p50"]) == (980, "2005-11-24T00:00:00Z")
    assert [(each["entry"], each["signed"]) for each in row["proofs"]] == [
        ("cn:230100/entry/0", True), ("cn:230100/entry/1", True),
    ]  # fmt: skip
