"""A CAP message as plain values, in the standard's order and with the standard's words."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]  #: latitude, longitude in degrees, CAP's order
Ring: TypeAlias = tuple[Point, ...]  #: at least four points, the last one the first
Circle: TypeAlias = tuple[float, float, float]  #: latitude, longitude, radius in km
Named: TypeAlias = tuple[str, str]  #: valueName, value


@dataclass(frozen=True, slots=True)
class Reference:
    """One earlier message: who said it, its identifier, when it was sent."""

    sender: str
    identifier: str
    sent: datetime

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{moment_text(self.sent)}"


@dataclass(frozen=True, slots=True)
class CapResource:
    """A file that goes with the text: an image, a recording."""

    description: str
    mime_type: str = ""
    size: int | None = None  #: bytes, approximate
    uri: str = ""
    deref_uri: str = ""  #: the file itself in base 64
    digest: str = ""


@dataclass(frozen=True, slots=True)
class CapArea:
    """The union of everything named here."""

    description: str
    polygons: tuple[Ring, ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Named, ...] = ()
    altitude: Decimal | None = None  #: feet above mean sea level
    ceiling: Decimal | None = None  #: feet above mean sea level


@dataclass(frozen=True, slots=True)
class CapInfo:
    """What is expected, where, and what to do, in one language."""

    categories: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    language: str = "en-US"
    response_types: tuple[str, ...] = ()
    audience: str = ""
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Named, ...] = ()
    resources: tuple[CapResource, ...] = ()
    areas: tuple[CapArea, ...] = ()


@dataclass(frozen=True, slots=True)
class CapAlert:
    """One CAP message.  Absent and empty texts are both ""; moments are aware, to the second."""

    identifier: str
    sender: str
    sent: datetime
    status: str
    message_type: str
    scope: str
    source: str = ""
    restriction: str = ""
    addresses: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: str = ""
    infos: tuple[CapInfo, ...] = ()
    version: str = dataclasses.field(default="1.2", compare=False)  #: it was read from

    @property
    def reference(self) -> Reference:
        """How a later message refers to this one."""
        return Reference(self.sender, self.identifier, self.sent)


def moment_text(moment: datetime) -> str:
    """Return a moment as CAP demands it: offset in digits, UTC as `-00:00`, whole seconds.

    Raises:
        ValueError: the moment has no zone.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"{moment!r} has no zone")
    seconds = int(offset.total_seconds())
    if offset.microseconds or seconds % 60 or abs(seconds) > 14 * 3600:
        # Local mean times of before the zones have seconds, which CAP cannot write.
        moment, seconds = moment - offset, 0
    sign = "+" if seconds > 0 else "-"
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return (
        f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}{sign}{hours:02d}:{minutes:02d}"
    )
