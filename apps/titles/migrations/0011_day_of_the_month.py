from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('titles', '0010_titles_renamed'),
    ]

    operations = [
        migrations.AddField(
            model_name='listaddress',
            name='month_day',
            field=models.PositiveSmallIntegerField(help_text='of one asked every month: the day that is meant, where a month is too short for it', null=True),
        ),
    ]
