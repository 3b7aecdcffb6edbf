"""A publisher's page, tried: does it permit, and if not, what is nearly right."""

import json
import re
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.lockss.fetch import Fault
from apps.lockss.permission import Network, try_page
from apps.permissions.trying import FAULTS, Tried, as_json, clean_address, try_url

LONGEST_FILE = 64 << 20
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class Command(BaseCommand):
    help = (
        "Test a permission page, by its address or from a file. Example: "
        "permission_test https://journal.example/lockss --network lockss --output JSON. "
        "Exit code 0: it permits; 1: it does not, and why; 2: it cannot be read."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("page", metavar="URL|FILE", help="the page's address, or a file with the page")
        parser.add_argument(
            "--network",
            choices=[one.value for one in Network],
            default="lockss",
            help="whose statement counts",
        )
        parser.add_argument(
            "--output", type=str.lower, choices=("json", "text"), default="json", help="JSON, or a few lines"
        )

    def handle(self, *, page: str, network: str, output: str, **_) -> None:
        tried = self._tried(page, Network(network))
        found = as_json(tried, Network(network))
        if output == "json":
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            self._say(found)
        if tried.trial is None:
            raise CommandError(f"{page}: {tried.error}", returncode=2)
        sys.exit(0 if tried.trial.granted else 1)

    def _tried(self, page: str, network: Network) -> Tried:
        if _ADDRESS.match(page):
            try:
                address = clean_address(page)
            except ValueError:
                return Tried(page, error=FAULTS[Fault.BAD_URL], fault=Fault.BAD_URL)
            return try_url(address, network)
        try:
            with Path(page).open("rb") as file:
                data = file.read(LONGEST_FILE + 1)
        except OSError as error:
            return Tried(page, error=str(error.strerror or error))
        if len(data) > LONGEST_FILE:
            return Tried(page, error=f"over {LONGEST_FILE >> 20} MiB")
        return Tried(page, try_page(data, network))

    def _say(self, found: dict) -> None:
        self.stdout.write(f"permitted by: {found['statement']}" if found["granted"] else "not permitted")
        for near in found["near"]:
            self.stdout.write(
                f"nearly: {near['found']}\n  expected: {near['expected']}\n  {near['difference']}"
            )
