"""From plain values to CAP 1.2 bytes; what comes out has passed our own check."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.cap.alert import (
    CapAlert,
    CapArea,
    CapInfo,
    CapResource,
    Named,
    moment_text,
)
from sameboat.watch.alerts.cap.check import check_alert
from sameboat.watch.alerts.cap.coordinates import circle_text, ring_text
from sameboat.watch.alerts.cap.grammar import NAMESPACES

_CAP = f"{{{NAMESPACES['1.2']}}}"
_NO_PREFIX: Any = {None: NAMESPACES["1.2"]}


def write_alert(alert: CapAlert) -> bytes:
    """Return the message as CAP 1.2, UTF-8, always valid by schema and by prose.

    Empty texts are left out where the standard lets them be.  Coordinates, texts and moments read
    back equal; fractions of a second are cut off.

    Raises:
        FaultyInput: the values break a rule of CAP 1.2, each named; nothing is written.
    """
    root = etree.Element(f"{_CAP}alert", nsmap=_NO_PREFIX)
    try:
        _write_head(root, alert)
        for info in alert.infos:
            _write_info(etree.SubElement(root, f"{_CAP}info"), info)
    except (ValueError, ArithmeticError) as problem:
        # lxml refuses control characters; moments without zone and numbers that are none fail too.
        raise FaultyInput(
            [
                Fault(
                    "cannot_be_written", _("A value cannot be written as CAP: {problem}."),
                    field="alert", facts={"problem": str(problem)},
                    next_step=_("Mend the value and try again."),
                )
            ]
        ) from None  # fmt: skip
    raw = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    checked = check_alert(raw)
    if checked.verdict != "valid":
        raise FaultyInput([checked.reason] if checked.reason else checked.faults)
    return raw


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _CAP + name).text = text


def _put_some(parent: etree._Element, name: str, text: str) -> None:
    if text:
        _put(parent, name, text)


def _put_all(parent: etree._Element, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        _put(parent, name, text)


def _put_named(parent: etree._Element, name: str, pairs: Iterable[Named]) -> None:
    for key, value in pairs:
        element = etree.SubElement(parent, _CAP + name)
        _put(element, "valueName", key)
        _put(element, "value", value)


def _put_moment(parent: etree._Element, name: str, moment: datetime | None) -> None:
    if moment is not None:
        _put(parent, name, moment_text(moment))


def _write_head(root: etree._Element, alert: CapAlert) -> None:
    _put(root, "identifier", alert.identifier)
    _put(root, "sender", alert.sender)
    _put_moment(root, "sent", alert.sent)
    _put(root, "status", alert.status)
    _put(root, "msgType", alert.message_type)
    _put_some(root, "source", alert.source)
    _put(root, "scope", alert.scope)
    _put_some(root, "restriction", alert.restriction)
    _put_some(root, "addresses", alert.addresses)
    _put_all(root, "code", alert.codes)
    _put_some(root, "note", alert.note)
    _put_some(root, "references", " ".join(map(str, alert.references)))
    _put_some(root, "incidents", alert.incidents)


def _write_info(element: etree._Element, info: CapInfo) -> None:
    _put(element, "language", info.language)
    _put_all(element, "category", info.categories)
    _put(element, "event", info.event)
    _put_all(element, "responseType", info.response_types)
    _put(element, "urgency", info.urgency)
    _put(element, "severity", info.severity)
    _put(element, "certainty", info.certainty)
    _put_some(element, "audience", info.audience)
    _put_named(element, "eventCode", info.event_codes)
    _put_moment(element, "effective", info.effective)
    _put_moment(element, "onset", info.onset)
    _put_moment(element, "expires", info.expires)
    _put_some(element, "senderName", info.sender_name)
    _put_some(element, "headline", info.headline)
    _put_some(element, "description", info.description)
    _put_some(element, "instruction", info.instruction)
    _put_some(element, "web", info.web)
    _put_some(element, "contact", info.contact)
    _put_named(element, "parameter", info.parameters)
    for resource in info.resources:
        _write_resource(etree.SubElement(element, f"{_CAP}resource"), resource)
    for area in info.areas:
        _write_area(etree.SubElement(element, f"{_CAP}area"), area)


def _write_resource(element: etree._Element, resource: CapResource) -> None:
    _put(element, "resourceDesc", resource.description)
    _put(element, "mimeType", resource.mime_type)
    _put_some(element, "size", "" if resource.size is None else str(resource.size))
    _put_some(element, "uri", resource.uri)
    _put_some(element, "derefUri", resource.deref_uri)
    _put_some(element, "digest", resource.digest)


def _write_area(element: etree._Element, area: CapArea) -> None:
    _put(element, "areaDesc", area.description)
    _put_all(element, "polygon", map(ring_text, area.polygons))
    _put_all(element, "circle", map(circle_text, area.circles))
    _put_named(element, "geocode", area.geocodes)
    for name, feet in (("altitude", area.altitude), ("ceiling", area.ceiling)):
        if feet is not None:
            _put(element, name, f"{Decimal(feet):f}")
