"""The addresses of the API alone: its tests stand without the console."""

from django.urls import path

from sameboat.api.urls import api

urlpatterns = [path("api/", api.urls)]
