"""What an alert says, as JSON that people and programs write; checked field by field.

{"category": "Env", "hazard": "river_pollutant", "event": {"zh-CN": …, "en-US": …},
 "response_types": ["Avoid", "Monitor"], "urgency": "Expected", "severity": "Severe",
 "certainty": "Likely", "onset": "2005-11-20T03:00:00Z", "expires": "2005-12-01T00:00:00Z",
 "texts": {"zh-CN": {"headline": …, "description": …, "instruction": …}, "en-US": {…}},
 "areas": [{"code": "cn:230100", "names": {"zh-Hans": …, "en": …}, "p_reached": 0.98,
            "arrival_p10": …, "arrival_p50": …, "arrival_p90": …, "peak": 0.4,
            "polygons": [[[lon, lat], …]], "circles": [[lon, lat, radius_km]]}],
 "origin": "cn:220200", "case": "I", "level": "II",
     "threshold": {"value": 0.017, "unit": "mg/L"},
 "population": 1000, "note": ""}
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sameboat.ground.logbook.personal import personal_in
from sameboat.lib.address import PLACE_CODE
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import CAP_TAG
from sameboat.lib.language import mark as _
from sameboat.lib.times import as_utc_text, parse_moment
from sameboat.watch.alerts.cap.grammar import CATEGORIES as CATEGORIES
from sameboat.watch.alerts.cap.grammar import CERTAINTIES as CERTAINTIES
from sameboat.watch.alerts.cap.grammar import RESPONSE_TYPES as RESPONSE_TYPES
from sameboat.watch.alerts.cap.grammar import SEVERITIES as SEVERITIES
from sameboat.watch.alerts.cap.grammar import URGENCIES as URGENCIES
from sameboat.watch.alerts.cap.shapes import is_simple

LEVELS = ("I", "II", "III", "IV")  #: 特别重大, 重大, 较大, 一般
CASES = ("I", "II", "III", "none", "")
TAGS = tuple(CAP_TAG.values())
TEXTS = {"headline": 160, "description": 6000, "instruction": 6000}  #: longest, in characters
MAX_AREAS = 400
MAX_POINTS = 5000  #: of all polygons of one area
#: of all areas: the message says them once in each language and must stay below 2 MiB
MAX_POINTS_IN_ALL = 10_000
CIRCLE_POINTS = 3  #: what a circle counts for among them
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
#: what XML or a terminal takes amiss; line breaks and tabs are text
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_MEND = _("Mend the field and send it again.")
_TAG = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_ZONED = _("a moment with its zone, such as 2005-11-20T03:00:00+08:00")


def check_content(content: Any) -> dict[str, Any]:
    """Return the content with moments in UTC and every field there.

    Raises:
        FaultyInput: every field that is missing, unknown or out of its range, by name.
    """
    desk = _Checker()
    if not isinstance(content, dict):
        desk.fault("wrong_type", _("The content is not an object."), "content", content)
        raise FaultyInput(desk.faults)
    fields: dict[str, Callable[[Any, str], Any]] = {
        "category": desk.one_of(CATEGORIES),
        "hazard": desk.text(64, required=False),
        "event": desk.by_language(80),
        "response_types": desk.some_of(RESPONSE_TYPES),
        "urgency": desk.one_of(URGENCIES),
        "severity": desk.one_of(SEVERITIES),
        "certainty": desk.one_of(CERTAINTIES),
        "onset": desk.moment(required=False),
        "expires": desk.moment(required=True),
        "texts": desk.texts,
        "areas": desk.areas,
        "origin": desk.place_code(required=False),
        "case": desk.one_of(CASES, default=""),
        "level": desk.one_of((*LEVELS, ""), default=""),
        "threshold": desk.threshold,
        "population": desk.count,
        "note": desk.text(2000, required=False),
    }
    checked = desk.each(fields, content, "")
    if checked["onset"] and checked["expires"] and checked["onset"] >= checked["expires"]:
        desk.fault(
            "onset_after_end", _("The onset is not before the end."), "onset", checked["onset"]
        )
    if desk.faults:
        raise FaultyInput(desk.faults)
    return checked


class _Checker:
    """Walks the content and keeps every fault; nothing is repaired silently."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, code: str, problem: str, field: str, value: Any, allowed: str = "") -> None:
        self.faults.append(
            Fault(code, problem, field=field, value=value, allowed=allowed, next_step=_MEND)
        )

    def each(
        self, fields: dict[str, Callable[[Any, str], Any]], given: dict[str, Any], at: str
    ) -> dict[str, Any]:
        for name in given:
            if name not in fields:
                self.fault(
                    "unknown_field", _("This field is not known."), at + str(name), given[name],
                    ", ".join(fields),
                )  # fmt: skip
        return {name: check(given.get(name), at + name) for name, check in fields.items()}

    def one_of(self, allowed: tuple[str, ...], default: str | None = None) -> Callable[..., str]:
        def check(value: Any, field: str) -> str:
            if value is None and default is not None:
                return default
            if value not in allowed or not isinstance(value, str):
                self.fault(
                    "not_allowed", _("The value is not one of those allowed."), field, value,
                    ", ".join(each for each in allowed if each),
                )  # fmt: skip
                return ""
            return value

        return check

    def some_of(self, allowed: tuple[str, ...]) -> Callable[..., list[str]]:
        def check(value: Any, field: str) -> list[str]:
            if value is None:
                return []
            if not isinstance(value, list) or len(value) > len(allowed):
                self.fault("wrong_type", _("This is not a list."), field, value)
                return []
            one = self.one_of(allowed)
            return [one(each, f"{field}[{at}]") for at, each in enumerate(value)]

        return check

    def text(self, longest: int, *, required: bool) -> Callable[..., str]:
        def check(value: Any, field: str) -> str:
            if value is None or (isinstance(value, str) and not value.strip()):
                if required:
                    self.fault("missing", _("This field is empty."), field, value)
                return ""
            if not isinstance(value, str):
                self.fault("wrong_type", _("This is not a text."), field, value)
                return ""
            if len(value) > longest:
                allowed = f"1-{longest}"
                self.fault(
                    "too_long", _("The text has too many characters."), field, value, allowed
                )
            text: str = value.replace("\r\n", "\n")
            if _CONTROL.search(text):
                shown = _CONTROL.sub(lambda each: f"\\u{ord(each[0]):04x}", text)
                self.fault(
                    "control_character", _("The text has a control character."), field, shown
                )
            return text.strip()

        return check

    def said(self, longest: int) -> Callable[..., str]:
        """Check a text that the log will carry: it is read by everyone and never erased."""
        one = self.text(longest, required=True)

        def check(value: Any, field: str) -> str:
            text = one(value, field)
            if personal_in(text):
                self.fault(
                    "personal", _("The text holds a mobile number, a resident's number or an "
                    "e-mail address; it would stay in the log for ever."), field, None,
                )  # fmt: skip
            return text

        return check

    def by_language(self, longest: int) -> Callable[..., dict[str, str]]:
        def check(value: Any, field: str) -> dict[str, str]:
            if not isinstance(value, dict):
                self.fault("missing", _("This is not given in both languages."), field, value)
                return {}
            one = self.text(longest, required=True)
            return self.each(dict.fromkeys(TAGS, one), value, f"{field}.")

        return check

    def texts(self, value: Any, field: str) -> dict[str, dict[str, str]]:
        if not isinstance(value, dict):
            self.fault("missing", _("This is not given in both languages."), field, value)
            return {}

        def one_language(given: Any, at: str) -> dict[str, str]:
            if not isinstance(given, dict):
                self.fault("missing", _("The texts of this language are missing."), at, given)
                return {}
            checks: dict[str, Callable[[Any, str], Any]] = {
                name: self.said(longest) for name, longest in TEXTS.items()
            }
            return self.each(checks, given, f"{at}.")

        return self.each(dict.fromkeys(TAGS, one_language), value, f"{field}.")

    def moment(self, *, required: bool) -> Callable[..., str | None]:
        def check(value: Any, field: str) -> str | None:
            if value in (None, ""):
                if required:
                    self.fault("missing", _("This field is empty."), field, value, _ZONED)
                return None
            try:
                at = value if isinstance(value, datetime) else parse_moment(value)
                said = as_utc_text(at)
            except (ValueError, TypeError, AttributeError, OverflowError):
                self.fault("not_a_moment", _("This is not a moment."), field, value, _ZONED)
                return None
            if EARLIEST <= at <= LATEST:
                return said
            self.fault(
                "out_of_range", _("No alert is for that time."), field, value,
                f"{EARLIEST:%Y}-{LATEST:%Y}",
            )  # fmt: skip
            return None

        return check

    def place_code(self, *, required: bool) -> Callable[..., str]:
        def check(value: Any, field: str) -> str:
            if not required and value in (None, ""):
                return ""
            if not isinstance(value, str) or not PLACE_CODE.fullmatch(value):
                self.fault("not_a_code", _("This is not a place code."), field, value, "cn:230100")
                return ""
            return value

        return check

    def number(self, low: float, high: float) -> Callable[..., float | None]:
        def check(value: Any, field: str) -> float | None:
            if value is None:
                return None
            if isinstance(value, bool) or not isinstance(value, int | float):
                self.fault("wrong_type", _("This is not a number."), field, value)
                return None
            if not low <= value <= high:
                allowed = f"{low:g}-{high:g}"
                self.fault("out_of_range", _("The number is out of range."), field, value, allowed)
                return None
            return value

        return check

    def count(self, value: Any, field: str) -> int | None:
        known = self.number(0, 1e10)(value, field)
        return None if known is None else int(known)

    def threshold(self, value: Any, field: str) -> dict[str, Any] | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault("wrong_type", _("The threshold is not a value with its unit."), field, value)
            return None
        checks: dict[str, Callable[[Any, str], Any]] = {
            "value": self.number(0, 1e12), "unit": self.text(16, required=True)
        }  # fmt: skip
        return self.each(checks, value, f"{field}.")

    def areas(self, value: Any, field: str) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_AREAS:
            self.fault("missing", _("No area, or too many."), field, None, f"1-{MAX_AREAS}")
            return []
        checks: dict[str, Callable[[Any, str], Any]] = {
            "code": self.place_code(required=True),
            "names": self._names,
            "p_reached": self.number(0, 1),
            **{f"arrival_{p}": self.moment(required=False) for p in ("p10", "p50", "p90")},
            "peak": self.number(0, 1e12),
            "polygons": self._polygons,
            "circles": self._circles,
        }
        checked: list[dict[str, Any]] = []
        for at, area in enumerate(value):
            if not isinstance(area, dict):
                self.fault("wrong_type", _("The area is not an object."), f"{field}[{at}]", area)
                continue
            checked.append(self.each(checks, area, f"{field}[{at}]."))
        codes = [area["code"] for area in checked]
        for at, code in enumerate(codes):
            if code and code in codes[:at]:
                self.fault("twice", _("The place is named twice."), f"{field}[{at}].code", code)
        if (points := points_in(checked)) > MAX_POINTS_IN_ALL:
            self.fault(
                "too_many_points", _("All shapes together have too many points."), field, points,
                f"<= {MAX_POINTS_IN_ALL}",
            )  # fmt: skip
        return checked

    def _names(self, value: Any, field: str) -> dict[str, str] | None:
        if value is None:
            return None  # filled from the place itself
        good = isinstance(value, dict) and all(
            isinstance(tag, str) and _TAG.fullmatch(tag) and isinstance(name, str)
            for tag, name in value.items()
        )
        if not good:
            self.fault("wrong_type", _("The names are not texts by language."), field, value)
            return None
        one = self.text(200, required=False)
        return {tag: one(name, f"{field}.{tag}") for tag, name in value.items()}

    def _polygons(self, value: Any, field: str) -> list[Any] | None:
        if value is None:
            return None
        good = isinstance(value, list) and all(
            isinstance(ring, list) and len(ring) >= 4 and all(map(_is_point, ring))
            for ring in value
        )
        if not good or sum(map(len, value)) > MAX_POINTS:
            self.fault(
                "not_a_polygon", _("This is not a list of closed rings of [lon, lat]."), field,
                None, f"4-{MAX_POINTS}",
            )  # fmt: skip
            return None
        for at, ring in enumerate(value):
            if ring[0] != ring[-1]:
                self.fault("open_ring", _("The ring is not closed."), f"{field}[{at}]", ring[-1])
            elif not is_simple([(lat, lon) for lon, lat in ring]):
                self.fault(
                    "crosses_itself", _("The ring crosses itself or holds no ground."),
                    f"{field}[{at}]", ring[0],
                )  # fmt: skip
        return list(value)

    def _circles(self, value: Any, field: str) -> list[Any] | None:
        if value is None:
            return None
        good = isinstance(value, list) and all(
            isinstance(each, list) and len(each) == 3 and _is_point(each[:2])
            and _is_number(each[2]) and 0 <= each[2] <= 5000 for each in value
        )  # fmt: skip
        if not good:
            self.fault(
                "not_a_circle", _("This is not a list of [lon, lat, radius_km]."), field, value
            )
            return None
        return list(value)


def points_in(areas: Iterable[Mapping[str, Any]]) -> int:
    """Return how many points the shapes of all areas have, a circle counted as CIRCLE_POINTS."""
    return sum(
        sum(map(len, area.get("polygons") or []))
        + CIRCLE_POINTS * len(area.get("circles") or [])
        for area in areas
    )  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(map(_is_number, value))
        and -180 <= value[0] <= 180
        and -90 <= value[1] <= 90
    )
