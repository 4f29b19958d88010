"""What was asked and what was answered is never changed; an observation is only withdrawn.

SQLite drops triggers when Django rebuilds a table: a later migration that alters these tables
runs `guard` again at its end.
"""

from django.db import migrations

ASKED = (
    "uuid", "key", "place_id", "load_id", "scenario_key", "scenario", "title", "hazard",
    "origin_id", "started_at", "members", "seed", "until", "requested_by_id", "requested_at",
    "earlier_id",
)  # fmt: skip
SEEN = (
    "key", "place_id", "load_id", "series", "site", "at", "quantity", "value", "below", "unit",
    "kind", "error", "known_at", "source", "recorded_by",
)  # fmt: skip


def _rules(differs):
    asked = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in ASKED)
    seen = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in SEEN)
    return (
        ("forecast_answered_is_final", "forecasts_forecast", "OLD.state IN ('made', 'failed')"),
        ("forecast_asked_is_final", "forecasts_forecast", asked),
        ("target_is_final", "forecasts_forecasttarget", ""),
        ("series_is_final", "forecasts_forecastseries", ""),
        ("observation_is_final", "forecasts_observation",
         f"OLD.withdrawn_at IS NOT NULL OR {seen}"),
    )  # fmt: skip


def guard(apps, schema_editor):
    """Make the triggers for this database."""
    if schema_editor.connection.vendor == "sqlite":
        for name, table, when in _rules("IS NOT"):
            condition = f" WHEN {when}" if when else ""
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW{condition}"
                f" BEGIN SELECT RAISE(ABORT, '{name}'); END",
                params=None,
            )
        return
    for name, table, when in _rules("IS DISTINCT FROM"):
        condition = f" WHEN ({when})" if when else ""
        schema_editor.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation'; END $$",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW{condition}"
            f" EXECUTE FUNCTION {name}()",
            params=None,
        )


def unguard(apps, schema_editor):
    """Take the triggers away."""
    sqlite = schema_editor.connection.vendor == "sqlite"
    for name, table, _when in _rules("IS NOT"):
        schema_editor.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("forecasts", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
