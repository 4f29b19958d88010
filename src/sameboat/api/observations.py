"""Observations: what was measured, or the news that nothing was found."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from sameboat.api.access import key_or_new, now_of, person_of, who
from sameboat.api.paging import Key, Limit, Moment, Offset
from sameboat.api.problems import ALWAYS, CHANGING
from sameboat.ground.places.queries import current_load
from sameboat.watch.forecasts import actions, queries

if TYPE_CHECKING:
    from sameboat.ground.places.models import PackLoad
    from sameboat.watch.forecasts.models import Observation

router = Router(tags=["observations"], auth=who("read"))


class ObservationOut(Schema):
    """One observation as it was recorded."""

    key: UUID
    place: str
    series: str
    site: str
    at: datetime
    quantity: str
    value: float | None
    below: float | None = Field(description="detection limit where nothing was found")
    unit: str
    kind: str
    error: float | None
    known_at: datetime
    source: str
    withdrawn_at: datetime | None


class ObservationPage(Schema):
    """Some of the observations of a region pack."""

    items: list[ObservationOut]
    next_offset: int | None = Field(description="ask again with it; null at the end")


class ObservationIn(Schema):
    """One measurement at one site."""

    model_config = ConfigDict(extra="forbid")

    pack: str = Field(max_length=64, examples=["songhua"])
    site: str = Field(max_length=64, examples=["S05"])
    at: Moment
    quantity: str = Field(max_length=64, examples=["nitrobenzene"])
    value: float | None = Field(None, ge=0, le=1e12, allow_inf_nan=False, strict=True)
    below: float | None = Field(None, ge=0, le=1e12, allow_inf_nan=False, strict=True)
    unit: str = Field(max_length=16, examples=["mg/L"])
    kind: Literal["value", "front", "peak", "detected", "not_detected"] = "value"
    error: float | None = Field(None, gt=0, le=1e12, allow_inf_nan=False, strict=True)
    known_at: Moment | None = Field(None, description="when it became known; else `at`")


@router.get("", response={200: ObservationPage, **ALWAYS}, operation_id="list_observations")
def list_observations(
    request: HttpRequest,
    pack: Annotated[str, Query(max_length=64)],
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """List the observations at the sites of a region pack."""
    rows = list(queries.observations_of(_load(pack), person_of(request)))
    return {
        "items": [_observation_out(row) for row in rows[offset : offset + limit]],
        "next_offset": offset + limit if len(rows) > offset + limit else None,
    }


@router.post(
    "",
    response={201: ObservationOut, **CHANGING},
    auth=who("forecast"),
    operation_id="record_observation",
)
def record_observation(
    request: HttpRequest,
    seen: ObservationIn,
    key: Key = None,
) -> Status[dict[str, Any]]:
    """Record what was measured; it is withdrawn if wrong, never edited."""
    made = actions.record_observation(
        load=_load(seen.pack),
        site=seen.site,
        at=seen.at,
        quantity=seen.quantity,
        value=seen.value,
        below=seen.below,
        unit=seen.unit,
        kind=seen.kind,
        error=seen.error,
        known_at=seen.known_at or seen.at,
        key=key_or_new(key),
        by=person_of(request),
        now=now_of(request),
    )
    return Status(201, _observation_out(made))


def _load(pack: str) -> "PackLoad":
    load = current_load(pack)
    if load is None:
        raise Http404(pack)
    return load


def _observation_out(row: "Observation") -> dict[str, Any]:
    fields = ("key", "series", "site", "at", "quantity", "value", "below", "unit", "kind", "error",
              "known_at", "source", "withdrawn_at")  # fmt: skip
    return {"place": row.place.code, **{name: getattr(row, name) for name in fields}}
