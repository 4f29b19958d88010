"""How a body is read: JSON as RFC 8259 has it, and text that every database can keep."""

import json
import re
from math import isfinite
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

#: NUL, which PostgreSQL keeps in no text, and halves of characters, which no answer can carry
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class StrictParser(Parser):
    """Python reads NaN, 1e999 and "\\ud800", which are no JSON that others could read back."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the body; ValueError (answered as 400) where it is no JSON."""
        body: dict[str, Any] = json.loads(request.body, parse_constant=_refuse, parse_float=_finite)
        # Both can only be written as an escape: what has none need not be searched.
        if b"\\u" in request.body:
            _search(body)
        return body


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{digits[:20]} is too large")
    return number


def _search(value: Any) -> None:
    """Raise ValueError where a text cannot be kept."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str) and _UNKEEPABLE.search(each):
            raise ValueError("a text has a character that is none")
