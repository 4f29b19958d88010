"""My tokens and sessions; for administrators, people, roles and the journal."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from sameboat.console.house import DEEDS
from sameboat.console.tests.conftest import BACKEND, page_after, rows, text_of
from sameboat.ground.people.queries import sessions_of
from sameboat.ground.places.tests.small_pack import UPPER

pytestmark = pytest.mark.django_db
SOURCE = Path(__file__).parents[2]
PASSWORD = "a-long-enough-word"


def added(**changes):
    return {"add": "1", "username": "chen", "password": PASSWORD, "desk": "hall", **changes}


def given(person, **changes):
    return {"give": "1", "person": person.username, "kind": "viewer", "place": UPPER, **changes}


def test_a_token_s_secret_is_shown_once_and_opens_its_scopes(browser_of, hall):
    browser = browser_of(hall)

    page = text_of(browser.post(reverse("tokens"), {"name": "gauge", "scopes": ["read"]}))

    secret = page.partition('id="secret">')[2].partition("<")[0]
    assert secret.startswith("sbt_")
    assert secret not in text_of(browser.get(reverse("tokens")))
    assert secret not in str(
        list(rows("people.AccessToken").values()) + list(rows("people.JournalLine").values())
    )
    program = Client(headers={"authorization": f"Bearer {secret}"})
    assert program.get("/api/alerts").status_code == 200
    assert program.post("/api/alerts", {}, content_type="application/json").status_code == 403


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "scopes": ["read"]}, "name"),
        ({"name": "x" * 81, "scopes": ["read"]}, "1–80"),
        ({"name": "a\x00b", "scopes": ["read"]}, "name"),
        ({"name": "gauge"}, "without a scope"),
        ({"name": "gauge", "scopes": ["root"]}, "root is no scope"),
    ],
)
def test_a_token_that_cannot_be_is_refused_in_words_and_the_name_kept(browser_of, hall, form, said):
    page = text_of(browser_of(hall).post(reverse("tokens"), form))

    assert said in page
    assert 'id="secret"' not in page
    assert form["name"].replace("\x00", "") == "" or 'value="' in page
    assert not rows("people.AccessToken").exists()


@pytest.mark.parametrize(
    ("days", "lives"), [({}, 90), ({"days": "30"}, 30), ({"days": "0"}, None), ({"days": "-1"}, 90)]
)
def test_a_token_ends_by_itself_unless_somebody_chose_otherwise(browser_of, hall, days, lives):
    browser_of(hall).post(reverse("tokens"), {"name": "gauge", "scopes": ["read"], **days})

    token = rows("people.AccessToken").get()
    assert (token.expires_at and (token.expires_at - token.made_at).days) == lives


def test_a_revoked_token_opens_nothing(browser_of, hall):
    browser = browser_of(hall)
    page = text_of(browser.post(reverse("tokens"), {"name": "gauge", "scopes": ["read"]}))
    secret = page.partition('id="secret">')[2].partition("<")[0]

    browser.post(reverse("tokens"), {"revoke": str(rows("people.AccessToken").get().pk)})

    program = Client(headers={"authorization": f"Bearer {secret}"})
    assert program.get("/api/alerts").status_code == 401


@pytest.mark.parametrize("which", ["{pk}", "x", "-1"])
def test_nobody_revokes_another_s_token(browser_of, hall, zhao, which):
    browser_of(zhao).post(reverse("tokens"), {"name": "theirs", "scopes": ["read"]})
    token = rows("people.AccessToken").get()

    answer = browser_of(hall).post(reverse("tokens"), {"revoke": which.format(pk=token.pk)})

    token.refresh_from_db()
    assert answer.status_code == 404
    assert token.revoked_at is None


def test_a_person_is_added_and_can_do_nothing_until_a_role_is_given(browser_of, zhao):
    browser = browser_of(zhao)

    page = page_after(browser, browser.post(reverse("people"), added()))

    chen = rows("people.Person").get(username="chen")
    assert "no role: sees nothing" in page
    assert (chen.desk, chen.check_password(PASSWORD)) == ("hall", True)
    browser.post(reverse("people"), given(chen))
    assert rows("people.Role").filter(person=chen, kind="viewer").exists()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("username", "", "1–64"), ("username", "x" * 65, "1–64"), ("username", "a b", "1–64"),
        ("username", "<b>chen", "1–64"), ("username", "ZHAO", "taken"),
        ("desk", "d" * 33, "1–32"), ("desk", "duty#7", "1–32"), ("desk", "a/b", "1–32"),
        ("password", "short", "too short"), ("password", "chen", "too short"),
    ],
)  # fmt: skip
def test_a_person_that_cannot_be_is_refused_in_words_and_what_was_typed_kept(
    browser_of, zhao, field, typed, said
):
    form = added(**{field: typed})

    page = text_of(browser_of(zhao).post(reverse("people"), form))

    assert said in page
    assert field != "desk" or f'value="{typed}"' in page
    assert "<b>chen" not in page
    assert rows("people.Person").count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [({"kind": "king"}, "king is no role"), ({"place": "cn:999999"}, "do not let you"),
     ({"place": ""}, "do not let you"), ({"place": "cn:230100"}, "do not let you")],
)  # fmt: skip
def test_a_role_that_cannot_be_given_is_refused_in_words(browser_of, zhao, hall, change, said):
    page = text_of(browser_of(zhao).post(reverse("people"), given(hall, **change)))

    assert said in page
    assert rows("people.Role").filter(person=hall).count() == 1


def test_the_last_administrator_stays(browser_of, zhao):
    page = text_of(browser_of(zhao).post(reverse("people"), {"take": str(zhao.roles.get().pk)}))

    assert "the last administrator" in page
    assert zhao.roles.exists()


def test_a_role_taken_twice_is_gone_once(browser_of, zhao, hall):
    browser, form = browser_of(zhao), {"take": str(hall.roles.get().pk)}

    answers = [browser.post(reverse("people"), form).status_code for _time in range(2)]

    assert answers == [302, 404]
    assert rows("people.JournalLine").filter(what="role.taken").count() == 1


def test_only_the_office_changes_people(browser_of, wang, hall):
    browser = browser_of(wang)

    for form in (added(), given(wang, kind="administrator"), {"take": str(hall.roles.get().pk)}):
        assert browser.post(reverse("people"), form).status_code == 403
    assert rows("people.Person").count() == 2
    assert hall.roles.exists()


def test_the_journal_shows_what_was_done_and_by_whom(browser_of, zhao, hall):
    browser = browser_of(zhao)
    browser.post(reverse("people"), given(hall, kind="approver"))

    page = text_of(browser.get(reverse("journal")))

    assert "a role was given" in page
    assert "role.given" in page
    assert f"{UPPER}/desk/duty#1" in page


def test_every_deed_that_is_noted_has_words():
    noted = re.compile(r'(?:\bnote\(\s*what=|_note\(|_write\()\s*"([a-z_.]+)"')
    files = (path for path in SOURCE.rglob("*.py") if "tests" not in path.parts)

    found = {deed for path in files for deed in noted.findall(path.read_text())}

    assert {"role.given", "sign_in", "alert.issued", "forecast.failed"} <= found
    assert found <= DEEDS.keys()


def test_my_other_sessions_end_with_a_line_in_the_journal(browser_of, hall):
    browser, other = browser_of(hall), Client()
    other.force_login(hall, BACKEND)
    for each in (browser, other):
        each.get(reverse("usersessions_list"))
    assert len(sessions_of(hall)) == 2

    browser.post(reverse("usersessions_list"))

    assert len(sessions_of(hall)) == 1
    assert other.get(reverse("situation")).status_code == 302
    assert browser.get(reverse("situation")).status_code == 200
    assert rows("people.JournalLine").filter(what="session.ended").count() == 1
