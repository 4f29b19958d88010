"""Moments: stored in UTC, read only with their zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def parse_moment(text: str, zone: str | None = None) -> datetime:
    """Read an ISO 8601 moment as UTC.

    A moment without an offset is read in `zone` (a region pack states the zone of each time
    column); with neither it is refused, because 03:00 somewhere is not a time.

    Raises:
        ValueError: unreadable, or without an offset while no zone is stated.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(f"{text!r} has no zone: write it as 2005-11-13T13:00+08:00")
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)


def as_utc_text(moment: datetime) -> str:
    """Return the moment as entries carry it: UTC, milliseconds, `Z`."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
