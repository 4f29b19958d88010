"""What a load knew is never changed: only which version is current moves.

SQLite drops triggers when Django rebuilds a table: a later migration that alters these tables
runs `guard` again at its end.
"""

from django.db import migrations

KNOWN = (
    "place_id", "load_id", "names", "search_text", "level", "parent_id", "path", "population",
    "share_60", "share_65", "share_80", "ground", "lon", "lat", "boundary", "zone", "licence",
    "valid_from",
)  # fmt: skip


def _rules(differs):
    known = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in KNOWN)
    return (
        ("pack_load_is_final", "places_packload", ""),
        ("place_version_is_final", "places_placeversion", known),
        ("place_is_identity", "places_place", ""),
        ("reach_is_final", "places_reach", ""),
        ("site_is_final", "places_site", ""),
    )


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
    dependencies = [("places", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
