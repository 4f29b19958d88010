"""An alert between two places: it is delivered when the other's signed log says so."""

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest

from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import address_of, body_of
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined
from sameboat.ground.people.refusals import NotAllowed
from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts.addressing import Reached
from sameboat.watch.alerts.answering import (
    acknowledge,
    answer_arrival,
    confirm_receipt,
    say_acting,
    say_read,
    say_unable,
)
from sameboat.watch.alerts.deliveries import deliveries_of
from sameboat.watch.alerts.foreign import foreign_alert, foreign_alerts, ours_reached
from sameboat.watch.alerts.queries import address_of as alert_address
from sameboat.watch.alerts.refusals import NotTheirAlert, RefusedBefore
from sameboat.watch.alerts.tests.small_province import NOW

THEIRS = f"{HARBIN}/alert/0193a1f0-5a6d-7c11-8b52-5d0c2f1f7a11"


@pytest.fixture
def harbin(db):
    """Harbin's log, which this node follows."""
    import_module("sameboat.watch.alerts.reactions")
    far = FarLog()
    far.peer = joined(far, NOW)
    return far


def hear(far):
    """Take what the other place said, and let reactions have it."""
    follow(peer=far.peer, fetch=far.fetch, now=NOW)
    deliver(now=NOW)


def said(kind):
    return list(Entry.objects.filter(origin="cn:220200", kind=kind).order_by("index"))


def issue_there(far, kind="alert.issued", **body):
    far.entries.append(
        entry(
            0, kind=kind, about=THEIRS,
            body={"status": "Exercise", "headline": {"zh-CN": "松花江污染", "en-US": "A spill"},
                  **body},
        )
    )  # fmt: skip
    hear(far)
    return foreign_alert(f"{HARBIN}/entry/{len(far.entries) - 1}")


def test_an_alert_of_another_place_is_confirmed_once_by_our_own_signed_word(harbin):
    theirs = issue_there(harbin)
    deliver(now=NOW)

    (receipt,) = said("alert.received")
    assert receipt.about == THEIRS
    assert receipt.after == [address_of(theirs)]
    confirm_receipt(entry=theirs, by="worker", now=NOW)
    assert len(said("alert.received")) == 1


def test_a_person_acknowledges_it_by_desk_and_number_and_twice_is_once(harbin, wang, li):
    theirs = issue_there(harbin)

    answered = acknowledge(entry=theirs, by=li, now=NOW)
    again = acknowledge(entry=theirs, by=wang, now=NOW + timedelta(hours=1))

    assert answered == again
    assert len(said("alert.acknowledged")) == 1
    told = body_of(answered)["by"]
    assert told.startswith("cn:220200/desk/")
    assert li.username not in told
    (shown,) = foreign_alerts(li, "en", now=NOW)
    assert (shown.headline["en"], shown.by) == ("A spill", told)
    assert shown.acknowledged == NOW


def test_who_may_not_speak_for_the_place_acknowledges_nothing(harbin, places):
    from sameboat.watch.alerts.tests.small_province import JILIN, add_person

    viewer = add_person(places, "zhang", 9, ("viewer", JILIN))
    theirs = issue_there(harbin)

    with pytest.raises(NotAllowed):
        acknowledge(entry=theirs, by=viewer, now=NOW)

    assert said("alert.acknowledged") == []
    assert len(foreign_alerts(viewer, "en", now=NOW)) == 1
    assert foreign_alerts(None, "en", now=NOW) == []


def test_only_what_another_place_issued_is_acknowledged(harbin, li):
    harbin.entries.append(entry(0))
    hear(harbin)
    other = Entry.objects.get(origin=HARBIN, index=0)
    own = said("peer.joined")[0]

    for wrong in (other, own):
        with pytest.raises(NotTheirAlert):
            acknowledge(entry=wrong, by=li, now=NOW)
        assert foreign_alert(address_of(wrong)) is None


@pytest.mark.parametrize("body", [{"headline": 7}, {"headline": {"en-US": 7}}, {"headline": None}])
def test_an_alert_with_an_odd_body_is_received_and_shown_without_a_headline(harbin, li, body):
    issue_there(harbin, **body)

    (shown,) = foreign_alerts(li, "en", now=NOW)
    assert shown.headline == {}
    assert len(said("alert.received")) == 1


