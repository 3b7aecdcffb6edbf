from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_initial")]

    operations = [
        migrations.AddField(
            "countedtitle", "doi", models.TextField(blank=True, default="", help_text="of the whole title, in lower case"), preserve_default=False
        ),
        migrations.AddField(
            "countedtitle",
            "publisher_id",
            models.TextField(blank=True, default="", help_text="ROR: or ISNI: and the number"),
            preserve_default=False,
        ),
    ]
