from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("nodes", "0010_alert_turns")]

    operations = [
        migrations.AddField(
            model_name="pollday",
            name="undecided",
            field=models.PositiveIntegerField(
                default=0, help_text="quorate, no landslide about some URLs, nothing wrong here"
            ),
        ),
        # Days are counted once; the next scan counts them by the new rule.
        migrations.RunSQL("DELETE FROM nodes_pollday", migrations.RunSQL.noop),
    ]
