"""Feeds: the Atom feed of our own alerts, and taking alerts out of feeds that others give us.

Source: RFC 4287 (Atom); RSS 2.0; OASIS EDXL Distribution Element 1.0; OASIS Example Practices: CAP
Feeds 1.0 (2013).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

from lxml import etree

from sameboat.lib.fault import Fault
from sameboat.lib.language import closest
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.cap.alert import CapAlert
from sameboat.watch.alerts.cap.check import parse_safely
from sameboat.watch.alerts.cap.gate import Unsafe, admit
from sameboat.watch.alerts.cap.grammar import NAMESPACES

ATOM = "http://www.w3.org/2005/Atom"
_ATOM = f"{{{ATOM}}}"
_NO_PREFIX: Any = {None: ATOM}
FEEDS = {
    f"{_ATOM}feed": "atom", f"{_ATOM}entry": "atom", "rss": "rss",
    "{urn:oasis:names:tc:emergency:EDXL:DE:1.0}EDXLDistribution": "edxl-de",
}  # fmt: skip


_ALERTS = tuple(f"{{{namespace}}}alert" for namespace in NAMESPACES.values())
MOST_ALERTS = 500  #: in one feed; each is judged and kept


@dataclass(frozen=True)
class Taken:
    """One alert out of a feed."""

    raw: bytes
    as_sent: bool  #: the feed's own bytes; else written anew as a document that stands alone


@dataclass(frozen=True)
class Feed:
    """What a feed or envelope holds."""

    kind: str  #: atom, rss or edxl-de
    alerts: tuple[Taken, ...]


@dataclass(frozen=True)
class Entry:
    """One alert in our feed: the message, where its XML is, when it was last changed."""

    alert: CapAlert
    address: str  #: URL of the CAP message
    updated: datetime


def write_feed(
    *,
    title: str,
    address: str,
    author: str,
    updated: datetime,
    entries: Iterable[Entry],
    language: str = "en",
) -> bytes:
    """Return an Atom feed of issued alerts, newest first as given, titles in one language.

    Args:
        address: URL of the feed; also its permanent id.
        updated: of the feed; used where there is no entry.
    """  # fmt: skip
    feed = etree.Element(f"{_ATOM}feed", nsmap=_NO_PREFIX)
    _put(feed, "id", address)
    _put(feed, "title", title)
    _put(feed, "updated", _utc(updated))
    _put(etree.SubElement(feed, f"{_ATOM}author"), "name", author)
    etree.SubElement(feed, f"{_ATOM}link", rel="self", href=address)
    for each in entries:
        _write_entry(etree.SubElement(feed, f"{_ATOM}entry"), each, language)
    return etree.tostring(feed, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _write_entry(element: etree._Element, entry: Entry, language: str) -> None:
    alert = entry.alert
    infos = [info for info in alert.infos if closest(info.language) == closest(language)]
    info = next(iter([*infos, *alert.infos]), None)
    _put(element, "id", f"urn:cap:{alert.sender}:{alert.identifier}")
    _put(element, "title", (info.headline or info.event) if info else alert.message_type)
    _put(element, "updated", _utc(entry.updated))
    _put(element, "published", _utc(alert.sent))
    _put(etree.SubElement(element, f"{_ATOM}author"), "name", _said_by(alert))
    if info and info.description:
        _put(element, "summary", info.description)
    for category in info.categories if info else ():
        etree.SubElement(element, f"{_ATOM}category", term=category)
    etree.SubElement(
        element, f"{_ATOM}link", rel="alternate", type="application/cap+xml", href=entry.address
    )


def _said_by(alert: CapAlert) -> str:
    return next((info.sender_name for info in alert.infos if info.sender_name), alert.sender)


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _ATOM + name).text = text


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def alerts_in(raw: bytes) -> tuple[bytes, ...]:
    """Return every CAP message inside a feed or envelope that the user gives, as its own bytes.

    A bare CAP message is returned as it is, untouched.

    Raises:
        Unsafe: the bytes do not pass the gate, or are neither a feed nor CAP.
    """
    feed = open_feed(raw)
    return (raw,) if feed is None else tuple(each.raw for each in feed.alerts)


def open_feed(raw: bytes) -> Feed | None:
    """Return the feed or envelope with every CAP message in it; None for a bare CAP message.

    Atom, RSS and EDXL-DE are read.  Links are never followed.  Each message is to be judged by
    `check_alert`.

    Raises:
        Unsafe: the bytes do not pass the gate, are neither a feed nor CAP, or hold more than
            MOST_ALERTS.
    """
    root = parse_safely(raw)
    if root.tag in _ALERTS:
        return None
    if root.tag not in FEEDS:
        raise Unsafe(
            Fault(
                "not_a_feed", _("This XML is neither a feed nor a CAP alert."),
                field=str(root.tag).rpartition("}")[2][:64], allowed="Atom, RSS, EDXL-DE, CAP",
                next_step=_("Ask the sender for the alert as CAP 1.2 XML."),
            )
        )  # fmt: skip
    found = list(root.iter(*_ALERTS))
    if len(found) > MOST_ALERTS:
        raise Unsafe(
            Fault(
                "too_many_alerts", _("The feed holds {count} alerts."),
                allowed=f"<= {MOST_ALERTS}", facts={"count": len(found)},
                next_step=_("Ask the sender for a smaller one."),
            )
        )  # fmt: skip
    data = admit(raw)
    slices = _slices(data) if found else []
    if len(slices) != len(found):
        slices = [(0, 0)] * len(found)
    alerts = (
        _taken(element, data[start:end], as_sent=data is raw)
        for element, (start, end) in zip(found, slices, strict=True)
    )
    return Feed(FEEDS[str(root.tag)], tuple(alerts))


def _slices(data: bytes) -> list[tuple[int, int]]:
    """Return where each alert begins and ends in the bytes, in the order of their beginnings.

    None where the second parser reads something else than the first; then all is written anew.
    """
    spans: list[list[int]] = []
    opened: list[int] = []
    parser = expat.ParserCreate("utf-8", "}")

    def start(name: str, _attributes: Any) -> None:
        if "{" + name in _ALERTS:
            opened.append(len(spans))
            spans.append([parser.CurrentByteIndex, 0])

    def end(name: str) -> None:
        if "{" + name in _ALERTS:
            # An end tag has no > before its own; an empty element's span is no document alone.
            spans[opened.pop()][1] = data.find(b">", parser.CurrentByteIndex) + 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return []
    return [(begins, ends) for begins, ends in spans]


def _taken(element: etree._Element, cut: bytes, *, as_sent: bool) -> Taken:
    """Return the bytes as they stood in the feed, where these alone say the same.

    They do not where a prefix was declared outside of them, or the feed is not in UTF-8.
    """
    try:
        alone = etree.tostring(parse_safely(cut), method="c14n", exclusive=True)
    except Unsafe:
        alone = b""
    if as_sent and alone == etree.tostring(element, method="c14n", exclusive=True, with_tail=False):
        return Taken(cut, as_sent=True)
    return Taken(_alone(element), as_sent=False)


def _alone(element: etree._Element) -> bytes:
    """Return one element as a document of its own, without the text that follows it."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True, with_tail=False)
