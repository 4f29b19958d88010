"""The front page of the API: the description for programs, a plain list for people."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI


@require_safe
def front_page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """Return OpenAPI 3.1, or a page without scripts where a browser asks for HTML."""
    schema = api.get_openapi_schema()
    if request.accepts("text/html") and "text/html" in request.headers.get("Accept", ""):
        return render(request, "api/front_page.html", {"operations": _operations(schema)})
    return JsonResponse(schema)


def _operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "id": operation["operationId"],
            "description": operation.get("description", ""),
            "parameters": [
                (each["name"], each["required"]) for each in operation.get("parameters", [])
            ],
        }
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]
