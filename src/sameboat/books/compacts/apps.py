from django.apps import AppConfig


class CompactsConfig(AppConfig):
    name = "sameboat.books.compacts"
    label = "compacts"
