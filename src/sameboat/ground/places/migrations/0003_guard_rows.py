"""What a load knew is never deleted, nor replaced by other rows; borders and stretches are final too.

REPLACE deletes a row without asking the triggers that forbid deleting it; on SQLite these ask
first.  PostgreSQL has no REPLACE, and its unique constraints never delete.
"""

from django.db import migrations

#: table -> its name in the errors, and the columns by which REPLACE would find a row to delete
KEPT = {
    "places_packload": ("pack_load", (("id",), ("pack", "version"))),
    "places_place": ("place", (("id",), ("code",))),
    "places_placeversion": ("place_version", (("id",), ("place_id", "load_id"))),
    "places_neighbour": ("neighbour", (("id",), ("load_id", "place_id", "other_id"))),
    "places_reach": ("reach", (("id",), ("load_id", "key"))),
    "places_stretch": ("stretch", (("id",),)),
    "places_site": ("site", (("id",), ("load_id", "key"))),
}
#: What is current steps back by an UPDATE of its own; no other version pushes it out.
CURRENT = (
    "NEW.current AND EXISTS (SELECT 1 FROM places_placeversion AS kept"
    " WHERE kept.current AND kept.place_id = NEW.place_id)"
)
#: Whose rows the earlier guards did not speak of.
OPEN = {"places_neighbour", "places_stretch"}


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
        if table in OPEN:
            yield f"{name}_is_final", "UPDATE", table, ""
    yield "place_version_keeps_its_row", "UPDATE", "places_placeversion", "OLD.id <> NEW.id"


def _rules_on_sqlite():
    yield from _rules()
    for table, (name, keys) in KEPT.items():
        yield f"{name}_is_not_replaced", "INSERT", table, _taken(table, keys)
    yield "place_version_is_not_displaced", "INSERT", "places_placeversion", CURRENT
    yield (
        "place_version_pushes_none_out", "UPDATE", "places_placeversion",
        f"NOT OLD.current AND {CURRENT}",
    )  # fmt: skip


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
    dependencies = [("places", "0002_guards")]
    operations = [migrations.RunPython(guard, unguard)]
