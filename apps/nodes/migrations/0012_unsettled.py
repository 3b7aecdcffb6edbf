from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('nodes', '0011_undecided_polls'),
    ]

    operations = [
        migrations.AlterField(
            model_name='austatus',
            name='care',
            field=models.SmallIntegerField(choices=[(0, 'none'), (20, 'collection fails again and again'), (30, 'no poll comes to a result'), (40, 'the proof is old'), (50, 'the votes decided nothing'), (60, 'collection is blocked'), (80, 'differs from most copies'), (90, 'stored bytes are damaged or missing')], default=0),
        ),
        migrations.AlterField(
            model_name='austatus',
            name='word',
            field=models.CharField(choices=[('selected', 'Selected'), ('waiting', 'Waiting'), ('collecting', 'Collecting'), ('collected', 'Collected'), ('proved', 'Proved'), ('stale', 'Proof is old'), ('differs', 'Differs'), ('unsettled', 'Not settled'), ('repairing', 'Repairing'), ('damaged', 'Damaged'), ('blocked', 'Blocked'), ('deactivated', 'Deactivated')], max_length=16),
        ),
        # Some of these are called otherwise now; the scan begins with what it looked at longest ago.
        migrations.RunSQL(
            "UPDATE nodes_austatus SET refreshed_at = 'epoch' WHERE word = 'differs'", migrations.RunSQL.noop
        ),
    ]
