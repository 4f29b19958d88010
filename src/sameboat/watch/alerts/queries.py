"""What there is to know of alerts: ours, and those we received."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import entries_about
from sameboat.ground.people.models import Person
from sameboat.ground.people.queries import may, places_of
from sameboat.ground.places.models import Place
from sameboat.ground.places.queries import lies_in
from sameboat.lib.address import Address
from sameboat.watch.alerts import message
from sameboat.watch.alerts.audience import EVERYONE
from sameboat.watch.alerts.cap import write_alert
from sameboat.watch.alerts.models import Alert, ReceivedAlert
from sameboat.watch.alerts.states import ISSUED, deeds_of
from sameboat.watch.forecasts.models import Forecast
from sameboat.watch.forecasts.refusals import UnknownPlace

_ROW = ("place", "author", "submitted_by", "issued_by", "earlier", "forecast", "forecast__place")
#: What no page of alerts reads of the alert or forecast that one refers to.
_LARGE = (
    "earlier__cap", "earlier__content", "forecast__result", "forecast__reaches",
    "forecast__map_hours", "forecast__parameters", "forecast__notices", "forecast__scenario",
)  # fmt: skip


def address_of(alert: Alert) -> str:
    """Return the alert's address, e.g. `cn:220200/alert/0193…`."""
    return str(_address(alert))


def identifier_of(alert: Alert) -> str:
    """Return the CAP identifier: the address as CAP allows it; never another alert's."""
    return alert.identifier or _address(alert).as_cap_identifier()


def usual_status() -> str:
    """Return the CAP status of an alert whose author chose none: nothing on a demo is real."""
    return "Exercise" if settings.DEMO else "Actual"


def list_alerts(
    *, viewer: Person, state: str | None = None, limit: int = 100, offset: int = 0
) -> QuerySet[Alert]:
    """Return the alerts this person may see, newest first, without their XML.

    `state` is one of states.STATES, "open" (draft, submitted, returned) or "current" (in force:
    issued, and no Cancel, which warns of nothing).
    """
    rows = _seen_by(viewer)
    if state == "open":
        rows = rows.exclude(state__in=ISSUED)
    elif state == "current":
        rows = rows.filter(state="issued").exclude(message_type="Cancel")
    elif state:
        rows = rows.filter(state=state)
    # Sorted by their keys alone: the texts of thousands need not be read to find the newest.
    newest = rows.order_by("-drafted_at", "-pk").values("pk")[offset : offset + limit]
    found = Alert.objects.filter(pk__in=newest).select_related(*_ROW).defer("cap", *_LARGE)
    return found.order_by("-drafted_at", "-pk")


def alert_by_uuid(viewer: Person, uuid: UUID | str) -> Alert | None:
    """Return one alert with its people and earlier alert, or None: unknown, or not to be seen."""
    try:
        wanted = uuid if isinstance(uuid, UUID) else UUID(uuid)
    except ValueError:
        return None
    return _seen_by(viewer).select_related(*_ROW).defer(*_LARGE).filter(uuid=wanted).first()


def waiting_for(viewer: Person) -> list[Alert]:
    """Return the submitted alerts that this person may issue, oldest submission first."""
    # Every page asks, and most of the time nothing waits for anybody.
    if not Alert.objects.filter(state="submitted").exists():
        return []
    rows = (
        Alert.objects.filter(lies_in(places_of(viewer, "approve")), state="submitted")
        .exclude(Q(author=viewer) | Q(submitted_by=viewer) | Q(writers=viewer))
        .select_related(*_ROW)
        .defer("cap", *_LARGE)
    )
    return list(rows.order_by("submitted_at"))


def deeds_for(alert: Alert, viewer: Person) -> list[str]:
    """Return what this person may do with the alert now: edit, submit, return, issue …"""
    code = alert.place.code
    drafts, approves = may(viewer, "draft", code), may(viewer, "approve", code)
    wrote = has_written(alert, viewer)
    allowed = {
        "edit": drafts,
        "submit": drafts,
        "return": approves or (drafts and wrote),
        "issue": approves and not wrote,
        "update": drafts and alert.message_type != "Cancel",
        "cancel": drafts and alert.message_type != "Cancel",
    }
    return [deed for deed in deeds_of(alert.state) if allowed.get(deed)]


