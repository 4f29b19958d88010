"""Whoever reaches the database itself finds that it keeps what each load of a pack knew."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from sameboat.ground.places.actions import load_pack
from sameboat.ground.places.models import (
    Neighbour,
    PackLoad,
    Place,
    PlaceVersion,
    Reach,
    Site,
    Stretch,
)
from sameboat.ground.places.tests.small_pack import make_pack

NOW = datetime(2005, 11, 13, 6, 0, tzinfo=UTC)
KEPT = [PackLoad, Place, PlaceVersion, Neighbour, Reach, Stretch, Site]
REPLACED = "_is_not_replaced|_is_not_displaced"
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has REPLACE")


@pytest.fixture
def small(db):
    return load_pack(pack=make_pack(), by="operator", now=NOW)


def refuses(sql, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        connection.cursor().execute(sql)


@pytest.mark.parametrize("model", KEPT)
def test_no_row_is_deleted(small, model):
    assert model.objects.exists()

    refuses(f"DELETE FROM {model._meta.db_table}", "_is_kept")


@pytest.mark.parametrize("model", KEPT)
def test_no_row_changes_its_number(small, model):
    refuses(
        f"UPDATE {model._meta.db_table} SET id = id + 1000",
        "_is_final|_is_identity|_keeps_its_row",
    )


@on_sqlite
@pytest.mark.parametrize("model", KEPT)
def test_no_row_is_replaced_by_its_number(small, model):
    table = model._meta.db_table

    refuses(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", REPLACED)


@on_sqlite
@pytest.mark.parametrize("model", [each for each in KEPT if each is not Stretch])
def test_no_row_is_replaced_by_its_key(small, model):
    table = model._meta.db_table
    rest = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields[1:])

    refuses(f"INSERT OR REPLACE INTO {table} ({rest}) SELECT {rest} FROM {table}", REPLACED)


@on_sqlite
def test_no_version_pushes_the_current_one_out(small):
    load_pack(pack=make_pack(version="2", digest="2" * 64), by="operator", now=NOW)

    refuses(
        "UPDATE OR REPLACE places_placeversion SET current = 1 WHERE current = 0",
        "place_version_pushes_none_out",
    )
    refuses(
        "INSERT OR REPLACE INTO places_placeversion SELECT * FROM places_placeversion", REPLACED
    )


def test_borders_and_stretches_are_final(small):
    refuses("UPDATE places_neighbour SET border_km = 0", "neighbour_is_final")
    refuses('UPDATE places_stretch SET "end" = 0.5', "stretch_is_final")
