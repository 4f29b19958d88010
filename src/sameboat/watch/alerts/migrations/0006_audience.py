"""For whom an alert is, and whom its author adds; both stay from submission on.

SQLite builds the table anew and forgets its triggers, so they are taken away first and made again.
"""

from importlib import import_module

from django.db import migrations, models

import sameboat.watch.alerts.models

guards = import_module("sameboat.watch.alerts.migrations.0002_guards")
replace = import_module("sameboat.watch.alerts.migrations.0003_guard_replace")
SAID = (*guards.SAID, "audience", "recipients")


def guard_before(apps, schema_editor):
    """Make the triggers as they were before."""
    guards.guard(apps, schema_editor)
    replace.guard(apps, schema_editor)


def unguard(apps, schema_editor):
    """Take the triggers away."""
    replace.unguard(apps, schema_editor)
    guards.unguard(apps, schema_editor)


def guard(apps, schema_editor):
    """Make the triggers, which now look at audience and recipients too."""
    guards.guard(apps, schema_editor, SAID)
    replace.guard(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_guard_writers")]
    operations = [
        migrations.RunPython(unguard, guard_before),
        migrations.AddField(
            "alert",
            "audience",
            models.JSONField(
                default=sameboat.watch.alerts.models.everyone,
                help_text='places; ["*"] is everyone',
            ),
        ),
        migrations.AddField(
            "alert",
            "recipients",
            models.JSONField(default=list, help_text="places that its author adds"),
        ),
        migrations.AddConstraint(
            "alert",
            models.CheckConstraint(
                condition=~models.Q(audience=[]), name="alert_is_for_somebody"
            ),
        ),
        migrations.RunPython(guard, unguard),
    ]
