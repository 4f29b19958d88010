"""However long the logs are, what is about one thing is found without reading them."""

import pytest
from django.db import connection

from sameboat.ground.logbook.models import Entry
from sameboat.ground.logbook.queries import entries_about

pytestmark = pytest.mark.django_db
JILIN, ALERT = "cn:220200", "cn:230100/alert/1"


@pytest.fixture(autouse=True)
def on_sqlite():
    """Other databases plan by what the tables hold, and these are empty."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite alone plans without looking at the rows")


@pytest.mark.parametrize(
    "rows",
    [
        lambda: entries_about(ALERT),
        lambda: entries_about(ALERT).filter(origin=JILIN),
        lambda: Entry.objects.filter(origin=JILIN, about=ALERT).order_by("index"),
        lambda: Entry.objects.filter(origin=JILIN, about=ALERT, index__lt=7).order_by("index")[:1],
    ],
)
def test_what_is_about_one_thing_is_found_in_its_order_by_one_index(rows):
    told = rows().explain()

    assert "entry_about" in told
    assert "TEMP B-TREE" not in told


def test_the_entry_of_a_body_is_found_by_its_digest():
    assert "entry_beside" in Entry.objects.filter(origin=JILIN, digest="0" * 64).explain()
