"""Every state and every deed: a step of the table, or a refusal by name that changes nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from sameboat.ground.logbook.models import Entry
from sameboat.lib.refusal import Refusal
from sameboat.watch.alerts import actions
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.states import STATES, TRANSITIONS
from sameboat.watch.alerts.tests.small_province import JILIN, NOW, make_content

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(minutes=5)
DEEDS = {
    "edit": lambda alert, li, wang: actions.edit_alert(
        alert=alert, content=make_content(note="new"), revision=alert.revision, by=li, now=SOON),
    "submit": lambda alert, li, wang: actions.submit_alert(
        alert=alert, revision=alert.revision, by=wang, now=SOON),
    "return": lambda alert, li, wang: actions.return_alert(
        alert=alert, because="look again", by=li, now=SOON),
    "issue": lambda alert, li, wang: actions.issue_alert(
        alert=alert, revision=alert.revision, by=wang, now=SOON),
    "update": lambda alert, li, wang: issued(actions.draft_update(
        alert=alert, key=uuid4(), by=li, now=SOON), li, wang),
    "cancel": lambda alert, li, wang: issued(actions.draft_cancel(
        alert=alert, because="over", key=uuid4(), by=li, now=SOON), li, wang),
}  # fmt: skip


def issued(alert, li, wang):
    actions.submit_alert(alert=alert, revision=alert.revision, by=li, now=NOW)
    return actions.issue_alert(alert=alert, revision=alert.revision, by=wang, now=NOW)


def alert_in(state, li, wang):
    alert = actions.draft_alert(place=JILIN, content=make_content(), key=uuid4(), by=li, now=NOW)
    if state in {"submitted", "returned"}:
        actions.submit_alert(alert=alert, revision=1, by=li, now=NOW)
    if state == "returned":
        actions.return_alert(alert=alert, because="because", by=li, now=NOW)
    if state in {"issued", "updated", "cancelled", "expired"}:
        issued(alert, li, wang)
    if state in {"updated", "cancelled"}:
        DEEDS[state.removesuffix("d").replace("cancelle", "cancel")](alert, li, wang)
    if state == "expired":
        actions.expire_alerts(by="worker", now=NOW + timedelta(days=90))
    alert.refresh_from_db()
    assert alert.state == state
    return alert


def everything():
    return list(Alert.objects.order_by("pk").values()), Entry.objects.count()


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("state", STATES)
def test_a_deed_is_a_step_of_the_table_or_refused_and_nothing_changes(state, deed, li, wang):
    alert = alert_in(state, li, wang)
    before = everything()
    allowed = (state, deed) in TRANSITIONS

    refused = None
    try:
        DEEDS[deed](alert, li, wang)
    except Refusal as refusal:
        refused = refusal

    alert.refresh_from_db()
    assert (refused is None) == allowed
    assert alert.state == TRANSITIONS.get((state, deed), state)
    assert allowed or everything() == before


@pytest.mark.parametrize("state", STATES)
def test_time_ends_only_what_is_in_force(state, li, wang):
    alert = alert_in(state, li, wang)

    actions.expire_alerts(by="worker", now=NOW + timedelta(days=90))

    alert.refresh_from_db()
    assert alert.state == TRANSITIONS.get((state, "expire"), state)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE alerts_alert SET content = '{{}}' WHERE id = {issued}",
        "UPDATE alerts_alert SET cap = x'00' WHERE id = {issued}",
        "UPDATE alerts_alert SET state = 'draft' WHERE id = {issued}",
        "UPDATE alerts_alert SET id = 99999 WHERE id = {issued}",
        "UPDATE OR REPLACE alerts_alert SET id = {issued} WHERE id = {draft}",
        "UPDATE OR REPLACE alerts_alert SET key = '{key}' WHERE id = {draft}",
        "UPDATE OR REPLACE alerts_alert SET identifier = '{name}' WHERE id = {draft}",
        "INSERT OR REPLACE INTO alerts_alert SELECT * FROM alerts_alert WHERE id = {issued}",
        "DELETE FROM alerts_alert WHERE id = {issued}",
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
def test_no_statement_changes_deletes_or_replaces_what_is_issued(sql, li, wang):
    said, draft = alert_in("issued", li, wang), alert_in("draft", li, wang)
    before = everything()
    facts = {"issued": said.pk, "draft": draft.pk, "key": said.key.hex, "name": said.identifier}

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(**facts))

    assert everything() == before


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM alerts_alert_writers", "UPDATE alerts_alert_writers SET person_id = {other}"],
)
def test_no_statement_forgets_who_wrote_an_alert(sql, li, wang):
    draft = alert_in("draft", li, wang)
    (writer,) = draft.writers.values_list("pk", flat=True)
    other = li.pk if writer == wang.pk else wang.pk

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(other=other))

    assert list(draft.writers.values_list("pk", flat=True)) == [writer]
