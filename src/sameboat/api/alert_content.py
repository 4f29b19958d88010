"""How the description at /api/ shows an alert's content; `alerts.content` is what checks it."""

from typing import Annotated, Any

from pydantic import WithJsonSchema

from sameboat.watch.alerts import content as rules
from sameboat.watch.alerts.cap import grammar


def _text(longest: int, *, required: bool = True) -> dict[str, Any]:
    if not required:
        return {"type": "string", "maxLength": longest}
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"\S"}


def _one_of(words: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def _object(properties: dict[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    needed = list(properties if required is None else required)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": needed,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: dict[str, Any], **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **limits}


_MOMENT = {"type": "string", "format": "date-time", "description": "ISO 8601 with its offset"}
_CODE = {"type": "string", "pattern": r"^[a-z][a-z0-9]{0,15}:[A-Za-z0-9][A-Za-z0-9.-]{0,31}$"}
_PLACE_NAMES = {"type": "object", "additionalProperties": _text(200, required=False)}
_LON = {"type": "number", "minimum": -180, "maximum": 180}
_LAT = {"type": "number", "minimum": -90, "maximum": 90}
_POINT = {"type": "array", "prefixItems": [_LON, _LAT], "minItems": 2, "maxItems": 2}
_CIRCLE = {
    "type": "array",
    "prefixItems": [_LON, _LAT, {"type": "number", "minimum": 0, "maximum": 5000}],
    "minItems": 3,
    "maxItems": 3,
}
_AREA = _object(
    {
        "code": _CODE,
        "names": _or_null(_PLACE_NAMES),
        "p_reached": _or_null({"type": "number", "minimum": 0, "maximum": 1}),
        **{f"arrival_{p}": _or_null(_MOMENT) for p in ("p10", "p50", "p90")},
        "peak": _or_null({"type": "number", "minimum": 0, "maximum": 1e12}),
        "polygons": _or_null(_list(_list(_POINT, minItems=4))),
        "circles": _or_null(_list(_CIRCLE)),
    },
    required=("code",),
)
CONTENT: dict[str, Any] = _object(
    {
        "category": _one_of(grammar.CATEGORIES),
        "hazard": _or_null(_text(64, required=False)),
        "event": _object(dict.fromkeys(rules.TAGS, _text(80))),
        "response_types": _or_null(
            _list(_one_of(grammar.RESPONSE_TYPES), maxItems=len(grammar.RESPONSE_TYPES))
        ),
        "urgency": _one_of(grammar.URGENCIES),
        "severity": _one_of(grammar.SEVERITIES),
        "certainty": _one_of(grammar.CERTAINTIES),
        "onset": _or_null(_MOMENT),
        "expires": _MOMENT,
        "texts": _object(
            dict.fromkeys(
                rules.TAGS, _object({name: _text(most) for name, most in rules.TEXTS.items()})
            )
        ),
        "areas": _list(_AREA, minItems=1, maxItems=rules.MAX_AREAS),
        "origin": _or_null(_CODE),
        "case": _or_null(_one_of(rules.CASES)),
        "level": _or_null(_one_of((*rules.LEVELS, ""))),
        "threshold": _or_null(
            _object(
                {
                    "value": {"type": "number", "minimum": 0, "maximum": 1e12},
                    "unit": _text(16),
                }
            )
        ),
        "population": _or_null({"type": "number", "minimum": 0, "maximum": 1e10}),
        "note": _or_null(_text(2000, required=False)),
    },
    required=(
        "category", "event", "urgency", "severity", "certainty", "expires", "texts", "areas",
    ),
)  # fmt: skip

#: what an alert says, checked by the action that takes it
Content = Annotated[dict[str, Any], WithJsonSchema(CONTENT)]
