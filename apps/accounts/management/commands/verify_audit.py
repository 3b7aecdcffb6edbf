"""Compare the audit record with its chain of digests."""

import json
import re
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.accounts.services.verifying import Verified, verify

_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


class Command(BaseCommand):
    help = (
        "Say whether the audit record is as it was written, and which row was altered, removed or inserted. "
        "Example: verify_audit --output json. Exit code 0: it is; 1: it is not; 2: it could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output", type=str.lower, choices=("json", "text"), default="text", help="JSON, or a few lines"
        )
        parser.add_argument(
            "--expect",
            metavar="HEAD",
            help="a head that was noted earlier (POSITION:DIGEST); it must be there",
        )

    def handle(self, *, output: str, expect: str | None, **_) -> None:
        try:
            found = verify(expected=self._head(expect))
        except DatabaseError as error:
            raise CommandError(f"the record cannot be read: {error}", returncode=2) from None
        if output == "json":
            self.stdout.write(json.dumps(self._told(found), ensure_ascii=False, indent=2))
        else:
            self._say(found)
        if found.faults:
            sys.exit(1)

    @staticmethod
    def _head(text: str | None) -> tuple[int, bytes] | None:
        if text is None:
            return None
        match = _HEAD.fullmatch(text.strip())
        if match is None:
            raise CommandError(
                "--expect wants a position, a colon and 64 hexadecimal digits, as the head is printed",
                returncode=2,
            )
        return int(match[1]), bytes.fromhex(match[2])

    @staticmethod
    def _told(found: Verified) -> dict:
        return {
            "intact": not found.faults,
            "events": found.events,
            "pending": found.pending,
            "head": f"{found.head[0]}:{found.head[1]}" if found.head else None,
            "faults": [asdict(fault) for fault in found.faults],
            "more_faults": found.more,
        }

    def _say(self, found: Verified) -> None:
        for fault in found.faults:
            self.stdout.write(f"{fault.kind}: {fault.text}")
        if found.more:
            self.stdout.write("and more")
        self.stdout.write(
            f"{found.events} sealed events, {found.pending} waiting for their seal: "
            + ("the record is NOT as it was written" if found.faults else "the record is as it was written")
        )
        if found.head:
            self.stdout.write(f"head {found.head[0]}:{found.head[1]}")
