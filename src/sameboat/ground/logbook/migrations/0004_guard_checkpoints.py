"""The database itself refuses to change or delete a checkpoint, or the key of a log."""

from django.db import migrations

TABLES = {
    "logbook_checkpoint": "a checkpoint is never changed or deleted",
    "logbook_logkey": "the key of a log is never changed or deleted",
}


def on_sqlite(table, says):
    return [
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
        for event in ("UPDATE", "DELETE")
    ]


def on_postgresql(table, says):
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$",
        *(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
            for event in ("UPDATE", "DELETE")
        ),
    ]


def guard(apps, schema_editor):
    statements = {"sqlite": on_sqlite, "postgresql": on_postgresql}
    for table, says in TABLES.items():
        for statement in statements[schema_editor.connection.vendor](table, says):
            schema_editor.execute(statement)


def unguard(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "sqlite":
            for event in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER {table}_no_{event}")
        else:
            schema_editor.execute(f"DROP FUNCTION {table}_refuse() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("logbook", "0003_signed_tree")]
    operations = [migrations.RunPython(guard, unguard)]
