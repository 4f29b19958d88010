"""Forecasts: asked for, then read as JSON or GeoJSON once they are made."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from sameboat.api.access import key_or_new, now_of, person_of, who
from sameboat.api.paging import Key, Limit, Moment, Offset, Whole, page_of
from sameboat.api.places import Pack
from sameboat.api.problems import ALWAYS, CHANGING, reader_language
from sameboat.ground.people.queries import signature_of
from sameboat.ground.places.queries import current_load, find_place
from sameboat.watch.forecasts import actions, queries

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Forecast

router = Router(tags=["forecasts"], auth=who("read"))


class ForecastOut(Schema):
    """A forecast and where it stands."""

    uuid: UUID
    address: str
    place: str
    state: str = Field(description="queued, running, made or failed")
    title: dict[str, str]
    hazard: str
    scenario: str
    origin: str
    started_at: datetime
    until: datetime | None
    members: int
    seed: int
    case: str
    pack: Pack
    model: str
    model_version: str
    requested_by: str
    requested_at: datetime
    made_at: datetime | None
    earlier: str | None
    notices: list[Any]
    failure: dict[str, Any] | None = Field(description="{name, facts} of the refusal")


class ForecastWhole(ForecastOut):
    """A forecast with its answer, as `sameboat forecast --format json` prints it."""

    result: dict[str, Any] | None


class ForecastPage(Schema):
    """Forecasts, newest first."""

    items: list[ForecastOut]
    next_offset: int | None = Field(description="ask again with it; null at the end")


class ForecastIn(Schema):
    """What to forecast: a scenario of a loaded region pack, changed where wanted."""

    model_config = ConfigDict(extra="forbid")

    place: str = Field(max_length=48, description="in whose name", examples=["cn:220200"])
    pack: str = Field(max_length=64, examples=["songhua"])
    scenario: str = Field(max_length=64, examples=["nitrobenzene-2005"])
    content: dict[str, Any] | None = Field(
        None, description="replaces the scenario's own content, as scenarios/*.toml has it"
    )
    observations: bool = Field(
        False, strict=True, description="learn from the observations known by `until`"
    )
    until: Moment | None = Field(None, description="use nothing that was known later")
    members: Whole = Field(500, ge=10, le=10_000)
    seed: Whole = Field(1, ge=0, lt=2**63)
    earlier: UUID | None = Field(None, description="the forecast that this one carries on")


@router.get("", response={200: ForecastPage, **ALWAYS}, operation_id="list_forecasts")
def list_forecasts(
    request: HttpRequest,
    state: Annotated[Literal["queued", "running", "made", "failed"] | None, Query()] = None,
    place: Annotated[str | None, Query(max_length=48)] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """List the forecasts you may see."""
    rows = queries.list_forecasts(
        viewer=person_of(request), limit=limit + 1, offset=offset, state=state, place=place
    )
    return page_of([_forecast_out(row) for row in rows], limit, offset)


@router.post(
    "",
    response={202: ForecastOut, **CHANGING},
    auth=who("forecast"),
    operation_id="request_forecast",
)
def request_forecast(
    request: HttpRequest,
    response: HttpResponse,
    asked: ForecastIn,
    key: Key = None,
) -> Status[dict[str, Any]]:
    """Ask for a forecast; `Location` says where to look until it is made."""
    viewer = person_of(request)
    version, load = find_place(asked.place), current_load(asked.pack)
    scenario = queries.scenario(load, asked.scenario) if load else None
    if version is None or load is None or scenario is None:
        raise Http404(asked.scenario)
    forecast = actions.request_forecast(
        place=version.place,
        load=load,
        scenario=scenario.content if asked.content is None else asked.content,
        scenario_key=asked.scenario,
        observations=queries.observations_of(load, viewer) if asked.observations else None,
        until=asked.until,
        members=asked.members,
        seed=asked.seed,
        earlier=_readable(request, asked.earlier) if asked.earlier else None,
        key=key_or_new(key),
        by=viewer,
        now=now_of(request),
    )
    response["Location"] = f"/api/forecasts/{forecast.uuid}"
    return Status(202, _forecast_out(forecast))


@router.get("/{uuid}", response={200: ForecastWhole, **ALWAYS}, operation_id="read_forecast")
def read_forecast(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Return one forecast; `result` is null until it is made."""
    forecast = _readable(request, uuid)
    return {**_forecast_out(forecast), "result": forecast.result}


@router.get(
    "/{uuid}/geojson",
    response={200: dict[str, Any], **ALWAYS},
    operation_id="read_forecast_geojson",
)
def read_forecast_geojson(
    request: HttpRequest, uuid: UUID, threshold: Annotated[int, Query(ge=0, le=20)] = 0
) -> dict[str, Any]:
    """Return places, reaches and sites as a FeatureCollection with attribution.

    `threshold` is a position in the forecast's list of thresholds; 404 until it is made.
    """
    forecast = _readable(request, uuid)
    if forecast.state != "made" or threshold >= len(queries.thresholds_of(forecast)):
        raise Http404(uuid)
    return queries.map_of(forecast, threshold, reader_language())


def _readable(request: HttpRequest, uuid: UUID) -> "Forecast":
    forecast = queries.forecast_by_uuid(person_of(request), uuid)
    if forecast is None:
        raise Http404(uuid)
    return forecast


def _forecast_out(forecast: "Forecast") -> dict[str, Any]:
    fields = (
        "uuid", "state", "title", "hazard", "started_at", "until", "members", "seed", "case",
        "model", "model_version", "requested_at", "made_at", "notices", "failure",
    )  # fmt: skip
    return {
        "address": queries.address_of(forecast),
        "place": forecast.place.code,
        "scenario": forecast.scenario_key,
        "origin": forecast.origin.code,
        "pack": {"id": forecast.load.pack, "version": forecast.load.version},
        "requested_by": signature_of(forecast.requested_by),
        "earlier": queries.address_of(forecast.earlier) if forecast.earlier else None,
        **{name: getattr(forecast, name) for name in fields},
    }
