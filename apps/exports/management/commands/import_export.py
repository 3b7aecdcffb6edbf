"""Takes packages into the store of this node."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.exports import importing
from apps.exports.errors import ImportRefused
from apps.exports.taking.report import ImportReport
from apps.repository.errors import StoreError


class Command(BaseCommand):
    help = (
        "Take a WARC, WACZ, BagIt tar, zip or tgz that a node has exported, or a WARC of another program, into the archival "
        "unit it is of. Example: import_export package.wacz. Exit code 0: all of it is here now; 1: some of it was not taken (told on standard error); 2: nothing."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--au", metavar="AUID", help="take it as this archival unit, whatever it says of itself"
        )
        parser.add_argument(
            "--told", choices=("text", "json"), default="text", help="how it tells what it did"
        )

    def handle(self, *, files: list[Path], au: str | None, told: str, **_options) -> None:
        findings = False
        for path in files:
            try:
                report = importing.import_package(path=path, user=None, au=au)
            except (ImportRefused, StoreError, OSError) as error:
                raise CommandError(f"{path}: {error}", returncode=2) from error
            findings = findings or bool(report.count)
            if told == "json":
                self.stdout.write(json.dumps({"file": str(path), **report.told()}, ensure_ascii=False))
            else:
                self._say(path, report)
        if findings:
            sys.exit(1)

    def _say(self, path: Path, report: ImportReport) -> None:
        for one in report.findings:
            self.stderr.write(f"{one.place}: {one.code}: found {one.found!r}, expected {one.expected!r}")
        if report.count > len(report.findings):
            self.stderr.write(f"and {report.count - len(report.findings)} more")
        self.stdout.write(
            f"{path}: {report.new} new versions, {report.held} were here already, in {report.auid}"
        )
