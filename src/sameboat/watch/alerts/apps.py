from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "sameboat.watch.alerts"
    label = "alerts"
