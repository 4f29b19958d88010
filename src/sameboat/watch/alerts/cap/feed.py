"""Feeds: the Atom feed of our own alerts, and taking alerts out of feeds that others give us.

Source: RFC 4287 (Atom); RSS 2.0; OASIS EDXL Distribution Element 1.0; OASIS Example Practices: CAP
Feeds 1.0 (2013).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from sameboat.lib.fault import Fault
from sameboat.lib.language import closest
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.cap.alert import CapAlert
from sameboat.watch.alerts.cap.check import parse_safely
from sameboat.watch.alerts.cap.gate import Unsafe
from sameboat.watch.alerts.cap.grammar import NAMESPACES

ATOM = "http://www.w3.org/2005/Atom"
_ATOM = f"{{{ATOM}}}"
_NO_PREFIX: Any = {None: ATOM}
FEEDS = {
    f"{_ATOM}feed": "atom", f"{_ATOM}entry": "atom", "rss": "rss",
    "{urn:oasis:names:tc:emergency:EDXL:DE:1.0}EDXLDistribution": "edxl-de",
}  # fmt: skip


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

    Atom, RSS and EDXL-DE are read; a bare CAP message is returned as it is, untouched.  Links are
    never followed.  Each message is to be judged by `check_alert`.

    Raises:
        Unsafe: the bytes do not pass the gate, or are neither a feed nor CAP.
    """
    root = parse_safely(raw)
    if root.tag in {f"{{{namespace}}}alert" for namespace in NAMESPACES.values()}:
        return (raw,)
    if root.tag not in FEEDS:
        raise Unsafe(
            Fault(
                "not_a_feed", _("This XML is neither a feed nor a CAP alert."),
                field=str(root.tag).rpartition("}")[2][:64], allowed="Atom, RSS, EDXL-DE, CAP",
                next_step=_("Ask the sender for the alert as CAP 1.2 XML."),
            )
        )  # fmt: skip
    found = [
        element
        for namespace in NAMESPACES.values()
        for element in root.iter(f"{{{namespace}}}alert")
    ]
    return tuple(_alone(element) for element in found)


def _alone(element: etree._Element) -> bytes:
    """Return one element as a document of its own, without the text that follows it."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True, with_tail=False)
