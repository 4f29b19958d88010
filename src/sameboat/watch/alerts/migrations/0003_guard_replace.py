"""REPLACE deletes a row without asking the triggers that forbid deleting it; these ask first.

PostgreSQL has no REPLACE, and its unique constraints never delete.
"""

from django.db import migrations

ISSUED = "('issued', 'updated', 'cancelled', 'expired')"
TAKEN = (
    "SELECT 1 FROM alerts_alert AS kept WHERE kept.state IN " + ISSUED + " AND "
    "(kept.id = NEW.id OR kept.uuid = NEW.uuid OR kept.key = NEW.key"
    " OR kept.identifier = NEW.identifier OR kept.issue_key = NEW.issue_key"
    " OR (kept.earlier_id = NEW.earlier_id AND NEW.state IN " + ISSUED + "))"
)
RULES = (
    ("alert_issued_is_not_replaced", "INSERT", "alerts_alert", f"EXISTS ({TAKEN})"),
    ("alert_issued_is_not_displaced", "UPDATE", "alerts_alert",
     f"EXISTS ({TAKEN} AND kept.id <> OLD.id)"),
    ("alert_issued_keeps_its_row", "UPDATE", "alerts_alert",
     f"OLD.state IN {ISSUED} AND OLD.id <> NEW.id"),
    ("received_alert_is_not_replaced", "INSERT", "alerts_receivedalert",
     "EXISTS (SELECT 1 FROM alerts_receivedalert AS kept "
     "WHERE kept.id = NEW.id OR kept.digest = NEW.digest)"),
)  # fmt: skip


def guard(apps, schema_editor):
    """Make the triggers for SQLite."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for name, event, table, when in RULES:
        schema_editor.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {when}"
            f" BEGIN SELECT RAISE(ABORT, '{name}'); END",
            params=None,
        )


def unguard(apps, schema_editor):
    """Take the triggers away."""
    if schema_editor.connection.vendor == "sqlite":
        for name, *_rest in RULES:
            schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_guards")]
    operations = [migrations.RunPython(guard, unguard)]
