"""Who has written an alert may not issue it: the database forgets no writer."""


from django.db import migrations

TABLE = "alerts_alert_writers"


def guard(apps, schema_editor):
    """Make the triggers."""
    for event in ("UPDATE", "DELETE"):
        name = f"alert_writer_stays_{event.lower()}"
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} FOR EACH ROW"
                f" BEGIN SELECT RAISE(ABORT, '{name}'); END",
                params=None,
            )
        elif schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{name}'; END $$",
                params=None,
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} FOR EACH ROW"
                f" EXECUTE FUNCTION {name}()",
                params=None,
            )


def unguard(apps, schema_editor):
    """Take the triggers away."""
    for event in ("UPDATE", "DELETE"):
        name = f"alert_writer_stays_{event.lower()}"
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {name}")
        elif schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {name} ON {TABLE}")
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_drafted")]
    operations = [migrations.RunPython(guard, unguard)]
