from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('repository', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='fixitycheck',
            index=models.Index(fields=['finished_at', 'id'], name='fixity_by_end'),
        ),
        migrations.AddIndex(
            model_name='fixitycheck',
            index=models.Index(condition=models.Q(('outcome__in', ['damaged', 'missing'])), fields=['finished_at', 'id'], name='fixity_bad'),
        ),
    ]
