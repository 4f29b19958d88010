"""One line of `sameboat doctor`."""

from dataclasses import dataclass, field
from typing import Any

from sameboat.lib.language import translate


@dataclass(frozen=True)
class Finding:
    """One thing looked at: in order, or a complaint with its remedy."""

    what: str
    well: bool
    remedy: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def in_language(self, language: str) -> str:
        """Return the line to print."""
        mark = "ok " if self.well else "!! "
        said = translate(self.what, language).format(**self.facts)
        remedy = translate(self.remedy, language).format(**self.facts)
        return mark + said + (f" {remedy}" if remedy else "")
