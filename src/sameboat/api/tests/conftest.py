"""A node with two cities, their people and tokens, for tests of the API."""

from uuid import uuid4

import pytest
from django.test import Client

from sameboat.api.urls import api
from sameboat.ground.people.actions import make_token
from sameboat.watch.alerts import actions
from sameboat.watch.alerts.tests.conftest import (  # noqa: F401
    li,
    load,
    places,
    sun,
    wang,
    zhao,
)
from sameboat.watch.alerts.tests.small_province import JILIN, NOW, make_content


@pytest.fixture(autouse=True)
def only_the_api(settings, monkeypatch):
    monkeypatch.setattr(api.throttle[0], "_seen", {})
    settings.ROOT_URLCONF = "sameboat.api.tests.only_api"


class Program:
    """A client that sends one person's token and reads JSON."""

    def __init__(self, secret=None, language="en"):
        headers = {"accept-language": language}
        if secret:
            headers["authorization"] = f"Bearer {secret}"
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path, **query):
        return self.client.get(f"/api{path}", query)

    def post(self, path, body=None, key=None):
        headers = {"Idempotency-Key": str(key)} if key else {}
        return self.client.post(
            f"/api{path}", body or {}, content_type="application/json", headers=headers
        )

    def put(self, path, body):
        return self.client.put(f"/api{path}", body, content_type="application/json")


@pytest.fixture
def program_of(db, settings):
    from datetime import UTC, datetime

    settings.CLOCK_SHIFT = NOW - datetime.now(UTC)

    def make(person, *scopes, language="en"):
        _token, secret = make_token(
            person=person, name="test", scopes=list(scopes or ("read",)), expires_at=None,
            by=person, now=NOW,
        )  # fmt: skip
        return Program(secret, language)

    return make


@pytest.fixture
def issued(places, li, wang):  # noqa: F811
    draft = actions.draft_alert(place=JILIN, content=make_content(), key=uuid4(), by=li, now=NOW)
    actions.submit_alert(alert=draft, revision=1, by=li, now=NOW)
    return actions.issue_alert(alert=draft, revision=1, by=wang, now=NOW)
