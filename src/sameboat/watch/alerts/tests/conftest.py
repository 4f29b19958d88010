"""A small province, its people, and an alert they may write; times stand still."""

from datetime import timedelta
from uuid import uuid4

import pytest
import shapely
from django.db import connection

from sameboat.ground.places.models import PackLoad
from sameboat.watch.alerts import actions
from sameboat.watch.alerts.tests.small_province import (
    HARBIN,
    JILIN,
    NOW,
    SONGYUAN,
    add_person,
    add_place,
    make_content,
)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def load(db):
    return PackLoad.objects.create(
        pack="test", version="1", digest="0" * 64, title={"en": "Test"}, zone="Asia/Shanghai",
        licences=[], sources=[], loaded_at=NOW, loaded_by="test",
    )  # fmt: skip


@pytest.fixture
def places(load):
    square = shapely.to_wkb(shapely.box(126.0, 45.0, 127.5, 46.5))
    return {
        JILIN: add_place(load, JILIN, "吉林市", "Jilin", lon=126.55, lat=43.84),
        SONGYUAN: add_place(load, SONGYUAN, "松原市", "Songyuan", lon=124.82, lat=45.14),
        HARBIN: add_place(load, HARBIN, "哈尔滨市", "Harbin", lon=126.6, lat=45.7, boundary=square),
    }


@pytest.fixture
def li(places):
    """A duty officer of Jilin."""
    return add_person(places, "li", 1, ("duty_officer", JILIN))


@pytest.fixture
def wang(places):
    """An approver of Jilin."""
    return add_person(places, "wang", 2, ("approver", JILIN))


@pytest.fixture
def zhao(places):
    """Another approver of Jilin."""
    return add_person(places, "zhao", 3, ("approver", JILIN))


@pytest.fixture
def sun(places):
    """An approver of Harbin, with nothing to say in Jilin."""
    return add_person(places, "sun", 4, ("approver", HARBIN))


@pytest.fixture
def content():
    return make_content()


@pytest.fixture
def draft(places, li):
    return actions.draft_alert(place=JILIN, content=make_content(), key=uuid4(), by=li, now=NOW)


@pytest.fixture
def submitted(draft, li):
    return actions.submit_alert(alert=draft, revision=draft.revision, by=li, now=NOW)


@pytest.fixture
def issued(submitted, wang):
    later = NOW + timedelta(minutes=1)
    return actions.issue_alert(alert=submitted, revision=submitted.revision, by=wang, now=later)


@pytest.fixture
def lifted_guards(transactional_db):
    """Let the rows of a test with real transactions be cleared in spite of the triggers."""
    yield
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql, _table in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        connection.disable_constraint_checking()
        for table in connection.introspection.table_names(cursor):
            if table != "django_migrations":
                cursor.execute(f'DELETE FROM "{table}"')
        connection.enable_constraint_checking()
        for _name, sql, _table in triggers:
            cursor.execute(sql)
