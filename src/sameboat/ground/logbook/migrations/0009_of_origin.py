"""What is held, and the bodies that are wanted, know whose log they are of: each has its limits."""

from django.db import migrations, models

FILL = (
    "UPDATE logbook_{table} SET origin = "
    "(SELECT origin FROM logbook_entry WHERE logbook_entry.id = logbook_{table}.entry_id)"
)


class Migration(migrations.Migration):
    dependencies = [("logbook", "0008_keys_in_time")]
    operations = [
        migrations.AddField(
            "heldentry",
            "origin",
            models.CharField(
                default="", help_text="the entry's: each has a limit of its own", max_length=48
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "wantedbody",
            "origin",
            models.CharField(
                default="", help_text="the entry's: it is asked for there", max_length=48
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL.format(table="heldentry"), migrations.RunSQL.noop),
        migrations.RunSQL(FILL.format(table="wantedbody"), migrations.RunSQL.noop),
        migrations.AddIndex(
            "heldentry", models.Index(fields=["reaction", "origin"], name="held_of_origin")
        ),
        migrations.AddIndex(
            "wantedbody", models.Index(fields=["origin", "retry_at"], name="wanted_is_due")
        ),
    ]
