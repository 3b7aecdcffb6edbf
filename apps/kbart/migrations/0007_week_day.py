from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kbart', '0006_keys_obey_the_laws_of_tokens'),
    ]

    operations = [
        migrations.AddField(
            model_name='series',
            name='week_day',
            field=models.PositiveSmallIntegerField(help_text='of one made every week: 1 to 7 from Monday on (ISO 8601)', null=True),
        ),
    ]