def has_written(alert: Alert, person: Person) -> bool:
    """Return whether this person wrote, changed or submitted the alert."""
    return (
        person.pk in (alert.author_id, alert.submitted_by_id)
        or alert.writers.filter(pk=person.pk).exists()
    )


def cap_of(alert: Alert) -> bytes:
    """Return the XML as issued, to the byte; empty while it is not issued."""
    return bytes(alert.cap) if alert.cap is not None else b""


def draft_of(forecast: Forecast) -> Alert | None:
    """Return the first alert drafted from this forecast, if there is one."""
    return Alert.objects.filter(forecast=forecast).order_by("pk").first()


def feed(
    viewer: Person, *, now: datetime, link: str = "", language: str = "en", limit: int = 50
) -> bytes:
    """Return an Atom feed of the issued alerts for everyone, newest first.

    `link` is the address of the feed itself; each alert's XML lies beside it.
    """
    rows = _seen_by(viewer).filter(state__in=ISSUED, audience=EVERYONE)
    rows = rows.select_related("place")
    newest = list(rows.order_by("-issued_at", "-pk")[:limit])
    return message.write_feed(newest, place=settings.PLACE, link=link, language=language, now=now)


def list_received(viewer: Person, limit: int = 100) -> QuerySet[ReceivedAlert]:
    """Return the messages others gave us, newest first, without their bytes."""
    rows = ReceivedAlert.objects.defer("raw").order_by("-received_at", "-pk")
    return rows[:limit] if may(viewer, "see", settings.PLACE) else rows.none()


def received_by_digest(viewer: Person, digest: str) -> ReceivedAlert | None:
    """Return one received message with its bytes, or None."""
    if not may(viewer, "see", settings.PLACE):
        return None
    return ReceivedAlert.objects.filter(digest=digest).first()


def taken_from(feed: ReceivedAlert) -> list[ReceivedAlert]:
    """Return the alerts that were taken from a feed, in its order; of a message, none."""
    digests = [each["digest"] for each in feed.summary.get("alerts", ())]
    rows = ReceivedAlert.objects.defer("raw").filter(digest__in=digests)
    found = {row.digest: row for row in rows}
    return [found[digest] for digest in digests]


def place_of(place: Place | str) -> Place:
    """Return the place, also by its code.

    Raises:
        UnknownPlace.
    """
    if isinstance(place, Place):
        return place
    found = Place.objects.filter(code=place).first()
    if found is None:
        raise UnknownPlace(code=place)
    return found


def last_said_of(alert: Alert | None) -> tuple[str, ...]:
    """Return the address of the last entry about this alert: what is said now comes after it."""
    said = own_entries(alert) if alert else []
    return tuple(f"{entry.origin}/entry/{entry.index}" for entry in said[-1:])


def own_entries(alert: Alert) -> list[Entry]:
    """Return what this node has said about the alert, oldest first; not what others answered."""
    return list(entries_about(address_of(alert)).filter(origin=settings.PLACE))


def preview(alert: Alert, *, now: datetime | None = None) -> dict[str, Any]:
    """Return {"texts": {tag: plain text}, "xml": str, "geojson": FeatureCollection}.

    An issued alert shows the XML as issued; before that `sent` is `now`, or when it was drafted.
    """
    built = message.build(
        alert,
        identifier=identifier_of(alert),
        sent=alert.issued_at or now or alert.drafted_at,
    )
    xml = cap_of(alert) or write_alert(built)
    return {
        "texts": message.plain_texts(alert),
        "xml": xml.decode("utf-8"),
        "geojson": message.geojson(alert),
    }


def _address(alert: Alert) -> Address:
    return Address(alert.place.code, "alert", str(alert.uuid))


def _seen_by(viewer: Person) -> QuerySet[Alert]:
    """Keep what is said in places where this person may look, and what is issued to everyone.

    A person without any place sees nothing.
    """
    codes = places_of(viewer, "see")
    if not codes:
        return Alert.objects.none()
    return Alert.objects.filter(Q(lies_in(codes)) | Q(state__in=ISSUED, audience=EVERYONE))
