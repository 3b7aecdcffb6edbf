"""When damage was found last, of what is damaged or was: up to now only the findings of readings told it."""

from django.db import migrations, models

FILL = """
UPDATE repository_ausummary s SET last_damage_at = f.at FROM (
    SELECT subject, max(last_at) AS at FROM common_finding
    WHERE app = 'repository' AND code IN ('content-damaged', 'content-missing') GROUP BY subject
) f WHERE f.subject = 'au:' || s.au_key_id
"""
NOW = """
UPDATE repository_ausummary SET last_damage_at = coalesce(last_check_at, now())
WHERE last_damage_at IS NULL AND (damaged > 0 OR missing > 0)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("repository", "0002_checks_listed"),
        ("common", "0004_finding_resolution"),
    ]

    operations = [
        migrations.AddField(
            model_name="ausummary",
            name="last_damage_at",
            field=models.DateTimeField(
                help_text="when the newest version of a URL was found damaged or missing", null=True
            ),
        ),
        migrations.RunSQL([FILL, NOW], migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="ausummary",
            index=models.Index(
                condition=models.Q(("last_damage_at__isnull", False)),
                fields=["last_damage_at"],
                name="summary_by_damage",
            ),
        ),
    ]
