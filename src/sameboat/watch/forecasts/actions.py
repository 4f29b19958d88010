"""Ask for a forecast, make it, and record what was measured."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sameboat.ground.people.actions import note
from sameboat.ground.people.models import Person
from sameboat.ground.people.queries import require, signature_of
from sameboat.ground.places.models import PackLoad, Place, Site
from sameboat.lib.address import uuid7
from sameboat.lib.times import as_utc_text
from sameboat.packs.records import RegionPack
from sameboat.watch.forecasts import making, measurements
from sameboat.watch.forecasts.asking import check_ensemble, check_scenario, plain
from sameboat.watch.forecasts.computing import Computed, Progress, Question, compute
from sameboat.watch.forecasts.models import (
    Forecast,
    Observation,
    RecordedEvent,
    Scenario,
    Substance,
)
from sameboat.watch.forecasts.queries import address_of, address_of_observation
from sameboat.watch.forecasts.refusals import (
    KeyOfAnotherForecast,
    KeyOfAnotherObservation,
    ObservationNotUsable,
    ObservationOfAPack,
    UnknownPlace,
)
from sameboat.watch.forecasts.tasks import make_forecast_task


@transaction.atomic
def load_scenarios(*, pack: RegionPack, load: PackLoad, by: str, now: datetime) -> None:
    """Store substances, scenarios, events and observations of a pack; again changes nothing."""
    if load.substances.exists() or load.scenarios.exists() or load.events.exists():
        return
    places = dict(Place.objects.filter(versions__load=load).values_list("code", "pk"))
    Substance.objects.bulk_create(
        Substance(
            load=load, key=each.key, names=dict(each.names), cas=each.cas,
            limit_mg_l=each.limit_mg_l, decay_per_day_20c=each.decay_per_day_20c,
            decay_theta=each.decay_theta, source=each.source,
        )
        for each in pack.substances
    )  # fmt: skip
    Scenario.objects.bulk_create(
        Scenario(
            load=load, key=each.key, title=dict(each.title), hazard=each.hazard,
            moves=each.moves, origin_id=places[each.origin], started_at=each.started_at,
            zone=each.zone, content=plain(each.content),
        )
        for each in pack.scenarios
    )  # fmt: skip
    RecordedEvent.objects.bulk_create(
        RecordedEvent(
            load=load, at=each.at, date_only=each.date_only, actor=each.actor, kind=each.kind,
            what=each.what, places=list(each.places), source=each.source,
        )
        for each in pack.events
    )  # fmt: skip
    Observation.objects.bulk_create(measurements.of_pack(pack, load, by=by, now=now))


@transaction.atomic
def request_forecast(
    *,
    place: Place | str,
    load: PackLoad,
    scenario: Mapping[str, Any],
    scenario_key: str,
    observations: Iterable[Observation] | None,
    key: UUID,
    by: Person,
    now: datetime,
    until: datetime | None = None,
    members: int = 500,
    seed: int = 1,
    earlier: Forecast | None = None,
) -> Forecast:
    """Queue a forecast; the worker makes it.  `until` leaves out what became known later.

    Raises:
        NotAllowed: this person may not ask for forecasts at this place.
        FaultyInput: the scenario, the members or the seed have faults, by field.
        ObservationNotUsable: one was withdrawn, or belongs to another load.
        UnknownPlace: this node does not know the place.
        KeyOfAnotherForecast: the key belongs to another request.
    """
    place = _place(place)
    require(by, "forecast", place.code)
    content = plain(scenario)
    asked = Forecast.objects.filter(key=key).first()
    if asked is not None:
        was = (asked.place_id, asked.requested_by_id, asked.scenario, asked.members, asked.seed)
        if was != (place.pk, by.pk, content, members, seed):
            raise KeyOfAnotherForecast
        return asked
    check_ensemble(members, seed)
    checked = check_scenario(load, content, scenario_key)
    used = _usable(observations or (), load, until)
    forecast = Forecast.objects.create(
        uuid=uuid7(now), key=key, place=place, load=load, scenario_key=scenario_key,
        scenario=content, title=dict(checked.title), hazard=checked.hazard,
        origin=_place(checked.origin), started_at=checked.started_at, members=members, seed=seed,
        until=until, state="queued", requested_by=by, requested_at=now, earlier=earlier,
    )  # fmt: skip
    forecast.observations.set(used)
    note(
        what="forecast.requested", by=by, place=place.code, about=address_of(forecast), now=now,
        facts={"scenario": scenario_key, "members": members, "observations": len(used)},
    )  # fmt: skip
    # The queue's row lies in this database: it is there if and only if the forecast is.
    make_forecast_task.enqueue(str(forecast.uuid))
    return forecast


def make_forecast(
    *,
    forecast: Forecast,
    by: Person | str,
    now: datetime,
    progress: Progress | None = None,
    model: Callable[[Question, Progress | None], Computed] = compute,
) -> Forecast:
    """Compute a queued forecast and store the answer with its entry, or why there is none.

    `model` may run elsewhere (see computing); it answers this forecast's question.  One that is
    not queued any more (made, failed, or taken by another worker) is left as it is.
    Read `state` of what is returned; a refusal of the model is its `failure`.
    """
    return making.make(forecast, by=by, clock=lambda: now, progress=progress, model=model)


@transaction.atomic
def requeue_unfinished(*, by: Person | str, now: datetime) -> int:
    """Queue again what a killed worker left half done; return how many.

    A worker that is still at one of them may finish it first: only one answer is kept.
    """
    rows = Forecast.objects.select_for_update().filter(state__in=("queued", "running"))
    left = list(rows.order_by("pk"))
    for forecast in left:
        if forecast.state == "running":
            forecast.state = "queued"
            forecast.save(update_fields=["state"])
            note(
                what="forecast.requeued", by=by, place=forecast.place.code,
                about=address_of(forecast), now=now,
            )  # fmt: skip
        make_forecast_task.enqueue(str(forecast.uuid))
    return len(left)


@transaction.atomic
def record_observation(
    *,
    load: PackLoad,
    site: Site | str,
    at: datetime | str,
    quantity: str,
    unit: str,
    kind: str,
    key: UUID,
    by: Person,
    now: datetime,
    value: float | str | None = None,
    below: float | str | None = None,
    error: float | str | None = None,
    known_at: datetime | str | None = None,
    source: str = "",
) -> Observation:
    """Record one measurement, or that nothing was found; `value` may be "<0.002".

    Moments may be text in ISO 8601 with an offset; `known_at` is `at` when it is not given.

    Raises:
        FaultyInput: unknown site, future, duplicate, impossible value … beside its field.
        NotAllowed: this person may not record for the place of the site.
        KeyOfAnotherObservation: the key belongs to another observation.
    """
    given = measurements.Given(
        site=site.key if isinstance(site, Site) else site, at=at, quantity=quantity, unit=unit,
        kind=kind, value=value, below=below, error=error, known_at=known_at,
    )  # fmt: skip
    known, checked = measurements.check(load, given, now=now)
    require(by, "forecast", known.place.code)
    told = Observation.objects.filter(key=key).first()
    if told is not None:
        if (told.load_id, told.site, told.at) != (load.pk, checked.site, checked.at):
            raise KeyOfAnotherObservation
        return told
    measurements.refuse_duplicate(load, checked)
    observation = Observation.objects.create(
        key=key, place=known.place, load=load, site=checked.site, at=checked.at,
        quantity=checked.quantity, value=checked.value, below=checked.below, unit=checked.unit,
        kind=measurements.kind_kept(checked), error=checked.error, known_at=checked.known_at,
        source=source, recorded_by=signature_of(by),
    )  # fmt: skip
    note(
        what="observation.recorded", by=by, place=known.place.code, now=now,
        about=address_of_observation(observation),
        facts={"site": checked.site, "at": as_utc_text(checked.at), "kind": checked.kind},
    )  # fmt: skip
    return observation


@transaction.atomic
def withdraw_observation(*, observation: Observation, by: Person, now: datetime) -> Observation:
    """Take back a mistaken observation; forecasts that used it keep saying so.

    Raises:
        NotAllowed: this person may not record for the place of the site.
        ObservationOfAPack: it came with a region pack.
    """
    rows = Observation.objects.select_for_update(of=("self",)).select_related("place")
    observation = rows.get(pk=observation.pk)
    require(by, "forecast", observation.place.code)
    if observation.series:
        raise ObservationOfAPack(site=observation.site, at=as_utc_text(observation.at))
    if observation.withdrawn_at is None:
        observation.withdrawn_at = now
        observation.save(update_fields=["withdrawn_at"])
        note(
            what="observation.withdrawn", by=by, place=observation.place.code, now=now,
            about=address_of_observation(observation),
        )  # fmt: skip
    return observation


def _place(place: Place | str) -> Place:
    if isinstance(place, Place):
        return place
    found = Place.objects.filter(code=place).first()
    if found is None:
        raise UnknownPlace(code=place)
    return found


def _usable(
    observations: Iterable[Observation], load: PackLoad, until: datetime | None
) -> list[Observation]:
    used = []
    for each in observations:
        if each.load_id != load.pk or each.withdrawn_at is not None:
            raise ObservationNotUsable(site=each.site, at=as_utc_text(each.at))
        if until is None or each.known_at <= until:
            used.append(each)
    return used
