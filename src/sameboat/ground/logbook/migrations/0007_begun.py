from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logbook', '0006_federation'),
    ]

    operations = [
        migrations.AddField(
            model_name='peer',
            name='begun',
            field=models.BinaryField(help_text='the note under which its log is being taken, while it is not all here', null=True),
        ),
    ]
