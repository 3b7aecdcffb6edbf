"""The index of the store. Everything here but dates of checks can be rebuilt from the WARC files alone.

``Artifact`` and ``UrlHolder`` are partitioned by hash and made by SQL in the first migration (decisions.md 13–16):
no foreign key points to them, and the admin cannot show them. Their URL is no key; its SHA-256 is.
"""

from django.db import models

from apps.repository.choices import ArtifactState, CheckOutcome, FileState, Origin
from apps.repository.querysets import ArtifactQuerySet, SummaryQuerySet


class AuKey(models.Model):
    """An AU's number below the catalogue: what artifacts are filed under, known before and after any title list."""

    auid = models.TextField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.auid


class WarcFile(models.Model):
    """One file of an AU's chain. ``size`` bytes of it are in the index; more on disk was never promised."""

    au_key = models.ForeignKey(AuKey, on_delete=models.PROTECT, related_name="warc_files")
    serial = models.PositiveIntegerField()
    name = models.TextField(unique=True, help_text="path below the content folder")
    size = models.BigIntegerField(default=0, help_text="bytes")
    artifacts = models.PositiveIntegerField(default=0, help_text="versions that lie in it")
    state = models.CharField(max_length=8, choices=FileState.choices, default=FileState.OPEN)
    sha256 = models.BinaryField(max_length=32, null=True, help_text="of the whole file, once it is closed")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["au_key", "serial"], name="warc_file_once")]
        indexes = [
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=[FileState.MISSING, FileState.DAMAGED]),
                name="warc_file_suspect",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Artifact(models.Model):
    """One version of one URL of one AU; the newest is current. Columns as in ``values.StoredArtifact``."""

    pk = models.CompositePrimaryKey("au_key", "url_digest", "version")
    au_key = models.ForeignKey(
        AuKey, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    url_digest = models.BinaryField(max_length=32)
    version = models.IntegerField()
    url = models.TextField()
    size = models.BigIntegerField(help_text="stored bytes")
    sha256 = models.BinaryField(max_length=32, help_text="of the stored bytes; never replaced by a check")
    content_type = models.TextField()
    content_encoding = models.TextField()
    status = models.SmallIntegerField(null=True, help_text="of HTTP; empty: came another way")
    redirected_to = models.TextField(null=True)
    collected_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(help_text="when its source last gave these very bytes")
    last_good_check = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=ArtifactState.choices)
    origin = models.CharField(max_length=20, choices=Origin.choices)
    is_current = models.BooleanField()
    warc_file = models.ForeignKey(
        WarcFile, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    warc_offset = models.BigIntegerField()
    warc_length = models.BigIntegerField()
    body_offset = models.IntegerField(help_text="from the record's start")
    body_deflated = models.BigIntegerField()
    body_crc32 = models.BigIntegerField()

    objects = ArtifactQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.url} ({self.version})"


class UrlHolder(models.Model):
    """Who holds a URL when the AU is unknown: readers, proxies, Memento (delivery-rulings.md, C2)."""

    pk = models.CompositePrimaryKey("url_digest", "au_key")
    url_digest = models.BinaryField(max_length=32)
    au_key = models.ForeignKey(
        AuKey, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    version = models.IntegerField(help_text="the newest")


class AuSummary(models.Model):
    """Counts of one AU, kept in the transaction that changes what they count."""

    au_key = models.OneToOneField(AuKey, primary_key=True, on_delete=models.PROTECT, related_name="summary")
    urls = models.BigIntegerField(default=0)
    versions = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0, help_text="bytes of all versions")
    current_size = models.BigIntegerField(default=0, help_text="bytes of the newest versions")
    disk_size = models.BigIntegerField(default=0, help_text="bytes of its WARC files")
    damaged = models.BigIntegerField(default=0, help_text="URLs whose newest version is damaged")
    missing = models.BigIntegerField(default=0, help_text="URLs whose newest version is missing")
    unreadable = models.BigIntegerField(default=0, help_text="URLs whose newest version cannot be checked")
    suspect_versions = models.BigIntegerField(default=0, help_text="damaged or missing versions of any age")
    last_write_at = models.DateTimeField(null=True)
    last_check_at = models.DateTimeField(null=True, help_text="a check that could read everything")
    last_good_check_at = models.DateTimeField(null=True, help_text="a check that found everything good")
    last_damage_at = models.DateTimeField(
        null=True, help_text="when the newest version of a URL was found damaged or missing"
    )
    next_check_at = models.DateTimeField(null=True, help_text="empty: nothing to check")

    objects = SummaryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=models.Q(next_check_at__isnull=False),
                name="summary_check_due",
            ),
            models.Index(
                fields=["au_key"],
                condition=models.Q(damaged__gt=0) | models.Q(missing__gt=0) | models.Q(unreadable__gt=0),
                name="summary_suspect",
            ),
            models.Index(
                fields=["last_damage_at"],
                condition=models.Q(last_damage_at__isnull=False),
                name="summary_by_damage",
            ),
        ]


class FixityCheck(models.Model):
    """One reading of an AU's stored bytes against their digests; counts are versions."""

    au_key = models.ForeignKey(AuKey, on_delete=models.PROTECT, related_name="fixity_checks")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=CheckOutcome.choices)
    good = models.BigIntegerField(default=0)
    damaged = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)
    not_checkable = models.BigIntegerField(default=0)
    findings = models.JSONField(default=list, help_text="the first ones: [code, place, message]")

    class Meta:
        indexes = [
            models.Index(fields=["au_key", "-id"], name="fixity_by_au"),
            models.Index(fields=["finished_at", "id"], name="fixity_by_end"),
            models.Index(
                fields=["finished_at", "id"],
                condition=models.Q(outcome__in=[CheckOutcome.DAMAGED, CheckOutcome.MISSING]),
                name="fixity_bad",
            ),
        ]
