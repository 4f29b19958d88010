"""The board of an alert: who has it, late ones first, nothing that no log says."""

from datetime import timedelta
from uuid import uuid4

import pytest

from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow, note_failure
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.peers import join, leave, read_invitation
from sameboat.ground.logbook.queries import address_of
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, invitation, joined
from sameboat.watch.alerts import actions
from sameboat.watch.alerts.deliveries import RECEIPT_WITHIN, deliveries_of, refused_elsewhere
from sameboat.watch.alerts.queries import address_of as alert_address
from sameboat.watch.alerts.tests.small_province import JILIN, NOW, SONGYUAN, make_content

JIAMUSI = "cn:230800"
SOON = NOW + timedelta(minutes=1)


@pytest.fixture
def harbin(db):
    far = FarLog()
    far.peer = joined(far, NOW)
    return far


@pytest.fixture
def others(harbin, places):
    """Songyuan, which the alert reaches too, and Jiamusi, which only follows us."""
    for place in (SONGYUAN, JIAMUSI):
        far = FarLog(name=f"{place[3:]}.example/log")
        told = invitation(far, place=place, address=f"https://{place[3:]}.example")
        join(invitation=read_invitation(told), by="operator", now=NOW)


def say(far, kind, alert, **body):
    """Let the other place say something of an alert of ours, after the entry that issued it."""
    about = alert_address(alert)
    ours = Entry.objects.filter(origin=JILIN, about=about).order_by("index").first()
    far.entries.append(
        entry(0, kind=f"alert.{kind}", about=about, after=[address_of(ours)], body=body)
    )
    follow(peer=far.peer, fetch=far.fetch, now=SOON)
    deliver(now=SOON)


def issue(alert, li, wang):
    actions.submit_alert(alert=alert, revision=alert.revision, by=li, now=SOON)
    return actions.issue_alert(alert=alert, revision=alert.revision, by=wang, now=SOON)


def board(alert, now=SOON):
    return deliveries_of(alert, "en", now=now)


def test_each_step_stands_on_the_board_with_its_proof(harbin, issued):
    steps = [("received", "delivered"), ("read", "read"), ("acknowledged", "acknowledged"),
             ("unable", "unable"), ("acting", "acting")]  # fmt: skip
    for count, (kind, state) in enumerate(steps, start=1):
        say(harbin, kind, issued, by=f"{HARBIN}/desk/duty#4", text=kind)

        (row,) = board(issued)

        assert (row.state, row.text, row.by) == (state, kind, f"{HARBIN}/desk/duty#4")
        assert address_of(row.proof) == f"{HARBIN}/entry/{count - 1}"
        assert [each.signed for each in row.proofs] == [True] * count
    assert row.addressed
    assert (row.reached.p_permille, row.reached.p50.day) == (980, 24)


def test_no_receipt_within_three_hours_is_late_and_stands_first(harbin, others, issued):
    say(harbin, "received", issued)
    in_time = board(issued, SOON + RECEIPT_WITHIN)
    late = board(issued, SOON + RECEIPT_WITHIN + timedelta(seconds=1))

    assert timedelta(hours=3) == RECEIPT_WITHIN
    assert [(row.place, row.late) for row in in_time] == [
        (SONGYUAN, False), (HARBIN, False), (JIAMUSI, False),
    ]  # fmt: skip
    # who only follows us was asked for nothing, and is never late
    assert [(row.place, row.late, row.addressed) for row in late] == [
        (SONGYUAN, True, True), (HARBIN, False, True), (JIAMUSI, False, False),
    ]  # fmt: skip


def test_who_is_not_able_stands_before_who_acts(harbin, others, issued):
    say(harbin, "unable", issued, text="no pumps")

    assert [row.place for row in board(issued)] == [SONGYUAN, HARBIN, JIAMUSI]


def test_what_is_not_known_is_said_so(harbin, li, wang, places):
    added = actions.draft_alert(
        place=JILIN, content=make_content(), key=uuid4(), by=li, now=NOW,
        recipients=["org:songhua-joint"],
    )  # fmt: skip
    alert = issue(added, li, wang)
    note_failure(peer=harbin.peer, problem="no route", now=SOON, jitter=0.0)

    rows = {row.place: row for row in board(alert)}

    assert rows[HARBIN].silent == "no route"
    assert rows[HARBIN].read_at is None
    assert not rows["org:songhua-joint"].followed
    follow(peer=harbin.peer, fetch=harbin.fetch, now=SOON)
    leave(origin=HARBIN, by="operator", now=SOON)
    assert not {row.place: row for row in board(alert)}[HARBIN].followed


def test_an_update_is_not_delivered_before_the_alert(harbin, issued, li, wang):
    update = issue(actions.draft_update(alert=issued, key=uuid4(), by=li, now=SOON), li, wang)
    say(harbin, "received", update)

    (row,) = board(update)
    assert (row.state, row.held) == ("queued", True)

    say(harbin, "received", issued)
    (row,) = board(update)
    assert (row.state, row.held) == ("delivered", False)


def test_the_board_of_what_is_for_a_few_has_only_them(harbin, others, li, wang, places):
    draft = actions.draft_alert(
        place=JILIN, content=make_content(), kind="search_report", key=uuid4(), by=li, now=NOW,
        audience=[JIAMUSI],
    )  # fmt: skip
    alert = issue(draft, li, wang)

    assert [row.place for row in board(alert)] == [JIAMUSI]


def test_what_another_place_refused_is_shown_to_who_may_look(harbin, issued, li, sun):
    say(harbin, "refused", issued, fact="already_ended")

    (refused,) = refused_elsewhere(li, JILIN, "en")

    assert refused.because == "the alert that it follows had already ended"
    assert refused_elsewhere(sun, JILIN, "en") == []
    assert [row.state for row in board(issued)] == ["refused"]
