"""Checkpoints: how long a log is, and the hash of all of it.

Source: C2SP tlog-checkpoint v1.0.0.
"""

from dataclasses import dataclass

from sameboat.lib.language import mark as _
from sameboat.proof.faults import BadProof
from sameboat.proof.strict import MOST, check_text, read_base64, read_decimal, write_base64

_ROOT = 32


class BadCheckpoint(BadProof):
    """The text of a note tells nothing of a log."""


@dataclass(frozen=True)
class Checkpoint:
    """The log `origin` has `size` entries whose root is `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for number, each in enumerate((self.origin, *self.extensions)):
            field = f"extension {number}" if number else "origin"
            check_text(each, field)
            if not each or "\n" in each:
                raise BadCheckpoint(
                    "not_a_line", _("This must be one line that is not empty."), field=field,
                    value=each,
                )  # fmt: skip
        if not 0 <= self.size <= MOST:
            raise BadCheckpoint(
                "other_size", _("No tree has so many entries."), field="size", value=self.size,
                allowed="0 … 2^63-1",
            )  # fmt: skip
        if len(self.root) != _ROOT:
            raise BadCheckpoint(
                "other_length", _("It has {bytes} bytes."), field="root", allowed=str(_ROOT),
                bytes=len(self.root),
            )  # fmt: skip

    def __str__(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), write_base64(self.root), *self.extensions)
        return "".join(f"{each}\n" for each in lines)


def read_checkpoint(text: str) -> Checkpoint:
    """Return what the text of a note says of a log.

    Raises: BadCheckpoint: it has another form, with what is wrong.
    Source: C2SP tlog-checkpoint v1.0.0, "Format".
    """
    lines = text.split("\n")
    if lines.pop() or len(lines) < 3:
        raise BadCheckpoint(
            "not_a_checkpoint", _("The text is no checkpoint."), field="checkpoint", value=text,
            allowed=_("lines: origin, size, root, each with its end"),
        )  # fmt: skip
    origin, size, root, *extensions = lines
    try:
        return Checkpoint(
            origin, read_decimal(size, "size"), read_base64(root, "root", size=_ROOT),
            tuple(extensions),
        )  # fmt: skip
    except BadProof as problem:
        raise BadCheckpoint.of(problem.fault) from None
