"""Canonical JSON after RFC 8785 (JCS), for values without floats: one value, one text, one hash."""

import json
from typing import Any

#: RFC 8785 section 3.2.2.3 and RFC 7493: beyond this two programs may read two numbers.
MAX_INTEGER = 2**53 - 1


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a value of objects, arrays, strings, integers, booleans, null.

    Raises:
        ValueError: a float, an integer beyond ±(2^53-1), a lone surrogate, a key that is no text,
            hundreds of levels.
    Source: RFC 8785, sections 3.2.1 to 3.2.4; floats are left out on purpose (units in names).
    """
    quick = _written_at_once(value)
    return _written_out(value) if quick is None else quick


def _written_out(value: Any) -> bytes:
    parts: list[str] = []
    try:
        _write(value, parts, "$")
    except RecursionError:
        raise ValueError("$: objects and arrays lie too deep inside each other") from None
    return "".join(parts).encode("utf-8")


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _integer(text: str) -> int:
    return int(text) if len(text) <= _SHORT else _refuse(text)


_FOUR_BYTES = 0xF0  # how a character of four bytes begins in UTF-8
#: Integers of so many characters lie within ±MAX_INTEGER; longer ones take the long way.
_SHORT = 15
_read = json.JSONDecoder(parse_float=_refuse, parse_int=_integer, parse_constant=_refuse).decode
_dump = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _written_at_once(value: Any) -> bytes | None:
    """Return what `canonical` would, by the json module alone; None where it cannot be sure.

    An entry is written once and read by everyone who follows: this takes a fifth of the time.
    What it wrote must read back as the value that was given, so that no key that is not text, no
    float and no large integer slips through.
    """
    try:
        text = _dump(value)
        raw = text.encode("utf-8")
        # It sorts by code points, the RFC by UTF-16: the same where no character has four bytes.
        if not (text.isascii() or max(raw) < _FOUR_BYTES) or _read(text) != value:
            return None
    except (ValueError, TypeError, RecursionError):
        return None
    return raw


def _write(value: Any, parts: list[str], where: str) -> None:
    if value is None or value is True or value is False:
        parts.append(json.dumps(value))
    elif isinstance(value, str):
        parts.append(_text(value, where))
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError(f"{where}: {value} lies beyond ±(2^53-1); write it as a string")
        parts.append(str(value))
    elif isinstance(value, list | tuple):
        parts.append("[")
        for position, each in enumerate(value):
            parts.append("," if position else "")
            _write(each, parts, f"{where}[{position}]")
        parts.append("]")
    elif isinstance(value, dict):
        _write_object(value, parts, where)
    else:
        raise ValueError(
            f"{where}: {value!r} is a {type(value).__name__}; an entry holds objects, lists, text, "
            "integers, true, false and null (write a decimal as a string)"
        )


def _write_object(value: dict[Any, Any], parts: list[str], where: str) -> None:
    if not all(isinstance(key, str) for key in value):
        raise ValueError(f"{where}: every key must be text")
    texts = {key: _text(key, where) for key in value}
    parts.append("{")
    # Section 3.2.3: by UTF-16 code units, not by code points.
    for position, key in enumerate(sorted(value, key=lambda key: key.encode("utf-16-be"))):
        parts.append("," if position else "")
        parts.append(texts[key] + ":")
        _write(value[key], parts, f"{where}.{key}")
    parts.append("}")


def _text(value: str, where: str) -> str:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise ValueError(f"{where}: the text holds half a character (a lone surrogate)")
    return json.dumps(value, ensure_ascii=False)


def read_canonical(raw: bytes) -> Any:
    """Read canonical bytes; anything not in canonical form is refused.

    Raises:
        ValueError: not UTF-8, not JSON, or not the canonical text of its value.
    Source: RFC 8785, section 3.1.
    """
    try:
        value = json.loads(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError("objects and arrays lie too deep inside each other") from None
    if canonical(value) != raw:
        raise ValueError("the bytes are JSON but not in the canonical form of RFC 8785")
    return value
