"""Forecasts: the list, one with its stations, observations, downloads."""

import csv
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django_htmx.http import HttpResponseClientRefresh

from sameboat.console.answers import (
    new_key,
    now_of,
    page_of,
    pages_of,
    reader,
    refuse,
    sent_key,
    there,
    whole_number,
)
from sameboat.console.charts import chart
from sameboat.console.codes import qr_path
from sameboat.console.consequences import consequences_of
from sameboat.console.observation_form import ObservationForm, put_faults
from sameboat.console.reached import limit_of
from sameboat.console.sharpening import sharpened
from sameboat.console.situation import answer_of, evidence_of
from sameboat.console.words import amount
from sameboat.ground.people.queries import may
from sameboat.ground.people.refusals import NotAllowed
from sameboat.ground.places.queries import names_of, sites_of
from sameboat.lib.fault import FaultyInput
from sameboat.lib.language import choose
from sameboat.lib.refusal import Refusal
from sameboat.watch.forecasts.actions import record_observation, request_forecast
from sameboat.watch.forecasts.queries import (
    failure_of,
    forecast_by_uuid,
    list_forecasts,
    map_of,
    observations_of,
    quantities_of,
    series_in,
    series_of,
    targets_of,
    thresholds_of,
)

if TYPE_CHECKING:
    from sameboat.watch.forecasts.models import Forecast, ForecastSeries

_PAGE = 50
_COLUMNS = (
    "p_reached", "arrival_p10", "arrival_p50", "arrival_p90", "peak_at_p10", "peak_at_p50",
    "peak_at_p90", "peak_p10", "peak_p50", "peak_p90", "cleared_p10", "cleared_p50", "cleared_p90",
)  # fmt: skip


@login_required
def forecasts(request: HttpRequest) -> HttpResponse:
    """List forecasts, newest first."""
    person: Any = request.user
    page = page_of(request)
    rows = list(list_forecasts(viewer=person, limit=_PAGE + 1, offset=(page - 1) * _PAGE))
    names = names_of({row.origin.code for row in rows}, reader())
    return render(
        request,
        "console/forecasts.html",
        {
            "at": "forecasts", "names": names, **pages_of(request, rows, _PAGE, page),
            "may_ask": may(person, "forecast", settings.PLACE),
        },
    )  # fmt: skip


