"""Exports: what was asked for, the AUs it is about, the files that are whole, and what is not in them.

And imports: the packages that lie in the folder, and what became of those that were taken.
"""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext

from apps.common.models import Stamped
from apps.exports.choices import (
    ExportFindingCode,
    ExportState,
    FileKind,
    ImportFindingCode,
    ImportState,
    UnitState,
)


class Export(Stamped):
    """One order. Numbers are of content: ``total_bytes`` as the store's summaries had it when it was asked for."""

    what = models.TextField(help_text="name of the AU or title, or how many AUs")
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    options = models.JSONField(default=dict, help_text="lockss.packages.ExportOptions.told")
    user = models.ForeignKey(
        "accounts.User",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="empty: the command line",
    )
    is_audit = models.BooleanField(default=False, help_text="by somebody who may have what is hidden")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one export")
    total_aus = models.PositiveIntegerField(default=0)
    total_files = models.PositiveBigIntegerField(default=0, help_text="versions, at most")
    total_bytes = models.PositiveBigIntegerField(default=0)
    done_files = models.PositiveBigIntegerField(default=0)
    done_bytes = models.PositiveBigIntegerField(default=0)
    begun_at = models.DateTimeField(null=True, help_text="of the present attempt")
    begun_bytes = models.PositiveBigIntegerField(default=0, help_text="what was done before it")
    size = models.PositiveBigIntegerField(default=0, help_text="of its files, in bytes")
    findings = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request_key"], name="export_request_once")]
        indexes = [
            models.Index(fields=["-id"], name="exports_newest"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="exports_by_expiry",
            ),
            models.Index(
                fields=["id"], condition=models.Q(state=ExportState.WAITING), name="exports_waiting"
            ),
        ]

    def __str__(self) -> str:
        return gettext("export %d") % self.pk

    @property
    def job_subject(self) -> str:
        return f"export:{self.pk}"

    @property
    def folder(self) -> Path:
        return Path(settings.NODE.export_dir) / str(self.pk)


class ExportUnit(models.Model):
    """An AU of an export; ``after`` is the last URL that stands in a file that is whole."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="units", db_index=False)
    au = models.ForeignKey("aus.Au", null=True, on_delete=models.SET_NULL, related_name="+")
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=UnitState.choices, default=UnitState.WAITING)
    after = models.TextField(blank=True)
    is_read = models.BooleanField(default=False, help_text="all its URLs stand in parts")
    serial = models.PositiveIntegerField(default=0, help_text="parts so far")
    urls = models.PositiveBigIntegerField(default=0)
    captures = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    left_out = models.PositiveBigIntegerField(default=0, help_text="folder pages, as it was asked for")
    findings = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "au"], name="export_unit_once"),
            models.UniqueConstraint(fields=["export", "position"], name="export_unit_position"),
        ]


class ExportFile(models.Model):
    """A file that is whole and on disk."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="files", db_index=False)
    unit = models.ForeignKey(ExportUnit, null=True, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=4, choices=FileKind.choices)
    name = models.TextField()
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sha512 = models.CharField(max_length=128, blank=True)
    captures = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "name"], name="export_file_name")]
        indexes = [models.Index(fields=["export", "kind", "id"], name="export_files")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return self.export.folder / self.name

    @property
    def index_path(self) -> Path:
        """Lines of CDXJ of a part."""
        return self.export.folder / f"{self.name}.cdxj"


class ExportFinding(models.Model):
    """A version, or a whole AU, that is not in the package. ``instead``: the version of its URL that is."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="+", db_index=False)
    unit = models.ForeignKey(ExportUnit, on_delete=models.CASCADE, related_name="finding_rows")
    code = models.CharField(max_length=16, choices=ExportFindingCode.choices)
    url = models.TextField(blank=True)
    version = models.PositiveIntegerField(null=True)
    instead = models.PositiveIntegerField(null=True)
    message = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["export", "id"], name="export_findings")]


class Package(models.Model):
    """A file of the folder of imports, as it was when somebody last looked (``taking.folder``)."""

    name = models.TextField(unique=True, help_text="of the file, without any folder")
    size = models.PositiveBigIntegerField(help_text="bytes")
    modified_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class PackageImport(Stamped):
    """One taking of one package; its numbers are of all attempts together."""

    name = models.TextField(help_text="of the file in the folder of imports")
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.WAITING)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one import")
    into = models.TextField(blank=True, help_text="AUID it is taken as, whatever it says of itself")
    au = models.ForeignKey("aus.Au", null=True, on_delete=models.SET_NULL, related_name="+")
    size = models.PositiveBigIntegerField(help_text="bytes of the file when it was asked for")
    begun_at = models.DateTimeField(null=True, help_text="of the first attempt")
    counted_serial = models.PositiveIntegerField(
        null=True, help_text="file of the AU's chain up to which its versions are counted"
    )
    counted_offset = models.BigIntegerField(default=0, help_text="place in that file, in bytes")
    new = models.PositiveBigIntegerField(default=0, help_text="versions that it stored")
    new_bytes = models.PositiveBigIntegerField(default=0, help_text="of their bodies")
    held = models.PositiveBigIntegerField(default=0, help_text="versions that were here before it")
    urls = models.PositiveBigIntegerField(default=0)
    equal = models.PositiveBigIntegerField(default=0, help_text="digests")
    unequal = models.PositiveBigIntegerField(default=0, help_text="digests")
    findings = models.PositiveBigIntegerField(default=0, help_text="all; rows are there of the first ones")
    taken_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request_key", "name"], name="package_import_once")]
        indexes = [
            models.Index(fields=["-id"], name="package_imports_newest"),
            models.Index(
                fields=["id"], condition=models.Q(state=ImportState.WAITING), name="package_imports_waiting"
            ),
        ]

    def __str__(self) -> str:
        return gettext("import %d") % self.pk

    @property
    def job_subject(self) -> str:
        return f"package-import:{self.pk}"


class PackageFinding(models.Model):
    """What of a package is wrong, or was not taken; ``place``: file and member, record or line."""

    taking = models.ForeignKey(
        PackageImport, on_delete=models.CASCADE, related_name="finding_rows", db_index=False
    )
    code = models.CharField(max_length=40, choices=ImportFindingCode.choices)
    place = models.TextField()
    found = models.TextField(blank=True)
    expected = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["taking", "id"], name="package_findings")]
