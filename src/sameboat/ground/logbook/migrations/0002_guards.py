"""The database itself refuses to change or delete an entry, or a body other than by erasing it."""

from django.db import migrations

ENTRY = "logbook_entry"
BODY = "logbook_body"
ENTRY_SAYS = "an entry is never changed or deleted; say another"
BODY_SAYS = "a body is never changed or deleted; it may be erased"
ERASES = "NEW.content IS NULL AND NEW.digest = OLD.digest AND OLD.erased_at IS NULL"

ON_SQLITE = [
    f"CREATE TRIGGER {ENTRY}_no_update BEFORE UPDATE ON {ENTRY} "
    f"BEGIN SELECT RAISE(ABORT, '{ENTRY_SAYS}'); END",
    f"CREATE TRIGGER {ENTRY}_no_delete BEFORE DELETE ON {ENTRY} "
    f"BEGIN SELECT RAISE(ABORT, '{ENTRY_SAYS}'); END",
    # INSERT OR REPLACE deletes without asking the trigger above.
    f"CREATE TRIGGER {ENTRY}_no_replace BEFORE INSERT ON {ENTRY} "
    f"WHEN EXISTS (SELECT 1 FROM {ENTRY} WHERE id = NEW.id "
    'OR (origin = NEW.origin AND "index" = NEW."index")) '
    f"BEGIN SELECT RAISE(ABORT, '{ENTRY_SAYS}'); END",
    f"CREATE TRIGGER {BODY}_no_update BEFORE UPDATE ON {BODY} WHEN NOT ({ERASES}) "
    f"BEGIN SELECT RAISE(ABORT, '{BODY_SAYS}'); END",
    f"CREATE TRIGGER {BODY}_no_delete BEFORE DELETE ON {BODY} "
    f"BEGIN SELECT RAISE(ABORT, '{BODY_SAYS}'); END",
    f"CREATE TRIGGER {BODY}_no_replace BEFORE INSERT ON {BODY} "
    f"WHEN EXISTS (SELECT 1 FROM {BODY} WHERE digest = NEW.digest) "
    f"BEGIN SELECT RAISE(ABORT, '{BODY_SAYS}'); END",
]


def on_postgresql(table, says, unless):
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"FOR EACH ROW {unless} EXECUTE FUNCTION {table}_refuse()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    ]


def guard(apps, schema_editor):
    statements = {
        "sqlite": ON_SQLITE,
        "postgresql": [
            *on_postgresql(ENTRY, ENTRY_SAYS, ""),
            *on_postgresql(BODY, BODY_SAYS, f"WHEN (NOT ({ERASES}))"),
        ],
    }
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in ON_SQLITE:
            schema_editor.execute(f"DROP TRIGGER {statement.split()[2]}")
    else:
        for table in (ENTRY, BODY):
            schema_editor.execute(f"DROP FUNCTION {table}_refuse() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("logbook", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
