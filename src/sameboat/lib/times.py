"""Moments: stored in UTC, read only with their zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def parse_moment(text: str, zone: str | None = None) -> datetime:
    """Read an ISO 8601 moment as UTC.

    A moment without an offset is read in `zone` (a region pack states the zone of each time
    column); with neither it is refused, because 03:00 somewhere is not a time.

    Raises:
        ValueError: unreadable, without an offset while no zone is stated, or outside the years
            1 to 9999 once it is in UTC.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(f"{text!r} has no zone: write it as 2005-11-13T13:00+08:00")
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is in no calendar once it is in UTC") from None


def as_utc_text(moment: datetime) -> str:
    """Return the moment as entries carry it: UTC, milliseconds, `Z`."""
    moment = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"  # strftime writes the year 5 as "5"
