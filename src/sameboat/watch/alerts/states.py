"""The life of an alert: a closed table; what is not in it cannot happen.

The database guards the same pairs (migrations/0002_guards.py; a test compares the two).
"""

from typing import Any

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.refusals import NotInThisState

STATES = ("draft", "submitted", "returned", "issued", "updated", "cancelled", "expired")
KINDS = ("warning", "information", "search_report")
MESSAGE_TYPES = ("Alert", "Update", "Cancel")
STATUSES = ("Actual", "Exercise", "Test")
UNISSUED = ("draft", "submitted", "returned")
ISSUED = ("issued", "updated", "cancelled", "expired")

#: (state, deed) -> the state it leads to
TRANSITIONS = {
    ("draft", "edit"): "draft",
    ("draft", "submit"): "submitted",
    ("returned", "edit"): "draft",
    ("returned", "submit"): "submitted",
    ("submitted", "return"): "returned",
    ("submitted", "issue"): "issued",
    ("issued", "update"): "updated",
    ("issued", "cancel"): "cancelled",
    ("issued", "expire"): "expired",
}


def next_state(alert: Any, deed: str) -> str:
    """Return the state that this deed leads to.

    Raises:
        NotInThisState: the table has no such step from the alert's state.
    """
    try:
        return TRANSITIONS[alert.state, deed]
    except KeyError:
        raise NotInThisState(deed=deed, state=alert.state) from None


def deeds_of(state: str) -> list[str]:
    """Return what may be done from this state, in the table's order."""
    return [deed for before, deed in TRANSITIONS if before == state]


def check_choice(*, kind: str, status: str) -> None:
    """Check the two words an alert is begun with.

    Raises:
        FaultyInput: one of them is not among KINDS or STATUSES.
    """
    given = (("kind", kind, KINDS), ("status", status, STATUSES))
    faults = [
        Fault(
            "not_allowed",
            _("The value is not one of those allowed."),
            field=field,
            value=value,
            allowed=", ".join(allowed),
        )
        for field, value, allowed in given
        if value not in allowed
    ]
    if faults:
        raise FaultyInput(faults)
