"""The small river in a node, its people, and forecasts on it; times stand still."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from sameboat.ground.people.models import Person, Role
from sameboat.ground.places.actions import load_pack
from sameboat.ground.places.models import Place
from sameboat.ground.places.tests.small_pack import CONTENT, LOWER, STARTED_AT, UPPER, make_pack
from sameboat.watch.forecasts import actions


@pytest.fixture
def now():
    return STARTED_AT + timedelta(hours=1)


@pytest.fixture
def load(db, now):
    pack = make_pack()
    row = load_pack(pack=pack, by="operator", now=now)
    actions.load_scenarios(pack=pack, load=row, by="operator", now=now)
    return row


@pytest.fixture
def add_person(load):
    def add(name, number, *roles):
        person = Person.objects.create_user(username=name, password="long enough", number=number)
        for kind, code in roles:
            Role.objects.create(person=person, place=Place.objects.get(code=code), kind=kind)
        return person

    return add


@pytest.fixture
def wang(add_person):
    """The duty officer upstream, who may also record for the city downstream."""
    return add_person("wang", 7, ("duty_officer", UPPER), ("duty_officer", LOWER))


@pytest.fixture
def ask(load, wang, now):
    """Ask for a forecast of the small river; keywords replace the usual request."""

    def request(**changes):
        usual = {
            "place": UPPER, "load": load, "scenario": CONTENT, "scenario_key": "spill",
            "observations": None, "members": 50, "key": uuid4(), "by": wang, "now": now,
        }  # fmt: skip
        return actions.request_forecast(**{**usual, **changes})

    return request


@pytest.fixture
def make(now):
    """Make a queued forecast as the worker does."""

    def run(forecast, at=now):
        return actions.make_forecast(forecast=forecast, by="worker", now=at)

    return run


@pytest.fixture
def lifted_guards(transactional_db):
    """Let the rows of a test with real transactions be cleared in spite of the triggers."""
    yield
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        connection.disable_constraint_checking()
        for table in connection.introspection.table_names(cursor):
            if table != "django_migrations":
                cursor.execute(f'DELETE FROM "{table}"')
        connection.enable_constraint_checking()
        for _name, sql in triggers:
            cursor.execute(sql)
