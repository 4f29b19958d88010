"""What we make of a message that someone gave us: verdict, flags, reason, and whose it is."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from sameboat.ground.people.actions import note
from sameboat.ground.people.models import Person
from sameboat.ground.people.queries import require, signature_of
from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.cap import CapAlert, Reference, check_alert
from sameboat.watch.alerts.cap.alert import moment_text
from sameboat.watch.alerts.cap.feed import Feed, open_feed
from sameboat.watch.alerts.cap.gate import Unsafe
from sameboat.watch.alerts.message import sender_of
from sameboat.watch.alerts.models import Alert, ReceivedAlert
from sameboat.watch.alerts.refusals import MessageTooLarge

#: what is kept, if only to show why it was refused; no more than gate.MOST_BYTES is ever parsed
MOST_KEPT_BYTES = 16 * 1024 * 1024
_SHOWN = 500  #: characters of a text kept in the row beside the message itself
_LOOKED_UP = 1000  #: references of one message; real ones have a few, the rest count as unknown


@transaction.atomic
def receive_alert(*, raw: bytes, source: str, by: Person | str, now: datetime) -> ReceivedAlert:
    """Keep a message someone gave us, to the byte, with what we made of it and why.

    A feed is kept to the byte as well, and every alert in it as a message of its own.  The same
    bytes again are the same row.  Nothing follows from it without a person.

    Raises:
        NotAllowed: this person may not draft at the home place.
        MessageTooLarge: more bytes than are ever kept.
    """
    if isinstance(by, Person):
        require(by, "draft", settings.PLACE)
    check_size(raw)
    feed = feed_of(raw)
    if feed is None:
        return _keep(raw, source, by, now, lambda: judge(raw))
    taken = [
        _keep(each.raw, f"{source}#{number}", by, now, partial(judge, each.raw))
        for number, each in enumerate(feed.alerts, start=1)
    ]
    return _keep(raw, source, by, now, lambda: judge_feed(feed, taken))


def _keep(
    raw: bytes, source: str, by: Person | str, now: datetime, judge: Callable[[], dict[str, Any]]
) -> ReceivedAlert:
    digest = hashlib.sha256(raw).hexdigest()
    kept = ReceivedAlert.objects.filter(digest=digest).first()
    if kept is not None:
        return kept
    received_by = signature_of(by) if isinstance(by, Person) else by
    columns = {"raw": raw, "source": source[:500], "received_at": now, "received_by": received_by}
    found, created = ReceivedAlert.objects.get_or_create(
        digest=digest, defaults={**columns, **judge()}
    )
    if created:
        note(
            what="alert.received", by=by, place=settings.PLACE, now=now,
            about=f"{settings.PLACE}/received-alert/{digest}", facts={"verdict": found.verdict},
        )  # fmt: skip
    return found


def check_size(raw: bytes) -> None:
    """Refuse what is too large even to be kept.

    Raises:
        MessageTooLarge: more than MOST_KEPT_BYTES.
    """
    if len(raw) > MOST_KEPT_BYTES:
        raise MessageTooLarge(allowed=MOST_KEPT_BYTES)


def judge(raw: bytes) -> dict[str, Any]:
    """Return the columns of ReceivedAlert that say what the message is.

    An Update or Cancel of something neither received nor issued here is flagged, and so is a
    message that comes after one that updates or cancels it: whoever acted on it would be wrong.
    """
    found = check_alert(raw)
    if found.alert is not None:
        found = check_alert(raw, known=list(_known_to(found.alert)))
    flags = list(found.flags)
    if (
        found.alert is not None
        and "identifier_reused" not in flags
        and _is_named_before(found.alert)
    ):
        flags.append("identifier_reused")  # the same name and moment, other bytes
    if found.alert is not None and _is_followed(found.alert):
        flags.append("followed_before")
    columns: dict[str, Any] = {
        "verdict": "flagged" if flags else found.verdict,
        "flags": flags,
        "reason": found.reason.as_row() if found.reason else None,
    }
    if found.alert is None:
        return columns
    said = found.alert
    return {
        **columns,
        "identifier": said.identifier[:_SHOWN],
        "sender": said.sender[:_SHOWN],
        "sent": moment_text(said.sent),
        "message_type": said.message_type,
        "summary": {
            "status": said.status,
            "scope": said.scope,
            "version": said.version,
            "notes": list(found.notes),
            "references": [
                [each.sender[:_SHOWN], each.identifier[:_SHOWN]]
                for each in said.references[:_LOOKED_UP]
            ],
            "infos": [
                {
                    "language": info.language,
                    "event": info.event[:_SHOWN],
                    "headline": info.headline[:_SHOWN],
                    "urgency": info.urgency,
                    "severity": info.severity,
                    "certainty": info.certainty,
                    "expires": moment_text(info.expires) if info.expires else None,
                    "areas": [area.description[:_SHOWN] for area in info.areas[:100]],
                }
                for info in said.infos[:20]
            ],
        },
    }


def feed_of(raw: bytes) -> Feed | None:
    """Return what a feed holds; None for everything else, which is judged as one message."""
    try:
        return open_feed(raw)
    except Unsafe:
        return None


def judge_feed(feed: Feed, taken: Sequence[ReceivedAlert]) -> dict[str, Any]:
    """Return the columns of ReceivedAlert for a feed: no alert itself; which were taken from it."""
    anew = sum(not each.as_sent for each in feed.alerts)
    says = _("This is a feed; alerts taken from it: {count}, of which written anew: {anew}.")
    reason = Fault(
        "feed", says, field=feed.kind, facts={"count": len(taken), "anew": anew}
    )  # fmt: skip
    alerts = [
        {"digest": row.digest, "as_sent": each.as_sent}
        for row, each in zip(taken, feed.alerts, strict=True)
    ]
    summary = {"feed": feed.kind, "alerts": alerts}
    return {"verdict": "refused", "flags": [], "reason": reason.as_row(), "summary": summary}


def _is_named_before(alert: CapAlert) -> bool:
    same = ReceivedAlert.objects.filter(
        sender=alert.sender[:_SHOWN], identifier=alert.identifier[:_SHOWN]
    )
    return same.exclude(verdict="refused").exists()


def _is_followed(alert: CapAlert) -> bool:
    """Return whether its sender updated or cancelled it in a message that came earlier."""
    later = ReceivedAlert.objects.filter(
        sender=alert.sender[:_SHOWN], message_type__in=("Update", "Cancel")
    ).exclude(verdict="refused")
    wanted = [alert.sender[:_SHOWN], alert.identifier[:_SHOWN]]
    rows = later.values_list("summary", flat=True)
    return any(wanted in row.get("references", ()) for row in rows.iterator(chunk_size=500))


def _known_to(alert: CapAlert) -> Iterator[Reference]:
    """Yield what was received or issued before under the names this message uses."""
    looked_up = alert.references[:_LOOKED_UP]
    names = {alert.identifier, *(each.identifier for each in looked_up)}
    received = ReceivedAlert.objects.filter(identifier__in=names).exclude(verdict="refused")
    for sender, identifier, sent in received.values_list("sender", "identifier", "sent"):
        # As it was written: the first and last days of the calendar have no moment in UTC.
        yield Reference(sender, identifier, datetime.fromisoformat(sent))
    for own in Alert.objects.filter(identifier__in=names).select_related("place"):
        if own.identifier and own.issued_at:
            yield Reference(sender_of(own), own.identifier, own.issued_at.replace(microsecond=0))
