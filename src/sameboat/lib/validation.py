"""What a schema (pydantic) says is wrong with a value, told as a fault in our own words.

Pydantic's texts are English only; its error types and their contexts are stable, so the words
hang on those.  A type that is not here is told in pydantic's text: better than nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _

_IN_RANGE = _("Choose a value in that range.")
_AS_TEXT = _("Write it as text, in quotes where it is JSON.")
_AS_WHOLE = _("Write it in digits, such as 500; in JSON without quotes.")
_AS_NUMBER = _("Write it in digits, such as 0.5; in JSON without quotes.")
_AS_MOMENT = _("Write it as 2005-11-13T13:00:00+08:00, with its offset from UTC.")
_AS_UUID = _("Write it as 123e4567-e89b-12d3-a456-426614174000.")
_AS_LIST = _("Send it as a JSON array, even where it has one item only.")
_AS_OBJECT = _("Send it as a JSON object with named fields.")
_AS_BOOLEAN = _("Write true or false.")
_ONE_OF = _("Choose one of them, letter for letter.")
_GIVE = _("Give it and send again.")
_LEAVE_OUT = _("Leave it out, or mend its name.")
_SHORTEN = _("Shorten it.")
_LENGTHEN = _("Write more.")

_TEXT = (_("must be text."), _AS_TEXT)
_WHOLE = (_("must be a whole number."), _AS_WHOLE)
_NUMBER = (_("must be a number."), _AS_NUMBER)
_MOMENT = (_("must be a moment in time."), _AS_MOMENT)
_UUID = (_("must be a UUID."), _AS_UUID)
_LIST = (_("must be a list."), _AS_LIST)
_OBJECT = (_("must be an object."), _AS_OBJECT)
_BOOLEAN = (_("must be yes or no."), _AS_BOOLEAN)
_OUTSIDE = (_("lies outside its range."), _IN_RANGE)
_NOT_ONE = (_("is none of the allowed values."), _ONE_OF)

#: error type -> what is wrong, what to do; both are filled from pydantic's context
SAYS: dict[str, tuple[str, str]] = {
    "missing": (_("is missing."), _GIVE),
    "missing_argument": (_("is missing."), _GIVE),
    "extra_forbidden": (_("is not a field here."), _LEAVE_OUT),
    "unexpected_keyword_argument": (_("is not a field here."), _LEAVE_OUT),
    "none_required": (_("must be empty."), _("Leave it out, or send null.")),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": (_("is too short: at least {min_length} characters."), _LENGTHEN),
    "string_too_long": (_("is too long: at most {max_length} characters."), _SHORTEN),
    "string_pattern_mismatch": (
        _("does not have the form {pattern}."), _("Write it in that form."),
    ),
    "too_short": (_("has {actual_length} items; at least {min_length} are needed."), _LENGTHEN),
    "too_long": (_("has {actual_length} items; at most {max_length} are taken."), _SHORTEN),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "not_whole": _WHOLE,
    "int_parsing_size": (_("has too many digits."), _SHORTEN),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": (_("must be a finite number."), _AS_NUMBER),
    "multiple_of": (_("must be a multiple of {multiple_of}."), _("Choose such a value.")),
    "greater_than": _OUTSIDE,
    "greater_than_equal": _OUTSIDE,
    "less_than": _OUTSIDE,
    "less_than_equal": _OUTSIDE,
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "literal_error": _NOT_ONE,
    "enum": _NOT_ONE,
    "not_a_moment": _MOMENT,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": (_("has no offset from UTC."), _AS_MOMENT),
    "datetime_past": (_("must lie in the past."), _("Give an earlier moment.")),
    "datetime_future": (_("must lie in the future."), _("Give a later moment.")),
    "date_type": (_("must be a date."), _("Write it as 2005-11-13.")),
    "date_parsing": (_("must be a date."), _("Write it as 2005-11-13.")),
    "date_from_datetime_parsing": (_("must be a date."), _("Write it as 2005-11-13.")),
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "uuid_version": _UUID,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "json_type": (_("is not JSON."), _("Send JSON in UTF-8.")),
    "json_invalid": (_("is not JSON."), _("Send JSON in UTF-8.")),
}  # fmt: skip
#: key of the context -> how a range is written in every language
_BOUNDS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
#: nothing was given, or the whole that it is missing from: no value to quote
_NO_VALUE = {"missing", "missing_argument"}


def fault_from(error: Mapping[str, Any], *, field: str | None = None) -> Fault:
    """Return one of pydantic's errors as a fault.

    Args: error: one of `ValidationError.errors()`.  field: its name here; else its place in the
    document, as in `body.draft.place`.
    """
    kind = str(error["type"])
    context = dict(error.get("ctx") or {})
    problem, next_step = SAYS.get(kind, ("{says}", ""))
    return Fault(
        kind,
        problem,
        field=".".join(map(str, error.get("loc", ()))) if field is None else field,
        value=None if kind in _NO_VALUE else error.get("input"),
        allowed=_allowed(context),
        next_step=next_step,
        facts={"says": f"{error.get('msg', kind)}.".replace("..", "."), **context},
    )


def _allowed(context: Mapping[str, Any]) -> str:
    if "expected" in context:
        # "'x', 'y' or 'z'": the values without the English between them
        expected = str(context["expected"])
        return " · ".join(re.findall(r"'([^']*)'", expected)) or expected
    bounds = [f"{sign} {context[key]}" for key, sign in _BOUNDS.items() if key in context]
    return ", ".join(bounds)
