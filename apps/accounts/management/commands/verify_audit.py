"""Compare the audit record with its chain of digests."""

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.accounts.errors import RestoredError
from apps.accounts.services.heads import heads_file, last_head, read_heads
from apps.accounts.services.restored import accept, restored
from apps.accounts.services.verifying import Noted, Verified, verify

RESTORED = """
The head that this node noted last, at {at}, is position {lost}; it is not in the record, which ends at {end}.
The last noted head that is in it: {kept}. Events after that are gone, or others stand in their place.
This is what a database looks like that was brought back from a backup older than that head. It is also what a record
looks like whose newest events somebody cut off; the rows alone do not tell which.
If a backup was brought back here: verify_audit --accept-restored --reason "which backup, when, why". That is recorded
in the chain as an act, the old heads are kept beside the new ones, and the alert ends.
If nobody did that, accept nothing: keep the file of heads, and find out who had access to the database."""
_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


class Command(BaseCommand):
    help = (
        "Say whether the audit record is as it was written, and which row was altered, removed or inserted; the head "
        "that this node noted last must be in it. Example: verify_audit --output json. Exit code 0: it is; 1: it is "
        "not; 2: it, or the file of heads, could not be read."
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

        parser.add_argument(
            "--heads",
            metavar="FILE",
            type=Path,
            help="a file of heads that were noted earlier (setting audit_heads, or a mail); each must be there",
        )

        parser.add_argument(
            "--accept-restored",
            action="store_true",
            help="say that the database was brought back from a backup: the act is recorded, the old heads are put aside",
        )
        parser.add_argument(
            "--reason", default="", help="with --accept-restored: which backup, when, and why"
        )

    def handle(
        self, *, output: str, expect: str | None, heads: Path | None, accept_restored: bool, reason: str, **_
    ) -> None:
        if accept_restored:
            self._accept(reason)
            return
        noted, unread = self._noted(heads)
        own, trouble = self._own()
        named = [*self._head(expect), *noted]
        known = {(one.position, one.digest) for one in named}
        try:
            found = verify(expected=named + [one for one in own if (one.position, one.digest) not in known])
        except DatabaseError as error:
            raise CommandError(f"the record cannot be read: {error}", returncode=2) from None
        if output == "json":
            told = self._told(found) | {
                "noted_head": _text(own[0]) if own else None,
                "lost_head": self._lost(),
            }
            if heads is not None:
                told |= {"heads": len(noted), "unread_lines": unread}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self._say(found)
            self._say_how_far(own[0] if own else None, trouble)
            self._explain()
            if heads is not None:
                self.stdout.write(f"{len(noted)} heads of {heads} compared, {unread} lines without one")
        if found.faults:
            sys.exit(1)
        if trouble:
            raise CommandError(f"whether the end was cut off cannot be told: {trouble}", returncode=2)

    def _accept(self, reason: str) -> None:
        try:
            aside = accept(reason=reason)
        except (RestoredError, OSError) as error:
            raise CommandError(f"not accepted: {error}", returncode=1) from None
        except DatabaseError as error:
            raise CommandError(f"the record cannot be read: {error}", returncode=2) from None
        self.stdout.write(f"accepted and recorded; the old heads are kept in {aside}, and new ones begin")

    @staticmethod
    def _lost() -> str | None:
        try:
            found = restored()
        except OSError:
            return None
        return f"{found.lost[0]}:{found.lost[1].hex()}" if found else None

    def _explain(self) -> None:
        """What a lost end may mean, and what to do in each case: the rows alone do not tell."""
        try:
            found = restored()
        except OSError:
            # Told already.
            return
        if found is not None:
            kept = f"{found.kept[0]}" if found.kept else "none"
            self.stdout.write(
                RESTORED.format(at=found.noted_at, lost=found.lost[0], kept=kept, end=found.ends_at)
            )

    @staticmethod
    def _own() -> tuple[list[Noted], str]:
        """The head that this node noted last, if any, and what keeps it from being read."""
        path = heads_file()
        if path is None:
            return [], ""
        try:
            last = last_head(path)
        except OSError as error:
            return [], f"{path} cannot be read: {error.strerror or error}"
        return ([Noted(*last[1], f" at {last[0]} in {path}")] if last else []), ""

    def _say_how_far(self, own: Noted | None, trouble: str) -> None:
        """The chain alone proves nothing of its end: from which event on nobody could tell that some were cut off."""
        if own is not None:
            self.stdout.write(
                f"position {own.position} is the newest noted head{own.where}: events behind it could be cut off "
                "with their seals, and nothing here would show it"
            )
        elif not trouble:
            self.stdout.write(
                f"no head is noted in {heads_file() or 'any file (setting audit_heads)'}: whether the end of the record "
                "was cut off cannot be told"
            )

    @staticmethod
    def _noted(path: Path | None) -> tuple[list[Noted], int]:
        """The heads of a file with their lines, and how many lines hold none."""
        if path is None:
            return [], 0
        try:
            lines = list(read_heads(Path(path)))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}", returncode=2) from None
        noted = [Noted(*head, f" in line {number} of {path}") for number, head in lines if head]
        if not noted:
            raise CommandError(
                f"{path} holds no head: a line with a position, a colon and 64 hexadecimal digits",
                returncode=2,
            )
        return noted, len(lines) - len(noted)

    @staticmethod
    def _head(text: str | None) -> list[Noted]:
        if text is None:
            return []
        match = _HEAD.fullmatch(text.strip())
        if match is None:
            raise CommandError(
                "--expect wants a position, a colon and 64 hexadecimal digits, as the head is printed",
                returncode=2,
            )
        return [Noted(int(match[1]), bytes.fromhex(match[2]))]

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


def _text(one: Noted) -> str:
    return f"{one.position}:{one.digest.hex()}"
