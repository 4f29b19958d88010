"""The small river in a node, its people, and their browsers; times stand still."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client

from sameboat.ground.places.tests.small_pack import LOWER, STARTED_AT, UPPER
from sameboat.watch.alerts import actions as alerts
from sameboat.watch.alerts.tests.small_province import make_content
from sameboat.watch.forecasts.tests.conftest import add_person, ask, load, make  # noqa: F401

NOON = STARTED_AT + timedelta(hours=1)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AREAS = [{"code": LOWER, "names": {"en": "Harbin"}, "circles": [[126.6, 45.7, 30]]}]


@pytest.fixture
def now(settings):
    settings.CLOCK_SHIFT = NOON - datetime.now(UTC)
    return NOON


@pytest.fixture
def wang(add_person):  # noqa: F811
    """The duty officer upstream, who may also record for the city downstream."""
    return add_person("wang", 7, ("duty_officer", UPPER), ("duty_officer", LOWER))


@pytest.fixture
def li(add_person):  # noqa: F811
    """The approver upstream."""
    return add_person("li", 3, ("approver", UPPER))


@pytest.fixture
def zhao(add_person):  # noqa: F811
    """The administrator upstream."""
    return add_person("zhao", 1, ("administrator", UPPER))


@pytest.fixture
def hall(add_person):  # noqa: F811
    """Someone upstream who may only look."""
    return add_person("hall", 20, ("viewer", UPPER))


@pytest.fixture
def sun(add_person):  # noqa: F811
    """The approver downstream, with nothing to say upstream."""
    return add_person("sun", 4, ("approver", LOWER))


@pytest.fixture
def browser_of(now):
    """Return a signed-in browser, which reads English."""

    def sign_in(person):
        browser = Client(headers={"accept-language": "en"})
        browser.force_login(person, BACKEND)
        return browser

    return sign_in


@pytest.fixture
def forecast(ask, make):  # noqa: F811
    """A forecast that was made."""
    return make(ask())


@pytest.fixture
def draft(wang, now):
    return alerts.draft_alert(
        place=UPPER, content=make_content(areas=AREAS), key=uuid4(), by=wang, now=now
    )


@pytest.fixture
def submitted(draft, wang, now):
    return alerts.submit_alert(alert=draft, revision=1, by=wang, now=now)


def rows(model):
    """Return what a table holds now; the console itself never looks at tables."""
    return apps.get_model(model).objects.all()


def text_of(answer, status=200):
    """Return the page, checked to have been answered so."""
    assert answer.status_code == status, (answer.status_code, answer.content[-500:])
    return answer.content.decode()


def page_after(browser, answer):
    """Return the page that an answer leads to."""
    assert answer.status_code == 302, (answer.status_code, answer.content[-500:])
    return text_of(browser.get(answer.url))
