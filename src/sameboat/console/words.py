"""How a figure is said: ranges instead of numbers, two units at most, likelihood with per cent."""

from datetime import datetime, timedelta
from math import floor, log10
from zoneinfo import ZoneInfo

from sameboat.lib.language import closest, translate
from sameboat.lib.language import mark as _
from sameboat.lib.likelihood import likelihood_word

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def percent(probability: float) -> str:
    """Return a probability in [0, 1] as per cent; never 0 or 100 unless it is."""
    if 0 < probability < 0.01:
        return "< 1 %"
    if 0.99 < probability < 1:
        return "> 99 %"
    return f"{round(probability * 100)} %"


def likelihood(probability: float, language: str) -> str:
    """Return the word of the one table with the per cent beside it."""
    return f"{translate(likelihood_word(probability), language)} {percent(probability)}"


def amount(value: float) -> str:
    """Return a number with two significant digits, without exponent."""
    if value == 0:
        return "0"
    digits = 1 - floor(log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:.{max(digits, 0)}f}" if abs(rounded) < 10 else f"{rounded:,.0f}"


def amount_range(low: float, high: float, language: str) -> str:
    """Return `low–high`; one number where both read the same, `up to` where low is as nothing."""
    if high > 0 and low < high / 100:
        return translate(_("up to {n}"), language).format(n=amount(high))
    first, last = amount(low), amount(high)
    return first if first == last else f"{first}–{last}"


def people(count: int | None, language: str) -> str:
    """Return a number of residents as it is spoken, or that it is not known."""
    if count is None:
        return translate(_("not known"), language)
    if closest(language) == "zh-Hans":
        if count >= 10**8:
            return f"{amount(count / 10**8)} 亿"
        if count < 10**4:
            return f"{count}"
        return f"{count / 10**4:,.0f} 万" if count >= 10**5 else f"{count / 10**4:.1f} 万"
    if count >= 10**6:
        return f"{count / 10**6:.1f} M"
    return f"{count / 1000:.0f} k" if count >= 10**4 else f"{count:,}"


def duration(length: timedelta, language: str) -> str:
    """Return a length of time in two units at most."""
    seconds = abs(length.total_seconds())
    if seconds < MINUTE:
        return _units(language, minutes=0)
    if seconds < HOUR:
        return _units(language, minutes=round(seconds / MINUTE))
    if seconds < 6 * HOUR:
        hours, rest = divmod(round(seconds / MINUTE), 60)
        return _units(language, hours=hours, minutes=rest or None)
    if seconds < 2 * DAY:
        return _units(language, hours=round(seconds / HOUR))
    days, hours = divmod(round(seconds / HOUR), 24)
    return _units(language, days=days, hours=hours if days < 14 and hours else None)


def duration_range(low: timedelta, high: timedelta, language: str) -> str:
    """Return `38–52 h` or `3.5–5 d`: one unit for both ends."""
    first, last = low.total_seconds(), high.total_seconds()
    ends: tuple[float, float]
    if last < 2 * HOUR:
        ends, unit = (round(first / MINUTE), round(last / MINUTE)), _("{n} min")
    elif last < 3 * DAY:
        ends, unit = (round(first / HOUR), round(last / HOUR)), _("{n} h")
    else:
        ends, unit = (_half(first / DAY), _half(last / DAY)), _("{n} d")
    shown = f"{ends[0]:g}" if ends[0] == ends[1] else f"{ends[0]:g}–{ends[1]:g}"
    return translate(unit, language).format(n=shown)


def countdown(earliest: datetime, latest: datetime, now: datetime, language: str) -> str:
    """Return when something begins, from now: `in 38–52 h`, `within 14 h`, `2–3 d ago`."""
    if earliest > now:
        said = duration_range(earliest - now, latest - now, language)
        return translate(_("in {range}"), language).format(range=said)
    if latest > now:
        said = duration(latest - now, language)
        return translate(_("any time, within {time}"), language).format(time=said)
    said = duration_range(now - latest, now - earliest, language)
    return translate(_("{range} ago"), language).format(range=said)


def moment(at: datetime, now: datetime, zone: str, language: str) -> str:
    """Return `tomorrow 03:20` near now, else the date; the year where it is another."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    near = {0: _("today {time}"), 1: _("tomorrow {time}"), -1: _("yesterday {time}")}
    apart = (local.date() - today.date()).days
    if apart in near:
        return translate(near[apart], language).format(time=clock)
    return f"{date(local, now=today, language=language)} {clock}"


def date(local: datetime, *, now: datetime, language: str) -> str:
    """Return the day as it is written, with the year where it is not this one."""
    other = local.year != now.year
    if closest(language) == "zh-Hans":
        return (f"{local.year}年" if other else "") + f"{local.month}月{local.day}日"
    return f"{local.day} {_MONTHS[local.month - 1]}" + (f" {local.year}" if other else "")


def moment_range(low: datetime, high: datetime, now: datetime, zone: str, language: str) -> str:
    """Return `24 Nov 03:20–09:00`, or both days where they differ.

    A band of more than six hours is told by the hour: minutes would pretend.
    """
    if high - low > timedelta(hours=6):
        low, high = _by_the_hour(low), _by_the_hour(high)
    first, last = moment(low, now, zone, language), moment(high, now, zone, language)
    if first == last:
        return first
    if low.astimezone(ZoneInfo(zone)).date() == high.astimezone(ZoneInfo(zone)).date():
        return f"{first}–{high.astimezone(ZoneInfo(zone)):%H:%M}"
    return f"{first} – {last}"


def exact(at: datetime, zone: str) -> str:
    """Return the moment with its offset and zone, for hover and print."""
    local = at.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]} ({zone})"


def _by_the_hour(at: datetime) -> datetime:
    return (at + timedelta(minutes=30)).replace(minute=0, second=0, microsecond=0)


def _half(days: float) -> float:
    return round(days * 2) / 2 if days < 10 else round(days)


def _units(
    language: str, *, days: int | None = None, hours: int | None = None, minutes: int | None = None
) -> str:
    parts = ((days, _("{n} d")), (hours, _("{n} h")), (minutes, _("{n} min")))
    return " ".join(
        translate(unit, language).format(n="< 1" if n == 0 and unit == _("{n} min") else n)
        for n, unit in parts
        if n is not None
    )
