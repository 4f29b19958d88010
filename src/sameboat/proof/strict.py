"""Reading text exactly: what Python reads generously, these refuse.

Source: C2SP tlog-checkpoint v1.0.0 and signed-note v1.0.0.
"""

import base64
import binascii
import re

from sameboat.lib.language import mark as _
from sameboat.proof.faults import BadProof

# [0-9] and never \d, fullmatch and never "$": \d is also ١, and "$" stands before a last "\n".
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
#: Sizes and times are told in at most 63 bits.
MOST = 2**63 - 1


def read_decimal(text: str, what: str) -> int:
    """Return a whole number written in ASCII digits without sign, space or leading zero.

    Args: what: the field's name, for the error.
    Raises: BadProof: it is not, or is more than 2^63 - 1.
    Source: C2SP tlog-checkpoint v1.0.0 (the size of a tree).
    """
    # int() reads at most 19 digits here: a text of a million would take it seconds.
    if not _DECIMAL.fullmatch(text) or int(text) > MOST:
        raise BadProof(
            "not_decimal", _("This is no whole number in its one form."), field=what,
            value=text, allowed=_("digits without leading zero, at most 2^63-1"),
        )  # fmt: skip
    return int(text)


def read_base64(text: str, what: str, *, size: int | None = None) -> bytes:
    """Return bytes from standard base64 with padding and no idle bits, of a size where told.

    Raises: BadProof: other letters, missing padding, bits that stand for nothing, another size.
    Source: RFC 4648, sections 3.5 and 4; C2SP signed-note v1.0.0.
    """
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        found = None
    # Written again and compared: b64decode never looks at the bits behind the last byte.
    if found is None or base64.b64encode(found).decode("ascii") != text:
        raise BadProof(
            "not_base64", _("This is no base64 in its one form."), field=what, value=text,
            allowed=_("A-Z a-z 0-9 + /, padded with =, no idle bits"),
        )  # fmt: skip
    if size is not None and len(found) != size:
        raise BadProof(
            "other_length", _("It has {bytes} bytes."), field=what, value=text,
            allowed=str(size), bytes=len(found),
        )  # fmt: skip
    return found


def write_base64(value: bytes) -> str:
    """Return standard base64 with padding.

    Source: RFC 4648, section 4.
    """
    return base64.b64encode(value).decode("ascii")


def read_hex(text: str, what: str, *, size: int) -> bytes:
    """Return bytes from lower-case hexadecimal.

    Raises: BadProof: other letters, or another size.
    Source: C2SP signed-note v1.0.0 (key IDs).
    """
    if not _HEX.fullmatch(text) or len(text) != 2 * size:
        raise BadProof(
            "not_hex", _("This is no number of that length in lower-case hexadecimal."),
            field=what, value=text, allowed=f"{2 * size} x 0-9 a-f",
        )  # fmt: skip
    return bytes.fromhex(text)


def check_text(text: str, what: str) -> None:
    """Refuse control characters but the line feed, and what has no UTF-8.

    Raises: BadProof: there is one.
    Source: C2SP signed-note v1.0.0, "Format".
    """
    odd = [each for each in text if (each < " " and each != "\n") or "\ud800" <= each <= "\udfff"]
    if odd:
        raise BadProof(
            "control_character", _("It holds {character}."), field=what, value=text,
            allowed=_("UTF-8 without control characters but the line feed"),
            character=f"U+{ord(odd[0]):04X}",
        )  # fmt: skip
