"""How lists are cut into pages; how moments, whole numbers and keys are read.

The words for what cannot be read are in `lib.validation`, by the error's type.
"""

from typing import Annotated, Any
from uuid import UUID

from ninja import Header, Query
from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

Limit = Annotated[int, Query(ge=1, le=200, description="rows in one answer")]
Offset = Annotated[int, Query(ge=0, le=100_000, description="rows to leave out first")]


def page_of(rows: list[Any], limit: int, offset: int) -> dict[str, Any]:
    """Return a page of rows of which one more than `limit` was asked for."""
    more = len(rows) > limit
    return {"items": rows[:limit], "next_offset": offset + limit if more else None}


def _is_text(value: Any) -> Any:
    if not isinstance(value, str) or value.strip().lstrip("+-").replace(".", "").isdigit():
        raise PydanticCustomError(
            "not_a_moment", "a moment is text with its offset: 2005-11-13T13:00:00+08:00"
        )
    return value


#: an ISO 8601 text with its offset; never a count of seconds
Moment = Annotated[AwareDatetime, BeforeValidator(_is_text)]


def _is_whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise PydanticCustomError("not_whole", "a whole number is written without quotes: 500")
    return int(value)


#: a JSON number without a fraction; neither text nor true
Whole = Annotated[int, BeforeValidator(_is_whole)]

#: chosen by the caller; the same again makes nothing twice
Key = Annotated[UUID | None, Header(alias="Idempotency-Key")]
