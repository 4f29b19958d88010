"""Every address of the node."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path, re_path

from sameboat.api.urls import api
from sameboat.ground.people.sign_in import note_too_many


def closed(request: HttpRequest) -> HttpResponse:
    """Answer that there is nothing: the node sends no mail and knows nobody's address."""
    raise Http404


def handler429(request: HttpRequest) -> HttpResponse:
    """Answer, where one address tried to sign in too often, in words; it leaves a line."""
    note_too_many(request)
    return render(request, "429.html", status=429)


urlpatterns = [
    path("api/", api.urls),
    # These would write to any address that anybody types; names and passwords are given in person.
    re_path(r"^accounts/(?:email|confirm-email|password/(?:reset|set)|login/code)/", closed),
    path("accounts/", include("allauth.urls")),
    path("", include("sameboat.console.urls")),
]
