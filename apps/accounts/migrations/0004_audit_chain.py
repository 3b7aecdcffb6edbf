"""The audit record becomes a chain: the database notes every new event as pending; what is there already is sealed here."""

from django.db import migrations, models

from apps.accounts.chain import ROOT, links

FORWARD = """
CREATE FUNCTION audit_note_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accounts_auditpending (event_id) SELECT id FROM written;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_pending AFTER INSERT ON accounts_auditevent
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_note_pending();
CREATE TRIGGER audit_seal_no_change BEFORE UPDATE OR DELETE ON accounts_auditseal
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON accounts_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"""
BACKWARD = """
DROP TRIGGER audit_pending ON accounts_auditevent;
DROP FUNCTION audit_note_pending();
DROP TRIGGER audit_seal_no_change ON accounts_auditseal;
DROP TRIGGER audit_seal_no_truncate ON accounts_auditseal;
"""
AT_ONCE = 2000


def seal_existing(apps, schema_editor) -> None:
    event_model = apps.get_model("accounts", "AuditEvent")
    seal_model = apps.get_model("accounts", "AuditSeal")
    position, previous, last = 0, ROOT, 0
    while events := list(event_model.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        seals = [
            seal_model(position=number, event_id=event.pk, previous=before, digest=own)
            for number, (event, before, own) in enumerate(links(previous, events), position + 1)
        ]
        seal_model.objects.bulk_create(seals)
        position, previous, last = seals[-1].position, seals[-1].digest, events[-1].pk


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_time_of_audit")]
    operations = [
        migrations.CreateModel(
            name="AuditPending",
            fields=[("event_id", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "position",
                    models.BigIntegerField(help_text="from 1, without gaps", primary_key=True, serialize=False),
                ),
                ("event_id", models.BigIntegerField(unique=True)),
                ("previous", models.BinaryField(help_text="digest of the seal before", max_length=32)),
                ("digest", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.RunPython(seal_existing, migrations.RunPython.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
