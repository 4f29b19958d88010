"""Polygons and circles as CAP writes them: pairs of latitude,longitude apart by spaces."""

import re
from decimal import Decimal

from sameboat.watch.alerts.cap.alert import Circle, Ring

SPACE = " \t\r\n"  #: what XML calls white space; a no-break space is not
_NUMBER = r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)"
# A hostile polygon of a megabyte is read once and, where it fails, given up pair by pair: what a
# pair takes is possessive.  The group is not: Python 3.11.0 to 3.11.4 misread those that are.
_PAIRS = re.compile(rf"(?:{_NUMBER},{_NUMBER}[{SPACE}]++)*{_NUMBER},{_NUMBER}")
_CIRCLE = re.compile(rf"({_NUMBER}),({_NUMBER}) (\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))")


class Unread(ValueError):
    """The text is not what CAP demands; `flag` names the rule."""

    def __init__(self, flag: str) -> None:
        self.flag = flag
        super().__init__(flag)


def read_ring(text: str) -> Ring:
    """Read a polygon: at least four pairs, closed, on the globe.

    A ring may cross the 180th meridian, circle a pole or have no area: that is legal, and the
    map copes.

    Raises:
        Unread: with the flag of the first rule that is broken.
    """
    if not _PAIRS.fullmatch(text.strip(SPACE)):
        raise Unread("polygon_form")
    numbers = list(map(float, text.replace(",", " ").split()))
    lats, lons = numbers[::2], numbers[1::2]
    ring = tuple(zip(lats, lons, strict=True))
    if len(ring) < 4:
        raise Unread("polygon_short")
    if max(lats) > 90 or min(lats) < -90 or max(lons) > 180 or min(lons) < -180:
        raise Unread("polygon_range")
    if ring[0] != ring[-1]:
        raise Unread("polygon_open")
    return ring


def read_circle(text: str) -> Circle:
    """Read a circle: centre, one space, radius in km, which may be 0 but not less.

    Raises:
        Unread: with the flag of the rule that is broken.
    """
    found = _CIRCLE.fullmatch(text.strip(SPACE))
    if found is None:
        raise Unread("circle_form")
    lat, lon, radius_km = map(float, found.groups())
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Unread("circle_range")
    return lat, lon, radius_km


def number_text(value: float) -> str:
    """Return the shortest decimal that reads back as this number, never with an exponent."""
    return f"{Decimal(repr(float(value))):f}".removesuffix(".0")


def ring_text(ring: Ring) -> str:
    """Return a polygon as CAP writes it."""
    return " ".join(f"{number_text(lat)},{number_text(lon)}" for lat, lon in ring)


def circle_text(circle: Circle) -> str:
    """Return a circle as CAP writes it."""
    lat, lon, radius_km = circle
    return f"{number_text(lat)},{number_text(lon)} {number_text(radius_km)}"
