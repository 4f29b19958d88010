"""Answering another place's alert: that it is here, who has read it, and what we do about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.personal import personal_in
from sameboat.ground.logbook.queries import address_of, body_of
from sameboat.ground.people.models import Person
from sameboat.ground.people.queries import require, signature_of
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.audience import EVERYONE, is_public
from sameboat.watch.alerts.conversation import ISSUED, ISSUED_KINDS
from sameboat.watch.alerts.linking import link_up_to
from sameboat.watch.alerts.refusals import NotTheirAlert, RefusedBefore
from sameboat.watch.alerts.threads import answer_to, answers_to, conversation_of, is_for_us

RECEIVED, READ, ACKNOWLEDGED = "alert.received", "alert.read", "alert.acknowledged"
ACTING, UNABLE, REFUSED = "alert.acting", "alert.unable", "alert.refused"
LONGEST_ANSWER = 500  #: characters of what we do, or why we cannot


@transaction.atomic
def answer_arrival(*, entry: Entry, by: object, now: datetime) -> Entry | None:
    """Say of another place's alert that it is here; refuse what follows nothing.  Twice is once.

    What is not for us is not answered.
    """
    if entry.origin == settings.PLACE or not is_for_us(entry):
        return None
    # The lock comes first: two that answer at once must not both find that nobody has.
    lock_log(settings.PLACE)
    if fact := _refusal(entry):
        return answer_to(entry, REFUSED) or _refuse(entry, fact, by, now)
    return confirm_receipt(entry=entry, by=by, now=now)


@transaction.atomic
def confirm_receipt(*, entry: Entry, by: object, now: datetime) -> Entry:
    """Say that another place's alert is here: this node's signed receipt.  Twice is once."""
    lock_log(settings.PLACE)
    return answer_to(entry, RECEIVED) or _answer(entry, RECEIVED, {}, by, now)


@transaction.atomic
def say_read(*, entry: Entry, by: Person, now: datetime) -> Entry:
    """Say that an officer here has opened it, by desk and number.  Only the first is said.

    Raises: NotTheirAlert, NotAllowed, RefusedBefore.
    """
    return _once(entry, READ, by, now)


@transaction.atomic
def acknowledge(*, entry: Entry, by: Person, now: datetime) -> Entry:
    """Say that a person has taken note of it, by desk and number.  Twice is once.

    Raises: NotTheirAlert: the entry issues no alert of another place for us.  NotAllowed.
        RefusedBefore: we have refused it.
    """
    return _once(entry, ACKNOWLEDGED, by, now)


@transaction.atomic
def say_acting(*, entry: Entry, text: str, key: UUID, by: Person, now: datetime) -> Entry:
    """Say that we act on it, and how where there is something to say; it takes back not able.

    The same `key` again is the same entry.
    Raises: NotTheirAlert, NotAllowed, RefusedBefore.  FaultyInput: the text.
    """
    return _stand(entry, ACTING, _checked(text, least=0), key, by, now)


@transaction.atomic
def say_unable(*, entry: Entry, text: str, key: UUID, by: Person, now: datetime) -> Entry:
    """Say that we are not able to act on it, and why.

    The same `key` again is the same entry.
    Raises: NotTheirAlert, NotAllowed, RefusedBefore.  FaultyInput: the text, which must say why.
    """
    return _stand(entry, UNABLE, _checked(text, least=1), key, by, now)


def _once(entry: Entry, kind: str, by: Person, now: datetime) -> Entry:
    _begin(entry, by, now)
    return answer_to(entry, kind) or _answer(entry, kind, {"by": signature_of(by)}, by, now)


def _stand(entry: Entry, kind: str, text: str, key: UUID, by: Person, now: datetime) -> Entry:
    _begin(entry, by, now)
    said = [(each, body_of(each) or {}) for each in answers_to(entry)
            if each.kind in {ACTING, UNABLE}]  # fmt: skip
    for each, told in said:
        if told.get("key") == str(key):
            return each
    if said and said[-1][0].kind == kind and said[-1][1].get("text") == text:
        return said[-1][0]  # a colleague has just said the same
    told = {"by": signature_of(by), "text": text, "key": str(key)}
    return _answer(entry, kind, told, by, now)


def _begin(entry: Entry, by: Person, now: datetime) -> None:
    """Check who answers what, and see that our receipt comes first."""
    if entry.origin == settings.PLACE or entry.kind not in ISSUED_KINDS or not is_for_us(entry):
        raise NotTheirAlert(address=address_of(entry))
    require(by, "draft", settings.PLACE)
    first = answer_arrival(entry=entry, by=by, now=now)
    if first is not None and first.kind == REFUSED:
        raise RefusedBefore(address=address_of(first))


def _refusal(entry: Entry) -> str:
    """Return why an Update or Cancel matches nothing, "" where it does or what it is not."""
    if entry.kind == ISSUED:
        return ""
    link_up_to(entry)
    return conversation_of(entry).lives[address_of(entry)].refusal


def _refuse(entry: Entry, fact: str, by: object, now: datetime) -> Entry:
    """Report it back as CAP's Error: to the place that said it, and to nobody else."""
    told = body_of(entry) or {}
    references = told.get("references")
    body = {
        "message_type": "Error",
        "fact": fact,
        "identifier": str(told.get("identifier", "")),
        "references": [str(each) for each in references] if isinstance(references, list) else [],
    }
    return say(
        kind=REFUSED, place=settings.PLACE, about=entry.about, body=body,
        audience=[entry.origin], after=[address_of(entry)], by=by, now=now,
    )  # fmt: skip


def _answer(entry: Entry, kind: str, body: dict[str, Any], by: object, now: datetime) -> Entry:
    # What is not for everyone is answered to the place that said it alone.
    audience = EVERYONE if is_public(entry.audience) else [entry.origin]
    return say(
        kind=kind, place=settings.PLACE, about=entry.about, body=body, audience=audience,
        after=[address_of(entry)], by=by, now=now,
    )  # fmt: skip


def _checked(text: str, *, least: int) -> str:
    text = " ".join(text.split())
    faults = []
    if not least <= len(text) <= LONGEST_ANSWER:
        faults.append(
            Fault(
                "too_long" if text else "missing", _("Say why, in a few words."),
                field="text", value=text, allowed=f"{least}-{LONGEST_ANSWER}",
            )
        )  # fmt: skip
    elif personal_in(text):
        faults.append(
            Fault(
                "personal", _("The text holds a mobile number, a resident's number or an "
                "e-mail address; it would stay in the log for ever."), field="text",
                next_step=_("Leave it out; name the desk or the office instead."),
            )
        )  # fmt: skip
    if faults:
        raise FaultyInput(faults)
    return text
