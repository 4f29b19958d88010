"""What every comparison with a corpus needs: counts, and every miss by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Table:
    """Counts of one comparison, and every miss by name.

    `reasons`: files where we differ on purpose, and why: printed, and not counted as missed.
    """

    name: str
    reasons: Mapping[str, str] = field(default_factory=dict)
    held: int = 0
    argued: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def expect(self, file: str, held: bool, said: str) -> None:
        if held:
            self.held += 1
        elif file in self.reasons:
            self.argued.append(f"{file}: {said}: {self.reasons[file]}")
        else:
            self.missed.append(f"{file}: {said}")
