"""The index of the store; its two large tables are partitioned by hash, which only SQL can say."""

import django.db.models.deletion
from django.db import migrations, models

# Columns in order of width, so that rows waste no bytes on alignment.
ARTIFACT = """
CREATE TABLE repository_artifact (
    au_key_id bigint NOT NULL,
    warc_file_id bigint NOT NULL,
    warc_offset bigint NOT NULL,
    warc_length bigint NOT NULL,
    size bigint NOT NULL,
    body_deflated bigint NOT NULL,
    body_crc32 bigint NOT NULL,
    collected_at timestamptz NOT NULL,
    confirmed_at timestamptz NOT NULL,
    last_good_check timestamptz,
    version integer NOT NULL CHECK (version > 0),
    body_offset integer NOT NULL,
    status smallint,
    is_current boolean NOT NULL,
    state varchar(12) NOT NULL,
    origin varchar(20) NOT NULL,
    url_digest bytea NOT NULL CHECK (octet_length(url_digest) = 32),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    content_type text NOT NULL,
    content_encoding text NOT NULL,
    redirected_to text,
    url text NOT NULL,
    PRIMARY KEY (au_key_id, url_digest, version)
) PARTITION BY HASH (au_key_id);
DO $$ BEGIN
    FOR part IN 0..63 LOOP
        EXECUTE format(
            'CREATE TABLE repository_artifact_%s PARTITION OF repository_artifact '
            'FOR VALUES WITH (MODULUS 64, REMAINDER %s) WITH (fillfactor = 90)',
            lpad(part::text, 2, '0'), part);
    END LOOP;
END $$;
CREATE INDEX repository_artifact_by_name ON repository_artifact (au_key_id, (left(url, 200)) COLLATE "C")
    WHERE is_current;
CREATE INDEX repository_artifact_by_file ON repository_artifact (au_key_id, warc_file_id, warc_offset);
CREATE INDEX repository_artifact_not_good ON repository_artifact (au_key_id, state) WHERE state <> 'good';
"""

HOLDER = """
CREATE TABLE repository_urlholder (
    au_key_id bigint NOT NULL,
    version integer NOT NULL,
    url_digest bytea NOT NULL CHECK (octet_length(url_digest) = 32),
    PRIMARY KEY (url_digest, au_key_id)
) PARTITION BY HASH (url_digest);
DO $$ BEGIN
    FOR part IN 0..31 LOOP
        EXECUTE format(
            'CREATE TABLE repository_urlholder_%s PARTITION OF repository_urlholder '
            'FOR VALUES WITH (MODULUS 32, REMAINDER %s)', lpad(part::text, 2, '0'), part);
    END LOOP;
END $$;
"""

# Byte order of the result is the order of URLs in votes (lcap-v3 §5.5): "/" before all else, then UTF-16 units.
# Characters below "0" move up by one to make room for "/"; U+E000 to U+FFFF go behind the planes above, as their
# units do: each gets U+10FFFF before it, and U+10FFFF itself a sign that keeps it in its place.
LOW = [f"\\{unit:04X}" for unit in range(1, ord("/") + 1)]
ORDER = rf"""
CREATE FUNCTION repository_url_order(url text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
    CASE WHEN octet_length(url) = char_length(url) THEN url
    ELSE regexp_replace(
        replace(url, U&'\+10FFFF', U&'\+10FFFF\0001'), U&'([\E000-\FFFF])', U&'\+10FFFF\\1', 'g')
    END,
    U&'{"".join(LOW)}',
    U&'{"".join(LOW[1:] + LOW[:1])}'
);
"""

PROTECT = django.db.models.deletion.PROTECT


