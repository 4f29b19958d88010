import pytest
from django.db import DatabaseError, connection, transaction

from sameboat.ground.people import queries
from sameboat.ground.people.actions import (
    OPERATOR,
    add_demo_people,
    add_person,
    close_account,
    give_role,
    make_token,
    note,
    reset_password,
    revoke_token,
    take_role,
)
from sameboat.ground.people.models import JournalLine, Person, Role
from sameboat.ground.people.refusals import (
    LastAdministrator,
    NameTaken,
    NotAllowed,
    NotDemo,
    UnknownPlace,
    UnknownRole,
    UnknownScope,
    WeakPassword,
)
from sameboat.ground.people.tests.conftest import NOON
from sameboat.ground.places.models import Place


@pytest.mark.parametrize(
    ("kind", "verbs"),
    [
        ("viewer", {"see"}),
        ("duty_officer", {"see", "forecast", "draft"}),
        ("approver", {"see", "forecast", "draft", "approve"}),
        ("administrator", {"see", "forecast", "draft", "approve", "administer"}),
    ],
)
def test_a_role_gives_its_verbs_and_no_others(add, kind, verbs):
    person = add("wang", kind)

    assert {verb for verb in queries.VERBS if queries.may(person, verb, "cn:220200")} == verbs


def test_a_role_holds_below_its_place_and_nowhere_else(add):
    person = add("wang", "viewer", "cn:220200")

    seen = [code for code in ("cn:220202", "cn:220200", "cn:220000", "cn:230000")
            if queries.may(person, "see", code)]  # fmt: skip

    assert seen == ["cn:220202", "cn:220200"]
    assert queries.places_of(person, "see") == ["cn:220200"]
    assert queries.places_of(person, "approve") == []


def test_a_role_holds_at_a_home_place_that_is_in_no_pack(add, settings):
    settings.PLACE = "org:songhua-joint"

    person = add("wang", "administrator", settings.PLACE)

    assert queries.may(person, "see", settings.PLACE)
    assert not queries.may(person, "see", "cn:220200")
    assert give_role(
        person=person, place=settings.PLACE, kind="administrator", by=person, now=NOON
    ) == person.roles.get()  # fmt: skip


def test_no_role_is_given_at_another_place_that_is_in_no_pack(add):
    person = add("wang")

    with pytest.raises(UnknownPlace):
        give_role(person=person, place="org:elsewhere", kind="viewer", by=OPERATOR, now=NOON)

    assert not Place.objects.filter(code="org:elsewhere").exists()
    assert not person.roles.exists()


def test_nobody_and_somebody_who_left_may_nothing(add):
    person = add("wang", "administrator")
    person.is_active = False
    person.save()

    assert not queries.may(person, "see", "cn:220200")
    assert not queries.may(None, "see", "cn:220200")
    with pytest.raises(NotAllowed, match="cn:220200"):
        queries.require(person, "see", "cn:220200")


def test_giving_a_role_twice_is_once_with_one_line_in_the_journal(add):
    person = add("wang")

    for _time in range(2):
        give_role(person=person, place="cn:220200", kind="viewer", by=OPERATOR, now=NOON)

    assert Role.objects.count() == 1
    assert JournalLine.objects.filter(what="role.given").count() == 1


@pytest.mark.parametrize(
    ("kind", "place", "refusal"),
    [("king", "cn:220200", UnknownRole), ("viewer", "cn:990000", UnknownPlace)],
)
def test_a_role_that_is_none_or_nowhere_is_refused(add, kind, place, refusal):
    person = add("wang")

    with pytest.raises(refusal):
        give_role(person=person, place=place, kind=kind, by=OPERATOR, now=NOON)

    assert not Role.objects.exists()


def test_only_an_administrator_of_the_place_gives_roles_there(add):
    local = add("zhao", "administrator", "cn:220202")
    person = add("wang")

    give_role(person=person, place="cn:220202", kind="viewer", by=local, now=NOON)
    with pytest.raises(NotAllowed):
        give_role(person=person, place="cn:220200", kind="viewer", by=local, now=NOON)

    assert queries.places_of(person, "see") == ["cn:220202"]


def test_the_last_administrator_stays(add):
    first, second = add("zhao", "administrator"), add("qian", "administrator")
    take_role(role=Role.objects.get(person=second), by=first, now=NOON)

    with pytest.raises(LastAdministrator):
        take_role(role=Role.objects.get(person=first), by=first, now=NOON)

    assert queries.may(first, "administer", "cn:220200")


def test_a_name_or_a_number_belongs_to_one_person(add):
    add("wang", number=7)

    with pytest.raises(NameTaken):
        add("wang")
    with pytest.raises(NameTaken):
        add("li", number=7)

    assert Person.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "482910573829"])
def test_a_weak_password_is_refused_and_no_account_is_left(ground, password):
    with pytest.raises(WeakPassword):
        add_person(username="wang", password=password, by=OPERATOR, now=NOON)

    assert not Person.objects.exists()


