"""Whoever reaches the database itself finds that it keeps what was asked, answered and seen."""

import pytest
from django.db import IntegrityError, connection, transaction

from sameboat.watch.forecasts.models import (
    Forecast,
    ForecastSeries,
    ForecastTarget,
    Observation,
    RecordedEvent,
    Scenario,
    Substance,
)

USED = Forecast.observations.through
KEPT = [Forecast, USED, ForecastTarget, ForecastSeries, Observation, Scenario, Substance]


@pytest.fixture
def made(ask, make, load):
    return make(ask(observations=list(load.observations.all())))


def refuses(sql, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        connection.cursor().execute(sql)


@pytest.mark.parametrize("model", KEPT)
def test_no_row_is_deleted(made, model):
    assert model.objects.exists()

    refuses(f"DELETE FROM {model._meta.db_table}", "_is_kept")


@pytest.mark.parametrize("model", KEPT)
def test_no_row_changes_its_number(made, model):
    refuses(f"UPDATE {model._meta.db_table} SET id = id + 1000", "_is_final|_keeps_its_row")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has REPLACE")
@pytest.mark.parametrize("id", ["id", "id + 1000"])
@pytest.mark.parametrize("model", KEPT)
def test_no_row_is_replaced_by_its_number_nor_by_its_key(made, model, id):
    table = model._meta.db_table
    rest = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields[1:])

    refuses(
        f"INSERT OR REPLACE INTO {table} (id, {rest}) SELECT {id}, {rest} FROM {table}",
        "_is_not_replaced|_is_not_displaced",
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has REPLACE")
def test_an_observation_is_not_displaced_by_one_that_tells_the_same(made):
    names = [field.column for field in Observation._meta.concrete_fields[2:]]
    rest = ", ".join(f'"{name}"' for name in names)
    table = Observation._meta.db_table

    refuses(
        f"INSERT OR REPLACE INTO {table} (key, {rest}) "
        f"SELECT '{'0' * 32}', {rest} FROM {table} LIMIT 1",
        "observation_is_not_displaced",
    )


def test_what_a_pack_tells_is_final(made, load):
    event = RecordedEvent.objects.create(
        load=load, date_only=False, actor="", kind="notice", what="told", places=[], source=""
    )

    refuses("UPDATE forecasts_recordedevent SET what = 'hidden'", "recorded_event_is_final")
    refuses("DELETE FROM forecasts_recordedevent", "recorded_event_is_kept")
    refuses("UPDATE forecasts_scenario SET content = '{}'", "scenario_is_final")
    refuses("UPDATE forecasts_substance SET limit_mg_l = 9", "substance_is_final")
    event.refresh_from_db()
    assert event.what == "told"
