"""What is wrong with something we were given: where, which value, what is allowed, what to do."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sameboat.lib.language import mark as _
from sameboat.lib.language import translate
from sameboat.lib.refusal import Refusal


@dataclass(frozen=True)
class Fault:
    """One fault in one file, form or request.

    `problem` and `next_step` are templates marked for the catalogue, filled from `facts`.
    """

    code: str  #: short and stable, for tests and programs: "unknown_place", "cycle"
    problem: str
    file: str = ""
    line: int | None = None  #: 1-based; None where the format has no lines
    field: str = ""
    value: Any = None
    allowed: str = ""
    next_step: str = ""
    facts: dict[str, Any] = dataclasses.field(default_factory=dict, hash=False)

    def in_language(self, language: str) -> str:
        """Return one line: where, which value, the problem, what is allowed, the next step."""
        where = ":".join(str(part) for part in (self.file, self.line) if part not in ("", None))
        what = " ".join(part for part in (self.field, self._quoted()) if part)
        said = translate(self.problem, language).format(**self.facts)
        if self.allowed:
            allowed = translate(self.allowed, language)
            said += " " + translate(_("Allowed: {allowed}."), language).format(allowed=allowed)
        if self.next_step:
            said += " " + translate(self.next_step, language).format(**self.facts)
        return _sendable(": ".join(part for part in (where, what, said) if part))

    def _quoted(self) -> str:
        if self.value is None:
            return ""
        text = str(self.value)
        return repr(text if len(text) <= 80 else text[:77] + "...")

    def as_dict(self) -> dict[str, Any]:
        """Return the fault as JSON carries it, sentence in English included for people."""
        return {
            "code": self.code,
            "file": _sendable(self.file) or None,
            "line": self.line,
            "field": _sendable(self.field) or None,
            "value": None if self.value is None else _sendable(str(self.value)),
            "message": self.in_language("en"),
        }

    def as_row(self) -> dict[str, Any]:
        """Return what a row keeps: all of it, so that any door can say it in its language."""
        return self.as_dict() | {
            "problem": self.problem,
            "allowed": self.allowed,
            "next_step": self.next_step,
            "facts": {name: _sendable(str(fact)) for name, fact in self.facts.items()},
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Fault":
        """Return the fault that a row keeps."""
        return cls(
            row["code"], row["problem"], file=row["file"] or "", line=row["line"],
            field=row["field"] or "", value=row["value"], allowed=row["allowed"],
            next_step=row["next_step"], facts=row["facts"],
        )  # fmt: skip


def _sendable(text: str) -> str:
    """Return a text that can leave as UTF-8: names of files and JSON may hold half characters."""
    return text.encode("utf-8", "backslashreplace").decode()


class FaultyInput(Refusal):
    """What was given has faults; all of them are named and nothing was changed."""

    says = _("{count} faults found; mend them and try again: {first}")

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0].in_language("en") if self.faults else ""
        super().__init__(count=len(self.faults), first=first)

    def in_language(self, language: str) -> str:
        """Return the sentence with the first fault in the reader's language."""
        first = self.faults[0].in_language(language) if self.faults else ""
        return translate(self.says, language).format(count=len(self.faults), first=first)


class FaultList:
    """Gathers the faults of something that is read; a reader of files, forms or inputs is one."""

    def __init__(self, faults: list[Fault] | None = None, file: str = "") -> None:
        """Take the list that faults are added to (a new one without), and the file's name."""
        self.faults: list[Fault] = [] if faults is None else faults
        self.file = file

    def fault(
        self,
        code: str,
        field: str,
        value: Any,
        says: str,
        *,
        allowed: str = "",
        next_step: str = "",
        **facts: Any,
    ) -> None:
        """Note one fault."""
        self.faults.append(
            Fault(
                code, says, file=self.file, field=field, value=value, allowed=allowed,
                next_step=next_step, facts=facts,
            )
        )  # fmt: skip

    def finish(self) -> None:
        """Raise every fault that was found.

        Raises:
            FaultyInput: there is at least one.
        """
        if self.faults:
            raise FaultyInput(self.faults)