def au_key() -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=PROTECT, related_name="+", to="repository.aukey"
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("auid", models.TextField(unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="WarcFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("serial", models.PositiveIntegerField()),
                ("name", models.TextField(help_text="path below the content folder", unique=True)),
                ("size", models.BigIntegerField(default=0, help_text="bytes")),
                ("artifacts", models.PositiveIntegerField(default=0, help_text="versions that lie in it")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("closed", "closed"),
                            ("missing", "missing"),
                            ("damaged", "damaged"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                (
                    "sha256",
                    models.BinaryField(
                        help_text="of the whole file, once it is closed", max_length=32, null=True
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "au_key",
                    models.ForeignKey(on_delete=PROTECT, related_name="warc_files", to="repository.aukey"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("au_key", "serial"), name="warc_file_once")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["missing", "damaged"])),
                        fields=["state"],
                        name="warc_file_suspect",
                    )
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(ARTIFACT, "DROP TABLE repository_artifact"),
                migrations.RunSQL(HOLDER, "DROP TABLE repository_urlholder"),
                migrations.RunSQL(ORDER, "DROP FUNCTION repository_url_order(text)"),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Artifact",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "au_key",
                                "url_digest",
                                "version",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("url_digest", models.BinaryField(max_length=32)),
                        ("version", models.IntegerField()),
                        ("url", models.TextField()),
                        ("size", models.BigIntegerField(help_text="stored bytes")),
                        (
                            "sha256",
                            models.BinaryField(
                                help_text="of the stored bytes; never replaced by a check", max_length=32
                            ),
                        ),
                        ("content_type", models.TextField()),
                        ("content_encoding", models.TextField()),
                        (
                            "status",
                            models.SmallIntegerField(help_text="of HTTP; empty: came another way", null=True),
                        ),
                        ("redirected_to", models.TextField(null=True)),
                        ("collected_at", models.DateTimeField()),
                        (
                            "confirmed_at",
                            models.DateTimeField(help_text="when its source last gave these very bytes"),
                        ),
                        ("last_good_check", models.DateTimeField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("good", "good"),
                                    ("damaged", "damaged"),
                                    ("missing", "missing"),
                                    ("unreadable", "not checkable"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("crawl", "collected from the publisher"),
                                    ("repair_peer", "repaired from a peer"),
                                    ("repair_publisher", "repaired from the publisher"),
                                    ("import", "deposited"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("is_current", models.BooleanField()),
                        ("warc_offset", models.BigIntegerField()),
                        ("warc_length", models.BigIntegerField()),
                        ("body_offset", models.IntegerField(help_text="from the record's start")),
                        ("body_deflated", models.BigIntegerField()),
                        ("body_crc32", models.BigIntegerField()),
                        ("au_key", au_key()),
                        (
                            "warc_file",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=PROTECT,
                                related_name="+",
                                to="repository.warcfile",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="UrlHolder",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "url_digest",
                                "au_key",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("url_digest", models.BinaryField(max_length=32)),
                        ("version", models.IntegerField(help_text="the newest")),
                        ("au_key", au_key()),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuSummary",
            fields=[
                (
                    "au_key",
                    models.OneToOneField(
                        on_delete=PROTECT,
                        primary_key=True,
                        related_name="summary",
                        serialize=False,
                        to="repository.aukey",
                    ),
                ),
                ("urls", models.BigIntegerField(default=0)),
                ("versions", models.BigIntegerField(default=0)),
                ("size", models.BigIntegerField(default=0, help_text="bytes of all versions")),
                ("current_size", models.BigIntegerField(default=0, help_text="bytes of the newest versions")),
                ("disk_size", models.BigIntegerField(default=0, help_text="bytes of its WARC files")),
                (
                    "damaged",
                    models.BigIntegerField(default=0, help_text="URLs whose newest version is damaged"),
                ),
                (
                    "missing",
                    models.BigIntegerField(default=0, help_text="URLs whose newest version is missing"),
                ),
                (
                    "unreadable",
                    models.BigIntegerField(
                        default=0, help_text="URLs whose newest version cannot be checked"
                    ),
                ),
                (
                    "suspect_versions",
                    models.BigIntegerField(default=0, help_text="damaged or missing versions of any age"),
                ),
                ("last_write_at", models.DateTimeField(null=True)),
                (
                    "last_check_at",
                    models.DateTimeField(help_text="a check that could read everything", null=True),
                ),
                (
                    "last_good_check_at",
                    models.DateTimeField(help_text="a check that found everything good", null=True),
                ),
                ("next_check_at", models.DateTimeField(help_text="empty: nothing to check", null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_check_at__isnull", False)),
                        fields=["next_check_at"],
                        name="summary_check_due",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("damaged__gt", 0), ("missing__gt", 0), ("unreadable__gt", 0), _connector="OR"
                        ),
                        fields=["au_key"],
                        name="summary_suspect",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="FixityCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("good", "good"),
                            ("damaged", "damaged"),
                            ("missing", "missing"),
                            ("not_checkable", "not checkable"),
                        ],
                        max_length=16,
                    ),
                ),
                ("good", models.BigIntegerField(default=0)),
                ("damaged", models.BigIntegerField(default=0)),
                ("missing", models.BigIntegerField(default=0)),
                ("not_checkable", models.BigIntegerField(default=0)),
                (
                    "findings",
                    models.JSONField(default=list, help_text="the first ones: [code, place, message]"),
                ),
                (
                    "au_key",
                    models.ForeignKey(on_delete=PROTECT, related_name="fixity_checks", to="repository.aukey"),
                ),
            ],
            options={"indexes": [models.Index(fields=["au_key", "-id"], name="fixity_by_au")]},
        ),
    ]