def test_ours_is_queued_until_the_other_log_says_it_is_there(harbin, issued):
    (before,) = deliveries_of(issued, "en", now=NOW)
    assert (before.place, before.state, before.proof) == (HARBIN, "queued", None)
    about = alert_address(issued)
    ours = f"cn:220200/entry/{said('alert.issued')[0].index}"

    harbin.entries.append(entry(0, kind="alert.received", about=about, after=["cn:220200/entry/0"]))
    hear(harbin)
    assert (
        deliveries_of(issued, "en", now=NOW)[0].state == "queued"
    )  # it comes after something else

    harbin.entries.append(entry(0, kind="alert.received", about=about, after=[ours]))
    hear(harbin)
    (there,) = deliveries_of(issued, "en", now=NOW)
    assert there.state == "delivered"
    assert address_of(there.proof) == f"{HARBIN}/entry/1"

    harbin.entries.append(
        entry(0, kind="alert.acknowledged", about=about, after=[ours],
              body={"by": f"{HARBIN}/desk/duty#4"})
    )  # fmt: skip
    hear(harbin)
    (answered,) = deliveries_of(issued, "en", now=NOW)
    assert (answered.state, answered.by) == ("acknowledged", f"{HARBIN}/desk/duty#4")


def test_an_answer_in_our_own_log_proves_nothing_of_another_place(harbin, issued, li):
    with pytest.raises(NotTheirAlert):
        acknowledge(entry=said("alert.issued")[0], by=li, now=NOW)

    assert deliveries_of(issued, "en", now=NOW)[0].state == "queued"


def test_a_draft_is_on_its_way_to_nobody(harbin, draft):
    assert deliveries_of(draft, "en", now=NOW) == []


def follow_there(far, kind, about, *after, **body):
    far.entries.append(
        entry(0, kind=kind, about=f"{HARBIN}/alert/{about}", body=body,
              after=[f"{HARBIN}/entry/{number}" for number in after])
    )  # fmt: skip
    hear(far)
    return foreign_alert(f"{HARBIN}/entry/{len(far.entries) - 1}")


def test_late_or_stale_our_receipt_is_given_all_the_same(harbin):
    issue_there(harbin)
    follow_there(harbin, "alert.cancelled", "c", 0, earlier=THEIRS)

    assert [each.after for each in said("alert.received")] == [
        [f"{HARBIN}/entry/0"], [f"{HARBIN}/entry/1"],
    ]  # fmt: skip


def test_a_cancel_that_matches_nothing_is_refused_and_reported_back_once(harbin, li):
    stray = follow_there(harbin, "alert.cancelled", "x", earlier=THEIRS, references=["a,b,c"])
    deliver(now=NOW)

    (refused,) = said("alert.refused")
    assert said("alert.received") == []
    assert (refused.about, refused.after) == (stray.about, [address_of(stray)])
    assert refused.audience == [HARBIN]  # to whom it was said, and to nobody else
    told = body_of(refused)
    assert (told["message_type"], told["fact"]) == ("Error", "follows_nothing")
    assert told["references"] == ["a,b,c"]
    (shown,) = foreign_alerts(li, "en", now=NOW)
    assert (shown.state, shown.refusal) == (
        "refused", "it follows no earlier entry of the place that said it"
    )  # fmt: skip
    assert answer_arrival(entry=stray, by="worker", now=NOW) == refused
    assert len(said("alert.refused")) == 1


def test_a_cancel_of_what_has_ended_is_refused_and_a_second_update_too(harbin):
    issue_there(harbin)
    follow_there(harbin, "alert.updated", "u", 0, earlier=THEIRS)
    follow_there(harbin, "alert.cancelled", "c", 0, earlier=THEIRS)
    follow_there(harbin, "alert.updated", "v", 1, earlier=THEIRS)

    facts = [body_of(each)["fact"] for each in said("alert.refused")]
    assert facts == ["already_ended", "other_alert"]
    assert len(said("alert.received")) == 2


