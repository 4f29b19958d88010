"""The four official event levels and their warning colours, proposed from where harm reaches.

Source: National Emergency Response Plan for Environmental Incidents (国办函〔2014〕119号), annex 1:
an incident that reaches across the national border is of level I, across a province's II, across a
prefecture's III, else IV.  Further criteria (people moved, water intakes closed, losses) are not
known to a forecast: a person may raise the level, and says so in the alert.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sameboat.lib.codes import prefecture_of
from sameboat.lib.language import mark as _


@dataclass(frozen=True)
class Level:
    """One of the four levels: Roman numeral, its name, its colour."""

    numeral: str
    name: str  #: marked for the catalogue
    colour: str  #: marked for the catalogue; CAP carries the English word


LEVELS = {
    "I": Level("I", _("exceptionally serious"), _("red")),
    "II": Level("II", _("serious"), _("orange")),
    "III": Level("III", _("fairly serious"), _("yellow")),
    "IV": Level("IV", _("ordinary"), _("blue")),
}


def level_of(origin: str, reached: Iterable[str]) -> Level:
    """Return the level of an incident at `origin` that reaches these places (`scheme:code`)."""
    elsewhere = [code for code in reached if prefecture_of(code) != prefecture_of(origin)]
    if any(_country(code) != _country(origin) for code in elsewhere):
        return LEVELS["I"]
    if any(code[:5] != origin[:5] for code in elsewhere):  # cn: and the province's two digits
        return LEVELS["II"]
    return LEVELS["III"] if elsewhere else LEVELS["IV"]


def level_parameters(level: Level) -> tuple[tuple[str, str], ...]:
    """Return the CAP parameters that carry a level and its colour."""
    return (("sameboat:level", level.numeral), ("sameboat:colour", level.colour))


def _country(code: str) -> str:
    scheme, _colon, rest = code.partition(":")
    return "CN" if scheme == "cn" else rest.partition("-")[0] if scheme == "iso" else scheme
