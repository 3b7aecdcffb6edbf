"""Which titles lists and pages show: those of which something is named now, or was selected here."""

from django.db import migrations, models

# Of all others the default is right.
UNKNOWN = """
UPDATE titles_title t SET is_known = FALSE
WHERE t.au_count = 0
AND NOT EXISTS (SELECT 1 FROM titles_titlecoverage v WHERE v.title_id = t.id AND v.retired_at IS NULL)
AND NOT EXISTS (
    SELECT 1 FROM titles_listedau l JOIN aus_au a ON a.listed_id = l.id WHERE l.title_id = t.id
);
UPDATE titles_publisher p SET title_count = n.titles
FROM (SELECT publisher_id, count(*) FILTER (WHERE is_known) AS titles FROM titles_title GROUP BY publisher_id) n
WHERE p.id = n.publisher_id AND p.title_count <> n.titles;
"""
BACK = """
UPDATE titles_publisher p SET title_count = n.titles
FROM (SELECT publisher_id, count(*) FILTER (WHERE au_count > 0) AS titles FROM titles_title GROUP BY publisher_id) n
WHERE p.id = n.publisher_id AND p.title_count <> n.titles;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('titles', '0008_applied_again'),
        ('aus', '0007_by_state'),
    ]

    operations = [
        migrations.AddField(
            model_name='title',
            name='is_known',
            field=models.BooleanField(db_default=True, default=True, help_text='a list names an AU or a line of coverage of it, or an AU of it was selected here'),
        ),
        migrations.AlterField(
            model_name='publisher',
            name='title_count',
            field=models.PositiveIntegerField(default=0, help_text='titles that are known'),
        ),
        migrations.RunSQL(UNKNOWN, BACK),
        migrations.RemoveIndex(model_name='title', name='title_by_name'),
        migrations.AddIndex(
            model_name='title',
            index=models.Index(fields=['name_key', 'id'], include=('publisher', 'is_known'), name='title_by_name'),
        ),
    ]
