"""The page people will remember: who is reached, when, how surely; what waits for me."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from sameboat.console.answers import now_of, reader, whole_number
from sameboat.console.drawing import draw
from sameboat.console.reached import Row, limit_of, people_in, rows_of
from sameboat.ground.people.queries import may
from sameboat.lib.language import choose
from sameboat.watch.alerts.queries import list_alerts
from sameboat.watch.forecasts.queries import (
    compare_with_observations,
    map_of,
    newest_for,
    observations_of,
    thresholds_of,
)

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Forecast


@login_required
def situation(request: HttpRequest) -> HttpResponse:
    """Show the newest forecast as map and list."""
    person: Any = request.user
    forecast = newest_for(person)
    asked_by = forecast.place.code if forecast else settings.PLACE
    context: dict[str, Any] = {
        "at": "situation",
        "forecast": forecast,
        "may_ask": may(person, "forecast", settings.PLACE),
        "may_draft": may(person, "draft", asked_by),
        "in_force": list_alerts(viewer=person, state="current", limit=5),
    }
    if forecast is not None:
        context |= answer_of(request, forecast) | evidence_of(request, forecast)
    return render(request, "console/situation.html", context)


def answer_of(request: HttpRequest, forecast: "Forecast") -> dict[str, Any]:
    """Return what map, time and list of one forecast show, as the address asks for it.

    `?threshold=` is a position in the list of thresholds, `?by=` chance or arrival, `?hour=` a
    position on the map's hours; what cannot be read is as if it were not there.
    """
    thresholds = thresholds_of(forecast)
    threshold = position_in(len(thresholds), request.GET.get("threshold")) or 0
    found = map_of(forecast, threshold, reader())
    hour = position_in(len(found["hours"]), request.GET.get("hour"))
    by = "arrival" if request.GET.get("by") == "arrival" else "chance"
    rows = rows_of(forecast, reader(), threshold=threshold)
    now = now_of(request)
    if hour is None and "by" not in request.GET:
        hour = _hour_of(now, found)  # first of all: where is it now
    reached = [row for row in rows if row.reached]
    return {
        "map": found,
        "map_title": _("Map: {title}").format(title=choose(forecast.title, reader())),
        "drawing": SimpleLazyObject(
            partial(draw, found, by=by, hour=hour, origin=forecast.origin.code)
        ),
        "origin_code": forecast.origin.code,
        "by": by,
        "hour": hour,
        "rows": rows,
        "reached": reached,
        "ahead": [row for row in reached if _is_ahead(row, now)],
        "arrived": [row for row in reached if not _is_ahead(row, now)],
        "hour_at": forecast.started_at + timedelta(hours=found["hours"][hour])
        if hour is not None
        else None,
        "spared": [row for row in rows if not row.reached],
        "next": _next(rows, now),
        "people": people_in(rows),
        "threshold": threshold,
        "thresholds": thresholds,
        "limit": limit_of(forecast, threshold),
    }


def evidence_of(request: HttpRequest, forecast: "Forecast") -> dict[str, Any]:
    """Return why we say this: what was measured beside what the forecast says of it."""
    used = list(observations_of(forecast))
    compared = compare_with_observations(forecast, until=now_of(request), used=used)
    judged = [each for each in compared if each.inside is not None]
    later = [each for each in judged if not each.used]
    return {
        "used": len(used),
        "last_used": used[-1] if used else None,
        "compared": compared,
        "agree": sum(bool(each.inside) for each in later),
        "judged": len(later),
    }


def _next(rows: Sequence[Row], now: datetime) -> Row | None:
    """Return the place that is reached next, at least as likely as not."""
    ahead = [
        (arrival.p50, number)
        for number, row in enumerate(rows)
        if (arrival := row.target.arrival) and row.target.p_reached >= 0.33 and arrival.p90 > now
    ]
    return rows[min(ahead)[1]] if ahead else None


def _is_ahead(row: Row, now: datetime) -> bool:
    arrival = row.target.arrival
    return arrival is not None and arrival.p90 > now


def _hour_of(now: datetime, found: dict[str, Any]) -> int | None:
    """Return the position on the map's hours that is nearest to now; None before and after."""
    since = (now - datetime.fromisoformat(found["started_at"])).total_seconds() / 3600
    hours = found["hours"]
    if not hours or not 0 <= since <= hours[-1]:
        return None
    return min(range(len(hours)), key=lambda at: abs(hours[at] - since))


def position_in(length: int, text: str | None) -> int | None:
    """Return the position that the text names in a list of this length, else None."""
    position = whole_number(text)
    return position if position is not None and position < length else None
