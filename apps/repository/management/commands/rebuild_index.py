from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.repository import files, probing, rebuild, services
from apps.repository.errors import StoreError
from apps.repository.indexing import FileReport


class Command(BaseCommand):
    help = (
        "Enter what lies in the WARC files into the database's index, from the files alone; rows that exist stay. "
        "Example: rebuild_index --dry-run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--au", metavar="AUID", help="only this AU")
        parser.add_argument("--all", action="store_true", help="read also the files whose rows are all there")
        parser.add_argument(
            "--dry-run", action="store_true", help="only read the files and tell what is in them"
        )

    def handle(self, *args: object, au: str | None, all: bool, dry_run: bool, **options: object) -> None:  # noqa: A002
        root = services.root()
        if not root.is_dir():
            raise CommandError(f"{root} is not there: the content folder is a setting (content_dir)")
        if not dry_run:
            self._ask(root)
            files.make_store(root)
        aus = read = artifacts = faults = 0
        for found in rebuild.aus_on_disk(root, au):
            aus += 1
            steps = rebuild.survey_au(found, root) if dry_run else rebuild.rebuild_au(found, root, whole=all)
            try:
                for report in steps:
                    read += 1
                    artifacts += report.artifacts
                    faults += len(report.findings)
                    self._tell(report, options["verbosity"])
            except StoreError as error:
                faults += 1
                self.stderr.write(f"{found.slug}: {error}")
        if au is not None and not aus:
            raise CommandError(f"no file of the AUID {au!r} lies in {root}")
        what = "found" if dry_run else "entered"
        self.stdout.write(f"{aus} AUs, {read} files read, {artifacts} versions {what}, {faults} faults")

    def _ask(self, root: Path) -> None:
        """Torn ends are moved and locks are files: a rebuild writes to the store, too."""
        if cause := probing.refusal(root):
            raise CommandError(
                f"{root} takes no writes ({cause}). Nothing was entered and nothing was changed. Mend the disk and "
                "run this again; with --dry-run it only reads."
            )

    def _tell(self, report: FileReport, verbosity: object) -> None:
        if verbosity != 0 and report.artifacts:
            self.stdout.write(f"{report.name}: {report.artifacts} versions")
        for finding in report.findings:
            self.stderr.write(f"{finding.place}: {finding.code}: {finding.message}")
        if report.aside:
            self.stderr.write(f"{report.name}: a torn end was moved to {report.aside.name}")
