"""What we make of a message that someone gave us: verdict, flags, reason, and whose it is."""

from collections.abc import Iterator
from typing import Any

from sameboat.lib.times import parse_moment
from sameboat.watch.alerts.cap import CapAlert, Reference, check_alert
from sameboat.watch.alerts.cap.alert import moment_text
from sameboat.watch.alerts.cap.gate import MOST_BYTES
from sameboat.watch.alerts.message import sender_of
from sameboat.watch.alerts.models import Alert, ReceivedAlert
from sameboat.watch.alerts.refusals import MessageTooLarge

_SHOWN = 500  #: characters of a text kept in the row beside the message itself


def check_size(raw: bytes) -> None:
    """Refuse what is larger than any alert.

    Raises:
        MessageTooLarge: more than MOST_BYTES.
    """
    if len(raw) > MOST_BYTES:
        raise MessageTooLarge(allowed=MOST_BYTES)


def judge(raw: bytes) -> dict[str, Any]:
    """Return the columns of ReceivedAlert that say what the message is.

    An Update or Cancel of something neither received nor issued here is flagged.
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
    columns: dict[str, Any] = {
        "verdict": "flagged" if flags else found.verdict,
        "flags": flags,
        "reason": found.reason.as_dict() if found.reason else None,
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


def _is_named_before(alert: CapAlert) -> bool:
    same = ReceivedAlert.objects.filter(sender=alert.sender, identifier=alert.identifier)
    return same.exclude(verdict="refused").exists()


def _known_to(alert: CapAlert) -> Iterator[Reference]:
    """Yield what was received or issued before under the names this message uses."""
    names = {alert.identifier, *(each.identifier for each in alert.references)}
    received = ReceivedAlert.objects.filter(identifier__in=names).exclude(verdict="refused")
    for sender, identifier, sent in received.values_list("sender", "identifier", "sent"):
        yield Reference(sender, identifier, parse_moment(sent))
    for own in Alert.objects.filter(identifier__in=names).select_related("place"):
        if own.identifier and own.issued_at:
            yield Reference(sender_of(own), own.identifier, own.issued_at.replace(microsecond=0))
