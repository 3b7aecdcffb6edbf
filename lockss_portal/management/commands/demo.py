"""The demonstration: four nodes, a sample publisher, damage and repair (``make demo``)."""

import shutil
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

from django.core.management.base import BaseCommand

from lockss_portal.conf.load import ROOT
from lockss_portal.demo.conduct import Demonstration
from lockss_portal.demo.kills import Kill, matrix, seeded


def kill(text: str) -> Kill:
    try:
        return Kill.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


class Command(BaseCommand):
    help = "Four nodes and a sample publisher: collect, poll, damage, repair, report. Example: demo --once."
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="end by itself: exit code 0 when all came true"
        )
        parser.add_argument("--leave", action="store_true", help="leave one AU for a visitor to select")
        parser.add_argument("--keep", action="store_true", help="go on with the nodes of the last run")
        parser.add_argument("--home", type=Path, default=ROOT / "var" / "demo", help="where the nodes live")
        parser.add_argument(
            "--kill",
            action="append",
            type=kill,
            default=[],
            metavar="NODE:PROCESS@STEP[+SECONDS]",
            help="kill -9 a process while a step runs; may be repeated",
        )
        parser.add_argument(
            "--kill-matrix",
            action="store_true",
            help="one run for every process and step, each with one kill",
        )
        parser.add_argument("--kill-seed", type=int, help="two kills chosen by this number")

    def handle(
        self,
        *,
        once: bool,
        leave: bool,
        keep: bool,
        home: Path,
        kill: list[Kill],
        kill_matrix: bool,
        kill_seed: int | None,
        **_,
    ) -> None:
        home = home.absolute()
        if kill_matrix:
            sys.exit(self._matrix(home))
        if home.exists() and not keep:
            # Only what a demonstration made: a folder of somebody else's is left alone.
            for old in [
                *home.glob("node[1-9]"),
                home / "titles",
                home / "story.json",
                home / "kbart.tsv",
                home / "demo.json",
            ]:
                shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        kills = [*kill, *(seeded(kill_seed, 2) if kill_seed is not None else [])]
        for each in kills:
            self.stdout.write(f"Will kill {each}")
        sys.exit(Demonstration(home, once=once, leave=leave, kills=kills).run())

    def _matrix(self, home: Path) -> int:
        """Each run is a process of its own, so that one that fails does not take the others along."""
        failed = []
        for each in matrix():
            log = home.with_name(f"{home.name}-kill.log")
            with log.open("wb") as out:
                command = [sys.executable, str(ROOT / "manage.py"), "demo", "--once", "--home", str(home)]
                code = subprocess.run(
                    [*command, "--kill", str(each)], stdout=out, stderr=out, check=False
                ).returncode
            self.stdout.write(f"{each}: {'came true' if code == 0 else f'failed, see {log}'}")
            if code:
                failed.append(str(each))
                log.rename(log.with_name(f"{home.name}-kill-{len(failed)}.log"))
        self.stdout.write(f"{len(failed)} of {len(matrix())} runs failed")
        return 1 if failed else 0
