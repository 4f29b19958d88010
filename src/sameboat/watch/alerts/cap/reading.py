"""From XML that holds to its schema to plain values, noting what cannot be read."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from lxml import etree

from sameboat.watch.alerts.cap.alert import (
    CapAlert,
    CapArea,
    CapInfo,
    CapResource,
    Circle,
    Named,
    Reference,
    Ring,
)
from sameboat.watch.alerts.cap.coordinates import SPACE, Unread, read_circle, read_ring
from sameboat.watch.alerts.cap.findings import Findings, line_of
from sameboat.watch.alerts.cap.grammar import SIGNATURE_NAMESPACE

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}")
_SPACES = re.compile(rf"[{SPACE}]+")
_FRACTION = re.compile(r"(\.[0-9]{1,6})[0-9]*")


class Unreadable(ValueError):
    """A value that the schema lets pass and no calendar holds."""

    def __init__(self, field: str, value: str, line: int | None) -> None:
        self.field, self.value, self.line = field, value, line
        super().__init__(field)


class _LocalNames(dict[str, str]):
    """Qualified name -> local name; the schema has let only CAP's own names come this far."""

    def __missing__(self, qualified: str) -> str:
        name = qualified.rpartition("}")[2]
        if len(self) < 1000:  # a signature may hold anything
            self[qualified] = name
        return name


_LOCAL = _LocalNames()


#: elements that may stand several times, or that hold others
_GROUPED = frozenset(
    ("code", "info", "category", "responseType", "eventCode", "parameter", "resource", "area",
     "polygon", "circle", "geocode")
)  # fmt: skip


class _Reader:
    """Reads one element's children by name, once over."""

    __slots__ = ("element", "findings", "groups", "text")

    def __init__(self, element: etree._Element, findings: Findings) -> None:
        texts: dict[str, str] = {}
        groups: dict[str, list[etree._Element]] = {}
        for child in element:
            name = _LOCAL[child.tag]
            if name not in _GROUPED:
                texts[name] = child.text or ""
            elif name in groups:
                groups[name].append(child)
            else:
                groups[name] = [child]
        self.element, self.findings, self.groups = element, findings, groups
        self.text = texts.get

    def texts(self, name: str) -> tuple[str, ...]:
        if name not in self.groups:
            return ()
        return tuple([each.text or "" for each in self.groups[name]])

    def each(self, name: str) -> list["_Reader"]:
        return [_Reader(element, self.findings) for element in self.groups.get(name, ())]

    def named(self, name: str) -> tuple[Named, ...]:
        if name not in self.groups:
            return ()
        pairs = []
        for element in self.groups[name]:
            if len(element):
                pairs.append((element[0].text or "", element[1].text or ""))
            else:  # CAP 1.0 writes name=value in one text
                key, _equals, value = (element.text or "").partition("=")
                pairs.append((key.strip(), value.strip()))
        return tuple(pairs)

    def line(self, name: str) -> int | None:
        return next((line_of(each) for each in self.element if _LOCAL[each.tag] == name), None)

    def moment(self, name: str) -> datetime | None:
        """Read a moment; one without a zone is read as UTC and flagged."""
        text = self.text(name, "").strip()
        if not text:
            return None
        formed = _FORM.fullmatch(text) is not None
        try:
            if formed and text[11:13] != "24":
                if text.endswith("+00:00"):
                    self.findings.note("utc_as_plus")
                return datetime.fromisoformat(text)
            moment = _older_moment(text)
        except (ValueError, OverflowError):
            raise Unreadable(name, text, self.line(name)) from None
        if not formed:
            self.findings.flag("time_form", name, text, self.line(name))
        if moment.tzinfo is None:
            self.findings.flag("time_without_zone", name, text, self.line(name))
            return moment.replace(tzinfo=UTC)
        return moment

    def number(self, name: str) -> Decimal | None:
        text = self.text(name, "").strip()
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            # Heights were free text before CAP 1.2; what is not a number stays in the raw bytes.
            return None
        return number if number.is_finite() else None

    def rings(self) -> tuple[Ring, ...]:
        rings = []
        for element in self.groups.get("polygon", ()):
            try:
                rings.append(read_ring(element.text or ""))
            except Unread as why:
                self.findings.flag(why.flag, "polygon", element.text or "", line_of(element))
        return tuple(rings)

    def circles(self) -> tuple[Circle, ...]:
        circles = []
        for element in self.groups.get("circle", ()):
            try:
                circles.append(read_circle(element.text or ""))
            except Unread as why:
                self.findings.flag(why.flag, "circle", element.text or "", line_of(element))
        return tuple(circles)


