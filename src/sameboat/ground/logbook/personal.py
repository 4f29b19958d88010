"""Personal data never enters an entry: it is read by everyone and cannot be forgotten.

People appear as desk and number.  What looks like a resident's number, a mobile telephone or an
e-mail address is refused; a name cannot be told from other words, and is for reviews to find.
"""

import re
from collections.abc import Iterator
from typing import Any

#: A stop or a dash beside it may end a sentence; between digits it makes another number of it.
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z+])(?<![0-9][.-])(?:\+?86[ -]?)?1[3-9][0-9]{9}(?![0-9A-Za-z]|[.-][0-9A-Za-z])"
)
_RESIDENT = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
#: Bounded, so that a long text without any is read once and not once from each of its letters.
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,190}\w")
#: GB 11643-1999: the weights of the first seventeen digits, and the last by the rest of the sum.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_LAST = "10X98765432"


def personal_in(value: Any) -> str | None:
    """Return what in an entry's body looks like personal data, None where nothing does."""
    for text in _texts(value):
        if any(_is_resident(found) for found in _RESIDENT.findall(text)):
            return "a resident's number"
        if _MOBILE.search(text):
            return "a mobile telephone's number"
        if _MAIL.search(text):
            return "an e-mail address"
    return None


def _is_resident(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return number[-1].upper() == _LAST[total % 11]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