def test_what_we_refused_is_not_answered_otherwise(harbin, li):
    stray = follow_there(harbin, "alert.updated", "x")

    for answer in (acknowledge, say_read):
        with pytest.raises(RefusedBefore):
            answer(entry=stray, by=li, now=NOW)
    with pytest.raises(RefusedBefore):
        say_acting(entry=stray, text="", key=uuid4(), by=li, now=NOW)

    assert len(said("alert.refused")) == 1
    assert said("alert.acknowledged") == said("alert.read") == said("alert.acting") == []


def test_what_is_not_for_us_is_neither_shown_nor_answered(harbin, li):
    harbin.entries.append(
        entry(0, kind="alert.issued", about=THEIRS, audience=["cn:230800"], digest="0" * 64)
        .replace(b'"body":{"number":0},', b"")
    )  # fmt: skip
    hear(harbin)

    assert said("alert.received") == []
    assert foreign_alerts(li, "en", now=NOW) == []
    assert foreign_alert(f"{HARBIN}/entry/0") is None
    with pytest.raises(NotTheirAlert):
        acknowledge(entry=Entry.objects.get(origin=HARBIN), by=li, now=NOW)


def test_what_is_for_us_alone_is_answered_to_its_place_alone(harbin, li):
    harbin.entries.append(
        entry(0, kind="alert.issued", about=THEIRS, audience=["cn:220200"], digest="0" * 64)
        .replace(b'"body":{"number":0},', b"")
    )  # fmt: skip
    hear(harbin)
    theirs = foreign_alert(f"{HARBIN}/entry/0")

    acknowledge(entry=theirs, by=li, now=NOW)

    assert [said(kind)[0].audience for kind in ("alert.received", "alert.acknowledged")] == [
        [HARBIN], [HARBIN],
    ]  # fmt: skip


def test_the_first_officer_to_open_it_is_said_once(harbin, li, wang):
    theirs = issue_there(harbin)

    first = say_read(entry=theirs, by=li, now=NOW)

    assert say_read(entry=theirs, by=wang, now=NOW) == first
    assert body_of(first) == {"by": "cn:220200/desk/duty#1"}
    assert [each.state for each in foreign_alerts(li, "en", now=NOW)] == ["read"]


def test_not_able_says_why_and_is_taken_back_by_acting(harbin, li):
    theirs = issue_there(harbin)
    given = {"entry": theirs, "by": li, "now": NOW}
    key = uuid4()

    unable = say_unable(**given, text="No  pumps.", key=key)
    assert say_unable(**given, text="No pumps.", key=uuid4()) == unable  # a colleague, the same
    assert foreign_alerts(li, "en", now=NOW)[0].text == "No pumps."
    acting = say_acting(**given, text="Intakes closed.", key=uuid4())
    assert say_unable(**given, text="No pumps.", key=key) == unable  # sent once more: said once

    (shown,) = foreign_alerts(li, "en", now=NOW)
    assert (shown.state, shown.text, shown.by) == (
        "acting", "Intakes closed.", "cn:220200/desk/duty#1"
    )  # fmt: skip
    assert said("alert.acting") == [acting]
    assert len(said("alert.unable")) == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, "call 13912345678 now"])
def test_a_reason_that_is_none_or_too_long_or_personal_is_refused(harbin, li, text):
    theirs = issue_there(harbin)

    with pytest.raises(FaultyInput) as refusal:
        say_unable(entry=theirs, text=text, key=uuid4(), by=li, now=NOW)

    assert refusal.value.faults[0].field == "text"
    assert said("alert.unable") == []


def test_when_it_reaches_us_is_read_from_its_entry(harbin, li):
    issue_there(harbin, addressed=[
        {"place": "cn:220200", "p_reached_permille": 400,
         "arrival_p10_at": "2005-11-20T00:00:00.000Z"},
        {"place": "cn:239999"},
    ])  # fmt: skip

    (shown,) = foreign_alerts(li, "en", now=NOW)

    assert shown.reached == Reached("cn:220200", 400, NOW.replace(day=20, hour=0))
    assert [name for name, _row in ours_reached(shown, "en")] == ["Jilin"]
