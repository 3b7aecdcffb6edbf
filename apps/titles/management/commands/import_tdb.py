"""Title lists from a folder, into the database or, with --dry-run, only read and counted."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.core.management.base import BaseCommand, CommandError

from apps.titles.json_output import HELP, check_output, write_json
from apps.titles.tdb_files import Counts, read_folder, write_tsv


class Command(BaseCommand):
    help = (
        "Import title lists (TDB) from a folder or file. Example: import_tdb lists/adpn --list ADPN. "
        "Exit code 0: done; 1: some entries could not be read; 2: nothing was done."
    )
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "path",
            type=Path,
            help="a folder with .tdb files, or one file (also .xml, .zip, properties, KBART)",
        )
        parser.add_argument("--dry-run", action="store_true", help="read and count only; needs no database")
        parser.add_argument(
            "--tsv", type=Path, metavar="FILE", help="with --dry-run: write every AU as a line"
        )
        parser.add_argument("--list", dest="list_name", help="name of the title list (default: the folder's)")
        parser.add_argument("--retire", action="store_true", help="retire what the list no longer names")
        parser.add_argument("--output", metavar="JSON", help=HELP)

    def handle(
        self,
        *,
        path: Path,
        dry_run: bool,
        tsv: Path | None,
        list_name: str | None,
        retire: bool,
        output: str | None,
        **_,
    ) -> None:
        _check(path)
        check_output(output)
        if tsv is not None and not dry_run:
            raise CommandError("--tsv goes with --dry-run", returncode=2)
        if dry_run:
            with _opened(tsv) as out:
                counts = write_tsv(read_folder(path), out)
            self._report(counts, output)
            sys.exit(1 if counts.errors else 0)
        # Only now, so that a dry run needs no database driver and no models.
        from apps.titles.outcome import done_or_told, end  # noqa: PLC0415
        from apps.titles.services import import_tdb_folder  # noqa: PLC0415

        name = path.resolve().name if list_name is None else list_name
        with done_or_told(path):
            done = import_tdb_folder(path=path, list_name=name, user=None, retire=retire)
        end(done, output, self.stdout, "AUs")

    def _report(self, counts: Counts, output: str | None) -> None:
        if output:
            write_json(counts.as_data(), output, self.stdout)
            return
        for name, finding in counts.findings:
            self.stderr.write(finding.text(name))
        self.stdout.write(
            ", ".join(
                f"{number} {noun if number == 1 else f'{noun}s'}"
                for number, noun in (
                    (counts.files, "file"),
                    (counts.publishers, "publisher"),
                    (counts.titles, "title"),
                    (counts.aus, "AU"),
                    (len(counts.findings), "finding"),
                )
            )
        )


def _check(path: Path) -> None:
    try:
        if path.resolve() == Path(path.resolve().anchor):
            raise CommandError(
                f"{path} is the whole system; name a folder that holds title lists", returncode=2
            )
        if not path.exists():
            raise CommandError(f"{path}: no such folder or file", returncode=2)
        if not path.is_dir() and not path.is_file():
            raise CommandError(f"{path} is neither a folder nor a file", returncode=2)
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror}", returncode=2) from error


@contextmanager
def _opened(tsv: Path | None) -> Iterator[TextIO | None]:
    if tsv is None:
        yield None
        return
    try:
        # Names of files may hold bytes that are no text; they go out as they came in.
        with tsv.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as out:
            yield out
    except OSError as error:
        raise CommandError(f"{tsv}: cannot be written: {error.strerror}", returncode=2) from error
