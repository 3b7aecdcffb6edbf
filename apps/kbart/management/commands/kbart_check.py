"""Judges any KBART file."""

import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.lockss.kbart import KbartFinding, check_file
from apps.titles.json_output import HELP, check_output, write_json

LARGEST = 512 << 20
STANDARD_INPUT = Path("-")


class Command(BaseCommand):
    help = (
        "Judge a KBART file. Example: kbart_check Tidewater_Global_AllTitles_2026-11-01.txt --strict --output JSON. "
        "Exit code 0: nothing grave; 1: errors (one a line); 2: cannot be read."
    )
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path, help="-: standard input, which has no name to be judged")
        parser.add_argument(
            "--strict", action="store_true", help="what the standard only advises counts as an error, too"
        )
        parser.add_argument("--output", metavar="JSON", help=HELP)

    def handle(self, *, file: Path, strict: bool, output: str | None, **_) -> None:
        check_output(output)
        named = file != STANDARD_INPUT
        try:
            # One byte more is enough to see that it is too large, also of what has no size beforehand.
            with file.open("rb") if named else nullcontext(sys.stdin.buffer) as source:
                data = source.read(LARGEST + 1)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=2) from error
        if len(data) > LARGEST:
            raise CommandError(f"{file}: over {LARGEST} bytes", returncode=2)
        found = check_file(data, name=file.name if named else None, strict=strict)
        grave = sum(each.grave for each in found)
        if output:
            told = {"file": file.name, "strict": strict, "errors": grave, "warnings": len(found) - grave}
            told["findings"] = [asdict(each) for each in found]
            write_json(told, output, self.stdout)
        else:
            for each in found:
                place = file.name if each.line is None else f"{file.name}:{each.line}"
                self.stdout.write(f"{place}: {_said(each)}")
        sys.exit(1 if grave else 0)


def _said(each: KbartFinding) -> str:
    word = "error" if each.grave else "warning"
    about = f"{word} {each.field}" if each.field else word
    return f"{about}: found {each.found!r}, expected {each.expected}"
