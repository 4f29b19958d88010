"""Places: the tree, search, and a page for each."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.console.answers import there
from sameboat.ground.places.queries import (
    ancestors_of,
    children_of,
    current_loads,
    find_place,
    neighbours_of,
    search_places,
    sites_of,
)
from sameboat.watch.forecasts.queries import list_forecasts, targets_of

_FOUND = 50
_CHILDREN = 300
_FORECASTS = 10


@login_required
def places(request: HttpRequest) -> HttpResponse:
    """Show the uppermost places, or those that a search finds."""
    text = request.GET.get("q", "").strip()
    context = {
        "at": "places",
        "q": text,
        "found": search_places(text, limit=_FOUND) if text else [],
        "roots": list(children_of(None)),
        "loads": list(current_loads()),
    }
    return render(request, "console/places.html", context)


@login_required
def place(request: HttpRequest, code: str) -> HttpResponse:
    """Show what this node knows of one place."""
    person: Any = request.user
    version = there(find_place(code))
    licences = [each for each in version.load.licences if each["id"] == version.licence]
    children = list(children_of(code)[: _CHILDREN + 1])
    return render(
        request,
        "console/place.html",
        {
            "at": "places", "place": version, "code": code, "ancestors": ancestors_of(code),
            "children": children[:_CHILDREN], "more_children": len(children) > _CHILDREN,
            "neighbours": neighbours_of(code), "sites": list(sites_of(code)),
            "said": [
                (each, targets_of(each, "place").filter(code=code).first())
                for each in list_forecasts(viewer=person, reaching=code, limit=_FORECASTS)
            ],
            "licence": licences[0] if licences else {"id": version.licence},
        },
    )  # fmt: skip
