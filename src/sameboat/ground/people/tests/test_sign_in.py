import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.management import call_command
from django.urls import reverse

from sameboat.ground.people import queries
from sameboat.ground.people.actions import OPERATOR, close_account, end_session
from sameboat.ground.people.models import JournalLine, Person
from sameboat.ground.people.sign_in import KEY_FILE, SealedSecrets, address_of, new_key
from sameboat.ground.people.tests.conftest import NOON

PASSWORD = "a-long-enough-word"


@pytest.fixture
def node_key(settings):
    file = settings.HOME.keys / KEY_FILE
    file.write_bytes(new_key())
    yield file
    file.unlink()


@pytest.fixture
def sign_in(client, add):
    call_command("createcachetable", verbosity=0)

    def sign_in(username="wang", password=PASSWORD):
        form = {"login": username, "password": password}
        return client.post(reverse("account_login"), form)

    return sign_in


def test_signing_in_leaves_a_line_in_the_journal(add, sign_in, client):
    add("wang", "viewer")

    answer = sign_in()

    assert answer.status_code == 302
    assert JournalLine.objects.filter(what="sign_in", by__endswith="#1").count() == 1


def test_after_five_wrong_passwords_the_right_one_is_refused_too(add, sign_in, client):
    add("wang", "viewer")
    for _try in range(5):
        sign_in(password="wrong-wrong-wrong")

    answer = sign_in()

    assert answer.status_code != 302
    assert "_auth_user_id" not in client.session
    assert JournalLine.objects.filter(what="sign_in.failed").count() == 5


def test_refusing_unlooked_at_leaves_one_line_a_minute_with_the_address(add, sign_in, client):
    add("wang", "viewer")
    for _try in range(8):
        sign_in(password="wrong-wrong-wrong")

    line = JournalLine.objects.get(what="sign_in.too_many")

    assert line.facts == {"address": "127.0.0.1"}
    assert JournalLine.objects.filter(what="sign_in.failed").count() == 5


def test_an_address_that_hammers_at_the_page_is_told_so_in_words(sign_in):
    answers = [sign_in(username=f"name-{number}") for number in range(31)]

    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].content.decode()
    assert JournalLine.objects.filter(what="sign_in.too_many").count() == 1


def test_behind_a_proxy_each_visitor_is_counted_for_himself(add, client, sign_in, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    add("wang", "viewer")
    form = {"login": "wang", "password": PASSWORD}
    for number in range(21):
        wrong = {"login": f"name-{number}", "password": PASSWORD}
        client.post(
            reverse("account_login"), wrong, headers={"x-forwarded-for": "9.9.9.9, 203.0.113.5"}
        )

    other = client.post(
        reverse("account_login"), form, headers={"x-forwarded-for": "203.0.113.5, 203.0.113.6"}
    )

    assert other.status_code == 302
    refused = JournalLine.objects.get(what="sign_in.too_many")
    assert refused.facts == {"address": "203.0.113.5"}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.5", "127.0.0.1"),
        (1, "1.2.3.4, 203.0.113.5", "203.0.113.5"),
        (2, "203.0.113.5, 10.0.0.2", "203.0.113.5"),
        (2, "203.0.113.5", "127.0.0.1"),
        (1, "nonsense", "127.0.0.1"),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(
    rf, settings, proxies, forwarded, address
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    assert address_of(rf.get("/", headers={"x-forwarded-for": forwarded})) == address


def test_nobody_signs_in_to_a_closed_account(add, sign_in, client):
    close_account(person=add("wang", "viewer"), by=OPERATOR, now=NOON)

    answer = sign_in()

    assert "_auth_user_id" not in client.session
    assert client.get(answer.url).status_code == 200


def test_what_was_typed_is_not_kept_in_the_journal(add, sign_in):
    sign_in(username="my-secret-password")

    assert "my-secret-password" not in str(list(JournalLine.objects.values()))


def test_nobody_opens_an_account_for_himself(client, db):
    form = {"username": "me", "password1": PASSWORD, "password2": PASSWORD}

    client.post(reverse("account_signup"), form)

    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["account_reset_password", "account_email", "account_email_verification_sent",
     "account_set_password", "account_confirm_login_code"],
)  # fmt: skip
def test_nothing_is_sent_by_mail_because_somebody_typed_an_address(client, add, mailoutbox, name):
    client.force_login(add("wang", "viewer"), "allauth.account.auth_backends.AuthenticationBackend")

    answer = client.post(reverse(name), {"email": "somebody@else.example", "action_add": ""})

    assert answer.status_code == 404
    assert mailoutbox == []


def test_a_second_factor_is_asked_for_once_it_is_set_up(add, sign_in, client, node_key):
    person = add("wang", "viewer")
    secret = generate_totp_secret()
    TOTP.activate(person, secret)

    halfway = sign_in()

    assert halfway.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    client.post(halfway.url, {"code": code})
    assert client.session["_auth_user_id"] == str(person.pk)


def test_the_second_factor_s_secret_is_of_no_use_without_the_key(add, node_key):
    person = add("wang", "viewer")
    secret = generate_totp_secret()

    TOTP.activate(person, secret)

    stored = str(Authenticator.objects.get(user=person).data)
    assert secret not in stored
    assert SealedSecrets().decrypt(SealedSecrets().encrypt(secret)) == secret


def test_sessions_are_listed_and_can_be_ended(add, sign_in, client):
    person = add("wang", "viewer")
    sign_in()
    client.get(reverse("usersessions_list"))
    (session,) = queries.sessions_of(person)

    end_session(person=person, session_key=session.session_key, by=person, now=NOON)
    end_session(person=person, session_key=session.session_key, by=person, now=NOON)

    assert queries.sessions_of(person) == []
    assert client.get(reverse("usersessions_list")).status_code == 302
    assert JournalLine.objects.filter(what="session.ended").count() == 1
