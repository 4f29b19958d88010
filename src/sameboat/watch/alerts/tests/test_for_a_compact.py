"""An alert for the members of a compact: who they are is settled when it is said."""

from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest

from sameboat.books.compacts.actions import leave_compact, propose_compact, sign_compact
from sameboat.ground.logbook.delivery import deliver
from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined
from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts import actions, refusals
from sameboat.watch.alerts.addressing import recipients_of
from sameboat.watch.alerts.tests.small_province import JILIN, NOW, make_content

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=2)


@pytest.fixture
def harbin(db):
    """Harbin's log, which this node follows."""
    import_module("sameboat.books.compacts.reactions")
    far = FarLog()
    far.peer = joined(far, NOW)
    return far


def hear(far):
    follow(peer=far.peer, fetch=far.fetch, now=NOW)
    deliver(now=NOW)


@pytest.fixture
def compact(harbin):
    """The address of a compact in force between us and Harbin."""
    version = propose_compact(
        names={"en": "Songhua", "zh-Hans": "松花江"}, purpose={"en": "Warn each other."},
        members=[JILIN, HARBIN], key=uuid4(), by="operator", now=NOW,
    )  # fmt: skip
    sign_compact(proposal=version.proposal, by="operator", now=NOW)
    told = {"proposal": version.proposal, "digest": version.digest, "by": f"{HARBIN}/desk/x#1"}
    address = version.compact.address
    harbin.entries.append(entry(0, kind="compact.signed", about=address, body=told))
    hear(harbin)
    return address


def write(li, compact):
    return actions.draft_alert(
        place=JILIN, content=make_content(), key=uuid4(), by=li, now=NOW, audience=[compact]
    )


def issue(alert, li, wang):
    actions.submit_alert(alert=alert, revision=alert.revision, by=li, now=SOON)
    return actions.issue_alert(alert=alert, revision=alert.revision, by=wang, now=SOON)


def test_it_is_said_to_each_member_by_its_code(compact, li, wang):
    alert = issue(write(li, compact), li, wang)

    assert alert.audience == [compact]
    assert Entry.objects.get(kind="alert.issued").audience == [JILIN, HARBIN]
    assert recipients_of(alert) == [HARBIN]


def test_where_nobody_belongs_to_it_any_more_nothing_is_issued(compact, li, wang):
    alert = write(li, compact)
    leave_compact(address=compact, because="over", by="operator", now=SOON)
    deliver(now=SOON)  # of two members one has left: it is over

    with pytest.raises(refusals.NobodyHears):
        issue(alert, li, wang)

    alert.refresh_from_db()
    assert alert.state == "submitted"
    assert not Entry.objects.filter(kind="alert.issued").exists()


def test_who_left_since_still_hears_that_it_ended(compact, li, wang):
    alert = issue(write(li, compact), li, wang)
    leave_compact(address=compact, because="over", by="operator", now=SOON)
    deliver(now=SOON)

    cancel = actions.draft_cancel(alert=alert, because="It passed.", key=uuid4(), by=li, now=SOON)
    issue(cancel, li, wang)

    assert Entry.objects.get(kind="alert.cancelled").audience == [JILIN, HARBIN]


def test_a_compact_that_is_not_in_force_has_nobody_to_hear(compact, li):
    with pytest.raises(FaultyInput) as refusal:
        write(li, f"{JILIN}/compact/{uuid4()}")

    assert refusal.value.faults[0].code == "no_compact"
