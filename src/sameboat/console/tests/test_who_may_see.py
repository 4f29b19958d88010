"""Every page for every kind of person; and whatever an address carries."""

from uuid import uuid4

import pytest
from django.urls import reverse

from sameboat.console.tests.conftest import text_of

pytestmark = pytest.mark.django_db
PAGES = ("situation", "forecasts", "new_forecast", "alerts", "new_alert", "places", "log",
         "alert_feed", "tokens", "people", "journal", "usersessions_list")  # fmt: skip
OFFICE_ONLY = {"people", "journal"}
NEEDS_A_DUTY = {"new_forecast", "new_alert"}
LONG = "9" * 5000


@pytest.mark.parametrize("page", PAGES)
def test_whoever_has_not_signed_in_is_sent_to_sign_in(client, page):
    address = reverse(page)

    for answer in (client.get(address), client.post(address, {"key": str(uuid4())})):
        assert answer.status_code == 302
        assert answer.url == f"{reverse('account_login')}?next={address}"


def test_deeds_of_whoever_has_not_signed_in_change_nothing(client, draft):
    for deed in ("submit", "issue", "return"):
        answer = client.post(reverse("act_on_alert", args=[draft.uuid, deed]), {"revision": "1"})

        assert answer.url.startswith(reverse("account_login"))
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["hall", "wang", "zhao"])
def test_each_page_opens_to_those_whose_role_it_is(request, browser_of, name, page):
    person = request.getfixturevalue(name)
    refused = (page in OFFICE_ONLY and name != "zhao") or (page in NEEDS_A_DUTY and name == "hall")

    answer = browser_of(person).get(reverse(page))

    assert answer.status_code == (403 if refused else 200)


def test_who_has_no_role_sees_neither_forecasts_nor_alerts(browser_of, add_person, forecast, draft):
    browser = browser_of(add_person("new", 30))

    for page in ("forecast", "forecast_map", "edit_alert", "alert", "alert_cap"):
        uuid = (draft if "alert" in page else forecast).uuid
        assert browser.get(reverse(page, args=[uuid])).status_code == 404
    assert str(draft.uuid) not in text_of(browser.get(reverse("alerts")))


def test_a_draft_of_another_place_is_not_there(browser_of, sun, draft):
    browser = browser_of(sun)
    sent = {"revision": "1", "key": str(uuid4())}

    assert browser.get(reverse("alert", args=[draft.uuid])).status_code == 404
    assert browser.post(reverse("edit_alert", args=[draft.uuid]), sent).status_code == 404
    assert browser.post(reverse("act_on_alert", args=[draft.uuid, "submit"]), sent).status_code == (
        404
    )


def test_a_form_from_elsewhere_changes_nothing(hall, now):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(hall, "allauth.account.auth_backends.AuthenticationBackend")

    answer = browser.post(reverse("tokens"), {"name": "theirs", "scopes": "read"})

    assert answer.status_code == 403
    assert not hall.tokens.exists()


@pytest.mark.parametrize("number", [LONG, "²", "-1", "1e9", "", "9" * 19])
def test_a_number_that_is_none_is_as_if_it_were_not_there(browser_of, zhao, forecast, number):
    browser = browser_of(zhao)

    for address in (
        f"/?threshold={number}&hour={number}",
        f"{reverse('forecast', args=[forecast.uuid])}?threshold={number}",
        f"{reverse('forecast_map', args=[forecast.uuid])}?threshold={number}",
        f"{reverse('journal')}?before={number}",
    ):
        assert browser.get(address).status_code == 200


def test_every_page_says_what_it_may_load(browser_of, wang):
    answer = browser_of(wang).get(reverse("situation"))

    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'",
                 "frame-ancestors 'none'", "form-action 'self'"):  # fmt: skip
        assert rule in policy


@pytest.mark.parametrize("there", ["//evil.example/", "https://evil.example", "/\\evil.example"])
def test_changing_the_language_leads_nowhere_else(client, db, there):
    answer = client.post(reverse("set_language"), {"language": "en", "next": there})

    assert "evil" not in answer.url
