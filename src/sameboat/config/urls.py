"""Every address of the node."""

from django.urls import include, path

from sameboat.api.urls import api

urlpatterns = [
    path("api/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("sameboat.console.urls")),
]
