"""Agreements with parties, documents, rights, a log, letters and reminders.

An agreement's one document becomes a row; documents, letters and lines of the log can only be added.
"""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


KEPT = ("agreementdocument", "agreementcontact", "agreementletter")
FORWARD = "".join(
    [
        """
CREATE FUNCTION permissions_row_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
""",
        *(
            f"""
CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON permissions_{name}
    FOR EACH ROW EXECUTE FUNCTION permissions_row_is_kept();
"""
            for name in KEPT
        ),
    ]
)
BACKWARD = "".join(
    [
        *(f"DROP TRIGGER {name}_no_change ON permissions_{name};\n" for name in KEPT),
        "DROP FUNCTION permissions_row_is_kept();",
    ]
)


def keep_documents(apps, _editor) -> None:
    agreements = apps.get_model("permissions", "PublisherAgreement")
    documents = apps.get_model("permissions", "AgreementDocument")
    for row in agreements.objects.exclude(document_path=""):
        file = Path(settings.NODE.media_dir) / "agreements" / row.document_path
        documents.objects.create(
            agreement=row,
            name=row.document_name,
            path=row.document_path,
            sha256=row.document_sha256,
            size=file.stat().st_size if file.is_file() else 0,
            added_at=row.updated_at,
        )
    was_signed = agreements.objects.filter(state__in=("signed", "lapsed", "withdrawn"))
    was_signed.update(signed_on=models.F("starts"))


