"""An alert asks again each time it becomes worse; those that did once stay told."""

from django.conf import settings
from django.db import migrations, models


def count_turns(apps, _schema):
    apps.get_model("nodes", "Alert").objects.filter(worse_at__isnull=False).update(turns=1)
    apps.get_model("nodes", "AlertNotice").objects.filter(event="worse").update(turn=1)


class Migration(migrations.Migration):

    dependencies = [
        ('nodes', '0009_unread_pages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='alertnotice',
            name='told_once',
        ),
        migrations.AddField(
            model_name='alert',
            name='turns',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='how often it became more serious than it was'),
        ),
        migrations.AddField(
            model_name='alertnotice',
            name='turn',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='of the alert, when it became more serious; else 0'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='worse_at',
            field=models.DateTimeField(help_text='when it last became more serious than it was', null=True),
        ),
        migrations.AlterField(
            model_name='alertnotice',
            name='event',
            field=models.CharField(choices=[('raised', 'raised'), ('worse', 'became worse'), ('cleared', 'cleared')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='alertnotice',
            constraint=models.UniqueConstraint(fields=('alert', 'event', 'turn', 'channel', 'user'), name='told_once', nulls_distinct=False),
        ),
        migrations.RunPython(count_turns, migrations.RunPython.noop),
    ]
