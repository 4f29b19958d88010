"""What was noticed in one message: flags, which count, and notes, which inform."""

from typing import Any, cast

from lxml import etree

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.cap.flags import FLAGS, NOTES

_MEND = _("Have a person read it before anybody acts; ask the sender to mend it.")


def line_of(element: etree._Element) -> int | None:
    """Return the line an element stands on, 1-based."""
    return cast("int | None", cast(Any, element).sourceline)


MOST_TOLD = 20  #: of one flag; a hostile message breaks one rule a hundred thousand times


class Findings:
    """Gathers faults in the order they are met.

    The same flag again is told again, up to MOST_TOLD times, and listed once.
    """

    __slots__ = ("_told", "faults", "notes")

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self._told: dict[str, int] = {}

    def flag(self, code: str, field: str, value: object = None, line: int | None = None) -> None:
        """Note that a rule of the standard's text is broken here."""
        problem, allowed = FLAGS[code]
        told = self._told[code] = self._told.get(code, 0) + 1
        if told > MOST_TOLD:
            return
        self.faults.append(
            Fault(
                code, problem, line=line, field=field, value=value, allowed=allowed,
                next_step=_MEND,
            )
        )  # fmt: skip

    def note(self, code: str) -> None:
        """Note something worth knowing that changes no verdict."""
        if code not in NOTES:
            raise KeyError(code)
        if code not in self.notes:
            self.notes.append(code)

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags raised, each once, in the order they were met."""
        return tuple(dict.fromkeys(fault.code for fault in self.faults))
