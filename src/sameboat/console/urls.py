"""Addresses of the console."""

from django.urls import URLPattern, path
from django.views.i18n import set_language

from sameboat.console import (
    alert_pages,
    asking,
    compact_pages,
    design,
    forecast_pages,
    foreign_pages,
    house,
    log,
    new_forecast,
    peer_pages,
    place_pages,
    received,
    situation,
)

urlpatterns: list[URLPattern] = [
    path("", situation.situation, name="situation"),
    path("language", set_language, name="set_language"),
    path("forecasts/", forecast_pages.forecasts, name="forecasts"),
    path("forecasts/new", new_forecast.new_forecast, name="new_forecast"),
    path("forecasts/new/<slug:hazard>", asking.ask_of_hazard, name="ask_of_hazard"),
    path("forecasts/<uuid:uuid>", forecast_pages.forecast, name="forecast"),
    path("forecasts/<uuid:uuid>/map.json", forecast_pages.forecast_map, name="forecast_map"),
    path("forecasts/<uuid:uuid>/observe", forecast_pages.observe, name="observe"),
    path(
        "forecasts/<uuid:uuid>/download.<str:form>",
        forecast_pages.download,
        name="forecast_download",
    ),
    path("alerts/", alert_pages.alerts, name="alerts"),
    path("alerts/new", alert_pages.new_alert, name="new_alert"),
    path("alerts/feed.xml", alert_pages.alert_feed, name="alert_feed"),
    path("alerts/received", received.take_in, name="take_in"),
    path("alerts/foreign/<str:origin>/<int:index>", foreign_pages.foreign, name="foreign"),
    path(
        "alerts/foreign/<str:origin>/<int:index>/<str:deed>",
        foreign_pages.answer,
        name="answer_foreign",
    ),
    path("alerts/received/<str:digest>", received.received, name="received"),
    path("alerts/<uuid:uuid>", alert_pages.alert, name="alert"),
    path("alerts/<uuid:uuid>/edit", alert_pages.edit, name="edit_alert"),
    path("alerts/<uuid:uuid>/cap.xml", alert_pages.cap, name="alert_cap"),
    path("alerts/<uuid:uuid>/<str:deed>", alert_pages.act, name="act_on_alert"),
    path("places/", place_pages.places, name="places"),
    path("places/<str:code>", place_pages.place, name="place"),
    path("log/", log.log, name="log"),
    path("log/<str:origin>/<int:index>", log.entry, name="entry"),
    path("log/<str:origin>/<int:index>/receipt", log.receipt, name="receipt"),
    path("compacts/", compact_pages.compacts, name="compacts"),
    path("compacts/new", compact_pages.edit_compact, name="edit_compact"),
    path("compacts/<path:address>", compact_pages.compact, name="compact"),
    path("peers/", peer_pages.peers, name="peers"),
    path("house/tokens", house.tokens, name="tokens"),
    path("house/people", house.people, name="people"),
    path("house/journal", house.journal, name="journal"),
    path("design", design.design, name="design"),
]
