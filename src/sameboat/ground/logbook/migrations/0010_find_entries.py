"""What is about a thing lies in the order in which it is read; a body finds its entry by digest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("logbook", "0009_of_origin")]
    operations = [
        migrations.RemoveIndex("entry", "entry_about"),
        migrations.AddIndex(
            "entry", models.Index(fields=["about", "origin", "index"], name="entry_about")
        ),
        migrations.AddIndex(
            "entry",
            models.Index(
                fields=["digest", "origin", "index"],
                condition=models.Q(digest__isnull=False),
                name="entry_beside",
            ),
        ),
    ]
