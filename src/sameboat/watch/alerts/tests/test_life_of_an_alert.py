"""From draft to issue, and every way it is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from sameboat.ground.logbook.models import Entry
from sameboat.ground.people.models import JournalLine, Role
from sameboat.ground.people.refusals import NotAllowed
from sameboat.lib.fault import FaultyInput
from sameboat.watch.alerts import actions, queries, refusals
from sameboat.watch.alerts.cap import check_alert
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.states import STATES, TRANSITIONS
from sameboat.watch.alerts.tests.small_province import (
    HARBIN,
    JILIN,
    NOW,
    add_person,
    make_content,
)
from sameboat.watch.forecasts.refusals import UnknownPlace

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_a_draft_keeps_what_its_author_wrote_with_moments_in_utc(draft, li):
    assert (draft.state, draft.revision, draft.author) == ("draft", 1, li)
    assert draft.content["expires"] == "2005-11-30T16:00:00.000Z"
    assert draft.content["areas"][0]["names"] == {"zh-Hans": "哈尔滨市", "en": "Harbin"}
    assert JournalLine.objects.get(what="alert.drafted").about == queries.address_of(draft)


def test_a_draft_fills_in_the_ground_of_its_areas(draft):
    harbin, songyuan = draft.content["areas"]

    assert harbin["polygons"][0][0] == harbin["polygons"][0][-1]
    assert songyuan["circles"][0][:2] == [124.82, 45.14]


def test_drafting_twice_with_one_key_is_drafting_once(places, li, content):
    key = uuid4()

    first = actions.draft_alert(place=JILIN, content=content, key=key, by=li, now=NOW)
    second = actions.draft_alert(place=JILIN, content=content, key=key, by=li, now=LATER)

    assert first == second
    assert Alert.objects.count() == 1


def test_a_key_cannot_serve_two_requests(draft, wang, content):
    with pytest.raises(refusals.KeyOfAnotherAlert):
        actions.draft_alert(place=JILIN, content=content, key=draft.key, by=wang, now=NOW)


def test_nobody_drafts_for_another_city(places, sun, content):
    with pytest.raises(NotAllowed):
        actions.draft_alert(place=JILIN, content=content, key=uuid4(), by=sun, now=NOW)

    assert not Alert.objects.exists()


def test_drafting_for_an_unknown_place_is_refused(places, li, content):
    with pytest.raises(UnknownPlace):
        actions.draft_alert(place="cn:999999", content=content, key=uuid4(), by=li, now=NOW)


def test_an_unknown_kind_is_named(places, li, content):
    with pytest.raises(FaultyInput) as refusal:
        actions.draft_alert(
            place=JILIN, content=content, kind="rumour", key=uuid4(), by=li, now=NOW
        )

    assert refusal.value.faults[0].field == "kind"


def test_editing_counts_a_revision(draft, li):
    edited = actions.edit_alert(
        alert=draft, content=make_content(severity="Extreme"), revision=1, by=li, now=NOW
    )

    assert (edited.revision, edited.content["severity"]) == (2, "Extreme")


def test_an_edit_of_an_old_revision_is_refused(draft, li):
    actions.edit_alert(
        alert=draft, content=make_content(severity="Extreme"), revision=1, by=li, now=NOW
    )

    with pytest.raises(refusals.AlertHasChanged):
        actions.edit_alert(
            alert=draft, content=make_content(severity="Minor"), revision=1, by=li, now=NOW
        )

    draft.refresh_from_db()
    assert draft.content["severity"] == "Extreme"


def test_editing_with_faults_changes_nothing(draft, li):
    with pytest.raises(FaultyInput) as refusal:
        actions.edit_alert(
            alert=draft, content=make_content(severity="Awful"), revision=1, by=li, now=NOW
        )

    draft.refresh_from_db()
    assert refusal.value.faults[0].field == "severity"
    assert draft.revision == 1


def test_what_is_submitted_cannot_be_edited(submitted, li):
    with pytest.raises(refusals.NotInThisState):
        actions.edit_alert(
            alert=submitted, content=make_content(severity="Minor"), revision=1, by=li, now=NOW
        )


def test_submitting_twice_is_submitting_once(draft, li):
    first = actions.submit_alert(alert=draft, revision=1, by=li, now=NOW)
    second = actions.submit_alert(alert=draft, revision=1, by=li, now=LATER)

    assert first.submitted_at == second.submitted_at == NOW
    assert JournalLine.objects.filter(what="alert.submitted").count() == 1


def test_an_alert_that_is_over_is_not_submitted(draft, li):
    with pytest.raises(refusals.AlertIsOver):
        actions.submit_alert(alert=draft, revision=1, by=li, now=NOW + timedelta(days=60))


def test_an_issued_alert_is_valid_cap_with_its_address_as_identifier(issued, wang):
    checked = check_alert(queries.cap_of(issued))

    assert checked.verdict == "valid"
    assert issued.state == "issued"
    assert issued.issued_by == wang
    assert issued.identifier == f"cn.220200.alert.{issued.uuid}"


def test_issuing_says_one_public_entry(issued):
    entry = Entry.objects.get(kind="alert.issued")

    assert entry.about == queries.address_of(issued)
    assert entry.audience == ["*"]


def test_the_author_never_issues(submitted, places, li):
    Role.objects.create(person=li, place=places[JILIN], kind="approver")

    with pytest.raises(refusals.AuthorMayNotIssue):
        actions.issue_alert(alert=submitted, revision=1, by=li, now=NOW)

    submitted.refresh_from_db()
    assert submitted.state == "submitted"
    assert not Entry.objects.filter(kind="alert.issued").exists()


def test_an_approver_who_edited_it_never_issues(draft, li, wang):
    edited = actions.edit_alert(
        alert=draft, content=make_content(severity="Minor"), revision=1, by=wang, now=NOW
    )
    again = actions.submit_alert(alert=edited, revision=2, by=li, now=NOW)

    with pytest.raises(refusals.AuthorMayNotIssue):
        actions.issue_alert(alert=again, revision=2, by=wang, now=NOW)


def test_a_duty_officer_may_not_approve(submitted, places):
    chen = add_person(places, "chen", 9, ("duty_officer", JILIN))

    with pytest.raises(NotAllowed):
        actions.issue_alert(alert=submitted, revision=1, by=chen, now=NOW)


def test_an_approver_of_another_city_may_not_approve(submitted, sun):
    with pytest.raises(NotAllowed):
        actions.issue_alert(alert=submitted, revision=1, by=sun, now=NOW)


def test_a_stale_approval_is_refused(submitted, li, wang):
    actions.return_alert(alert=submitted, because="Name the plant.", by=wang, now=NOW)
    actions.submit_alert(alert=submitted, revision=2, by=li, now=NOW)

    with pytest.raises(refusals.AlertHasChanged):
        actions.issue_alert(alert=submitted, revision=1, by=wang, now=NOW)


def test_a_replayed_approval_is_refused_and_says_who_issued_it(issued, wang):
    with pytest.raises(refusals.AlreadyIssued) as refusal:
        actions.issue_alert(alert=issued, revision=1, by=wang, now=LATER)

    assert refusal.value.facts["signature"].endswith("#2")
    assert Entry.objects.filter(kind="alert.issued").count() == 1


def test_the_same_approval_with_its_key_is_one_issue(submitted, wang):
    key = uuid4()

    first = actions.issue_alert(alert=submitted, revision=1, key=key, by=wang, now=NOW)
    second = actions.issue_alert(alert=submitted, revision=1, key=key, by=wang, now=LATER)

    assert first.issued_at == second.issued_at
    assert Entry.objects.filter(kind="alert.issued").count() == 1


def test_an_alert_that_ended_while_it_waited_is_not_issued(submitted, wang):
    with pytest.raises(refusals.AlertIsOver):
        actions.issue_alert(alert=submitted, revision=1, by=wang, now=NOW + timedelta(days=60))


def test_a_draft_is_not_issued(draft, wang):
    with pytest.raises(refusals.NotInThisState):
        actions.issue_alert(alert=draft, revision=1, by=wang, now=NOW)


def test_an_approver_returns_it_with_a_reason(submitted, wang):
    back = actions.return_alert(alert=submitted, because="Name the plant.", by=wang, now=NOW)

    assert (back.state, back.returned_because) == ("returned", "Name the plant.")


def test_the_author_takes_it_back(submitted, li):
    back = actions.return_alert(alert=submitted, because="A typo.", by=li, now=NOW)

    assert back.state == "returned"


def test_returning_twice_is_returning_once(submitted, wang):
    actions.return_alert(alert=submitted, because="A typo.", by=wang, now=NOW)
    again = actions.return_alert(alert=submitted, because="A typo.", by=wang, now=NOW)

    assert again.revision == 2


def test_returning_needs_a_reason(submitted, wang):
    with pytest.raises(FaultyInput):
        actions.return_alert(alert=submitted, because="  ", by=wang, now=NOW)


def test_an_alert_expires_once_its_end_has_passed(issued):
    end = issued.expires_at

    assert actions.expire_alerts(by="worker", now=end - timedelta(seconds=1)) == 0
    assert actions.expire_alerts(by="worker", now=end) == 1
    assert actions.expire_alerts(by="worker", now=end) == 0
    issued.refresh_from_db()
    assert issued.state == "expired"
    assert Entry.objects.filter(kind="alert.expired").count() == 1


@pytest.mark.parametrize(
    "change",
    [{"content": {}}, {"cap": b"<x/>"}, {"identifier": "other"}, {"issued_at": LATER},
     {"status": "Test"}, {"revision": 9}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_the_database_refuses_to_change_what_is_issued(issued, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=issued.pk).update(**change)


def test_the_database_refuses_to_change_what_is_submitted(submitted):
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=submitted.pk).update(content={})


def test_the_database_refuses_to_delete_what_is_issued(issued):
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=issued.pk).delete()


def test_the_database_refuses_an_issue_by_the_author(submitted, wang, li):
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=submitted.pk).update(
            state="issued", issued_by=li, issued_at=NOW, identifier="x", cap=b"x"
        )


@pytest.mark.parametrize("before", STATES)
def test_the_database_knows_the_same_table(issued, before):
    allowed = {after for (state, _deed), after in TRANSITIONS.items() if state == before}
    with transaction.atomic():
        row = Alert.objects.get(pk=issued.pk)
        row.pk, row.uuid, row.key, row.identifier = None, uuid4(), uuid4(), f"id-{before}"
        row.state = before
        row.save(force_insert=True)

    taken = set()
    for after in STATES:
        try:
            with transaction.atomic():
                Alert.objects.filter(pk=row.pk).update(state=after)
                taken.add(after)
                transaction.set_rollback(True)
        except IntegrityError:
            continue

    assert taken == allowed | {before}


def test_only_approvers_who_did_not_write_it_are_asked(submitted, li, wang, sun):
    assert [queries.waiting_for(person) for person in (li, wang, sun)] == [[], [submitted], []]


def test_other_cities_people_do_not_see_it_before_it_is_issued(submitted, sun, wang):
    assert queries.alert_by_uuid(sun, submitted.uuid) is None
    assert not list(queries.list_alerts(viewer=sun))

    issued = actions.issue_alert(alert=submitted, revision=1, by=wang, now=NOW)

    assert list(queries.list_alerts(viewer=sun)) == [issued]


def test_someone_without_a_place_sees_nothing(issued, places):
    stranger = add_person(places, "stranger", 8)

    assert not list(queries.list_alerts(viewer=stranger))
    assert queries.waiting_for(stranger) == []


def test_what_a_person_may_do_follows_role_and_state(submitted, li, wang):
    assert queries.deeds_for(submitted, li) == ["return"]
    assert queries.deeds_for(submitted, wang) == ["return", "issue"]


def test_the_preview_shows_text_xml_and_map_before_it_is_issued(draft):
    shown = queries.preview(draft, now=NOW)

    assert "松花江" in shown["texts"]["zh-CN"]
    assert check_alert(shown["xml"].encode()).verdict == "valid"
    codes = [feature["properties"]["code"] for feature in shown["geojson"]["features"]]
    assert HARBIN in codes


def test_the_feed_lists_issued_alerts_only(issued, places, li):
    actions.draft_alert(place=JILIN, content=make_content(), key=uuid4(), by=li, now=NOW)

    feed = queries.feed(li, now=LATER, link="http://node/api/alerts/feed")

    assert feed.count(b"<entry") == 1
    assert issued.identifier.encode() in feed
