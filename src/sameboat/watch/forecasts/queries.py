"""Which forecasts are there, what do they say, how well did they do."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from sameboat.ground.people.models import Person
from sameboat.ground.people.queries import places_of
from sameboat.ground.places.models import PackLoad, PlaceVersion
from sameboat.ground.places.queries import current_loads, lies_in
from sameboat.watch.forecasts import map_features
from sameboat.watch.forecasts.comparing import Comparison, compare
from sameboat.watch.forecasts.models import (
    Forecast,
    ForecastSeries,
    ForecastTarget,
    Observation,
    RecordedEvent,
    Scenario,
    Substance,
)
from sameboat.watch.forecasts.notices import say_notice
from sameboat.watch.forecasts.refusals import say_failure

#: Fields that only the page of one forecast reads, and each of them only in one place.
_LARGE = ("result", "reaches", "map_hours", "parameters", "notices")


def address_of(forecast: Forecast) -> str:
    """Return the forecast's address, e.g. `cn:220200/forecast/0193…`."""
    return f"{forecast.place.code}/forecast/{forecast.uuid}"


def address_of_observation(observation: Observation) -> str:
    """Return the observation's address, e.g. `cn:230102/observation/0193…`."""
    return f"{observation.place.code}/observation/{observation.key}"


def list_forecasts(
    *,
    viewer: Person,
    limit: int | None = None,
    offset: int = 0,
    state: str | None = None,
    place: str | None = None,
    reaching: str | None = None,
) -> QuerySet[Forecast]:
    """Return the forecasts this person may see, newest first, the large fields not read.

    `place` keeps those that this place asked for, `reaching` those that may reach that place.
    A person sees what a place where they may look asked for, and what may reach such a place.
    """
    rows = _seen_by(viewer)
    if state is not None:
        rows = rows.filter(state=state)
    if place is not None:
        rows = rows.filter(place__code=place)
    if reaching is not None:
        reached = ForecastTarget.objects.filter(
            forecast=OuterRef("pk"), kind="place", code=reaching, p_reached__gt=0
        )
        rows = rows.filter(Exists(reached))
    # Sorted by their keys alone: what hundreds say need not be read to find the newest.
    newest = rows.order_by("-requested_at", "-pk").values("pk")
    newest = newest[offset : None if limit is None else offset + limit]
    found = _with_names(Forecast.objects.filter(pk__in=newest)).defer(*_LARGE, "scenario")
    return found.order_by("-requested_at", "-pk")


def forecast_by_uuid(viewer: Person, uuid: UUID | str) -> Forecast | None:
    """Return one forecast if it is there and this person may see it."""
    return _with_names(_seen_by(viewer)).defer("result").filter(uuid=uuid).first()


def newest_for(viewer: Person) -> Forecast | None:
    """Return the newest forecast made that this person may see."""
    made = _seen_by(viewer).filter(state="made").order_by("-made_at", "-pk").values("pk")[:1]
    return _with_names(Forecast.objects.filter(pk__in=made)).defer("result").first()


def failure_of(forecast: Forecast, language: str) -> str:
    """Return why there is no answer, in this language; empty where nothing failed."""
    return say_failure(forecast.failure, language) if forecast.failure else ""


def notices_of(forecast: Forecast, language: str) -> list[str]:
    """Return what the run wants people to know about itself, in this language."""
    return [say_notice(notice, language) for notice in forecast.notices]


def thresholds_of(forecast: Forecast) -> list[dict[str, Any]]:
    """Return the list of thresholds: [{value, unit}], with `label` and `name` where they have one.

    `value` is None where each target has its own.  Of a hazard other than a spill nothing is
    known before the forecast is made.
    """
    if forecast.hazard != "river_pollutant":
        return list(forecast.parameters.get("thresholds", []))
    thresholds = forecast.scenario["substance"]["threshold"]
    return [{"value": each["value"], "unit": each["unit"]} for each in thresholds]


def quantities_of(forecast: Forecast) -> tuple[str, ...]:
    """Return what is measured of a forecast: its substance, or the model's own quantities."""
    if forecast.hazard == "river_pollutant":
        return (forecast.scenario["substance"]["key"],)
    return tuple(forecast.parameters.get("quantities", ()))


def hazard_shown(forecast: Forecast) -> str:
    """Return the hazard whose answer stands first: of a chain, that of the stage it shows."""
    stage = forecast.parameters.get("shows") if forecast.hazard == "compound" else None
    return str(forecast.scenario["stage"][stage]["hazard"]) if stage else forecast.hazard


def targets_of(forecast: Forecast, kind: str, threshold: int = 0) -> QuerySet[ForecastTarget]:
    """Return what is said of sites or of places, in order of arrival, those not reached last."""
    rows = forecast.targets.filter(kind=kind, threshold=threshold).select_related("place")
    rows = rows.defer("presence")
    return rows.order_by(F("arrival_p50").asc(nulls_last=True), "-p_reached", "code")


def series_of(forecast: Forecast, site: str) -> ForecastSeries | None:
    """Return the band of the ensemble at one site."""
    return forecast.series.filter(site=site).first()


def series_in(forecast: Forecast) -> QuerySet[ForecastSeries]:
    """Return the bands at all sites, by site."""
    return forecast.series.order_by("site")


