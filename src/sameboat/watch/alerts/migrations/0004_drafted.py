"""Find the newest alerts without sorting all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_guard_replace")]

    operations = [
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["drafted_at"], name="alert_drafted"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["state", "drafted_at"], name="alert_drafted_in_state"),
        ),
    ]
