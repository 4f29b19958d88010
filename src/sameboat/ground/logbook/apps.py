from django.apps import AppConfig


class LogbookConfig(AppConfig):
    name = "sameboat.ground.logbook"
    label = "logbook"
