"""To whom an alert goes: each place it reaches with its own time, and whom its author names."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import body_of
from sameboat.ground.logbook.tests.far_log import FarLog, joined
from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts import actions, queries, refusals
from sameboat.watch.alerts.addressing import (
    Reached,
    not_own,
    peers_reached,
    reached_at,
    reached_in,
    reached_of,
    recipients_of,
)
from sameboat.watch.alerts.cap import check_alert
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.tests.small_province import (
    HARBIN,
    JILIN,
    NOW,
    SONGYUAN,
    add_person,
    add_place,
    make_content,
)

pytestmark = pytest.mark.django_db
DAOLI, ACHENG = "cn:230102", "cn:230112"
SOON = NOW + timedelta(minutes=2)


def at(day, hour=0):
    return datetime(2005, 11, day, hour, tzinfo=UTC)


def write(li, content=None, **given):
    return actions.draft_alert(
        place=JILIN, content=content or make_content(), key=uuid4(), by=li, now=NOW, **given
    )


def issue(alert, li, wang):
    actions.submit_alert(alert=alert, revision=alert.revision, by=li, now=SOON)
    return actions.issue_alert(alert=alert, revision=alert.revision, by=wang, now=SOON)


def said(kind="alert.issued"):
    return Entry.objects.filter(kind=kind).last()


@pytest.fixture
def harbin(places, load):
    """Harbin, which we follow, with two districts."""
    for code in (DAOLI, ACHENG):
        add_place(load, code, code, code, lon=126.6, lat=45.7, above=f"{HARBIN}/")
    return joined(FarLog(), NOW)


def test_an_entry_says_whom_it_reaches_each_with_its_own_time_and_probability(li, wang, harbin):
    issue(write(li), li, wang)

    body = body_of(said())
    assert body["addressed"] == [
        {"place": HARBIN, "p_reached_permille": 980, "arrival_p10_at": "2005-11-22T00:00:00.000Z",
         "arrival_p50_at": "2005-11-24T00:00:00.000Z",
         "arrival_p90_at": "2005-11-26T00:00:00.000Z"},
        {"place": SONGYUAN, "p_reached_permille": 1000},
    ]  # fmt: skip
    assert body["recipients"] == [HARBIN]
    assert body["texts"]["en-US"]["instruction"] == "Stop taking water from the Songhua."
    assert reached_in(body)[0] == Reached(HARBIN, 980, at(22), at(24), at(26))


def test_a_city_is_reached_when_the_first_of_its_districts_is(li, wang, harbin):
    areas = [
        {"code": ACHENG, "p_reached": 0.9, "arrival_p10": "2005-11-25T00:00:00Z",
         "arrival_p50": "2005-11-26T00:00:00Z", "arrival_p90": "2005-11-27T00:00:00Z"},
        {"code": DAOLI, "p_reached": 0.4, "arrival_p50": "2005-11-24T00:00:00Z"},
    ]  # fmt: skip

    (reached,) = peers_reached(reached_of(areas))

    assert reached == Reached(HARBIN, 900, None, at(24), None)
    assert recipients_of(write(li, make_content(areas=areas))) == [HARBIN]


def test_a_district_is_reached_with_the_city_that_it_lies_in(harbin):
    rows = [Reached(SONGYUAN, 1000, p50=at(20)), Reached(HARBIN, 500, p50=at(24))]

    assert reached_at(DAOLI, rows) == Reached(DAOLI, 500, p50=at(24))
    assert reached_at("iso:RU-KHA", rows) is None
    # of a place that no pack here knows, the code says which city it lies in
    assert reached_at("cn:230199", rows) == Reached("cn:230199", 500, p50=at(24))


def test_whom_its_author_adds_is_addressed_too_and_whoever_left_is_not(li, harbin):
    alert = write(li, recipients=["org:songhua-joint", JILIN])
    assert recipients_of(alert) == [HARBIN, JILIN, "org:songhua-joint"]

    harbin.left_at = NOW
    harbin.save()

    assert recipients_of(alert) == [JILIN, "org:songhua-joint"]


def test_hundreds_of_places_leave_the_entry_small_with_peers_and_the_earliest_in_it(
    li, wang, harbin
):
    areas = [
        {"code": f"cn:22{number:04}", "names": {"en": "X"}, "circles": [[126.6, 45.7, 3]],
         "p_reached": 0.5, "arrival_p50": f"2005-11-{20 - number % 10}T00:00:00Z"}
        for number in range(1000, 1300)
    ]  # fmt: skip
    areas.append({"code": HARBIN, "p_reached": 0.2, "arrival_p50": "2005-11-30T00:00:00Z"})

    issue(write(li, make_content(areas=areas)), li, wang)

    entry = said()
    body = body_of(entry)
    assert entry.digest is None  # it lies in the entry itself
    assert (body["areas_total"], body["addressed"][0]["place"]) == (301, HARBIN)
    assert 30 < len(body["addressed"]) < 301
    assert body["addressed"][1]["arrival_p50_at"].startswith("2005-11-11")


def test_texts_without_room_in_the_entry_are_left_to_the_message(li, wang, harbin):
    content = make_content()
    content["texts"]["zh-CN"]["description"] = "水" * 5000

    issue(write(li, content), li, wang)

    assert "texts" not in body_of(said())
    assert body_of(said())["addressed"]


@pytest.mark.parametrize(
    "body",
    [{}, {"addressed": 7}, {"addressed": [7, {}, {"place": 7}, {"place": "x"}]}],
)
def test_rows_that_cannot_be_read_are_left_out(body):
    assert reached_in(body) == []


def test_of_a_row_only_what_can_be_read_is_known():
    row = {"place": HARBIN, "p_reached_permille": 2000, "arrival_p10_at": "soon",
           "arrival_p50_at": 7, "arrival_p90_at": "9999-12-31T23:59:59-23:59"}  # fmt: skip

    assert reached_in({"addressed": [row]}) == [Reached(HARBIN)]


def test_what_is_for_a_few_is_said_to_them_and_not_public(li, wang, harbin, sun):
    alert = issue(write(li, kind="search_report", audience=[HARBIN]), li, wang)

    entry = said()
    assert entry.audience == [HARBIN]
    assert b"Nitrobenzene" not in bytes(entry.canonical)  # the body lies beside
    assert body_of(entry)["recipients"] == [HARBIN]
    cap = check_alert(queries.cap_of(alert))
    assert (cap.verdict, cap.alert.scope, cap.alert.addresses) == ("valid", "Restricted", HARBIN)
    assert alert.identifier.encode() not in queries.feed(li, now=SOON)
    # Sun belongs to Harbin and sees what is public; this is said by node to node, not to her here
    assert queries.alert_by_uuid(sun, alert.uuid) is None
    assert list(queries.list_alerts(viewer=sun)) == []
    assert queries.alert_by_uuid(li, alert.uuid) == alert


def test_what_is_for_everyone_is_seen_from_other_places(li, wang, harbin, sun):
    alert = issue(write(li), li, wang)

    assert queries.alert_by_uuid(sun, alert.uuid) == alert
    assert alert.identifier.encode() in queries.feed(sun, now=SOON)
    assert check_alert(queries.cap_of(alert)).alert.scope == "Public"


def test_an_update_a_cancel_and_the_end_go_to_whom_the_alert_went(li, wang, harbin):
    alert = issue(write(li, audience=[HARBIN]), li, wang)
    update = actions.draft_update(alert=alert, key=uuid4(), by=li, now=SOON)
    with pytest.raises(refusals.FollowersKeepTheAudience):
        actions.edit_alert(alert=update, content=make_content(note="x"), revision=1, by=li,
                           now=SOON, audience=["*"])  # fmt: skip
    update = issue(update, li, wang)
    cancel = actions.draft_cancel(alert=update, because="It passed.", key=uuid4(), by=li, now=SOON)
    issue(cancel, li, wang)
    actions.expire_alerts(by="worker", now=NOW + timedelta(days=60))

    kinds = ("alert.issued", "alert.updated", "alert.cancelled", "alert.expired")
    assert [said(kind).audience for kind in kinds] == [[HARBIN]] * 4


def test_what_follows_names_its_references_and_comes_after_our_own_word(li, wang, harbin):
    alert = issue(write(li), li, wang)
    ours = said()
    say(kind="alert.received", place=JILIN, about=ours.about, body={}, audience=["*"],
        by="x", now=SOON)  # fmt: skip
    issue(actions.draft_update(alert=alert, key=uuid4(), by=li, now=SOON), li, wang)

    (reference,) = body_of(said("alert.updated"))["references"]
    assert reference.startswith(f"cn.220200,{alert.identifier},2005-11-14T10:02:00")


def test_audience_and_recipients_stay_once_submitted(li, harbin):
    alert = write(li, audience=[HARBIN])
    actions.submit_alert(alert=alert, revision=1, by=li, now=SOON)

    for change in ({"audience": ["*"]}, {"recipients": [SONGYUAN]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Alert.objects.filter(pk=alert.pk).update(**change)


def test_the_database_keeps_no_alert_that_is_for_nobody(li):
    alert = write(li)

    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(audience=[])


def test_a_draft_changes_for_whom_it_is_and_stays_so_when_only_its_text_is_edited(li):
    alert = write(li)
    edit = {"alert": alert, "by": li, "now": SOON}

    narrowed = actions.edit_alert(**edit, content=make_content(), revision=1, audience=[HARBIN])
    again = actions.edit_alert(**edit, content=make_content(note="x"), revision=2)

    assert (narrowed.audience, narrowed.revision) == ([HARBIN], 2)
    assert again.audience == [HARBIN]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"audience": []}, "missing"), ({"audience": "*"}, "wrong_type"),
        ({"audience": ["*", HARBIN]}, "not_a_code"), ({"audience": [7]}, "not_a_code"),
        ({"audience": [f"{HARBIN}/compact/x"]}, "no_compact"),
        ({"audience": [f"cn:{n:06}" for n in range(101)]}, "too_many"),
        ({"recipients": ["harbin"]}, "not_a_code"),
        ({"audience": [HARBIN], "recipients": [SONGYUAN]}, "cannot_hear"),
    ],
)  # fmt: skip
def test_an_audience_that_is_none_is_refused_and_nothing_drafted(li, given, code):
    with pytest.raises(FaultyInput) as refusal:
        write(li, **given)

    assert refusal.value.faults[0].code == code
    assert not Alert.objects.exists()


def test_what_looks_like_personal_data_is_refused_before_anybody_submits_it(li):
    content = make_content()
    content["texts"]["en-US"]["instruction"] = "Call 13912345678 now."

    with pytest.raises(FaultyInput) as refusal:
        write(li, content)

    (fault,) = refusal.value.faults
    assert (fault.code, fault.field) == ("personal", "texts.en-US.instruction")


def test_who_may_not_draft_addresses_nobody(places):
    viewer = add_person(places, "zhang", 9, ("viewer", JILIN))

    with pytest.raises(Exception, match="roles"):
        write(viewer, audience=[HARBIN])


@pytest.mark.parametrize(
    ("code", "origin", "own"),
    [
        (JILIN, JILIN, True), ("cn:220202", JILIN, True), ("cn:220202001", "cn:220202", True),
        ("cn:220202001", "cn:220000", True), (JILIN, "cn:220202", False), (HARBIN, JILIN, False),
        (JILIN, "org:songhua-joint", False), ("iso:RU-KHA", "iso:RU-KHA", True),
        (None, JILIN, True), ("no code", JILIN, True),
    ],
)  # fmt: skip
def test_a_places_own_ground_is_itself_and_what_lies_in_it(places, code, origin, own):
    assert not_own([code, code], origin) == ([] if own else [code])
