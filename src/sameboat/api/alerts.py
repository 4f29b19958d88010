"""Alerts: drafted by one person, issued by another, read as JSON, CAP or a feed."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from sameboat.api.access import key_or_new, now_of, person_of, who
from sameboat.api.alert_content import Content
from sameboat.api.alert_deliveries import DeliveryOut, delivery_out
from sameboat.api.paging import Key, Limit, Offset, Whole, page_of
from sameboat.api.problems import ALWAYS, CHANGING, answers, reader_language
from sameboat.ground.people.queries import signature_of
from sameboat.watch.alerts import actions, audience, queries
from sameboat.watch.alerts.deliveries import deliveries_of
from sameboat.watch.forecasts.queries import address_of as forecast_address
from sameboat.watch.forecasts.queries import forecast_by_uuid

if TYPE_CHECKING:
    from sameboat.watch.alerts.models import Alert
    from sameboat.watch.forecasts.models import Forecast

router = Router(tags=["alerts"], auth=who("read"))
State = Literal[
    "draft", "submitted", "returned", "issued", "updated", "cancelled", "expired", "open", "current"
]

Heard = Annotated[list[str], Field(min_length=1, max_length=audience.MOST_NAMED)]
Added = Annotated[list[str], Field(max_length=audience.MOST_NAMED)]


class AlertOut(Schema):
    """An alert and where it stands; people are named by desk and number only."""

    uuid: UUID
    address: str
    place: str
    state: str
    kind: str
    status: str
    message_type: str
    revision: int
    identifier: str = Field(description="CAP identifier; final once issued")
    earlier: str | None = Field(description="address of the alert it updates or cancels")
    forecast: str | None
    author: str
    drafted_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    returned_because: str
    issued_by: str | None
    issued_at: datetime | None
    expires_at: datetime | None
    audience: list[str] = Field(description='places that may hear it; ["*"] is everyone')
    recipients: list[str] = Field(description="places that its author added")
    content: dict[str, Any]


class AlertPage(Schema):
    """Alerts, newest first."""

    items: list[AlertOut]
    next_offset: int | None = Field(description="ask again with it; null at the end")


class _Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class DraftIn(_Strict):
    """A new alert: from a forecast by the stated rules, or with its whole content."""

    place: str = Field(max_length=48, examples=["cn:220200"])
    forecast: UUID | None = None
    kind: Literal["warning", "information", "search_report"] = "warning"
    status: Literal["Actual", "Exercise", "Test"] | None = Field(
        None, description="Actual where none is given, on a demo Exercise"
    )
    content: Content | None = None
    audience: Heard | None = Field(None, description='places, or ["*"] for everyone')
    recipients: Added = []


class ContentIn(_Strict):
    """New content for a draft that is still at `revision`."""

    revision: Whole = Field(ge=1, lt=2**31)
    content: Content
    audience: Heard | None = Field(None, description="as it is, where none is given")
    recipients: Added | None = Field(None, description="as they are, where none are given")


class RevisionIn(_Strict):
    """The revision that was read before deciding."""

    revision: Whole = Field(ge=1, lt=2**31)


class ReasonIn(_Strict):
    """Why, in the words that others will read."""

    because: str = Field(min_length=1, max_length=2000)


class UpdateIn(_Strict):
    """What replaces the earlier alert; with neither, its content is taken over."""

    forecast: UUID | None = None
    content: Content | None = None


class PreviewOut(Schema):
    """The alert as people and programs will see it."""

    texts: dict[str, str]
    xml: str
    geojson: dict[str, Any]


@router.get("", response={200: AlertPage, **ALWAYS}, operation_id="list_alerts")
def list_alerts(
    request: HttpRequest,
    state: Annotated[State | None, Query()] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """List alerts; `open` is every one not yet issued, `current` every one in force."""
    rows = list(
        queries.list_alerts(viewer=person_of(request), state=state, limit=limit + 1, offset=offset)
    )
    return page_of([_alert_out(row) for row in rows], limit, offset)


@router.post(
    "", response={201: AlertOut, **CHANGING}, auth=who("alert"), operation_id="draft_alert"
)
def draft_alert(request: HttpRequest, draft: DraftIn, key: Key = None) -> Status[dict[str, Any]]:
    """Draft an alert; a second person will have to issue it."""
    made = actions.draft_alert(
        place=draft.place,
        forecast=_forecast(request, draft.forecast),
        kind=draft.kind,
        status=draft.status,
        content=draft.content,
        audience=draft.audience,
        recipients=draft.recipients,
        key=key_or_new(key),
        by=person_of(request),
        now=now_of(request),
    )
    return Status(201, _alert_out(made))


@router.get(
    "/feed",
    response={200: None, **ALWAYS},
    operation_id="read_feed",
    openapi_extra=answers("application/atom+xml"),
)
def read_feed(request: HttpRequest) -> HttpResponse:
    """Return an Atom feed of the issued alerts, newest first."""
    link = request.build_absolute_uri()
    feed = queries.feed(
        person_of(request), now=now_of(request), link=link, language=reader_language()
    )
    return HttpResponse(feed, content_type="application/atom+xml")


@router.get("/{uuid}", response={200: AlertOut, **ALWAYS}, operation_id="read_alert")
def read_alert(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Return one alert."""
    return _alert_out(_alert(request, uuid))


