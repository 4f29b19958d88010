"""Two people press at once: one effect, and the other is told."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection

from sameboat.ground.logbook.following import follow
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.tests.far_log import HARBIN, FarLog, entry, joined
from sameboat.lib.refusal import Refusal
from sameboat.watch.alerts import actions, answering, refusals
from sameboat.watch.alerts.models import Alert, ReceivedAlert
from sameboat.watch.alerts.tests.small_province import JILIN, NOW, make_content

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lifted_guards")]


def at_once(*deeds):
    """Run the deeds in threads that start together; return what each gave or refused."""
    barrier, answers = Barrier(len(deeds)), [None] * len(deeds)

    def run(at, deed):
        try:
            barrier.wait(10)
            answers[at] = deed()
        except Refusal as refusal:
            answers[at] = refusal
        finally:
            connection.close()

    threads = [Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_two_approvers_issue_once(submitted, wang, zhao):
    answers = at_once(
        *(
            lambda by=by: actions.issue_alert(alert=submitted, revision=1, by=by, now=NOW)
            for by in (wang, zhao)
        )
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["Alert", "AlreadyIssued"]
    assert Entry.objects.filter(kind="alert.issued").count() == 1


def test_one_key_drafts_once(places, li):
    key = uuid4()

    def deed():
        return actions.draft_alert(place=JILIN, content=make_content(), key=key, by=li, now=NOW)

    first, second = at_once(deed, deed)

    assert first == second
    assert Alert.objects.count() == 1


def test_two_edits_of_one_revision_do_not_both_count(draft, li):
    answers = at_once(
        *(
            lambda word=word: actions.edit_alert(
                alert=draft, content=make_content(severity=word), revision=1, by=li, now=NOW
            )
            for word in ("Extreme", "Minor")
        )
    )

    assert sorted(type(each).__name__ for each in answers) == ["Alert", "AlertHasChanged"]


def test_submitting_and_editing_do_not_mix(draft, li):
    answers = at_once(
        lambda: actions.submit_alert(alert=draft, revision=1, by=li, now=NOW),
        lambda: actions.edit_alert(
            alert=draft, content=make_content(severity="Minor"), revision=1, by=li, now=NOW
        ),
    )

    draft.refresh_from_db()
    assert sum(isinstance(each, Refusal) for each in answers) == 1
    assert (draft.state, draft.revision) in {("submitted", 1), ("draft", 2)}


def test_issuing_and_returning_do_not_mix(submitted, wang, zhao):
    answers = at_once(
        lambda: actions.issue_alert(alert=submitted, revision=1, by=wang, now=NOW),
        lambda: actions.return_alert(alert=submitted, because="Wait.", by=zhao, now=NOW),
    )

    assert sum(isinstance(each, Refusal) for each in answers) == 1


def test_an_update_and_a_cancel_do_not_both_follow(issued, li, wang, zhao):
    later = NOW + timedelta(hours=1)
    update = actions.draft_update(alert=issued, key=uuid4(), by=li, now=later)
    cancel = actions.draft_cancel(alert=issued, because="Passed.", key=uuid4(), by=li, now=later)
    for alert in (update, cancel):
        actions.submit_alert(alert=alert, revision=1, by=li, now=later)

    answers = at_once(
        lambda: actions.issue_alert(alert=update, revision=1, by=wang, now=later),
        lambda: actions.issue_alert(alert=cancel, revision=1, by=zhao, now=later),
    )

    assert sum(isinstance(each, refusals.NotFollowable) for each in answers) == 1


def test_an_alert_expires_once(issued):
    end = issued.expires_at

    def deed():
        return actions.expire_alerts(by="worker", now=end)

    assert sum(at_once(deed, deed)) == 1
    assert Entry.objects.filter(kind="alert.expired").count() == 1


def test_the_same_bytes_are_kept_once(places):
    def deed():
        return actions.receive_alert(raw=b"<not-cap/>", source="x.xml", by="operator", now=NOW)

    first, second = at_once(deed, deed)

    assert first == second
    assert ReceivedAlert.objects.count() == 1


def test_two_who_acknowledge_anothers_alert_say_so_once(wang, li):
    far = FarLog()
    far.entries.append(entry(0, kind="alert.issued", about=f"{HARBIN}/alert/{uuid4()}"))
    follow(peer=joined(far), fetch=far.fetch, now=NOW)
    theirs = Entry.objects.get(origin=HARBIN)

    first, second = at_once(
        *(lambda by=by: answering.acknowledge(entry=theirs, by=by, now=NOW) for by in (wang, li))
    )

    assert first == second
    assert Entry.objects.filter(kind="alert.acknowledged").count() == 1
    assert Entry.objects.filter(kind="alert.received").count() == 1
