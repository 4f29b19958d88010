from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "sameboat.ground.places"
    label = "places"
