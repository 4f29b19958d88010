"""Personal data never enters an entry: it is read by everyone and cannot be forgotten.

People appear as desk and number.  What looks like a resident's number, a mobile telephone or an
e-mail address is refused; a name cannot be told from other words, and is for reviews to find.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

#: Between the digits of a number, as people write it.
_GAP = r"(?:[ ]|[ ]?-[ ]?)"
#: Eleven digits in one piece, or grouped as people group them.  Other groups are other numbers:
#: 130.3625 is a longitude, 13000-140000 a range, 139 20051113 a figure and a day.
_ELEVEN = "|".join(
    [
        "1[3-9][0-9]{9}",
        rf"1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}",
        rf"1[3-9][0-9]{{2}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}",
        rf"1[3-9][0-9](?:{_GAP}[0-9]{{2}}){{4}}",
        rf"1[3-9][0-9]{{5}}{_GAP}[0-9]{{4}}",
        rf"1[3-9][0-9]{_GAP}(?!(?:19|20)[0-9][0-9][01][0-9][0-3][0-9])[0-9]{{8}}",
        r"1[3-9][0-9]\.[0-9]{4}\.[0-9]{4}|1[3-9][0-9]{2}\.[0-9]{3}\.[0-9]{4}",
    ]
)
#: A stop or a dash beside it may end a sentence; between digits it makes another number of it.  So
#: does a space, as in a row of figures, unless a time of day stands there.
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z+])(?<![0-9][.-])(?:(?<![0-9][ ])|(?<=:[0-9]{2}[ ]))"
    rf"(?:[(]?(?:[+]|00)?86[)]?[ .-]?)?(?:{_ELEVEN})"
    r"(?![0-9A-Za-z]|[.-][0-9A-Za-z]|[ ][0-9](?![0-9]?:))"
)
#: In whatever groups: the day of birth and the last digit tell it from other numbers.
_RESIDENT = re.compile(
    r"(?<![0-9A-Za-z])(?=([1-9](?:[ .-]?[0-9]){16}[ .-]?[0-9Xx])(?![0-9A-Za-z]))"
)
#: No number of a telephone or a resident is shorter; most texts in a body are.
_SHORTEST = 11
#: Bounded, so that a long text without any is read once and not once from each of its letters.
_MAIL = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,190}\w"
    r"|[\w.+-]{1,64}(?:[ ]@[ ]?|@[ ])(?:[\w-]{1,63}\.){1,4}[a-z]{2,6}(?![\w-]|[.]\w)"
)
#: Seen by nobody, and between digits they would hide a number.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
#: Putting a run of marks in order takes the square of its length: so long a piece is no trouble.
_PIECE = 256
#: GB 11643-1999: the weights of the first seventeen digits, and the last by the rest of the sum.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_LAST = "10X98765432"


def personal_in(value: Any) -> str | None:
    """Return what in an entry's body looks like personal data, None where nothing does."""
    for text in map(_plain, _texts(value)):
        if len(text) >= _SHORTEST:
            if any(_is_resident(found) for found in _RESIDENT.findall(text)):
                return "a resident's number"
            if _MOBILE.search(text):
                return "a mobile telephone's number"
        if "@" in text and _MAIL.search(text):
            return "an e-mail address"
    return None


def _plain(text: str) -> str:
    """Return a text with the digits, dashes and spaces of plain typing: １３９ is 139."""
    if text.isascii():
        return text
    pieces = (text[place : place + _PIECE] for place in range(0, len(text), _PIECE))
    text = "".join(unicodedata.normalize("NFKC", each) for each in pieces)
    text = text.translate(_UNSEEN | _DASHES)
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)


def _is_resident(found: str) -> bool:
    number = re.sub("[ .-]", "", found)
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
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
