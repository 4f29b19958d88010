"""Draft, submit, return, issue, follow, expire; and keep what others gave us."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sameboat.ground.logbook.actions import say
from sameboat.ground.people.actions import note
from sameboat.ground.people.models import Person
from sameboat.ground.people.queries import require, signature_of
from sameboat.ground.places.models import Place
from sameboat.lib.address import uuid7
from sameboat.lib.times import as_utc_text, parse_moment
from sameboat.watch.alerts import audience as audiences
from sameboat.watch.alerts import drafting, message
from sameboat.watch.alerts.content import check_content
from sameboat.watch.alerts.ground import with_ground
from sameboat.watch.alerts.models import Alert
from sameboat.watch.alerts.queries import (
    address_of,
    has_written,
    identifier_of,
    last_said_of,
    place_of,
    usual_status,
)
from sameboat.watch.alerts.receiving import receive_alert as receive_alert
from sameboat.watch.alerts.refusals import (
    AlertHasChanged,
    AlertIsOver,
    AlreadyIssued,
    AuthorMayNotIssue,
    FollowersKeepTheAudience,
    KeyOfAnotherAlert,
    NobodyHears,
    NotFollowable,
)
from sameboat.watch.alerts.states import ISSUED, check_choice, next_state
from sameboat.watch.forecasts.models import Forecast

_SAID_AS = {"Alert": "alert.issued", "Update": "alert.updated", "Cancel": "alert.cancelled"}
_ENDS_EARLIER = {"Update": "update", "Cancel": "cancel"}


@transaction.atomic
def draft_alert(
    *,
    place: Place | str,
    key: UUID,
    by: Person,
    now: datetime,
    forecast: Forecast | None = None,
    kind: str = "warning",
    status: str | None = None,
    content: Mapping[str, Any] | None = None,
    audience: Sequence[str] | None = None,
    recipients: Sequence[str] = (),
) -> Alert:
    """Begin an alert: from what its author wrote, or from a forecast by the stated rules.

    Without a status it is real (Actual), on a demo an Exercise; without an audience for everyone.
    `recipients` are places its author addresses it to besides those that it reaches.

    Raises:
        NotAllowed: this person may not draft at this place.
        FaultyInput: the content or audience has faults, or neither content nor forecast is given.
        ForecastNotMade, NothingReached: the forecast gives nothing to warn of.
        KeyOfAnotherAlert: the key belongs to another request.
    """
    place = place_of(place)
    require(by, "draft", place.code)
    status = usual_status() if status is None else status
    check_choice(kind=kind, status=status)
    heard, added = audiences.checked(audience, recipients)
    if content is None and forecast is not None and not _is_taken(key):
        content = drafting.content_from(forecast, kind=kind, status=status, now=now)
    return _begin(
        key, by, now, content=content, place=place, kind=kind, status=status, forecast=forecast,
        audience=heard, recipients=added,
    )  # fmt: skip


@transaction.atomic
def draft_update(
    *,
    alert: Alert,
    key: UUID,
    by: Person,
    now: datetime,
    forecast: Forecast | None = None,
    content: Mapping[str, Any] | None = None,
) -> Alert:
    """Begin an Update of an alert in force, from new content, a newer forecast, or as it is.

    Raises:
        NotFollowable: the alert is not in force, or is itself a Cancel.
        NotAllowed, FaultyInput, ForecastNotMade, NothingReached, KeyOfAnotherAlert: as drafting.
    """
    if content is None and forecast is not None and not _is_taken(key):
        content = drafting.content_from(forecast, kind=alert.kind, status=alert.status, now=now)
    return _follow(alert, "Update", key, by, now, content or alert.content, forecast)


@transaction.atomic
def draft_cancel(*, alert: Alert, because: str, key: UUID, by: Person, now: datetime) -> Alert:
    """Begin the Cancel of an alert in force; `because` is said to everyone who got it.

    Raises:
        NotFollowable: the alert is not in force, or is itself a Cancel.
        NotAllowed, FaultyInput, KeyOfAnotherAlert: as drafting.
    """
    content = drafting.content_of_cancel(alert, because=because)
    return _follow(alert, "Cancel", key, by, now, content, None)


@transaction.atomic
def edit_alert(
    *,
    alert: Alert,
    content: Mapping[str, Any],
    revision: int,
    by: Person,
    now: datetime,
    audience: Sequence[str] | None = None,
    recipients: Sequence[str] | None = None,
) -> Alert:
    """Replace what a draft says; whoever edits can no longer be the one who issues it.

    Audience and recipients stay where none are given.

    Raises:
        AlertHasChanged: someone edited it since `revision` was read.
        NotInThisState: it is submitted or issued.
        FollowersKeepTheAudience: an Update or Cancel would be for others than its alert.
        NotAllowed, FaultyInput: as drafting.
    """
    alert = _locked(alert)
    require(by, "draft", alert.place.code)
    state = next_state(alert, "edit")
    _at_revision(alert, revision)
    checked = with_ground(
        check_content({"level": alert.content["level"], **content}), alert.content
    )
    heard, added = _heard(alert, audience, recipients)
    same = (checked, heard, added) == (alert.content, alert.audience, alert.recipients)
    if same and alert.state == state:
        return alert
    alert.content, alert.state, alert.revision = checked, state, revision + 1
    alert.audience, alert.recipients = heard, added
    alert.expires_at = parse_moment(checked["expires"])
    changed = ["content", "audience", "recipients", "state", "revision", "expires_at"]
    alert.save(update_fields=changed)
    alert.writers.add(by)
    _note("alert.edited", alert, by, now, revision=alert.revision)
    return alert


@transaction.atomic
def submit_alert(*, alert: Alert, revision: int, by: Person, now: datetime) -> Alert:
    """Ask a second person to issue it.  Submitting the same revision again changes nothing.

    Raises:
        AlertHasChanged: someone edited it since `revision` was read.
        AlertIsOver: it would already have expired.
        NotInThisState: it is issued.
        NotAllowed: this person may not draft at this place.
    """
    alert = _locked(alert)
    require(by, "draft", alert.place.code)
    same = alert.submitted_by_id == by.pk and alert.revision == revision
    if alert.state == "submitted" and same:
        return alert
    state = next_state(alert, "submit")
    _at_revision(alert, revision)
    _not_over(alert, now)
    alert.state, alert.submitted_by, alert.submitted_at = state, by, now
    alert.save(update_fields=["state", "submitted_by", "submitted_at"])
    _note("alert.submitted", alert, by, now, revision=revision)
    return alert


@transaction.atomic
def return_alert(*, alert: Alert, because: str, by: Person, now: datetime) -> Alert:
    """Give it back with the reason; an approval of this submission is stale from now on.

    Raises:
        NotInThisState: it is not submitted.
        NotAllowed: neither an approver, nor someone who wrote it and takes it back.
        FaultyInput: no reason is given.
    """
    alert = _locked(alert)
    require(by, "draft" if has_written(alert, by) else "approve", alert.place.code)
    because = drafting.checked_reason(because, "because")
    if alert.state == "returned" and alert.returned_because == because:
        return alert
    alert.state = next_state(alert, "return")
    alert.returned_because, alert.revision = because, alert.revision + 1
    alert.save(update_fields=["state", "returned_because", "revision"])
    _note("alert.returned", alert, by, now, revision=alert.revision)
    return alert


@transaction.atomic
def issue_alert(
    *, alert: Alert, revision: int, by: Person, now: datetime, key: UUID | None = None
) -> Alert:
    """Issue exactly what was submitted: CAP, state and entry together, or nothing.

    Doing it again with the same `key` returns the issued alert; without it, or by another
    person, the second approval is refused.

    Raises:
        NotAllowed: this person may not approve at this place.
        AlreadyIssued: a replayed approval, or another approver was first.
        AuthorMayNotIssue: this person wrote, changed or submitted it.
        AlertHasChanged: the approval was given on another revision.
        NotInThisState: it is not submitted.
        AlertIsOver: it has expired while it waited.
        NotFollowable: the alert it updates or cancels is no longer in force.
        NobodyHears: the compact it is for is not in force any more.
        CapNotValid: the message would break CAP 1.2.
    """
    alert = _locked(alert)
    require(by, "approve", alert.place.code)
    if alert.state in ISSUED:
        if key is not None and alert.issue_key == key and alert.issued_by_id == by.pk:
            return alert
        raise AlreadyIssued(
            signature=signature_of(alert.issued_by) if alert.issued_by else "",
            issued_at=as_utc_text(alert.issued_at) if alert.issued_at else "",
        )
    if has_written(alert, by):
        raise AuthorMayNotIssue(signature=signature_of(by))
    _at_revision(alert, revision)
    state = next_state(alert, "issue")
    _not_over(alert, now)
    heard = audiences.hearers_of(alert)
    if not heard:
        raise NobodyHears(audience=alert.audience)
    earlier = _end_earlier(alert)
    identifier = identifier_of(alert)
    alert.cap = message.sealed(message.build(alert, identifier=identifier, sent=now))
    alert.state, alert.identifier, alert.issue_key = state, identifier, key
    alert.issued_by, alert.issued_at = by, now
    alert.expires_at = parse_moment(alert.content["expires"])
    alert.save()
    say(
        kind=_SAID_AS[alert.message_type],
        place=alert.place.code,
        about=address_of(alert),
        body=message.entry_body(alert, signature_of),
        audience=heard,
        after=last_said_of(earlier),
        by=by,
        now=now,
    )
    if earlier is not None:
        _note(f"alert.{earlier.state}", earlier, by, now, by_alert=address_of(alert))
    _note("alert.issued", alert, by, now, revision=revision)
    return alert


def expire_alerts(*, by: Person | str, now: datetime) -> int:
    """Let every alert in force whose end has passed expire; return how many did."""
    over = Alert.objects.filter(state="issued", expires_at__lte=now).order_by("expires_at", "pk")
    return sum(_expire(pk, by, now) for pk in over.values_list("pk", flat=True))


@transaction.atomic
def _expire(pk: int, by: Person | str, now: datetime) -> int:
    alert = Alert.objects.select_for_update(of=("self",)).select_related("place").get(pk=pk)
    if alert.state != "issued" or alert.expires_at is None or alert.expires_at > now:
        return 0  # updated or cancelled while we looked
    alert.state = next_state(alert, "expire")
    alert.save(update_fields=["state"])
    say(
        kind="alert.expired",
        place=alert.place.code,
        about=address_of(alert),
        body={"identifier": alert.identifier, "expires": as_utc_text(alert.expires_at)},
        audience=audiences.hearers_of(alert),
        after=last_said_of(alert),
        by=by,
        now=now,
    )
    return 1


def _begin(key: UUID, by: Person, now: datetime, *, content: Any, **fields: Any) -> Alert:
    """Make the draft, or return the one this key made before."""
    fields = {"message_type": "Alert", "earlier": None, **fields}
    kept = Alert.objects.filter(key=key).first()
    if kept is None:
        checked = with_ground(check_content(content), None)
        kept, created = Alert.objects.get_or_create(
            key=key,
            defaults={
                **fields,
                "uuid": uuid7(now),
                "state": "draft",
                "content": checked,
                "author": by,
                "drafted_at": now,
                "expires_at": parse_moment(checked["expires"]),
            },
        )
        if created:
            kept.writers.add(by)
            _note("alert.drafted", kept, by, now, message_type=kept.message_type)
            return kept
    if kept.author_id != by.pk or any(getattr(kept, name) != fields[name] for name in fields):
        raise KeyOfAnotherAlert
    return kept


def _follow(
    alert: Alert,
    message_type: str,
    key: UUID,
    by: Person,
    now: datetime,
    content: Mapping[str, Any],
    forecast: Forecast | None,
) -> Alert:
    alert = _locked(alert)
    require(by, "draft", alert.place.code)
    if not _is_taken(key):
        _in_force(alert)
    return _begin(
        key, by, now, content=content, place=alert.place, kind=alert.kind, status=alert.status,
        forecast=forecast or alert.forecast, message_type=message_type, earlier=alert,
        audience=alert.audience, recipients=alert.recipients,
    )  # fmt: skip


def _heard(
    alert: Alert, audience: Sequence[str] | None, recipients: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Return audience and recipients after an edit, those that were not given as they are."""
    heard, added = audiences.checked(
        alert.audience if audience is None else audience,
        alert.recipients if recipients is None else recipients,
    )
    # Whoever heard the alert must hear that it changed or ended, and nobody else knows of it.
    if alert.earlier is not None and heard != alert.audience:
        raise FollowersKeepTheAudience(identifier=identifier_of(alert.earlier))
    return heard, added


