"""Updates and cancels: exactly one earlier alert, which ends when they are issued."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from sameboat.ground.logbook.models import Entry
from sameboat.ground.people.refusals import NotAllowed
from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts import actions, queries, refusals
from sameboat.watch.alerts.cap import check_alert
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.tests.small_province import NOW, make_content

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)


def issue(alert, li, wang, now=LATER):
    actions.submit_alert(alert=alert, revision=alert.revision, by=li, now=now)
    return actions.issue_alert(alert=alert, revision=alert.revision, by=wang, now=now)


def update_of(alert, li, **changes):
    return actions.draft_update(
        alert=alert, content=make_content(**changes), key=uuid4(), by=li, now=LATER
    )


def test_an_issued_update_names_its_earlier_alert_and_ends_it(issued, li, wang):
    newer = issue(update_of(issued, li, severity="Extreme"), li, wang)

    issued.refresh_from_db()
    references = f"{issued.identifier},".encode()
    assert (issued.state, newer.state, newer.message_type) == ("updated", "issued", "Update")
    assert references in queries.cap_of(newer)
    first = check_alert(queries.cap_of(issued)).alert
    assert check_alert(queries.cap_of(newer), known=[first.reference]).verdict == "valid"


def test_an_issued_cancel_ends_its_alert(issued, li, wang):
    cancel = actions.draft_cancel(
        alert=issued, because="The plume has passed.", key=uuid4(), by=li, now=LATER
    )
    ended = issue(cancel, li, wang)

    issued.refresh_from_db()
    assert (issued.state, ended.message_type) == ("cancelled", "Cancel")
    assert b"The plume has passed." in queries.cap_of(ended)


def test_the_entry_of_an_update_comes_after_that_of_its_alert(issued, li, wang):
    issue(update_of(issued, li), li, wang)

    first, second = Entry.objects.order_by("index")
    assert second.kind == "alert.updated"
    assert second.after == [f"{first.origin}/entry/{first.index}"]


def test_drafting_an_update_leaves_the_alert_in_force(issued, li):
    update_of(issued, li)

    issued.refresh_from_db()
    assert issued.state == "issued"


def test_an_update_without_content_takes_the_earlier_content(issued, li):
    same = actions.draft_update(alert=issued, key=uuid4(), by=li, now=LATER)

    assert same.content == issued.content


def test_drafting_an_update_twice_with_one_key_is_once(issued, li):
    key = uuid4()

    first = actions.draft_update(alert=issued, key=key, by=li, now=LATER)
    second = actions.draft_update(alert=issued, key=key, by=li, now=LATER)

    assert first == second


def test_two_updates_of_one_alert_cannot_both_be_issued(issued, li, wang):
    one, other = update_of(issued, li), update_of(issued, li)
    issue(one, li, wang)
    actions.submit_alert(alert=other, revision=1, by=li, now=LATER)

    with pytest.raises(refusals.NotFollowable):
        actions.issue_alert(alert=other, revision=1, by=wang, now=LATER)

    other.refresh_from_db()
    assert other.state == "submitted"


def test_what_is_not_in_force_is_not_followed(draft, li):
    with pytest.raises(refusals.NotFollowable):
        update_of(draft, li)


def test_a_cancel_is_not_followed(issued, li, wang):
    cancel = actions.draft_cancel(
        alert=issued, because="A false alarm.", key=uuid4(), by=li, now=LATER
    )
    ended = issue(cancel, li, wang)

    with pytest.raises(refusals.NotFollowable):
        update_of(ended, li)


def test_a_cancel_needs_a_reason(issued, li):
    with pytest.raises(FaultyInput) as refusal:
        actions.draft_cancel(alert=issued, because="", key=uuid4(), by=li, now=LATER)

    assert refusal.value.faults[0].field == "because"


def test_nobody_follows_another_citys_alert(issued, sun):
    with pytest.raises(NotAllowed):
        update_of(issued, sun)


def test_the_database_refuses_an_update_without_an_earlier_alert(draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=draft.pk).update(message_type="Update")
