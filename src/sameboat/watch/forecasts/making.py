"""The long work of a forecast: compute outside any transaction, then complete in one."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from sameboat.ground.logbook.actions import say
from sameboat.ground.logbook.queries import entries_about
from sameboat.ground.people.actions import note
from sameboat.ground.people.models import Person
from sameboat.lib.refusal import Refusal
from sameboat.lib.times import as_utc_text
from sameboat.spread.case import COUNTS_FROM
from sameboat.watch.forecasts.answers import Answer, answer_of, rows_of_series, rows_of_targets
from sameboat.watch.forecasts.asking import question_of
from sameboat.watch.forecasts.computing import Computed, Progress, Question, compute
from sameboat.watch.forecasts.member_files import store_members
from sameboat.watch.forecasts.models import Forecast, ForecastSeries, ForecastTarget
from sameboat.watch.forecasts.queries import thresholds_of
from sameboat.watch.forecasts.refusals import ModelStopped, as_failure

log = logging.getLogger(__name__)

MOST_PLACES_TOLD = 60  #: an entry holds 16 KiB


def make(
    forecast: Forecast,
    *,
    by: Person | str,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
    model: Callable[[Question, Progress | None], Computed] = compute,
) -> Forecast:
    """Make a forecast if it is still queued; see actions.make_forecast."""
    claimed = Forecast.objects.filter(pk=forecast.pk, state="queued").update(state="running")
    forecast = Forecast.objects.select_related("place", "origin", "load", "earlier__place").get(
        pk=forecast.pk
    )
    if not claimed:
        return forecast
    try:
        question = question_of(forecast)
        answer = answer_of(question, model(question, progress))
    except Refusal as refusal:
        return _fail(forecast, refusal, by=by, now=clock())
    except Exception as problem:
        log.exception("forecast %s stopped", forecast.uuid)
        stopped = ModelStopped(problem=f"{type(problem).__name__}: {problem}"[:300])
        return _fail(forecast, stopped, by=by, now=clock())
    # The file is durable before the row that names it: a crash in between leaves a file too
    # many, never a row without its file.
    digest = store_members(answer.computed.footprint.to_bytes())
    return _complete(forecast, answer, digest, by=by, now=clock())


@transaction.atomic
def _complete(
    forecast: Forecast, answer: Answer, digest: str, *, by: Person | str, now: datetime
) -> Forecast:
    """Store the answer with its entry; the first of two workers wins, the other's is dropped."""
    kept = _locked(forecast)
    if kept.state not in {"queued", "running"}:
        return kept
    kept.state, kept.made_at, kept.members_digest = "made", now, digest
    computed = answer.computed
    kept.model, kept.model_version = computed.model, computed.model_version
    kept.parameters, kept.notices = computed.parameters, computed.notices
    kept.case, kept.result = computed.case, computed.result
    kept.map_hours, kept.reaches = answer.map_hours, answer.reaches
    kept.save()
    ForecastTarget.objects.bulk_create(rows_of_targets(kept, answer), batch_size=200)
    ForecastSeries.objects.bulk_create(rows_of_series(kept, answer))
    said = list(entries_about(_address(kept.earlier))) if kept.earlier else []
    say(
        kind="forecast.made",
        place=kept.place.code,
        about=_address(kept),
        body=_told(kept),
        audience=(),
        after=tuple(f"{entry.origin}/entry/{entry.index}" for entry in said[-1:]),
        by=by,
        now=now,
    )
    return kept


@transaction.atomic
def _fail(forecast: Forecast, refusal: Refusal, *, by: Person | str, now: datetime) -> Forecast:
    kept = _locked(forecast)
    if kept.state not in {"queued", "running"}:
        return kept
    kept.state, kept.failure = "failed", as_failure(refusal)
    kept.save(update_fields=["state", "failure"])
    note(
        what="forecast.failed",
        by=by,
        place=kept.place.code,
        about=_address(kept),
        facts={"refusal": refusal.name},
        now=now,
    )
    return kept


def _locked(forecast: Forecast) -> Forecast:
    rows = Forecast.objects.select_for_update(of=("self",))
    return rows.select_related("place", "origin", "load", "earlier__place").get(pk=forecast.pk)


def _address(forecast: Forecast) -> str:
    return f"{forecast.place.code}/forecast/{forecast.uuid}"


def _told(forecast: Forecast) -> dict[str, Any]:
    """Return the body of the entry: integers and text only, moments in UTC."""
    result = json.dumps(forecast.result, sort_keys=True, ensure_ascii=False).encode()
    return {
        "hazard": forecast.hazard,
        "title": forecast.title,
        "origin": forecast.origin.code,
        "started_at": as_utc_text(forecast.started_at),
        "case": forecast.case,
        "pack": forecast.load.pack,
        "pack_version": forecast.load.version,
        "pack_digest": forecast.load.digest,
        "scenario": forecast.scenario_key,
        "model": forecast.model,
        "model_version": forecast.model_version,
        "members": forecast.members,
        "seed": str(forecast.seed),
        "observations": forecast.observations.count(),
        "until": as_utc_text(forecast.until) if forecast.until else None,
        "thresholds": [
            {
                "value": str(each.get("label") if each["value"] is None else each["value"]),
                "unit": each["unit"],
            }
            for each in thresholds_of(forecast)
        ],
        "earlier": _address(forecast.earlier) if forecast.earlier else None,
        "members_digest": forecast.members_digest,
        "result_digest": hashlib.sha256(result).hexdigest(),
        "reached": _reached(forecast),
    }


def _reached(forecast: Forecast) -> list[dict[str, Any]]:
    rows = forecast.targets.filter(kind="place", threshold=0, p_reached__gte=COUNTS_FROM)
    return [
        {
            "place": row.code,
            "p_per_mille": round(row.p_reached * 1000),
            "arrival": [
                as_utc_text(moment) if moment else None
                for moment in (row.arrival_p10, row.arrival_p50, row.arrival_p90)
            ],
        }
        for row in rows.order_by("arrival_p50", "code")[:MOST_PLACES_TOLD]
    ]
