"""AUs that are not collected, by cause and publisher, as a view: nothing to keep true, and as quick as its index."""

from django.db import migrations, models


FORWARD = """
CREATE VIEW nodes_blockedgroup AS
SELECT max(standing.au_id) AS id, standing.block, au.publisher_id, count(*) AS number, max(standing.au_id) AS example_id
FROM nodes_austatus standing JOIN aus_au au ON au.key_id = standing.au_id
WHERE standing.block <> ''
GROUP BY standing.block, au.publisher_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('nodes', '0003_causes'),
        ('aus', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BlockedGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('block', models.CharField(max_length=24)),
                ('number', models.BigIntegerField()),
            ],
            options={
                'db_table': 'nodes_blockedgroup',
                'managed': False,
            },
        ),
        migrations.RunSQL(FORWARD, "DROP VIEW nodes_blockedgroup"),
    ]
