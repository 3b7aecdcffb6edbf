"""Writes a COUNTER report of this node."""

import os
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.common.clock import now
from apps.lockss.usage import WORLD
from apps.lockss.usage.exceptions import Exceptional
from apps.lockss.usage.reports import VIEWS
from apps.usage.files import FORMS, TSV, written
from apps.usage.services.customers import customer_of, customers
from apps.usage.services.keeping import keep_up
from apps.usage.services.reporting import report_of

STANDARD_OUTPUT = Path("-")


class Command(BaseCommand):
    help = (
        "Write a report of what readers read, by COUNTER R5.1. Example: usage --report tr_j1 --begin 2026-01 --end "
        "2026-06 --output tr_j1.tsv. What it leaves unsaid stands in its head and on standard error. Exit code 0: done; "
        "2: not written."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--report", required=True, choices=[name.lower() for name in VIEWS], type=str.lower
        )
        parser.add_argument("--begin", required=True, metavar="YYYY-MM", help="first month")
        parser.add_argument("--end", required=True, metavar="YYYY-MM", help="last month, included")
        parser.add_argument("--format", choices=FORMS, default=TSV)
        parser.add_argument(
            "--customer",
            default=WORLD,
            metavar="ID",
            help="own, proxy:NAME, or all usage where it is left out",
        )
        parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="-: standard output")

    def handle(self, *, report: str, begin: str, end: str, output: Path, customer: str, **options) -> None:
        whose = customer_of(customer)
        if whose is None:
            known = ", ".join(one.id for one in customers())
            raise CommandError(f"--customer: found {customer!r}, expected one of {known}", returncode=2)
        # What was written since the last scan is in the months as well.
        keep_up()
        made = report_of(view=VIEWS[report.upper()], customer=whose, begin=begin, end=end, moment=now())
        if isinstance(made, Exceptional):
            raise CommandError(made.as_text, returncode=2)
        body = written(made, options["format"])
        try:
            _put(output, body)
        except OSError as error:
            raise CommandError(str(error), returncode=2) from error
        for one in made.header.exceptions:
            self.stderr.write(one.as_text)


def _put(output: Path, body: bytes) -> None:
    """The file is whole or as it was."""
    if output == STANDARD_OUTPUT:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f"{output.name}.part")
    part.write_bytes(body)
    os.replace(part, output)