@login_required
def forecast(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one forecast: waiting, failed, or its answer."""
    person: Any = request.user
    found = there(forecast_by_uuid(person, uuid))
    if request.headers.get("HX-Trigger") == "progress" and found.state in {"made", "failed"}:
        # The page that waited has neither map nor chart yet: it is loaded anew, scripts and all.
        return HttpResponseClientRefresh()
    form = ObservationForm(forecast=found, now=now_of(request))
    return _page(request, found, form, new_key(request))


def _page(
    request: HttpRequest, found: "Forecast", form: ObservationForm, key: UUID, status: int = 200
) -> HttpResponse:
    person: Any = request.user
    context: dict[str, Any] = {
        "at": "forecasts",
        "forecast": found,
        "failure": failure_of(found, reader()),
        "may_draft": may(person, "draft", found.place.code),
        "may_observe": may(person, "forecast", found.place.code),
        "observation": form,
        "key": key,
        "qr": qr_path(request.build_absolute_uri(request.path)),
    }
    if found.state == "made":
        sites = sites_of(found.load)
        context["site_names"] = {site.key: choose(site.names, reader()) for site in sites}
        answer = answer_of(request, found)
        station = _station(request, found, answer)
        if station["station"] is not None and not form.is_bound:
            form.initial["site"] = station["station"].key  # what is looked at was measured
        context |= answer | evidence_of(request, found) | station | consequences_of(found)
        if found.earlier is not None and found.earlier.state == "made":
            context["sharpened"] = sharpened(
                found, found.earlier, answer["ahead"] or answer["rows"]
            )
    return render(request, "console/forecast.html", context, status=status)


def _station(request: HttpRequest, found: "Forecast", answer: dict[str, Any]) -> dict[str, Any]:
    """Return the chart of the station asked for, else of the one reached next."""
    stations = set(series_in(found).values_list("site", flat=True))
    sites = {site.key: site for site in sites_of(found.load) if site.key in stations}
    key = request.GET.get("site", "")
    if key not in sites:
        ahead = answer["next"].code if answer["next"] else None
        key = next((s.key for s in sites.values() if s.place.code == ahead), None) or next(
            (s.key for s in sites.values() if s.place.code != found.origin.code), ""
        )
    if key not in sites:
        return {"stations": [], "station": None}
    said = limit_of(found, answer["threshold"])
    limit = said["kept"]
    if limit is None:
        limit = _own_limit(found, key, answer["threshold"])
    seen = [
        each
        for each in observations_of(found.load, site=key)
        if each.quantity in quantities_of(found)
        and each.at >= found.started_at
        and each.known_at <= now_of(request)
    ]
    valued = [each for each in seen if each.value is not None or each.below is not None]
    before = series_of(found.earlier, key) if found.earlier else None
    series = series_in(found).get(site=key)
    return {
        "stations": [(site.key, choose(site.names, reader())) for site in sites.values()],
        "station": sites[key],
        "seen": seen,
        "used_keys": set(observations_of(found).values_list("key", flat=True)),
        "series_rows": _rows_of(series),
        "station_target": targets_of(found, "site", answer["threshold"]).filter(code=key).first(),
        "chart": chart(
            series, observations=valued, limit=limit, earlier=before, now=now_of(request),
            zone=settings.TIME_ZONE, language=reader(),
        ),
        "chart_data": {
            "times": series.times, "p10": series.p10, "p50": series.p50, "p90": series.p90,
            "earlier": {"times": before.times, "p50": before.p50} if before else None,
            "limit": limit, "unit": said["kept_unit"], "now": now_of(request).isoformat(),
            "seen": [
                {"at": o.at.isoformat(), "value": o.value, "below": o.below, "kind": o.kind}
                for o in valued
            ],
        },
    }  # fmt: skip


def _own_limit(found: "Forecast", site: str, threshold: int) -> float | None:
    """Return the limit of one site, where each has its own; None where it has none."""
    for row in (found.result or {}).get("sites", []):
        if row["site"] == site:
            value = row.get("thresholds", [row])[threshold].get("limit")
            return None if value is None else float(value)
    return None


def _rows_of(series: "ForecastSeries") -> SafeString:
    """Return time, 10 %, 50 %, 90 % as rows of a table, from the first rise to the last fall."""
    zone = ZoneInfo(settings.TIME_ZONE)
    # What is a ten-thousandth of the highest is as nothing, in the chart as in its table.
    least = max(series.p90, default=0.0) * 1e-4 or 1.0

    def shown(value: float) -> str:
        return amount(value) if value >= least else "0"

    # Hundreds of rows: a template loop would take longer than the rest of the page.
    row = '<tr><td class="t">{}</td>' + '<td class="n">{}</td>' * 3 + "</tr>"
    return format_html_join(
        "",
        row,
        (
            (f"{datetime.fromisoformat(at).astimezone(zone):%Y-%m-%d %H:%M}", *map(shown, band))
            for at, *band in zip(series.times, series.p10, series.p50, series.p90, strict=True)
            if band[-1] >= least
        ),
    )


@login_required
def forecast_map(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give the browser's map its GeoJSON."""
    person: Any = request.user
    found = there(forecast_by_uuid(person, uuid))
    thresholds = len(thresholds_of(found))
    at = whole_number(request.GET.get("threshold")) or 0
    if found.state != "made" or at >= thresholds:
        raise Http404
    return JsonResponse(map_of(found, at, reader()))


@login_required
def observe(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Record what was measured and ask for a forecast that has learned from it."""
    if request.method != "POST":  # signing in again leads here: the form is on the page itself
        return redirect("forecast", uuid=uuid)
    person: Any = request.user
    found, now = there(forecast_by_uuid(person, uuid)), now_of(request)
    form, key = ObservationForm(request.POST, forecast=found, now=now), sent_key(request)
    if not may(person, "forecast", found.place.code):
        # Said before anything is recorded: nothing half done remains.
        refuse(request, NotAllowed(verb="forecast", place=found.place.code))
        return redirect("forecast", uuid=uuid)
    if not form.is_valid():
        return _page(request, found, form, key, status=422)
    try:
        seen = record_observation(load=found.load, key=key, by=person, now=now, **form.given())
        asked = request_forecast(
            place=found.place, load=found.load, scenario=found.scenario,
            scenario_key=found.scenario_key, members=found.members, seed=found.seed,
            observations=[*observations_of(found), seen], until=now if found.until else None,
            earlier=found, key=uuid5(key, "forecast"), by=person, now=now,
        )  # fmt: skip
    except FaultyInput as refusal:
        put_faults(form, refusal)
        return _page(request, found, form, key, status=422)
    except Refusal as refusal:
        refuse(request, refusal)
        return redirect("forecast", uuid=uuid)
    return redirect("forecast", uuid=asked.uuid)


@login_required
def download(request: HttpRequest, uuid: UUID, form: str) -> HttpResponse:
    """Give the answer as a file: json, geojson or csv."""
    person: Any = request.user
    found = there(forecast_by_uuid(person, uuid))
    if found.state != "made" or form not in {"json", "geojson", "csv"}:
        raise Http404
    disposition = f'attachment; filename="forecast-{found.uuid}.{form}"'
    headers = {"Content-Disposition": disposition}
    pretty = {"ensure_ascii": False, "indent": 1}
    if form == "json":
        return JsonResponse(found.result, safe=False, json_dumps_params=pretty, headers=headers)
    if form == "geojson":
        return JsonResponse(map_of(found, 0, reader()), json_dumps_params=pretty, headers=headers)
    return _as_csv(found, headers)


def _as_csv(found: "Forecast", headers: dict[str, str]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    # Spreadsheets take a file for Unicode only when it begins with the mark.
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(("kind", "code", "name", *_COLUMNS, "population"))
    zone = ZoneInfo(settings.TIME_ZONE)
    for kind in ("place", "site"):
        rows = list(targets_of(found, kind))
        names = names_of([row.code for row in rows], reader())
        if kind == "site":
            names = {s.key: choose(s.names, reader()) for s in sites_of(found.load)}
        for row in rows:
            cells = [_cell(getattr(row, column), zone) for column in _COLUMNS]
            population = "" if row.population is None else row.population
            name = _plain(names.get(row.code, ""))
            writer.writerow((kind, _plain(row.code), name, *cells, population))
    return response


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: names come from packs of others."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _cell(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="minutes")
    return "" if value is None else value
