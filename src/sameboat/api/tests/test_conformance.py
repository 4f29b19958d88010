"""The API answers as its own description says, whatever is sent (schemathesis)."""

import json
from uuid import uuid4

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.config import SchemathesisConfig

from sameboat.api.tests.conftest import JILIN, NOW, actions, make_content
from sameboat.api.urls import api
from sameboat.ground.people.actions import make_token
from sameboat.watch.alerts.tests.small_province import add_role

pytestmark = pytest.mark.django_db

#: 422 also answers what no schema can say: an onset after the end, a place not known here.
CONFIG = {
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "403", "404", "409", "422"]
        }
    },
    # No pattern of the description says it, but a text with NUL is answered with 400 (reading.py).
    "generation": {"deterministic": True, "allow-x00": False},
}


schema = schemathesis.openapi.from_dict(
    json.loads(json.dumps(api.get_openapi_schema(path_prefix="api/"))),
    config=SchemathesisConfig.from_dict(CONFIG),
)
schema.app = get_wsgi_application()


@pytest.fixture(autouse=True)
def connection_of_the_test(monkeypatch):
    """As Django's own test client does: the connection is the test's, not the request's."""
    monkeypatch.setattr(api.throttle[0], "per_minute", 10**9)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def headers(places, li, settings):
    from datetime import UTC, datetime

    settings.CLOCK_SHIFT = NOW - datetime.now(UTC)
    for kind in ("approver", "administrator"):
        add_role(li, places[JILIN], kind)
    actions.draft_alert(place=JILIN, content=make_content(), key=uuid4(), by=li, now=NOW)
    _token, secret = make_token(
        person=li, name="test", scopes=["read", "forecast", "alert"], by=li, now=NOW
    )
    return {"Authorization": f"Bearer {secret}"}


@schema.parametrize()
@hypothesis.settings(
    max_examples=12, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
)
def test_every_operation_answers_as_described(case, headers):
    case.call_and_validate(headers=headers)


def test_the_description_is_openapi_3_1(client):
    described = client.get("/api/").json()

    assert described["openapi"].startswith("3.1")
    assert described == client.get("/api/openapi.json").json()


def test_every_error_is_described_as_a_problem(client):
    described = client.get("/api/openapi.json").json()

    answers = [
        (path, method, status, list(answer.get("content", {})))
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]
    assert answers
    assert all(types == ["application/problem+json"] for *_where, types in answers)


def test_a_browser_gets_a_page_without_scripts(client):
    page = client.get("/api/", headers={"accept": "text/html"})

    assert page["Content-Type"].startswith("text/html")
    assert b"<script" not in page.content
    assert b"/api/alerts/{uuid}/issue" in page.content