def test_entries_name_desk_and_number_never_the_person(add):
    person = add("wang", desk="duty", number=7)

    assert queries.signature_of(person) == "cn:220200/desk/duty#7"
    assert queries.signature_of("worker") == "worker"


def test_a_token_acts_for_its_person_until_it_is_revoked_or_expires(add):
    person = add("wang", "viewer")
    token, secret = make_token(person=person, name="gauge", scopes=["read"], by=person, now=NOON)
    later = NOON.replace(year=2006)

    assert queries.token_person(secret, NOON) == (person, ["read"])
    assert secret not in str(list(person.tokens.values()))
    revoke_token(token=token, by=person, now=NOON)
    revoke_token(token=token, by=person, now=later)
    assert queries.token_person(secret, NOON) is None
    assert JournalLine.objects.filter(what="token.revoked").count() == 1
    _token, short = make_token(
        person=person, name="x", scopes=["read"], expires_at=later, by=person, now=NOON
    )
    assert queries.token_person(short, NOON) is not None
    assert queries.token_person(short, later) is None
    assert queries.token_person("sbt_guess", NOON) is None


def test_tokens_of_others_and_unknown_scopes_are_refused(add):
    wang, li = add("wang", "viewer"), add("li", "approver")

    with pytest.raises(NotAllowed):
        make_token(person=wang, name="x", scopes=["read"], by=li, now=NOON)
    with pytest.raises(UnknownScope):
        make_token(person=wang, name="x", scopes=["everything"], by=wang, now=NOON)

    assert not wang.tokens.exists()


def test_the_last_one_who_administers_the_home_place_stays_whoever_administers_a_part(add):
    home, part = (
        add("zhao", "administrator", "cn:220000"),
        add("qian", "administrator", "cn:220202"),
    )

    with pytest.raises(LastAdministrator, match="zhao"):
        take_role(role=Role.objects.get(person=home), by=home, now=NOON)
    with pytest.raises(LastAdministrator, match="zhao"):
        close_account(person=home, by=OPERATOR, now=NOON)

    take_role(role=Role.objects.get(person=part), by=home, now=NOON)
    home.refresh_from_db()
    assert home.is_active
    assert queries.may(home, "administer", "cn:220200")


def test_an_administrator_who_left_does_not_count(add):
    first, second = add("zhao", "administrator"), add("qian", "administrator")
    close_account(person=second, by=first, now=NOON)

    with pytest.raises(LastAdministrator):
        take_role(role=Role.objects.get(person=first), by=first, now=NOON)


def test_a_closed_account_opens_nothing_and_closing_twice_is_once(add):
    zhao, wang = add("zhao", "administrator"), add("wang", "viewer")
    _token, secret = make_token(person=wang, name="gauge", scopes=["read"], by=wang, now=NOON)

    with pytest.raises(NotAllowed):
        close_account(person=zhao, by=wang, now=NOON)
    for _time in range(2):
        close_account(person=wang, by=zhao, now=NOON)

    wang.refresh_from_db()
    assert not wang.is_active
    assert queries.token_person(secret, NOON) is None
    assert wang.tokens.get().revoked_at == NOON
    assert JournalLine.objects.filter(what="token.revoked").count() == 1
    assert JournalLine.objects.filter(what="person.closed").count() == 1


def test_a_new_password_makes_tokens_worthless_that_the_old_one_may_have_made(add):
    wang = add("wang", "viewer")
    _token, secret = make_token(person=wang, name="gauge", scopes=["read"], by=wang, now=NOON)

    revoked = reset_password(person=wang, password="another-long-word", by=OPERATOR, now=NOON)

    assert revoked == 1
    assert queries.token_person(secret, NOON) is None
    assert JournalLine.objects.filter(what="token.revoked").count() == 1


def test_a_new_password_takes_the_old_one_s_place(add):
    person = add("wang")

    reset_password(person=person, password="another-long-word", by=OPERATOR, now=NOON)

    person.refresh_from_db()
    assert person.check_password("another-long-word")
    assert JournalLine.objects.filter(what="password.reset").count() == 1


def test_demo_people_exist_only_in_demo_mode(ground, settings):
    with pytest.raises(NotDemo):
        add_demo_people(places=["cn:220000"], by=OPERATOR, now=NOON)
    assert not Person.objects.exists()

    settings.DEMO = True
    for _time in range(2):
        people = add_demo_people(places=["cn:220000"], by=OPERATOR, now=NOON)

    assert [person.username for person in people] == ["wang", "li", "zhao", "viewer"]
    assert Person.objects.count() == 4


def test_the_journal_is_for_administrators_and_nobody_changes_it(add):
    zhao, wang = add("zhao", "administrator"), add("wang", "viewer")
    line = note(what="look", by=wang, place="cn:220200", now=NOON)

    assert queries.list_journal(viewer=wang) == []
    assert queries.list_journal(viewer=zhao)[0] == line
    for sql in ("UPDATE people_journalline SET what = 'x'", "DELETE FROM people_journalline"):
        with pytest.raises(DatabaseError, match="journal"), transaction.atomic():
            connection.cursor().execute(sql)
    assert JournalLine.objects.get(pk=line.pk).what == "look"
