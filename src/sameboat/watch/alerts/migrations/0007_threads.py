"""To which thread each entry that issued an alert belongs; the worker fills it from the log."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0006_audience"), ("logbook", "0008_keys_in_time")]

    operations = [
        migrations.CreateModel(
            name="ThreadCursor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("origin", models.CharField(max_length=48, unique=True)),
                ("next_index", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ThreadLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("origin", models.CharField(max_length=48)),
                ("index", models.BigIntegerField()),
                ("about", models.CharField(max_length=160)),
                (
                    "first",
                    models.BooleanField(
                        help_text="no earlier one of its origin issued the same alert"
                    ),
                ),
                (
                    "root",
                    models.BigIntegerField(
                        help_text="index of the entry that the thread begins with"
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(help_text="in its thread; 1 is the root"),
                ),
                (
                    "via",
                    models.BigIntegerField(
                        help_text="index of the entry it comes after that leads to what it follows",
                        null=True,
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logbook.entry",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("origin", "index"), name="thread_link_is_one_per_entry"
                    ),
                    models.UniqueConstraint(
                        fields=("origin", "root", "number"), name="thread_is_in_order"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("first", True)),
                        fields=("origin", "about"),
                        name="thread_link_is_first",
                    ),
                ],
            },
        ),
    ]