def map_of(forecast: Forecast, threshold: int = 0, language: str = "en") -> dict[str, Any]:
    """Return the forecast as a GeoJSON FeatureCollection, ready to be drawn.

    Beside `features` it has `hours` (since `started_at`, the axis of every `presence`, which is
    in per mille of members), `attribution` (words to show on the map) and `schematic` (true
    where a river line drawn is one).  Places whose ground is inherited are not in it.  It is
    handed to many readers: nobody changes it.
    """
    if forecast.state != "made":
        return map_features.collection(forecast, threshold, language)
    return _map_of_made(forecast.uuid, threshold, language)


@lru_cache(maxsize=64)
def _map_of_made(uuid: UUID, threshold: int, language: str) -> dict[str, Any]:
    # What a forecast said is never changed, so it is drawn once for all who look.
    forecast = Forecast.objects.select_related("load").defer("result").get(uuid=uuid)
    return map_features.collection(forecast, threshold, language)


def list_scenarios(viewer: Person) -> QuerySet[Scenario]:
    """Return the scenarios of current loads that begin where this person may look."""
    return (
        Scenario.objects.filter(load__in=current_loads().values("pk"))
        .filter(lies_in(places_of(viewer, "see"), place="origin"))
        .select_related("load", "origin")
        .order_by("load__pack", "key")
    )


def parameters_of(row: Scenario) -> list[dict[str, Any]]:
    """Return the numbers that a scenario asks with, by stage, each with its prior and source."""
    from sameboat.watch.forecasts.provenance import asked_of

    return asked_of(row.content)


def scenario(load: PackLoad, key: str) -> Scenario | None:
    """Return one scenario of a load."""
    return load.scenarios.select_related("load", "origin").filter(key=key).first()


def substances_in(load: PackLoad) -> QuerySet[Substance]:
    """Return the substances of a load, by key."""
    return load.substances.order_by("key")


def observations_of(
    owner: Forecast | PackLoad,
    viewer: Person | None = None,
    *,
    site: str | None = None,
    series: str | None = None,
    until: datetime | None = None,
    withdrawn: bool = False,
) -> QuerySet[Observation]:
    """Return the observations a forecast used, or those of a load, by time.

    `viewer` keeps those at places where this person may look; `until` those known by then;
    `series` those of one file of the pack ("" for those typed in).
    """
    rows = owner.observations.select_related("place", "load")
    if isinstance(owner, PackLoad) and not withdrawn:
        rows = rows.filter(withdrawn_at__isnull=True)
    if viewer is not None:
        rows = rows.filter(lies_in(places_of(viewer, "see")))
    if site is not None:
        rows = rows.filter(site=site)
    if series is not None:
        rows = rows.filter(series=series)
    if until is not None:
        rows = rows.filter(known_at__lte=until)
    return rows.order_by("at", "site", "kind")


def observation_by_key(viewer: Person, key: UUID | str) -> Observation | None:
    """Return one observation if this person may look at its place."""
    rows = Observation.objects.select_related("place", "load")
    return rows.filter(lies_in(places_of(viewer, "see")), key=key).first()


def recorded_events(load: PackLoad) -> QuerySet[RecordedEvent]:
    """Return what the pack's sources say was done or said, by time."""
    return load.events.order_by(F("at").asc(nulls_last=True), "pk")


def compare_with_observations(
    forecast: Forecast,
    *,
    until: datetime | None = None,
    used: Iterable[Observation] | None = None,
) -> list[Comparison]:
    """Set each observation of the forecast's load beside what the forecast says of it.

    Args: until: what became known later is left out.  used: those that it learned from, where
        the caller has them already.
    """
    learned = {each.pk for each in (observations_of(forecast) if used is None else used)}
    return compare(forecast, observations_of(forecast.load, until=until), learned)


def earlier_of(forecast: Forecast) -> list[Forecast]:
    """Return the forecasts this one follows, the nearest first."""
    found = []
    each = forecast.earlier
    while each is not None:
        found.append(each)
        each = each.earlier
    return found


def _seen_by(viewer: Person) -> QuerySet[Forecast]:
    visible = lies_in(places_of(viewer, "see"))
    reached = ForecastTarget.objects.filter(
        visible, forecast=OuterRef("pk"), kind="place", p_reached__gt=0
    )
    return Forecast.objects.filter(Q(visible) | Exists(reached))


def paths_told(uuid: str) -> list[str]:
    """Return the paths of the places a forecast reaches: whoever looks there may see it."""
    reached = ForecastTarget.objects.filter(forecast__uuid=uuid, kind="place", p_reached__gt=0)
    versions = PlaceVersion.objects.filter(current=True, place__in=reached.values("place"))
    return list(versions.values_list("path", flat=True))


def _with_names(rows: QuerySet[Forecast]) -> QuerySet[Forecast]:
    """Read with each row what a page says of it besides its own numbers."""
    rows = rows.select_related("place", "origin", "load", "earlier", "earlier__place")
    return rows.defer(*(f"earlier__{name}" for name in (*_LARGE, "scenario")))


def count_waiting() -> int:
    """Return how many forecasts are queued or being made, for the operator."""
    return Forecast.objects.filter(state__in=("queued", "running")).count()
