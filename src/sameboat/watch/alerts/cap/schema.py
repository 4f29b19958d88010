"""The schema, compiled once per thread, and its verdict in our own words."""

import re
import threading
from typing import Any

from lxml import etree

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.cap.grammar import schema_text

# libxml2 keeps the errors of the last validation inside the schema: threads must not share one.
_own = threading.local()


def compiled(version: str) -> etree.XMLSchema:
    """Return this thread's schema of a CAP version."""
    kept: dict[str, etree.XMLSchema] = _own.__dict__.setdefault("schemas", {})
    if version not in kept:
        kept[version] = etree.XMLSchema(etree.fromstring(schema_text(version)))
    return kept[version]


def schema_fault(root: etree._Element, version: str) -> Fault | None:
    """Return the first place where the message breaks its schema, or None.

    The parser's own sentence is not repeated: it quotes the message without bound, in English.
    """
    schema = compiled(version)
    if schema.validate(root):
        return None
    errors: Any = schema.error_log
    first = errors[0]
    element = _element_at(root, first.path)
    return Fault(
        "not_in_schema",
        _WHY.get(first.type_name, _("Something stands where the schema of CAP has no place.")),
        line=first.line,
        field=element.tag.rpartition("}")[2][:64],
        value=(element.text or "").strip() if not len(element) else None,
        allowed=_allowed(first.message),
        next_step=_("Ask the sender for the alert as CAP 1.2 XML."),
    )


def _element_at(root: etree._Element, path: str | None) -> Any:
    try:
        found: Any = root.getroottree().xpath(path) if path else []
    except etree.XPathError:
        found = []
    return found[0] if found else root


def _allowed(message: str) -> str:
    """Return what the schema names as allowed: the element expected, or the words."""
    if found := _EXPECTED.search(message):
        names = [name.rpartition("}")[2].strip() for name in found[1].split(",")]
        return ", ".join(name for name in names if name)[:200]
    if found := _WORDS.search(message):
        return found[1].replace("'", "")[:200]
    return ""


_EXPECTED = re.compile(r"Expected is (?:one of )?\( ([^()]+) \)")
_WORDS = re.compile(r"not an element of the set \{([^{}]+)\}")
_FORM = _("The value is not written as the schema of CAP demands.")
_ATTRIBUTES = _("This element has an attribute; elements of CAP have none.")
_WHY = {
    "SCHEMAV_ELEMENT_CONTENT": _("An element is missing, unknown or out of order."),
    "SCHEMAV_CVC_ENUMERATION_VALID": _("The word is not one of those CAP allows."),
    "SCHEMAV_CVC_PATTERN_VALID": _FORM,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": _FORM,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": _ATTRIBUTES,
    "SCHEMAV_CVC_TYPE_3_1_1": _ATTRIBUTES,
    "SCHEMAV_CVC_TYPE_3_1_2": _("An element stands where only text may be."),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": _("Text stands between the elements."),
}
