"""What is submitted or issued, and what was received, is guarded by the database itself.

SQLite drops triggers when Django rebuilds a table: a later migration that alters these tables
runs `guard` again at its end.
"""

from django.db import migrations

ISSUED = "('issued', 'updated', 'cancelled', 'expired')"
# While an approver reads it, nobody changes what he reads.
SAID = (
    "uuid", "key", "place_id", "kind", "status", "message_type", "earlier_id", "forecast_id",
    "content", "revision", "author_id", "drafted_at",
)  # fmt: skip
APPROVED = (
    "submitted_by_id", "submitted_at", "returned_because", "issued_by_id", "issued_at",
    "issue_key", "expires_at", "identifier", "cap",
)  # fmt: skip
STEPS = (
    ("draft", "submitted"), ("returned", "draft"), ("returned", "submitted"),
    ("submitted", "returned"), ("submitted", "issued"), ("issued", "updated"),
    ("issued", "cancelled"), ("issued", "expired"),
)  # fmt: skip
ALLOWED = " OR ".join(f"(OLD.state = '{a}' AND NEW.state = '{b}')" for a, b in STEPS)


def _rules(differs, columns=SAID):
    said = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in columns)
    approved = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in APPROVED)
    return (
        ("alert_issued_is_final", "UPDATE", "alerts_alert",
         f"OLD.state IN {ISSUED} AND ({said} OR {approved})"),
        # Returning counts as a revision, so that an approval given before it is stale.
        ("alert_submitted_stays", "UPDATE", "alerts_alert",
         f"OLD.state = 'submitted' AND NEW.state <> 'returned' AND ({said})"),
        ("alert_follows_its_table", "UPDATE", "alerts_alert",
         f"OLD.state <> NEW.state AND NOT ({ALLOWED})"),
        ("alert_issued_is_kept", "DELETE", "alerts_alert", f"OLD.state IN {ISSUED}"),
        ("received_alert_is_final", "UPDATE", "alerts_receivedalert", ""),
        ("received_alert_is_kept", "DELETE", "alerts_receivedalert", ""),
    )  # fmt: skip


def guard(apps, schema_editor, columns=SAID):
    """Make the triggers for this database; `columns` is what stays from submission on."""
    if schema_editor.connection.vendor == "sqlite":
        for name, event, table, when in _rules("IS NOT", columns):
            condition = f" WHEN {when}" if when else ""
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{condition}"
                f" BEGIN SELECT RAISE(ABORT, '{name}'); END",
                params=None,
            )
        return
    for name, event, table, when in _rules("IS DISTINCT FROM", columns):
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
    sqlite = schema_editor.connection.vendor == "sqlite"
    for name, _event, table, _when in _rules("IS NOT"):
        schema_editor.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
