from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    name = "sameboat.watch.forecasts"
    label = "forecasts"