def _end_earlier(alert: Alert) -> Alert | None:
    """Lock the alert that this one follows and move it on; two followers cannot both win."""
    if alert.earlier is None:
        return None
    earlier = _locked(alert.earlier)
    _in_force(earlier)
    earlier.state = next_state(earlier, _ENDS_EARLIER[alert.message_type])
    earlier.save(update_fields=["state"])
    alert.earlier = earlier
    return earlier


def _in_force(alert: Alert) -> None:
    if alert.state != "issued" or alert.message_type == "Cancel":
        state = "cancelled" if alert.message_type == "Cancel" else alert.state
        raise NotFollowable(identifier=identifier_of(alert), state=state)


def _locked(alert: Alert) -> Alert:
    """Read the row again under its lock: what the caller holds may be old."""
    rows = Alert.objects.select_for_update(of=("self",))
    related = ("place", "author", "submitted_by", "issued_by", "earlier", "earlier__place",
               "forecast", "forecast__place")  # fmt: skip
    return rows.select_related(*related).get(pk=alert.pk)


def _at_revision(alert: Alert, revision: int) -> None:
    if alert.revision != revision:
        raise AlertHasChanged(seen=revision, revision=alert.revision)


def _not_over(alert: Alert, now: datetime) -> None:
    if parse_moment(alert.content["expires"]) <= now:
        raise AlertIsOver(expires=alert.content["expires"])


def _is_taken(key: UUID) -> bool:
    return Alert.objects.filter(key=key).exists()


def _note(what: str, alert: Alert, by: Person | str, now: datetime, **facts: Any) -> None:
    note(what=what, by=by, place=alert.place.code, about=address_of(alert), facts=facts, now=now)
