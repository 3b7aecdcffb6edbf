"""Writes the KBART report of this node."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.kbart.services import FORMATS, write_file
from apps.lockss.kbart import KbartError, Scope


class Command(BaseCommand):
    help = (
        "Write the KBART report. Example: kbart --scope preserved --output titles.txt. "
        "Exit code 0: done; 1: written, but some titles are left out (told on standard error); 2: not written."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--scope", choices=[s.value for s in Scope], default=Scope.PRESERVED.value)
        parser.add_argument("--format", choices=FORMATS, default="tsv")
        parser.add_argument("--output", type=Path, required=True, metavar="FILE")

    def handle(self, *, scope: str, output: Path, **options) -> None:
        try:
            made = write_file(scope=Scope(scope), form=options["format"], to=output)
        except (KbartError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        for finding in made.findings:
            self.stderr.write(
                f"{finding.entry}: {finding.field}: found {finding.found!r}, expected {finding.expected}"
            )
        self.stdout.write(f"{len(made.rows)} rows in {output}")
        sys.exit(1 if any(finding.grave for finding in made.findings) else 0)
