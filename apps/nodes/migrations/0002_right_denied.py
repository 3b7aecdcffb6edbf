from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("nodes", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="austatus",
            name="block",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no-statement", "No permission statement"),
                    ("fetch-failed", "Permission page not readable"),
                    ("probe-failed", "Probe page not readable"),
                    ("no-page-for-host", "No permission page for a host"),
                    ("plugin-checker", "Refused by the platform's own check"),
                    ("no-agreement", "No agreement"),
                    ("agreement-ended", "Agreement ended"),
                    ("right-denied", "Agreement does not allow it"),
                    ("platform", "Platform definition missing or unusable"),
                ],
                max_length=24,
            ),
        ),
    ]