@router.get(
    "/{uuid}/cap",
    response={200: None, **ALWAYS},
    operation_id="read_alert_cap",
    openapi_extra=answers("application/cap+xml"),
)
def read_alert_cap(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Return the CAP 1.2 XML as issued, to the byte; 404 while it is not issued."""
    xml = queries.cap_of(_alert(request, uuid))
    if not xml:
        raise Http404(uuid)
    return HttpResponse(xml, content_type="application/cap+xml")


@router.get(
    "/{uuid}/deliveries",
    response={200: list[DeliveryOut], **ALWAYS},
    operation_id="list_deliveries",
)
def list_deliveries(request: HttpRequest, uuid: UUID) -> list[dict[str, Any]]:
    """Return who has an issued alert and what each does, late ones first, with the proofs."""
    rows = deliveries_of(_alert(request, uuid), reader_language(), now=now_of(request))
    return [delivery_out(row) for row in rows]


@router.get("/{uuid}/preview", response={200: PreviewOut, **ALWAYS}, operation_id="preview_alert")
def preview_alert(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Return the alert as text, XML and map before or after it is issued."""
    return queries.preview(_alert(request, uuid), now=now_of(request))


@router.put(
    "/{uuid}/content",
    response={200: AlertOut, **CHANGING},
    auth=who("alert"),
    operation_id="edit_alert",
)
def edit_alert(request: HttpRequest, uuid: UUID, edit: ContentIn) -> dict[str, Any]:
    """Replace what a draft says."""
    return _alert_out(
        actions.edit_alert(
            alert=_alert(request, uuid),
            content=edit.content,
            audience=edit.audience,
            recipients=edit.recipients,
            revision=edit.revision,
            by=person_of(request),
            now=now_of(request),
        )
    )


@router.post(
    "/{uuid}/submit",
    response={200: AlertOut, **CHANGING},
    auth=who("alert"),
    operation_id="submit_alert",
)
def submit_alert(request: HttpRequest, uuid: UUID, seen: RevisionIn) -> dict[str, Any]:
    """Ask a second person to issue it."""
    return _alert_out(
        actions.submit_alert(
            alert=_alert(request, uuid),
            revision=seen.revision,
            by=person_of(request),
            now=now_of(request),
        )
    )


@router.post(
    "/{uuid}/return",
    response={200: AlertOut, **CHANGING},
    auth=who("alert"),
    operation_id="return_alert",
)
def return_alert(request: HttpRequest, uuid: UUID, reason: ReasonIn) -> dict[str, Any]:
    """Give it back to its author with a reason."""
    return _alert_out(
        actions.return_alert(
            alert=_alert(request, uuid),
            because=reason.because,
            by=person_of(request),
            now=now_of(request),
        )
    )


@router.post(
    "/{uuid}/issue",
    response={200: AlertOut, **CHANGING},
    auth=who("alert"),
    operation_id="issue_alert",
)
def issue_alert(
    request: HttpRequest, uuid: UUID, seen: RevisionIn, key: Key = None
) -> dict[str, Any]:
    """Issue exactly what was submitted; never by someone who wrote it."""
    return _alert_out(
        actions.issue_alert(
            alert=_alert(request, uuid),
            revision=seen.revision,
            key=key,
            by=person_of(request),
            now=now_of(request),
        )
    )


@router.post(
    "/{uuid}/update",
    response={201: AlertOut, **CHANGING},
    auth=who("alert"),
    operation_id="draft_update",
)
def draft_update(
    request: HttpRequest, uuid: UUID, update: UpdateIn, key: Key = None
) -> Status[dict[str, Any]]:
    """Draft the Update of an alert in force."""
    made = actions.draft_update(
        alert=_alert(request, uuid),
        forecast=_forecast(request, update.forecast),
        content=update.content,
        key=key_or_new(key),
        by=person_of(request),
        now=now_of(request),
    )
    return Status(201, _alert_out(made))


@router.post(
    "/{uuid}/cancel",
    response={201: AlertOut, **CHANGING},
    auth=who("alert"),
    operation_id="draft_cancel",
)
def draft_cancel(
    request: HttpRequest, uuid: UUID, reason: ReasonIn, key: Key = None
) -> Status[dict[str, Any]]:
    """Draft the Cancel of an alert in force."""
    made = actions.draft_cancel(
        alert=_alert(request, uuid),
        because=reason.because,
        key=key_or_new(key),
        by=person_of(request),
        now=now_of(request),
    )
    return Status(201, _alert_out(made))


def _alert(request: HttpRequest, uuid: UUID) -> "Alert":
    alert = queries.alert_by_uuid(person_of(request), uuid)
    if alert is None:
        raise Http404(uuid)
    return alert


def _forecast(request: HttpRequest, uuid: UUID | None) -> "Forecast | None":
    if uuid is None:
        return None
    forecast = forecast_by_uuid(person_of(request), uuid)
    if forecast is None:
        raise Http404(uuid)
    return forecast


def _alert_out(alert: "Alert") -> dict[str, Any]:
    fields = ("uuid", "state", "kind", "status", "message_type", "revision", "drafted_at",
              "submitted_at", "returned_because", "issued_at", "expires_at", "audience",
              "recipients", "content")  # fmt: skip
    return {
        "address": queries.address_of(alert),
        "place": alert.place.code,
        "identifier": queries.identifier_of(alert),
        "earlier": queries.address_of(alert.earlier) if alert.earlier else None,
        "forecast": forecast_address(alert.forecast) if alert.forecast else None,
        "author": signature_of(alert.author),
        "submitted_by": signature_of(alert.submitted_by) if alert.submitted_by else None,
        "issued_by": signature_of(alert.issued_by) if alert.issued_by else None,
        **{name: getattr(alert, name) for name in fields},
    }
