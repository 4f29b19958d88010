"""Place codes: GB/T 2260 inside China, any scheme elsewhere, as `scheme:code`."""

from sameboat.lib.address import PLACE_CODE

LEVELS = ("province", "prefecture", "county", "township", "village", "body")
_DIGITS = {2: 6, 4: 6, 6: 6, 9: 9, 12: 12}


def normalise_code(text: str) -> str:
    """Return `cn:` with six, nine or twelve digits, or another scheme's code unchanged.

    Bare digits are GB/T 2260; sources that write two or four digits are padded to six.

    Raises:
        ValueError: neither GB/T 2260 digits nor `scheme:code`.
    """
    text = text.strip()
    scheme, colon, code = text.partition(":")
    if not colon and text.isascii() and text.isdigit():
        scheme, colon, code = "cn", ":", text
    if scheme == "cn" and code.isascii() and code.isdigit() and len(code) in _DIGITS:
        return "cn:" + code.ljust(_DIGITS[len(code)], "0")
    if colon and scheme != "cn" and PLACE_CODE.fullmatch(text):
        return text
    raise ValueError(f"{text!r} is neither GB/T 2260 digits (6, 9 or 12) nor scheme:code")


def prefecture_of(code: str) -> str:
    """Return the prefecture or municipality that a GB/T 2260 code lies in; others are their own.

    The rule of the cross-border case compares places at this level.  The four municipalities
    (11, 12, 31, 50) count as one place.
    """
    if not code.startswith("cn:"):
        return code
    digits = code[3:]
    if digits[:2] in {"11", "12", "31", "50"}:
        return f"cn:{digits[:2]}0000"
    return f"cn:{digits[:4]}00"
