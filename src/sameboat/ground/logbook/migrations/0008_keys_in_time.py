"""The key of a log stays what it was; only that it was revoked is told once, and stays."""

from django.db import migrations

SAYS = "the key of a log is never changed or deleted"
SAME = ("origin", "verifier", "since_index", "made_at", "id")


def _allowed():
    same = " AND ".join(f"NEW.{column} = OLD.{column}" for column in SAME)
    return f"OLD.revoked_index IS NULL AND NEW.revoked_index IS NOT NULL AND {same}"


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        # A table that was made anew on the way has lost its triggers.
        for event in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS logbook_logkey_no_{event}")
        schema_editor.execute(
            "CREATE TRIGGER logbook_logkey_no_update BEFORE UPDATE ON logbook_logkey "
            f"WHEN NOT ({_allowed()}) BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        )
        schema_editor.execute(
            "CREATE TRIGGER logbook_logkey_no_delete BEFORE DELETE ON logbook_logkey "
            f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END"
        )
        return
    schema_editor.execute(
        "CREATE OR REPLACE FUNCTION logbook_logkey_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF TG_OP = 'UPDATE' THEN IF {_allowed()} THEN RETURN NEW; END IF; END IF; "
        f"RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )


class Migration(migrations.Migration):
    dependencies = [("logbook", "0007_begun")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
