from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.urls import reverse
from django.utils import timezone

from sameboat.config.activity import NOTED_EVERY
from sameboat.ground.people.actions import OPERATOR, add_person

pytestmark = pytest.mark.django_db
PAGE = "usersessions_list"


@pytest.fixture
def browser(client, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    wang = add_person(
        username="wang", password="a-long-enough-word", by=OPERATOR, now=timezone.now()
    )
    client.force_login(wang, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get(reverse(PAGE))
    return client


def writes_of(statements):
    return [each for each in statements if each["sql"].startswith(("UPDATE", "INSERT"))]


def test_a_page_seen_again_within_the_minute_writes_nothing(browser, django_assert_max_num_queries):
    with django_assert_max_num_queries(50) as asked:
        browser.get(reverse(PAGE))

    assert writes_of(asked.captured_queries) == []


def test_after_the_minute_the_session_is_noted_again(browser):
    long_ago = timezone.now() - 2 * NOTED_EVERY
    UserSession.objects.update(last_seen_at=long_ago)

    browser.get(reverse(PAGE))

    assert UserSession.objects.get().last_seen_at > long_ago + timedelta(seconds=1)


def test_another_browser_with_the_same_session_is_noted_at_once(browser):
    browser.get(reverse(PAGE), HTTP_USER_AGENT="somebody else's")

    assert UserSession.objects.get().user_agent == "somebody else's"
