"""One message in, one verdict out: valid, flagged or refused.  Nothing is stored or fetched."""

import dataclasses
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.watch.alerts.cap.alert import CapAlert, Reference
from sameboat.watch.alerts.cap.findings import Findings, line_of
from sameboat.watch.alerts.cap.gate import Unsafe, admit
from sameboat.watch.alerts.cap.grammar import NAMESPACES, VERSION_OF
from sameboat.watch.alerts.cap.prose import judge, judge_sequence
from sameboat.watch.alerts.cap.reading import Unreadable, read_alert
from sameboat.watch.alerts.cap.schema import schema_fault
from sameboat.watch.alerts.cap.signature import check_signature

_own = threading.local()


@dataclass(frozen=True)
class CapVerdict:
    """What a message is worth.

    `valid`: schema and prose rules hold.  `flagged`: readable and safe, but a prose rule is
    broken, it is out of sequence, or it is CAP 1.0 or 1.1: never acted on without a person.
    `refused`: unreadable, unsafe, or its meaning cannot be read; `reason` says why.
    """

    verdict: Literal["valid", "flagged", "refused"]
    flags: tuple[str, ...] = ()  #: stable codes, docs/reference/cap.md
    faults: tuple[Fault, ...] = ()  #: one per broken rule, with line and value
    notes: tuple[str, ...] = ()  #: advice that changes no verdict
    reason: Fault | None = None  #: why it was refused
    alert: CapAlert | None = None  #: None if refused


def check_alert(
    raw: bytes, *, filename: str = "", known: Iterable[Reference] | None = None
) -> CapVerdict:
    """Judge the bytes of one CAP message.

    Args:
        raw: the message as it came, any encoding the gate reads, at most 2 MiB.
        filename: named in the faults.
        known: the messages received before; without it nothing is said about sequence.
    """
    try:
        root = parse_safely(raw)
        version = _version(root)
        if (fault := schema_fault(root, version)) is not None:
            raise Unsafe(fault)
        findings = Findings()
        if version != "1.2":
            findings.flag(f"cap_{version.replace('.', '_')}", "alert", version)
        alert = _read(root, version, findings)
    except Unsafe as refused:
        reason = dataclasses.replace(refused.fault, file=filename)
        return CapVerdict("refused", reason=reason)
    judge(alert, findings)
    if "signature_not_checked" in findings.notes:
        check_signature(etree.fromstring(admit(raw), _parser(remove_pis=False)), findings)
    if known is not None:
        judge_sequence(alert, known, findings)
    faults = tuple(findings.faults)
    if filename:
        faults = tuple(dataclasses.replace(fault, file=filename) for fault in faults)
    return CapVerdict(
        "flagged" if faults else "valid", findings.flags, faults, tuple(findings.notes), None, alert
    )


def parse_safely(raw: bytes) -> etree._Element:
    """Return the root element of bytes that passed the gate.

    Raises:
        Unsafe: the gate refused them, or they are not well-formed XML.
    """
    text = admit(raw)
    try:
        root = etree.fromstring(text, _parser())
    except etree.XMLSyntaxError as problem:
        raise Unsafe(
            Fault(
                "not_well_formed", _("This is not well-formed XML."), line=problem.lineno,
                next_step=_("Ask the sender for the alert as CAP 1.2 XML."),
            )
        ) from None  # fmt: skip
    about: Any = root.getroottree().docinfo
    if about.doctype:  # the gate's search, once more
        raise Unsafe(
            Fault(
                "declaration",
                _("The message declares a document type or an entity, which CAP never needs."),
            )
        )
    return root


def _parser(*, remove_pis: bool = True) -> etree.XMLParser:
    """Return this thread's parser; one that keeps processing instructions reads what is signed."""
    kept: dict[bool, etree.XMLParser] = _own.__dict__.setdefault("parsers", {})
    if remove_pis not in kept:
        kept[remove_pis] = etree.XMLParser(
            encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False,
            dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=remove_pis,
        )  # fmt: skip
    return kept[remove_pis]


def _version(root: etree._Element) -> str:
    namespace, _brace, local = root.tag[1:].rpartition("}")
    version = VERSION_OF.get(namespace)
    if version is None or local != "alert":
        raise Unsafe(
            Fault(
                "not_cap", _("This XML is not a CAP alert."), line=line_of(root),
                field=local[:64], value=namespace,
                allowed=" · ".join(NAMESPACES.values()), next_step=_next_step(local),
            )
        )  # fmt: skip
    return version


def _next_step(name: str) -> str:
    if name in ("feed", "rss", "EDXLDistribution"):
        return _("It carries alerts inside: take them out one by one.")
    return _("Ask the sender for the alert as CAP 1.2 XML.")


def _read(root: etree._Element, version: str, findings: Findings) -> CapAlert:
    try:
        return read_alert(root, version, findings)
    except Unreadable as why:
        raise Unsafe(
            Fault(
                "time_unreadable", _("No calendar has this moment."), line=why.line,
                field=why.field, value=why.value, allowed="2005-11-13T13:40:00+08:00",
                next_step=_("Ask the sender to mend it."),
            )
        ) from None  # fmt: skip
