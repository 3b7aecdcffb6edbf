"""Judges any KBART file."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.lockss.kbart import check_file

LARGEST = 512 << 20


class Command(BaseCommand):
    help = (
        "Judge a KBART file. Example: kbart_check Tidewater_Global_AllTitles_2026-11-01.txt. "
        "Exit code 0: nothing grave; 1: faults (one a line); 2: cannot be read."
    )
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_) -> None:
        try:
            if file.stat().st_size > LARGEST:
                raise CommandError(f"{file}: over {LARGEST} bytes", returncode=2)
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=2) from error
        found = check_file(data, name=file.name)
        for each in found:
            grave = "error" if each.grave else "warning"
            self.stdout.write(
                f"{file.name}:{each.line}: {grave} {each.field}: found {each.found!r}, expected {each.expected}"
            )
        sys.exit(1 if any(each.grave for each in found) else 0)
