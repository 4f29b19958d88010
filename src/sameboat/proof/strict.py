"""Reading text exactly: what Python reads generously, these refuse.

Source: C2SP tlog-checkpoint v1.0.0 and signed-note v1.0.0.
"""

import base64
import binascii
import re

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
#: Sizes and times are told in at most 63 bits.
MOST = 2**63 - 1


def read_decimal(text: str, what: str) -> int:
    """Return a whole number written in ASCII digits without sign, space or leading zero.

    Raises: ValueError: it is not, or is more than 2^63 - 1.
    Source: C2SP tlog-checkpoint v1.0.0 (the size of a tree).
    """
    if not text.isascii() or not _DECIMAL.fullmatch(text) or int(text) > MOST:
        raise ValueError(f"{what} is {text[:40]!r}, allowed: digits, no leading zero, <= 2^63-1")
    return int(text)


def read_base64(text: str, what: str, *, size: int | None = None) -> bytes:
    """Return bytes from standard base64 with padding and no idle bits, of a size where told.

    Raises: ValueError: other letters, missing padding, bits that stand for nothing, another size.
    Source: RFC 4648, sections 3.5 and 4; C2SP signed-note v1.0.0.
    """
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError(f"{what} is {text[:40]!r}, allowed: base64 with padding") from None
    if base64.b64encode(found).decode("ascii") != text:
        raise ValueError(f"{what} is {text[:40]!r}, allowed: base64 without idle bits")
    if size is not None and len(found) != size:
        raise ValueError(f"{what} has {len(found)} bytes, allowed: {size}")
    return found


def write_base64(value: bytes) -> str:
    """Return standard base64 with padding.

    Source: RFC 4648, section 4.
    """
    return base64.b64encode(value).decode("ascii")


def read_hex(text: str, what: str, *, size: int) -> bytes:
    """Return bytes from lower-case hexadecimal.

    Raises: ValueError: other letters, or another size.
    Source: C2SP signed-note v1.0.0 (key IDs).
    """
    if not _HEX.fullmatch(text) or len(text) != 2 * size:
        raise ValueError(f"{what} is {text[:40]!r}, allowed: {2 * size} lower-case hex digits")
    return bytes.fromhex(text)
