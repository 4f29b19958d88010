"""Filters and tags of the console: figures as words, moments in the reader's zone."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from sameboat.console import words
from sameboat.lib.language import choose, translate

register = template.Library()


def reader() -> str:
    """Return the language of this page."""
    return get_language() or "en"


@register.filter
def named(names: dict[str, str] | None, fallback: str = "") -> str:
    """Return the name in the reader's language."""
    return choose(names or {}, reader()) or fallback


@register.filter
def tongue(tag: str) -> str:
    """Return a language's name for itself, or the tag where we know no name."""
    return {"zh": "中文", "en": "English"}.get(tag.lower()[:2], tag)


@register.filter
def said(text: str) -> str:
    """Return a marked text in the reader's language."""
    return translate(text, reader())


@register.filter
def likelihood(probability: float) -> str:
    """Return `very likely 96 %`."""
    return words.likelihood(probability, reader())


@register.filter
def percent(probability: float) -> str:
    """Return `96 %`."""
    return words.percent(probability)


@register.filter
def step(probability: float | None) -> int:
    """Return the step of the probability scale, 0 … 9."""
    return min(9, int((probability or 0) * 10))


@register.filter
def amount(value: float) -> str:
    """Return two significant digits."""
    return words.amount(value)


@register.filter
def people(count: int | None) -> str:
    """Return `2.1 M`, `210 万`, or that it is not known."""
    return words.people(count, reader())


@register.filter
def grouped(count: int | None) -> str:
    """Return `179,828`, or that it is not known."""
    return words.people(None, reader()) if count is None else f"{count:,}"


@register.filter
def length_of(value: timedelta) -> str:
    """Return a length of time in two units at most."""
    return words.duration(value, reader())


@register.filter
def as_moment(text: str | None) -> datetime | None:
    """Return the moment that an ISO 8601 text says."""
    return datetime.fromisoformat(text) if text else None


@register.simple_tag(takes_context=True)
def moment(context: Context, at: datetime | None, zone: str = "") -> SafeString | str:
    """Return a `<time>`: relative words, exact with zone on hover and in print."""
    if at is None:
        return "–"
    zone = zone or settings.TIME_ZONE
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        words.exact(at, zone),
        words.moment(at, context["request"].now, zone, reader()),
    )


@register.simple_tag
def exact(at: datetime, zone: str = "") -> str:
    """Return the moment with its offset and zone."""
    return words.exact(at, zone or settings.TIME_ZONE)


@register.simple_tag(takes_context=True)
def moments(context: Context, low: datetime | None, high: datetime | None, zone: str = "") -> str:
    """Return the range of two moments as text."""
    if low is None or high is None:
        return "–"
    return words.moment_range(
        low, high, context["request"].now, zone or settings.TIME_ZONE, reader()
    )


@register.simple_tag(takes_context=True)
def countdown(context: Context, low: datetime | None, high: datetime | None) -> str:
    """Return when something begins, from now."""
    if low is None or high is None:
        return "–"
    return words.countdown(low, high, context["request"].now, reader())


@register.simple_tag(takes_context=True)
def latest(context: Context, at: datetime) -> str:
    """Return how long from now it is at the latest, `58 min`."""
    return words.duration(at - context["request"].now, reader())


@register.simple_tag
def amounts(low: float | None, high: float | None, share: bool = False) -> str:
    """Return the range of two numbers as text; a share of the people in per cent."""
    if low is None or high is None:
        return "–"
    if share:
        ends = dict.fromkeys((words.percent(low), words.percent(high)))
        return " – ".join(ends)
    return words.amount_range(low, high, reader())


@register.filter
def at(mapping: dict[str, Any], key: str) -> Any:
    """Return mapping[key], or nothing."""
    return (mapping or {}).get(key)
