"""``manage.py lcap_decode FILE``: what a recorded stream says, as one JSON array. Needs no database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.lockss.lcap.transcript import transcribe


class Command(BaseCommand):
    help = (
        "Print one direction of a recorded LCAP connection as a JSON array of its frames. Example: lcap_decode sent.bin. "
        "Of a broken stream the frames before the fault are printed, then the fault on stderr; exit status 1."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the recorded bytes; - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            stream = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            raise CommandError(f"cannot read {name}: {error.strerror}") from None
        told = transcribe(stream)
        self.stdout.write(json.dumps(told.frames, indent=2))
        if told.fault is not None:
            raise CommandError(str(told.fault))
