"""For whom an alert is: everyone, or the places that its author names.

["*"] is everyone; else a list of places, and of compacts whose members are meant as they are at the
moment of saying.  An empty list would be for nobody, and is refused.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from sameboat.books.compacts.queries import audience_of
from sameboat.ground.logbook.queries import entries_about
from sameboat.lib.address import PLACE_CODE
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.models import Alert, everyone

EVERYONE = everyone()
MOST_NAMED = 100  #: places that one alert names; the entry that says it is read by all


def checked(audience: Any, recipients: Any) -> tuple[list[str], list[str]]:
    """Return for whom it is and whom its author added, each named once.

    Raises:
        FaultyInput: not ["*"] or a list of places; nobody is left; somebody is added who may not
            hear it.
    """
    faults: list[Fault] = []
    heard = list(EVERYONE) if audience in (None, ("*",), ["*"]) else _codes(
        audience, "audience", faults
    )  # fmt: skip
    added = _codes(recipients or [], "recipients", faults)
    hearers = resolved(heard)
    if not heard and not faults:
        faults.append(
            _fault("missing", _("An alert that is for nobody is none."), "audience", None)
        )
    if heard != EVERYONE:
        faults += [
            _fault("cannot_hear", _("This place is not among those the alert is for."),
                   f"recipients[{at}]", code)
            for at, code in enumerate(added) if code not in hearers
        ]  # fmt: skip
    if faults:
        raise FaultyInput(faults)
    return heard, added


def is_public(audience: Iterable[str]) -> bool:
    """Return whether everyone may hear it."""
    return list(audience) == EVERYONE


def resolved(audience: Iterable[str]) -> list[str]:
    """Return the audience as an entry says it now: each place by its code, a compact's members.

    A compact that is not in force any more has no members: nobody hears it.
    """
    found: dict[str, None] = {}
    for each in audience:
        found |= dict.fromkeys(audience_of(each) if "/" in each else [each])
    return list(found)


def hearers_of(alert: Alert) -> list[str]:
    """Return for whom the alert was said to be; of one not issued yet, for whom it would be now.

    An Update or Cancel is for those who heard what it follows, whoever joined or left since.
    """
    about = f"{alert.place.code}/alert/{alert.uuid}"
    said = entries_about(about).filter(origin=settings.PLACE).first()
    if said is not None:
        return list(said.audience)
    return hearers_of(alert.earlier) if alert.earlier else resolved(alert.audience)


def _codes(given: Any, field: str, faults: list[Fault]) -> list[str]:
    if isinstance(given, str) or not isinstance(given, list | tuple):
        faults.append(_fault("wrong_type", _("This is not a list."), field, given))
        return []
    if len(given) > MOST_NAMED:
        faults.append(
            Fault("too_many", _("Too many places are named."), field=field, value=len(given),
                  allowed=f"<= {MOST_NAMED}", next_step=_("Name fewer, or say it to everyone."))
        )  # fmt: skip
        return []
    for at, each in enumerate(given):
        compact = field == "audience" and isinstance(each, str) and "/" in each
        if compact and not audience_of(each):
            faults.append(
                _fault("no_compact", _("No compact in force has this address."),
                       f"{field}[{at}]", each)
            )  # fmt: skip
        elif not compact and (not isinstance(each, str) or not PLACE_CODE.fullmatch(each)):
            faults.append(
                _fault("not_a_code", _("This is not a place code."), f"{field}[{at}]", each)
            )
    return sorted({each for each in given if isinstance(each, str)})


def _fault(code: str, problem: str, field: str, value: Any) -> Fault:
    return Fault(
        code, problem, field=field, value=value, allowed="cn:230100",
        next_step=_("Say it to everyone, or name places by their codes."),
    )  # fmt: skip