def _older_moment(text: str) -> datetime:
    """Read a dateTime of XML Schema: `Z`, no zone, fractions, and 24:00:00 are legal there."""
    text = _FRACTION.sub(r"\1", text)
    days = timedelta(0)
    if text[10:19] == "T24:00:00":
        text, days = text[:10] + "T00:00:00" + text[19:], timedelta(days=1)
    return (datetime.fromisoformat(text) + days).replace(microsecond=0)


def _references(reader: _Reader) -> tuple[Reference, ...]:
    references = []
    written = reader.text("references", "").strip(SPACE)
    if not written:
        return ()
    line = reader.line("references")
    for text in _SPACES.split(written):
        parts = text.split(",")
        if len(parts) == 3 and parts[0] and parts[1] and _FORM.fullmatch(parts[2]):
            try:
                sent = _older_moment(parts[2])
            except (ValueError, OverflowError):
                sent = None
            if sent is not None:
                references.append(Reference(parts[0], parts[1], sent))
                continue
        reader.findings.flag("references_form", "references", text, line)
    return tuple(references)


def _area(reader: _Reader) -> CapArea:
    text = reader.text
    return CapArea(
        description=text("areaDesc", ""),
        polygons=reader.rings(),
        circles=reader.circles(),
        geocodes=reader.named("geocode"),
        altitude=reader.number("altitude"),
        ceiling=reader.number("ceiling"),
    )


def _resource(reader: _Reader) -> CapResource:
    text = reader.text
    size = text("size", "").strip()
    return CapResource(
        description=text("resourceDesc", ""),
        mime_type=text("mimeType", ""),
        size=int(size) if 0 < len(size) <= 30 else None,
        uri=text("uri", "").strip(),
        deref_uri=text("derefUri", ""),
        digest=text("digest", ""),
    )


def _info(reader: _Reader) -> CapInfo:
    text = reader.text
    return CapInfo(
        language=text("language", "").strip() or "en-US",
        categories=reader.texts("category"),
        event=text("event", ""),
        response_types=reader.texts("responseType"),
        urgency=text("urgency", ""),
        severity=text("severity", ""),
        certainty=text("certainty", ""),
        audience=text("audience", ""),
        event_codes=reader.named("eventCode"),
        effective=reader.moment("effective"),
        onset=reader.moment("onset"),
        expires=reader.moment("expires"),
        sender_name=text("senderName", ""),
        headline=text("headline", ""),
        description=text("description", ""),
        instruction=text("instruction", ""),
        web=text("web", "").strip(),
        contact=text("contact", ""),
        parameters=reader.named("parameter"),
        resources=tuple(_resource(each) for each in reader.each("resource")),
        areas=tuple(_area(each) for each in reader.each("area")),
    )


def read_alert(root: etree._Element, version: str, findings: Findings) -> CapAlert:
    """Read an alert that holds to the schema of its version.

    What breaks a rule of form (a polygon, a reference) is flagged in `findings` and left out; the
    raw bytes keep it.

    Raises:
        Unreadable: a moment that cannot be read at all.
    """
    reader = _Reader(root, findings)
    text = reader.text
    sent = reader.moment("sent")
    if sent is None:  # the schema demands it
        raise Unreadable("sent", "", line_of(root))
    if root[-1].tag.startswith(f"{{{SIGNATURE_NAMESPACE}}}"):
        findings.note("signature_not_checked")
    return CapAlert(
        identifier=text("identifier", ""),
        sender=text("sender", ""),
        sent=sent,
        status=text("status", ""),
        message_type=text("msgType", ""),
        scope=text("scope", "") or "Public",
        source=text("source", ""),
        restriction=text("restriction", ""),
        addresses=text("addresses", ""),
        codes=reader.texts("code"),
        note=text("note", ""),
        references=_references(reader),
        incidents=text("incidents", ""),
        infos=tuple(_info(each) for each in reader.each("info")),
        version=version,
    )
