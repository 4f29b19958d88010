"""The rules that CAP 1.2 states in its text and no schema can hold.

Source: OASIS Common Alerting Protocol 1.2 (2010), sections 3.2.1-3.2.4 and 3.3.
"""

import re
from collections.abc import Iterable

from sameboat.watch.alerts.cap.alert import CapAlert, CapInfo, CapResource, Reference
from sameboat.watch.alerts.cap.findings import Findings

_FORBIDDEN = re.compile(r"[\s,<&]")
#: control and format characters: they make two names look the same
_INVISIBLE = re.compile(
    "[\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]"
)
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(\s*;.*)?", re.DOTALL)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")


def judge(alert: CapAlert, findings: Findings) -> None:
    """Hold an alert against the rules that need no context."""
    _judge_names(alert, findings)
    _judge_references(alert, findings)
    if alert.scope == "Restricted" and not alert.restriction.strip():
        findings.flag("restriction_missing", "restriction")
    if alert.scope != "Restricted" and alert.restriction.strip():
        findings.note("restriction_not_needed")
    if alert.scope == "Private" and not alert.addresses.strip():
        findings.flag("addresses_missing", "addresses")
    if not alert.infos and alert.message_type in ("Alert", "Update"):
        findings.note("no_info")
    for info in alert.infos:
        _judge_info(info, alert, findings)


def _judge_names(alert: CapAlert, findings: Findings) -> None:
    for field, value in (("identifier", alert.identifier), ("sender", alert.sender)):
        if not value or _FORBIDDEN.search(value):
            findings.flag(f"{field}_characters", field, value)
        elif _INVISIBLE.search(value):
            findings.flag(f"{field}_invisible", field, value.encode("unicode_escape").decode())


def _judge_references(alert: CapAlert, findings: Findings) -> None:
    if alert.message_type != "Alert" and not alert.references:
        malformed = any(fault.code == "references_form" for fault in findings.faults)
        if not malformed:
            findings.flag("references_missing", "references", alert.message_type)
    for reference in alert.references:
        if (reference.sender, reference.identifier) == (alert.sender, alert.identifier):
            findings.flag("references_itself", "references", reference)
        elif reference.sent > alert.sent:
            findings.note("reference_later")


def _judge_info(info: CapInfo, alert: CapAlert, findings: Findings) -> None:
    if not info.event.strip():
        findings.flag("event_missing", "event")
    if info.web and not _ABSOLUTE.fullmatch(info.web):
        findings.flag("web_not_absolute", "web", info.web)
    if info.expires is None:
        findings.note("no_expires")
    elif info.expires <= alert.sent:
        findings.note("expires_before_sent")
    if info.expires and info.onset and info.expires <= info.onset:
        findings.note("expires_before_onset")
    if not info.areas:
        findings.note("no_area")
    for text in (info.event, info.headline, info.description, info.instruction):
        if "<" in text and _MARKUP.search(text):
            findings.note("markup_in_text")
        if not text.isascii() and _TURNED.search(text):
            findings.note("direction_override")
    for resource in info.resources:
        _judge_resource(resource, alert, findings)
    for area in info.areas:
        if area.ceiling is not None and area.altitude is None:
            findings.flag("ceiling_without_altitude", "ceiling", area.ceiling)
        if not (area.polygons or area.circles or area.geocodes):
            findings.note("area_without_ground")


def _judge_resource(resource: CapResource, alert: CapAlert, findings: Findings) -> None:
    mime_type = resource.mime_type.strip()
    if (mime_type or alert.version == "1.2") and not _MIME.fullmatch(mime_type):
        findings.flag("resource_mime_type", "mimeType", resource.mime_type)
    enclosed = resource.deref_uri.strip()
    if resource.uri and not enclosed and not _ABSOLUTE.fullmatch(resource.uri):
        findings.flag("resource_uri_relative", "uri", resource.uri)
    if enclosed and not _BASE64.fullmatch("".join(enclosed.split())):
        findings.flag("resource_content", "derefUri", f"{len(enclosed)} characters")
    if resource.size is not None and resource.size < 0:
        findings.flag("resource_size", "size", resource.size)
    if resource.digest and not _SHA1.fullmatch(resource.digest.strip()):
        findings.note("digest_form")


def judge_sequence(alert: CapAlert, known: Iterable[Reference], findings: Findings) -> None:
    """Hold an alert against what was received before it.

    A Cancel or Update that matches nothing is never treated as a new alert.  References are
    matched by sender and identifier; their moments tell whether the order is right.
    """
    before = {(each.sender, each.identifier): each.sent for each in known}
    if before.get((alert.sender, alert.identifier), alert.sent) != alert.sent:
        findings.flag("identifier_reused", "identifier", alert.identifier)
    if alert.message_type == "Alert":
        return
    for reference in alert.references:
        sent = before.get((reference.sender, reference.identifier))
        if sent is None or sent != reference.sent:
            findings.flag("reference_unknown", "references", reference)
        elif sent > alert.sent:
            findings.flag("out_of_sequence", "sent", alert.sent)
