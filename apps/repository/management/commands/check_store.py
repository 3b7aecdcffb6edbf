import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.text import storable
from apps.repository import files, rebuild, services
from apps.repository.choices import CheckOutcome
from apps.repository.models import AuKey


class Command(BaseCommand):
    help = (
        "Compare the WARC files with the index; --deep reads every stored byte against its digest. "
        "Example: check_store --deep. Exit code 0: all as it should be; 1: it differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--au", metavar="AUID", help="only this AU")
        parser.add_argument("--deep", action="store_true", help="read all bytes, as the regular checks do")

    def handle(self, *args: object, au: str | None, deep: bool, **options: object) -> None:
        root = services.root()
        if not files.is_mounted(root):
            raise CommandError(f"{root} is no store, or is not mounted (file {files.MARKER!r} is not there)")
        if au is not None and not AuKey.objects.filter(auid=storable(au)).exists():
            raise CommandError(f"no AU of this node has the AUID {au!r}")
        aus = faults = 0
        for found in rebuild.aus_on_disk(root, au):
            aus += 1
            faults += self._tell(rebuild.compare_au(found, root))
        faults += self._tell(rebuild.vanished_aus(root, au))
        if deep:
            faults += self._read_all(au)
        self.stdout.write(f"{aus} AUs, {faults} differences")
        if faults:
            sys.exit(1)

    def _tell(self, findings) -> int:
        count = 0
        for count, finding in enumerate(findings, 1):  # noqa: B007 - the count is what is wanted
            self.stdout.write(f"{finding.place}: {finding.code}: {finding.message}")
        return count

    def _read_all(self, auid: str | None) -> int:
        keys = AuKey.objects.filter(warc_files__isnull=False).distinct().order_by("pk")
        faults = 0
        for key in keys.filter(auid=auid) if auid else keys.iterator(chunk_size=1_000):
            report = services.check_au(auid=key.auid)
            faults += report.damaged + report.missing + report.not_checkable
            if report.outcome is not CheckOutcome.GOOD:
                self._tell(report.findings)
        return faults
