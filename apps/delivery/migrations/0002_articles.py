"""What preserved pages say of their articles, and how far each AU has been read for it."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('aus', '0009_subscription_changes'),
        ('delivery', '0001_serving'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArticleReading',
            fields=[
                ('au', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='aus.au')),
                ('revision', models.PositiveSmallIntegerField(help_text='of the reader; another one reads all anew')),
                ('file_serial', models.PositiveIntegerField(default=0)),
                ('file_offset', models.BigIntegerField(default=-1)),
                ('articles', models.PositiveIntegerField(default=0)),
                ('seen_write_at', models.DateTimeField(help_text="the AU's last write that was read wholly", null=True)),
                ('read_at', models.DateTimeField(help_text='when the end was reached last', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Article',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url_digest', models.BinaryField(max_length=32)),
                ('version', models.PositiveIntegerField(help_text='that was read')),
                ('url', models.TextField()),
                ('rank', models.PositiveSmallIntegerField(help_text='of several pages of one article the lowest is opened')),
                ('doi', models.TextField(blank=True, help_text='in lower case')),
                ('doi_digest', models.BinaryField(help_text='SHA-256 of it', max_length=32, null=True)),
                ('pmid', models.CharField(blank=True, max_length=9)),
                ('title', models.TextField(blank=True)),
                ('journal', models.TextField(blank=True)),
                ('issns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=9), blank=True, default=list, size=None)),
                ('isbns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=13), blank=True, default=list, size=None)),
                ('volume', models.CharField(blank=True, max_length=50)),
                ('issue', models.CharField(blank=True, max_length=50)),
                ('start_page', models.CharField(blank=True, max_length=50)),
                ('item_number', models.CharField(blank=True, max_length=50)),
                ('date', models.CharField(blank=True, help_text='ISO 8601 as far as it is known', max_length=10)),
                ('authors', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, default=list, size=None)),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, default=list, size=None)),
                ('au', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='articles', to='aus.au')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('doi_digest__isnull', False)), fields=['doi_digest'], name='article_by_doi'), models.Index(condition=models.Q(('pmid', ''), _negated=True), fields=['pmid'], name='article_by_pmid'), django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['keys'], name='article_by_keys')],
                'constraints': [models.UniqueConstraint(fields=('au', 'url_digest'), name='article_page_once')],
            },
        ),
    ]
