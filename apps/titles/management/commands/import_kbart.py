"""A KBART file of a publisher or knowledge base, into the catalogue: titles, identifiers, coverage; no AUs."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.titles.json_output import HELP, check_output
from apps.titles.outcome import done_or_told, end
from apps.titles.services import import_kbart_file


class Command(BaseCommand):
    help = (
        "Import a KBART file: titles with identifiers and coverage. Example: import_kbart "
        "Tidewater_Global_AllTitles_2026-11-01.txt --list Tidewater --output JSON. "
        "Exit code 0: done; 1: some lines could not be read; 2: nothing was done."
    )
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE", help="a KBART file")
        parser.add_argument("--list", dest="list_name", help="name of the title list (default: the file's)")
        parser.add_argument(
            "--retire",
            action="store_true",
            help="the file is whole: what it does not name is no longer listed",
        )
        parser.add_argument("--output", metavar="JSON", help=HELP)

    def handle(self, *, path: Path, list_name: str | None, retire: bool, output: str | None, **_) -> None:
        check_output(output)
        with done_or_told(path):
            if not path.is_file():
                raise CommandError(f"{path}: no such file", returncode=2)
            name = path.stem if list_name is None else list_name
            done = import_kbart_file(path=path, list_name=name, retire=retire)
        end(done, output, self.stdout, "lines of coverage")
