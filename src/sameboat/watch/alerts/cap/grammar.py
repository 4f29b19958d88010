"""What a CAP message is made of: one table per version, from which the schema is written.

Sources: OASIS Common Alerting Protocol 1.2 (1 July 2010) and 1.1 (errata of October 2007),
section 3.2; CAP 1.0 (2004).  The tables state the standards' facts in our own words; the schema
they produce is compared with the OASIS one on every file of the corpora (`make conformance`).
"""

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

NAMESPACES = {
    "1.2": "urn:oasis:names:tc:emergency:cap:1.2",
    "1.1": "urn:oasis:names:tc:emergency:cap:1.1",
    "1.0": "http://www.incident.com/cap/1.0",
}
VERSION_OF = {namespace: version for version, namespace in NAMESPACES.items()}
SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
CATEGORIES = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire",
    "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
)  # fmt: skip
RESPONSE_TYPES = (
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
)  # fmt: skip
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")

#: a kind of simple content, the words it may be, or the parts it is made of
Content: TypeAlias = "str | tuple[str, ...] | tuple[Part, ...]"
MANY = "unbounded"


@dataclass(frozen=True)
class Part:
    """One element: its name, what it holds, and how often it may stand there."""

    name: str
    content: Content = "text"
    least: int = 0
    most: str = "1"


def _once(name: str, content: Content = "text") -> Part:
    return Part(name, content, 1)


def _maybe(name: str, content: Content = "text") -> Part:
    return Part(name, content)


def _many(name: str, content: Content = "text", least: int = 0) -> Part:
    return Part(name, content, least, MANY)


def _without(words: tuple[str, ...], *gone: str) -> tuple[str, ...]:
    return tuple(word for word in words if word not in gone)


def _resource(version: str) -> tuple[Part, ...]:
    mime_type = _once("mimeType") if version == "1.2" else _maybe("mimeType")
    return (
        _once("resourceDesc"), mime_type, _maybe("size", "integer"), _maybe("uri", "uri"),
        *([] if version == "1.0" else [_maybe("derefUri")]),
        _maybe("digest"),
    )  # fmt: skip


def _area(version: str) -> tuple[Part, ...]:
    height = "decimal" if version == "1.2" else "text"
    return (
        _once("areaDesc"), _many("polygon"), _many("circle"), _many("geocode", _named(version)),
        _maybe("altitude", height), _maybe("ceiling", height),
    )  # fmt: skip


def _named(version: str) -> Content:
    """A name with its value; CAP 1.0 writes both in one text, `name=value`."""
    return "text" if version == "1.0" else (_once("valueName"), _once("value"))


def _info(version: str) -> tuple[Part, ...]:
    old = version == "1.0"
    responses = (
        RESPONSE_TYPES if version == "1.2" else _without(RESPONSE_TYPES, "Avoid", "AllClear")
    )
    certainties = ("Very Likely", *_without(CERTAINTIES, "Observed")) if old else CERTAINTIES
    return (
        _maybe("language", "language"),
        _many("category", _without(CATEGORIES, "CBRNE") if old else CATEGORIES, 0 if old else 1),
        _once("event"),
        *([] if old else [_many("responseType", responses)]),
        _once("urgency", URGENCIES), _once("severity", SEVERITIES), _once("certainty", certainties),
        _maybe("audience"), _many("eventCode", _named(version)),
        _maybe("effective", "time"), _maybe("onset", "time"), _maybe("expires", "time"),
        _maybe("senderName"), _maybe("headline"), _maybe("description"), _maybe("instruction"),
        _maybe("web", "uri"), _maybe("contact"), _many("parameter", _named(version)),
        _many("resource", _resource(version)), _many("area", _area(version)),
    )  # fmt: skip


def alert_parts(version: str) -> tuple[Part, ...]:
    """Return the elements of an alert, in their order, for version "1.0", "1.1" or "1.2"."""
    old = version == "1.0"
    return (
        _once("identifier"), _once("sender"), _once("sent", "time"),
        _once("status", _without(STATUSES, "Draft") if old else STATUSES),
        _once("msgType", MESSAGE_TYPES),
        *([_maybe("password")] if old else []),
        _maybe("source"),
        _maybe("scope", SCOPES) if old else _once("scope", SCOPES),
        _maybe("restriction"), _maybe("addresses"), _many("code"), _maybe("note"),
        _maybe("references"), _maybe("incidents"), _many("info", _info(version)),
    )  # fmt: skip


_SIMPLE = {
    "text": "x:string", "integer": "x:integer", "decimal": "x:decimal", "uri": "x:anyURI",
    "language": "x:language",
}  # fmt: skip
#: CAP 1.2 writes the offset in digits and no fraction of a second; 1.0 and 1.1 did not insist.
_MOMENT = (
    '<x:simpleType><x:restriction base="x:dateTime"><x:pattern value="'
    '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+\\-][0-9]{2}:[0-9]{2}"/>'
    "</x:restriction></x:simpleType>"
)


def _written(part: Part, version: str) -> str:
    head = f'<x:element name="{part.name}" minOccurs="{part.least}" maxOccurs="{part.most}"'
    content = part.content
    if content == "time" and version == "1.2":
        return f"{head}>{_MOMENT}</x:element>"
    if content == "language":
        return f'{head} type="x:language" default="en-US"/>'
    if isinstance(content, str):
        return f'{head} type="{_SIMPLE.get(content, "x:dateTime")}"/>'
    if isinstance(content[0], Part):
        inner = "".join(_written(each, version) for each in content if isinstance(each, Part))
        return f"{head}><x:complexType><x:sequence>{inner}</x:sequence></x:complexType></x:element>"
    words = "".join(f'<x:enumeration value="{word}"/>' for word in content)
    kind = f'<x:simpleType><x:restriction base="x:string">{words}</x:restriction></x:simpleType>'
    return f"{head}>{kind}</x:element>"


@cache
def schema_text(version: str) -> str:
    """Return an XML Schema of one CAP version, written from the table above."""
    parts = "".join(_written(part, version) for part in alert_parts(version))
    signed = (
        f'<x:any namespace="{SIGNATURE_NAMESPACE}" processContents="lax" '
        f'minOccurs="0" maxOccurs="{MANY}"/>'
        if version == "1.2"
        else ""
    )
    # Known by name also where a signature holds them: there, too, they are plain texts.
    pair = (
        ""
        if version == "1.0"
        else "".join(
            f'<x:element name="{name}" type="x:string"/>' for name in ("valueName", "value")
        )
    )
    return (
        '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" '
        f'targetNamespace="{NAMESPACES[version]}"><x:element name="alert"><x:complexType>'
        f"<x:sequence>{parts}{signed}</x:sequence></x:complexType></x:element>{pair}</x:schema>"
    )
