"""The gate before the parser: what may be parsed at all.

The bytes are decoded here, searched here, and handed to the parser as UTF-8, so that what was
searched is to the letter what is parsed; no encoding can hide a declaration.
"""

import codecs
import re
from functools import lru_cache

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _

MOST_BYTES = 2 * 1024 * 1024  #: stated in docs/reference/cap.md; largest real alert seen: 176 kB
MOST_NAMESPACES = 256  #: declarations in the whole message; a signed one has about 5
MOST_ATTRIBUTES = 2048  #: in the whole message; a signed one has about 15
MOST_DEPTH = 256  #: elements inside elements, enforced by the parser itself

#: encodings that real alerts come in; UTF-7 and the like hide markup and are not among them
ENCODINGS = {
    # GB 2312 is read as GB 18030: senders name the one and write characters of the other.
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii", "gb18030", "gbk", "gb2312",
    "big5", "big5hkscs", "shift_jis", "cp932", "euc_jp", "euc_kr", "koi8-r",
    *(f"iso8859-{part}" for part in range(1, 17)), *(f"cp125{page}" for page in range(9)),
}  # fmt: skip
_DECLARED = re.compile(rb"""^<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARED_TEXT = re.compile(r"^<\?xml\s[^>]*\?>")
_DECLARATION = re.compile(r"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_OPENING = re.compile(rf"<!--|<!\[CDATA\[|<\?|{_DECLARATION.pattern}", re.IGNORECASE)
#: what opens a stretch in which nothing is markup -> what closes it
_CLOSING = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
_ATTRIBUTE = re.compile(r"""\s[^\s=<>"']+\s*=\s*["']""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CONTROL_BYTES = bytes(set(range(32)) - {9, 10, 13})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip


class Unsafe(Exception):
    """These bytes are not parsed; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.code)


def admit(raw: bytes) -> bytes:
    """Return the message as UTF-8 bytes that are safe to parse, without byte order mark.

    Raises:
        Unsafe: empty, too large, an encoding we do not read or bytes that are not in it, control
            characters, or a document type or entity declared in any encoding.
    """
    if len(raw) > MOST_BYTES:
        raise Unsafe(
            Fault(
                "too_large", _("The message has {size} bytes."),
                allowed=f"<= {MOST_BYTES} bytes", facts={"size": len(raw)},
                next_step=_("Ask the sender for a smaller one."),
            )
        )  # fmt: skip
    if not raw.strip():
        raise Unsafe(Fault("empty", _("There is nothing in it."), next_step=_SEND_XML))
    text, data = _decoded(raw)
    # Single bytes are found ten times faster than patterns, which then only name the place.
    if (len(data.translate(None, _CONTROL_BYTES)) != len(data) or b"\xef" in data) and (
        found := _CONTROL.search(text)
    ) is not None:
        raise Unsafe(
            Fault(
                "control_character",
                _("A control character (U+{number}) stands in the text."),
                line=text.count("\n", 0, found.start()) + 1,
                facts={"number": f"{ord(found[0]):04X}"}, next_step=_SEND_XML,
            )
        )  # fmt: skip
    if b"!" in data and (found := _declared(text)) is not None:
        raise Unsafe(
            Fault(
                "declaration",
                _("The message declares a document type or an entity, which CAP never needs."),
                line=text.count("\n", 0, found.start()) + 1, field=found[1].upper(),
                next_step=_("Treat the source with care: such declarations are used in attacks."),
            )
        )  # fmt: skip
    if data.count(b'"') + data.count(b"'") > 2 * MOST_NAMESPACES:
        _count_attributes(text)
    return data


def _declared(text: str) -> re.Match[str] | None:
    """Return the first declaration that is one: in a comment or CDATA its words are only words."""
    found = _DECLARATION.search(text)
    if found is None:
        return None
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        closing = _CLOSING.get(opening[0].upper())
        if closing is None:
            return opening
        # `<?>` closes what it opens; a comment or CDATA never overlaps its own beginning.
        begins = opening.start() + 1 if closing == "?>" else opening.end()
        ends = text.find(closing, begins)
        if ends < 0:
            return found  # never closed, so never well-formed
        at = ends + len(closing)
    return None


def _count_attributes(text: str) -> None:
    for what, count, most in (
        ("xmlns", text.count("xmlns"), MOST_NAMESPACES),
        ("attributes", sum(1 for _found in _ATTRIBUTE.finditer(text)), MOST_ATTRIBUTES),
    ):
        if count > most:
            raise Unsafe(
                Fault(
                    "too_many_attributes", _("{count} attributes, where CAP needs none."),
                    field=what, allowed=f"<= {most}", facts={"count": count}, next_step=_SEND_XML,
                )
            )  # fmt: skip


_SEND_XML = _("Ask the sender for the alert as CAP 1.2 XML.")


def _decoded(raw: bytes) -> tuple[str, bytes]:
    """Return the text, and the same text in UTF-8 without byte order mark."""
    name = ""
    if not raw.startswith((b"<?xml", b"<alert")):  # the ordinary beginnings have no mark
        name = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    if not name:
        declared = _DECLARED.match(raw)
        name = declared[1].decode() if declared else "utf-8"
    codec = _codec(name)
    if codec not in ENCODINGS:
        raise Unsafe(
            Fault(
                "encoding_unknown", _("This encoding is not read."), field="encoding", value=name,
                allowed="UTF-8, UTF-16, GB18030, Big5, ISO-8859-1 …", next_step=_SEND_XML,
            )
        )  # fmt: skip
    try:
        text = raw.decode("gb18030" if codec == "gb2312" else codec)
    except UnicodeDecodeError as problem:
        raise Unsafe(
            Fault(
                "encoding_broken", _("The bytes from position {position} are not {encoding}."),
                field="encoding", value=name, next_step=_SEND_XML,
                facts={"position": problem.start, "encoding": codec.upper()},
            )
        ) from None  # fmt: skip
    if codec == "utf-8" and raw[:1] == b"<":
        return text, raw
    text = text.removeprefix("\ufeff")
    return text, text.encode()


@lru_cache(maxsize=256)
def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""
