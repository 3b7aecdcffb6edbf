"""What is said of serving, and on which sites the AUs lie.

A change of what process caches depend on gives its row of ``delivery_generation`` the next number of a sequence, which
no rolled-back transaction ever gives back.
"""

import apps.delivery.models
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WATCHED = {
    "servingrule": "policy",
    "triggerevent": "policy",
    "ownreaderlist": "policy",
    "institutionproxy": "policy",
    "austem": "stems",
}
FORWARD = "".join(
    [
        """
CREATE SEQUENCE delivery_generation_number;
CREATE FUNCTION delivery_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delivery_generation (what, number) VALUES (TG_ARGV[0], nextval('delivery_generation_number'))
    ON CONFLICT (what) DO UPDATE SET number = EXCLUDED.number;
    RETURN NULL;
END $$;
""",
        *(
            f"""
CREATE TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE ON delivery_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_changed('{what}');
"""
            for table, what in WATCHED.items()
        ),
    ]
)
BACKWARD = "".join(
    [
        *(f"DROP TRIGGER {table}_changed ON delivery_{table};\n" for table in WATCHED),
        "DROP FUNCTION delivery_changed(); DROP SEQUENCE delivery_generation_number;",
    ]
)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('aus', '0009_subscription_changes'),
        ('titles', '0010_titles_renamed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Generation',
            fields=[
                ('what', models.CharField(choices=[('policy', 'rules, trigger events, own readers'), ('stems', 'which AUs lie on which site')], max_length=8, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='InstitutionProxy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=100)),
                ('addresses', models.TextField(help_text='one entry a line')),
                ('note', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='of the row, for forms')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name',), name='institution_proxy_name')],
            },
        ),
        migrations.CreateModel(
            name='OwnReaderList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('only', models.BooleanField(default=True, help_text='there is one such row', unique=True)),
                ('included', models.TextField(blank=True, help_text='addresses, one entry a line')),
                ('excluded', models.TextField(blank=True, help_text='addresses, one entry a line')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=apps.delivery.models._all_roles, size=None)),
                ('version', models.PositiveIntegerField(default=0, help_text='of the row, for forms')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('only', True)), name='own_readers_one_row')],
            },
        ),
        migrations.CreateModel(
            name='StemReading',
            fields=[
                ('au', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='aus.au')),
                ('digest', models.CharField(max_length=64)),
                ('start_urls', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('read_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['read_at'], name='stems_read_at')],
            },
        ),
        migrations.CreateModel(
            name='AuStem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stem', models.TextField()),
                ('name_key', models.TextField(help_text="of the AU: the catalogue's order")),
                ('au', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stems', to='aus.au')),
            ],
            options={
                'indexes': [models.Index(fields=['stem', 'name_key', 'au'], name='au_stem_by_name')],
                'constraints': [models.UniqueConstraint(fields=('au', 'stem'), name='au_stem_once')],
            },
        ),
        migrations.CreateModel(
            name='ServingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('choice', models.CharField(blank=True, choices=[('dark', 'dark'), ('gray', 'gray'), ('light', 'light')], max_length=5)),
                ('serve', models.CharField(blank=True, choices=[('yes', 'yes'), ('no', 'no'), ('', 'not said')], default='', help_text='at all', max_length=3)),
                ('while_available', models.CharField(blank=True, choices=[('yes', 'yes'), ('no', 'no'), ('', 'not said')], default='', help_text='also while the publisher serves it itself', max_length=3)),
                ('openly', models.CharField(blank=True, choices=[('yes', 'yes'), ('no', 'no'), ('', 'not said')], default='', help_text='to anybody, not to own readers alone', max_length=3)),
                ('trigger', models.CharField(blank=True, choices=[('yes', 'yes'), ('no', 'no'), ('', 'not said')], default='', help_text='to everybody after a trigger event', max_length=3)),
                ('open_access', models.CharField(blank=True, choices=[('yes', 'yes'), ('no', 'no'), ('', 'not said')], default='', help_text='empty: as title list and permission page say', max_length=3)),
                ('flag', models.CharField(blank=True, choices=[('up', 'serves it'), ('down', 'does not serve it at present'), ('never', 'will never serve it again')], help_text='empty: as parameters and title list say', max_length=5)),
                ('embargo_until', models.DateField(blank=True, help_text='the first day on which it may be read', null=True)),
                ('wall_length', models.PositiveSmallIntegerField(blank=True, help_text='from publication', null=True)),
                ('wall_unit', models.CharField(blank=True, choices=[('days', 'days'), ('months', 'months')], max_length=6)),
                ('note', models.TextField(blank=True, help_text='where it is written, why it was chosen')),
                ('said_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=0, help_text='of the row, for forms')),
                ('au', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='serving_rule', to='aus.au')),
                ('publisher', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='serving_rule', to='titles.publisher')),
                ('said_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('title', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='serving_rule', to='titles.title')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('au__isnull', True), ('title__isnull', True)), models.Q(('au__isnull', True), ('publisher__isnull', True)), models.Q(('publisher__isnull', True), ('title__isnull', True)), _connector='OR'), name='serving_rule_of_one_place'), models.UniqueConstraint(condition=models.Q(('au__isnull', True), ('publisher__isnull', True), ('title__isnull', True)), fields=('publisher',), name='serving_rule_of_network_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('wall_length__isnull', True), ('wall_unit', '')), models.Q(('wall_length__isnull', False), models.Q(('wall_unit', ''), _negated=True)), _connector='OR'), name='serving_rule_wall_with_unit')],
            },
        ),
        migrations.CreateModel(
            name='TriggerEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('reason', models.TextField()),
                ('since', models.DateField(help_text='the first day on which it counts')),
                ('licence', models.TextField(blank=True, help_text='under which it is given, for its page')),
                ('citation', models.TextField(blank=True, help_text='how it is cited, for its page')),
                ('proposed_name', models.CharField(max_length=150)),
                ('proposed_at', models.DateTimeField()),
                ('confirmed_name', models.CharField(blank=True, max_length=150)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('withdrawn_name', models.CharField(blank=True, max_length=150)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_why', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=0, help_text='of the row, for forms')),
                ('request_key', models.UUIDField(help_text='of the form: sent twice, it is one event', null=True)),
                ('au', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trigger_events', to='aus.au')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('title', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trigger_events', to='titles.title')),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['-proposed_at', '-id'], name='trigger_newest')],
                'constraints': [models.UniqueConstraint(fields=('request_key',), name='trigger_request_once'), models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('title', 'au'), name='trigger_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('au__isnull', False), ('title__isnull', True)), models.Q(('au__isnull', True), ('title__isnull', False)), _connector='OR'), name='trigger_of_one_place'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_name', '')), models.Q(('confirmed_at__isnull', False), models.Q(('confirmed_name', ''), _negated=True)), _connector='OR'), name='trigger_confirmed_by_somebody'), models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='trigger_by_two_persons')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
