"""The API and its OpenAPI description."""

from functools import partial
from typing import Any

from django.urls import path, re_path
from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema

from sameboat.api import access, alerts, entries, forecasts, observations, places, problems, sites
from sameboat.api.page import front_page
from sameboat.api.reading import StrictParser

DESCRIPTION = """Places, sites, forecasts, alerts and entries of one Sameboat node.

Errors are RFC 9457 problem details. Send `Authorization: Bearer <token>`; a token has scopes
(`read`, `forecast`, `alert`) and acts for one person. Send `Idempotency-Key: <uuid>` with what
you create, and sending it again is safe."""


class SameboatAPI(NinjaAPI):
    """NinjaAPI whose description says what it really answers."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Return OpenAPI 3.1 with errors as application/problem+json."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for parameter in operation["parameters"]:
                    # A header, a word of the query: it may be left out, but it is never null.
                    said = parameter["schema"].get("anyOf", [])
                    if len(said) == 2 and {"type": "null"} in said:
                        said.remove({"type": "null"})
                for status, answer in operation["responses"].items():
                    content = answer.get("content", {})
                    if int(status) >= 400 and "application/json" in content:
                        content[problems.MEDIA_TYPE] = content.pop("application/json")
        return schema

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """Return the faults with the values that were given, which ninja leaves out."""
        made = super().validation_error_from_error_contexts(error_contexts)
        given = [
            each["input"]
            for context in error_contexts
            for each in context.pydantic_validation_error.errors(include_url=False)
        ]
        for error, value in zip(made.errors, given, strict=True):
            error["input"] = value
        return made

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """Return the addresses: the front page first, and a problem for all that are unknown."""
        patterns, app, namespace = super().urls
        front = path("", partial(front_page, api=self), name="api-root")
        rest = re_path(r"^.*$", lambda request: problems.problem(request, 404))
        return [front, *patterns, rest], app, namespace


api = SameboatAPI(
    title="Sameboat",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    throttle=[access.Pace()],
    parser=StrictParser(),
)
problems.install(api)
api.add_router("/places", places.router)
api.add_router("/sites", sites.router)
api.add_router("/forecasts", forecasts.router)
api.add_router("/observations", observations.router)
api.add_router("/alerts", alerts.router)
api.add_router("/entries", entries.router)
