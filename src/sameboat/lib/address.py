"""Names that hold across cities: `<place>/<noun>/<id>`, and the UUIDv7 at their end."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

PLACE_CODE = re.compile(r"[a-z][a-z0-9]{0,15}:[A-Za-z0-9][A-Za-z0-9.-]{0,31}")
_NOUN = re.compile(r"[a-z][a-z-]{0,31}")
_ID = re.compile(r"[A-Za-z0-9#][A-Za-z0-9#-]{0,63}")


def uuid7(now: datetime, randomness: bytes | None = None) -> UUID:
    """Return a time-ordered UUID (RFC 9562, version 7) for this moment.

    `randomness` is ten bytes; it is drawn from the system when not given.
    """
    milliseconds = int(now.timestamp() * 1000)
    tail = int.from_bytes(randomness or secrets.token_bytes(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | tail
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


@dataclass(frozen=True)
class Address:
    """One thing said or owned by one place."""

    place: str
    noun: str
    id: str

    def __str__(self) -> str:
        return f"{self.place}/{self.noun}/{self.id}"

    def as_cap_identifier(self) -> str:
        """Return the address as CAP allows it: no `/`, no `:`."""
        return str(self).replace("/", ".").replace(":", ".")


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        ValueError: the text is not `<scheme:code>/<noun>/<id>`.
    """
    parts = text.split("/")
    if (
        len(parts) != 3
        or not PLACE_CODE.fullmatch(parts[0])
        or not _NOUN.fullmatch(parts[1])
        or not _ID.fullmatch(parts[2])
    ):
        raise ValueError(f"{text!r} is not an address such as cn:220200/forecast/0193…")
    return Address(*parts)
