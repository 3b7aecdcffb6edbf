"""Pages tried for publishers, and a record of what changed, which the database writes itself."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


# The first reading of an AU is news only where it does not permit.
FORWARD = """
CREATE FUNCTION permission_is_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO permissions_permissionchange (au_id, at, before, after, reason, evidence_id) VALUES (
        NEW.au_id, COALESCE(NEW.checked_at, now()),
        CASE WHEN TG_OP = 'UPDATE' THEN OLD.verdict ELSE 'unknown' END, NEW.verdict, NEW.reason, NEW.evidence_id
    );
    RETURN NULL;
END $$;
CREATE TRIGGER permission_first_refused AFTER INSERT ON permissions_permission
    FOR EACH ROW WHEN (NEW.verdict = 'refused') EXECUTE FUNCTION permission_is_another();
CREATE TRIGGER permission_changed AFTER UPDATE ON permissions_permission
    FOR EACH ROW WHEN (OLD.verdict <> NEW.verdict OR OLD.reason <> NEW.reason)
    EXECUTE FUNCTION permission_is_another();
"""
BACKWARD = """
DROP TRIGGER permission_first_refused ON permissions_permission;
DROP TRIGGER permission_changed ON permissions_permission;
DROP FUNCTION permission_is_another();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('aus', '0003_subscriptions'),
        ('permissions', '0002_agreements'),
    ]

    operations = [
        migrations.CreateModel(
            name='PageTrial',
            fields=[
                ('key', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('asked_by', models.CharField(help_text="keyed digest of the client's address, or of the person", max_length=64)),
                ('open_door', models.BooleanField(help_text='asked by somebody who is not signed in')),
                ('asked_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('network', models.CharField(max_length=16)),
                ('url', models.TextField(blank=True)),
                ('name', models.CharField(blank=True, help_text='of an uploaded file', max_length=255)),
                ('page', models.BinaryField(help_text='what was pasted or uploaded, until it is judged', null=True)),
                ('result', models.JSONField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['asked_by', 'asked_at'], name='trial_by_asker'), models.Index(fields=['asked_at'], name='trial_by_time')],
            },
        ),
        migrations.CreateModel(
            name='PermissionChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('before', models.CharField(max_length=16)),
                ('after', models.CharField(max_length=16)),
                ('reason', models.CharField(blank=True, max_length=24)),
                ('au', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='permission_changes', to='aus.au')),
                ('evidence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='permissions.evidence')),
            ],
            options={
                'indexes': [models.Index(fields=['at', 'id'], name='permission_change_by_time')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