class Migration(migrations.Migration):
    dependencies = [
        ("permissions", "0001_initial"),
        ("titles", "0004_previews"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementContact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField()),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("mail", "e-mail"),
                            ("letter", "letter"),
                            ("phone", "telephone"),
                            ("meeting", "meeting"),
                            ("other", "other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("who", models.TextField(help_text="with whom, and who of us")),
                ("said", models.TextField()),
                ("next_step", models.TextField(blank=True)),
                ("next_on", models.DateField(blank=True, null=True)),
                ("added_at", models.DateTimeField()),
                (
                    "request_key",
                    models.UUIDField(help_text="of the form: sent twice, it is one line", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AgreementDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField(help_text="as it was called where it came from")),
                ("path", models.TextField(help_text="below the node's agreements folder")),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("added_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="AgreementLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("sent_on", models.DateField()),
                ("subject", models.TextField()),
                ("text", models.TextField(help_text="as a mail")),
                ("content", models.JSONField(help_text="what page and PDF are made of")),
                ("pdf", models.BinaryField()),
                ("pdf_sha256", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField()),
                (
                    "request_key",
                    models.UUIDField(help_text="of the form: sent twice, it is one letter", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AgreementParty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("publisher", "publisher"),
                            ("platform", "platform or host"),
                            ("network", "preservation network"),
                            ("library", "library"),
                            ("agent", "agent of a party"),
                            ("other", "other party"),
                        ],
                        default="publisher",
                        max_length=16,
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
            ],
        ),
        migrations.CreateModel(
            name="AgreementReminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ends", "its last day"),
                            ("notice", "the last day to give notice"),
                            ("next-step", "a next step"),
                        ],
                        max_length=16,
                    ),
                ),
                ("due_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="clause",
            field=models.TextField(blank=True, help_text="the clause that the parties agreed"),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="closed_on",
            field=models.DateField(blank=True, help_text="when it lapsed or was withdrawn", null=True),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="collect",
            field=models.CharField(
                blank=True,
                choices=[("yes", "yes"), ("no", "no"), ("", "not said")],
                default="",
                help_text="collect",
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="networks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                default=list,
                help_text="names of networks",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="notice_days",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="notice is given so long before its end"
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="opening",
            field=models.TextField(blank=True, help_text="words of our own at the beginning of its letter"),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="perpetual",
            field=models.CharField(
                blank=True,
                choices=[("yes", "yes"), ("no", "no"), ("", "not said")],
                default="",
                help_text="perpetual access",
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="platforms",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                default=list,
                help_text="platform definitions",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="preserve",
            field=models.CharField(
                blank=True,
                choices=[("yes", "yes"), ("no", "no"), ("", "not said")],
                default="",
                help_text="preserve",
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="remind_days",
            field=models.PositiveSmallIntegerField(
                default=90, help_text="somebody is reminded so long before"
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="renewal",
            field=models.CharField(
                choices=[
                    ("none", "not renewed"),
                    ("automatic", "renews itself unless one side gives notice"),
                    ("by-hand", "renewed by hand"),
                ],
                default="none",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="renewal_months",
            field=models.PositiveSmallIntegerField(default=12, help_text="each renewal lasts so long"),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="request_key",
            field=models.UUIDField(help_text="of the form: sent twice, it is one agreement", null=True),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="sent_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="serve",
            field=models.CharField(
                blank=True,
                choices=[("yes", "yes"), ("no", "no"), ("", "not said")],
                default="",
                help_text="serve to our own readers",
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="serve_openly",
            field=models.CharField(
                blank=True,
                choices=[("yes", "yes"), ("no", "no"), ("", "not said")],
                default="",
                help_text="serve openly",
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="share_repairs",
            field=models.CharField(
                blank=True,
                choices=[("yes", "yes"), ("no", "no"), ("", "not said")],
                default="",
                help_text="share repairs",
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="signed_on",
            field=models.DateField(blank=True, help_text="empty: it never was in force", null=True),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="trigger",
            field=models.CharField(
                blank=True,
                choices=[("yes", "yes"), ("no", "no"), ("", "not said")],
                default="",
                help_text="trigger events",
                max_length=3,
            ),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="trigger_text",
            field=models.TextField(blank=True, help_text="which events open the content, as agreed"),
        ),
        migrations.AddField(
            model_name="publisheragreement",
            name="version",
            field=models.PositiveIntegerField(default=0, help_text="of the row, for forms"),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("not-checked", "the permission page has not been read yet"),
                    ("no-statement", "no permission statement on the permission page"),
                    ("fetch-failed", "the permission page could not be read"),
                    ("probe-failed", "the probe page could not be read"),
                    ("no-page-for-host", "no permission page for a host"),
                    ("plugin-checker", "the platform definition's own check refused"),
                    ("no-agreement", "no written agreement covers this AU"),
                    ("agreement-ended", "the written agreement has ended"),
                    ("right-denied", "the written agreement does not let it be collected"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="permission",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("not-checked", "the permission page has not been read yet"),
                    ("no-statement", "no permission statement on the permission page"),
                    ("fetch-failed", "the permission page could not be read"),
                    ("probe-failed", "the probe page could not be read"),
                    ("no-page-for-host", "no permission page for a host"),
                    ("plugin-checker", "the platform definition's own check refused"),
                    ("no-agreement", "no written agreement covers this AU"),
                    ("agreement-ended", "the written agreement has ended"),
                    ("right-denied", "the written agreement does not let it be collected"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddIndex(
            model_name="publisheragreement",
            index=models.Index(fields=["state", "ends"], name="agreement_by_end"),
        ),
        migrations.AddIndex(
            model_name="publisheragreement",
            index=models.Index(fields=["name", "id"], name="agreement_by_name"),
        ),
        migrations.AddConstraint(
            model_name="publisheragreement",
            constraint=models.UniqueConstraint(fields=("request_key",), name="agreement_request_once"),
        ),
        migrations.AddField(
            model_name="agreementcontact",
            name="added_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="agreementcontact",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contacts",
                to="permissions.publisheragreement",
            ),
        ),
        migrations.AddField(
            model_name="agreementdocument",
            name="added_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="agreementdocument",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="permissions.publisheragreement",
            ),
        ),
        migrations.AddField(
            model_name="agreementletter",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="permissions.publisheragreement",
            ),
        ),
        migrations.AddField(
            model_name="agreementletter",
            name="sent_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="agreementparty",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="parties",
                to="permissions.publisheragreement",
            ),
        ),
        migrations.AddField(
            model_name="agreementreminder",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminders",
                to="permissions.publisheragreement",
            ),
        ),
        migrations.AddField(
            model_name="agreementreminder",
            name="contact",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="permissions.agreementcontact",
            ),
        ),
        migrations.AddField(
            model_name="agreementreminder",
            name="done_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="agreementcontact",
            index=models.Index(fields=["agreement", "-on", "-id"], name="agreement_contacts"),
        ),
        migrations.AddConstraint(
            model_name="agreementcontact",
            constraint=models.UniqueConstraint(
                fields=("request_key",), name="agreement_contact_request_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementdocument",
            constraint=models.UniqueConstraint(
                fields=("agreement", "sha256"), name="agreement_document_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementletter",
            constraint=models.UniqueConstraint(
                fields=("agreement", "number"), name="agreement_letter_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementletter",
            constraint=models.UniqueConstraint(fields=("request_key",), name="agreement_letter_request_once"),
        ),
        migrations.AddConstraint(
            model_name="agreementparty",
            constraint=models.UniqueConstraint(
                fields=("agreement", "role", "name"), name="agreement_party_once"
            ),
        ),
        migrations.AddIndex(
            model_name="agreementreminder",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)),
                fields=["due_on", "id"],
                name="agreement_reminders_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementreminder",
            constraint=models.UniqueConstraint(
                fields=("agreement", "kind", "due_on", "contact"),
                name="agreement_reminder_once",
                nulls_distinct=False,
            ),
        ),
        migrations.RunPython(keep_documents, migrations.RunPython.noop),
        # What was just written is checked now: PostgreSQL alters no table with checks that still wait.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="publisheragreement",
            name="document_name",
        ),
        migrations.RemoveField(
            model_name="publisheragreement",
            name="document_path",
        ),
        migrations.RemoveField(
            model_name="publisheragreement",
            name="document_sha256",
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
