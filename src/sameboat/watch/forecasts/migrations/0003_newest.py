"""Find the newest forecasts without reading all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forecasts", "0002_guards")]

    operations = [
        migrations.AddIndex(
            model_name="forecast",
            index=models.Index(fields=["requested_at"], name="forecast_requested"),
        ),
        migrations.AddIndex(
            model_name="forecast",
            index=models.Index(fields=["state", "made_at"], name="forecast_made"),
        ),
    ]
