"""Answering another place's alert: that we have it, and that somebody has read it."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import address_of
from sameboat.ground.people.models import Person
from sameboat.ground.people.queries import require, signature_of
from sameboat.watch.alerts.deliveries import ACKNOWLEDGED, ISSUED_KINDS, RECEIVED, answer_to
from sameboat.watch.alerts.refusals import NotTheirAlert


@transaction.atomic
def confirm_receipt(*, entry: Entry, by: object, now: datetime) -> Entry:
    """Say that another place's alert is here: this node's signed receipt.  Twice is once."""
    # The lock comes first: two that answer at once must not both find that nobody has.
    lock_log(settings.PLACE)
    return answer_to(entry, RECEIVED) or _answer(entry, RECEIVED, {}, by, now)


@transaction.atomic
def acknowledge(*, entry: Entry, by: Person, now: datetime) -> Entry:
    """Say that a person has read another place's alert, by desk and number.  Twice is once.

    Raises: NotTheirAlert: the entry issues no alert of another place.  NotAllowed.
    """
    if entry.origin == settings.PLACE or entry.kind not in ISSUED_KINDS:
        raise NotTheirAlert(address=address_of(entry))
    require(by, "draft", settings.PLACE)
    confirm_receipt(entry=entry, by=by, now=now)
    known = answer_to(entry, ACKNOWLEDGED)
    return known or _answer(entry, ACKNOWLEDGED, {"by": signature_of(by)}, by, now)


def _answer(entry: Entry, kind: str, body: dict[str, str], by: object, now: datetime) -> Entry:
    return say(
        kind=kind, place=settings.PLACE, about=entry.about, body=body, audience=["*"],
        after=[address_of(entry)], by=by, now=now,
    )  # fmt: skip
