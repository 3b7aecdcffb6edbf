"""Writes the KBART report of this node."""

import json
import shutil
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.kbart.asking import ROWS, WRITING, Order, order_of
from apps.kbart.choices import Form, Shape
from apps.kbart.errors import ReportError
from apps.kbart.making.files import Made, write_file, write_report
from apps.kbart.making.spool import nameless
from apps.kbart.words import cause
from apps.lockss.kbart import Scope

STANDARD_OUTPUT = Path("-")
FLAGS = ("with_id", "omit_empty", "omit_header", "compress")


class Command(BaseCommand):
    help = (
        "Write the KBART report. Example: kbart --scope preserved --output titles.txt. Beside it titles.about says what "
        "its words mean. Exit code 0: done; 1: written, but some titles are left out (told on standard error); 2: not written."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--scope",
            choices=[s.value for s in Scope],
            default=Scope.PRESERVED.value,
            help="which archival units (default: %(default)s); not for --report keepers, which has preserved and in progress",
        )
        parser.add_argument("--format", choices=[f.value for f in Form], default=Form.TSV.value)
        parser.add_argument(
            "--output",
            type=Path,
            required=True,
            metavar="FILE",
            help="-: standard output, once the report is whole; what is told goes to standard error",
        )
        parser.add_argument("--report", choices=[s.value for s in Shape], default="", help="what one line is")
        parser.add_argument("--kind", default="", help="all, serials or monographs")
        parser.add_argument("--publisher", default="", help="by its whole name")
        parser.add_argument("--set", default="", metavar="NUMBER", help="a title set")
        parser.add_argument("--institution", default="", help="a member with a node, by its whole name")
        parser.add_argument(
            "--since", default="", metavar="YYYY-MM-DD", help="only what came in from this day on"
        )
        parser.add_argument("--notes", default="", help="coverage in words: year-volume, year, …")
        parser.add_argument("--columns", default="", help="a named order or columns of your own")
        for flag in FLAGS:
            parser.add_argument(f"--{flag.replace('_', '-')}", action="store_true")
        parser.add_argument(
            "--told", choices=("text", "json"), default="text", help="how this command tells what it did"
        )

    def handle(self, *, output: Path, told: str, **options) -> None:
        given = {
            name: "yes" if value is True else value
            for name in (*ROWS, *WRITING)
            if (value := options.get(name))
        }
        try:
            order = order_of(given)
            done = _written_out(order) if output == STANDARD_OUTPUT else write_file(order, output, now())
        except (BadQuery, ReportError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        tell = self.stderr if output == STANDARD_OUTPUT else self.stdout
        if told == "json":
            tell.write(json.dumps(_told(done, output), ensure_ascii=False))
        else:
            self._say(done, output, tell)
        sys.exit(1 if done.grave else 0)

    def _say(self, done: Made, output: Path, tell: OutputWrapper) -> None:
        for one in done.first:
            self.stderr.write(
                f"{one.entry}: {one.field}: found {one.found!r}, expected {one.expected}. {cause(one.code)}"
            )
        if done.left_out > len(done.first):
            self.stderr.write(f"and {done.left_out - len(done.first)} more")
        where = done.name if output == STANDARD_OUTPUT else output
        tell.write(f"{done.rows} rows in {where}")


def _written_out(order: Order) -> Made:
    """Onto standard output, not a byte of it before all of it is made."""
    with nameless() as file:
        done = write_report(file, order, now())
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return done


def _told(done: Made, output: Path) -> dict[str, object]:
    return {
        "file": str(output),
        "rows": done.rows,
        "size": done.size,
        "sha256": done.sha256,
        "left_out": done.left_out,
        "counts": done.counts,
    }
