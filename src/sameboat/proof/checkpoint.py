"""Checkpoints: how long a log is, and the hash of all of it.

Source: C2SP tlog-checkpoint v1.0.0.
"""

from dataclasses import dataclass

from sameboat.proof.strict import MOST, read_base64, read_decimal, write_base64


@dataclass(frozen=True)
class Checkpoint:
    """The log `origin` has `size` entries whose root is `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if not all(each and "\n" not in each for each in lines):
            raise ValueError("the origin and every extension must be a line that is not empty")
        if not 0 <= self.size <= MOST:
            raise ValueError(f"size is {self.size}, allowed: 0 … 2^63-1")
        if len(self.root) != 32:
            raise ValueError(f"root has {len(self.root)} bytes, allowed: 32")

    def __str__(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), write_base64(self.root), *self.extensions)
        return "".join(f"{each}\n" for each in lines)


def read_checkpoint(text: str) -> Checkpoint:
    """Return what the text of a note says of a log.

    Raises: ValueError: it has another form, with what is wrong.
    Source: C2SP tlog-checkpoint v1.0.0, "Format".
    """
    if not text.endswith("\n"):
        raise ValueError("a checkpoint ends with a line feed")
    lines = text[:-1].split("\n")
    if len(lines) < 3:
        raise ValueError(f"a checkpoint has {len(lines)} lines, allowed: >= 3")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin, read_decimal(size, "size"), read_base64(root, "root", size=32), tuple(extensions)
    )
