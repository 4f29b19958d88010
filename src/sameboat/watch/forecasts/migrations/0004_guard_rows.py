"""What was asked, answered, seen or told by a pack is never deleted, nor replaced by other rows.

REPLACE deletes a row without asking the triggers that forbid deleting it; on SQLite these ask
first.  PostgreSQL has no REPLACE, and its unique constraints never delete.
"""

from django.db import migrations

#: table -> its name in the errors, and the columns by which REPLACE would find a row to delete
KEPT = {
    "forecasts_forecast": ("forecast", (("id",), ("uuid",), ("key",))),
    "forecasts_forecast_observations": (
        "forecast_observation", (("id",), ("forecast_id", "observation_id"))),
    "forecasts_forecasttarget": (
        "target", (("id",), ("forecast_id", "kind", "code", "threshold"))),
    "forecasts_forecastseries": ("series", (("id",), ("forecast_id", "site"))),
    "forecasts_observation": ("observation", (("id",), ("key",))),
    "forecasts_scenario": ("scenario", (("id",), ("load_id", "key"))),
    "forecasts_substance": ("substance", (("id",), ("load_id", "key"))),
    "forecasts_recordedevent": ("recorded_event", (("id",),)),
}  # fmt: skip
#: Two observations may tell the same, if one of them was withdrawn.
TOLD_ONCE = (
    "NEW.withdrawn_at IS NULL AND EXISTS (SELECT 1 FROM forecasts_observation AS kept"
    " WHERE kept.withdrawn_at IS NULL AND kept.load_id = NEW.load_id"
    " AND kept.series = NEW.series AND kept.site = NEW.site AND kept.at = NEW.at"
    " AND kept.quantity = NEW.quantity AND kept.kind = NEW.kind)"
)
#: Whose rows the earlier guards let nobody change; here only what they left open.
FINAL = {"forecasts_forecasttarget", "forecasts_forecastseries"}
CHANGES = {"forecasts_forecast", "forecasts_observation"}


def _taken(table, keys):
    found = (
        f"EXISTS (SELECT 1 FROM {table} AS kept WHERE "
        + " AND ".join(f"kept.{name} = NEW.{name}" for name in key) + ")"
        for key in keys
    )  # fmt: skip
    return " OR ".join(found)


def _rules():
    """Yield (name, event, table, condition) of the triggers that every database has."""
    for table, (name, _keys) in KEPT.items():
        yield f"{name}_is_kept", "DELETE", table, ""
        if table in CHANGES:
            yield f"{name}_keeps_its_row", "UPDATE", table, "OLD.id <> NEW.id"
        elif table not in FINAL:
            yield f"{name}_is_final", "UPDATE", table, ""


def _rules_on_sqlite():
    yield from _rules()
    for table, (name, keys) in KEPT.items():
        yield f"{name}_is_not_replaced", "INSERT", table, _taken(table, keys)
    yield "observation_is_not_displaced", "INSERT", "forecasts_observation", TOLD_ONCE


def guard(apps, schema_editor):
    """Make the triggers for this database."""
    if schema_editor.connection.vendor == "sqlite":
        for name, event, table, when in _rules_on_sqlite():
            condition = f" WHEN {when}" if when else ""
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{condition}"
                f" BEGIN SELECT RAISE(ABORT, '{name}'); END",
                params=None,
            )
        return
    for name, event, table, when in _rules():
        condition = f" WHEN ({when})" if when else ""
        schema_editor.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation'; END $$",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{condition}"
            f" EXECUTE FUNCTION {name}()",
            params=None,
        )


def unguard(apps, schema_editor):
    """Take the triggers away."""
    if schema_editor.connection.vendor == "sqlite":
        for name, *_rest in _rules_on_sqlite():
            schema_editor.execute(f"DROP TRIGGER {name}")
        return
    for name, _event, table, _when in _rules():
        schema_editor.execute(f"DROP TRIGGER {name} ON {table}")
        schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("forecasts", "0003_newest")]
    operations = [migrations.RunPython(guard, unguard)]
