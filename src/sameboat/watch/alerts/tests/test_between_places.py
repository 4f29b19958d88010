"""An alert between two places: it is delivered when the other's signed log says so."""

from datetime import timedelta
from importlib import import_module

import pytest

from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import address_of, body_of
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined
from sameboat.ground.people.refusals import NotAllowed
from sameboat.watch.alerts.answering import acknowledge, confirm_receipt
from sameboat.watch.alerts.deliveries import deliveries_of, foreign_alert, foreign_alerts
from sameboat.watch.alerts.queries import address_of as alert_address
from sameboat.watch.alerts.refusals import NotTheirAlert
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
    (shown,) = foreign_alerts(li, "en")
    assert (shown.headline["en"], shown.by) == ("A spill", told)
    assert shown.acknowledged == NOW


def test_who_may_not_speak_for_the_place_acknowledges_nothing(harbin, places):
    from sameboat.watch.alerts.tests.small_province import JILIN, add_person

    viewer = add_person(places, "zhang", 9, ("viewer", JILIN))
    theirs = issue_there(harbin)

    with pytest.raises(NotAllowed):
        acknowledge(entry=theirs, by=viewer, now=NOW)

    assert said("alert.acknowledged") == []
    assert len(foreign_alerts(viewer, "en")) == 1
    assert foreign_alerts(None, "en") == []


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

    (shown,) = foreign_alerts(li, "en")
    assert shown.headline == {}
    assert len(said("alert.received")) == 1


def test_ours_is_queued_until_the_other_log_says_it_is_there(harbin, issued):
    (before,) = deliveries_of(issued, "en")
    assert (before.place, before.state, before.proof) == (HARBIN, "queued", None)
    about = alert_address(issued)
    ours = f"cn:220200/entry/{said('alert.issued')[0].index}"

    harbin.entries.append(entry(0, kind="alert.received", about=about, after=["cn:220200/entry/0"]))
    hear(harbin)
    assert deliveries_of(issued, "en")[0].state == "queued"  # it comes after something else

    harbin.entries.append(entry(0, kind="alert.received", about=about, after=[ours]))
    hear(harbin)
    (there,) = deliveries_of(issued, "en")
    assert there.state == "delivered"
    assert address_of(there.proof) == f"{HARBIN}/entry/1"

    harbin.entries.append(
        entry(0, kind="alert.acknowledged", about=about, after=[ours],
              body={"by": f"{HARBIN}/desk/duty#4"})
    )  # fmt: skip
    hear(harbin)
    (answered,) = deliveries_of(issued, "en")
    assert (answered.state, answered.by) == ("acknowledged", f"{HARBIN}/desk/duty#4")


def test_an_answer_in_our_own_log_proves_nothing_of_another_place(harbin, issued, li):
    with pytest.raises(NotTheirAlert):
        acknowledge(entry=said("alert.issued")[0], by=li, now=NOW)

    assert deliveries_of(issued, "en")[0].state == "queued"


def test_a_draft_is_on_its_way_to_nobody(harbin, draft):
    assert deliveries_of(draft, "en") == []


def test_late_or_stale_our_receipt_is_given_all_the_same(harbin):
    issue_there(harbin)
    issue_there(harbin, kind="alert.cancelled")

    assert [each.after for each in said("alert.received")] == [
        [f"{HARBIN}/entry/0"], [f"{HARBIN}/entry/1"],
    ]  # fmt: skip
