"""What is wrong with something that is read or that should prove something: one family of errors.

Each carries one `Fault` of `lib`: a short stable code, where, the value, what is allowed; doors
show it in the reader's language.  All are `ValueError`s too, so that what only asks "is it good?"
need not know the family.
"""

from dataclasses import replace
from typing import Any, Self

from sameboat.lib.fault import Fault, FaultyInput


class BadProof(FaultyInput, ValueError):
    """It has another form than it must, or does not prove what it should."""

    def __init__(
        self,
        code: str,
        problem: str,
        *,
        field: str = "",
        value: Any = None,
        allowed: str = "",
        line: int | None = None,
        **facts: Any,
    ) -> None:
        """Take the fault's code and the marked template of its sentence, filled from `facts`."""
        fault = Fault(
            code, problem, line=line, field=field, value=value, allowed=allowed, facts=facts
        )
        super().__init__([fault])

    @property
    def fault(self) -> Fault:
        """What is wrong, and where."""
        return self.faults[0]

    @property
    def code(self) -> str:
        """The short and stable name of what is wrong, for programs."""
        return self.fault.code

    def in_language(self, language: str) -> str:
        """Return one line: where, which value, what is wrong, what is allowed."""
        return self.fault.in_language(language)

    @classmethod
    def of(cls, fault: Fault, *, line: int | None = None, field: str = "") -> Self:
        """Return this error for a fault that was found in a part, told where the part stands."""
        found = replace(fault, line=line or fault.line, field=field or fault.field)
        return cls(
            found.code, found.problem, field=found.field, value=found.value,
            allowed=found.allowed, line=found.line, **found.facts,
        )  # fmt: skip
