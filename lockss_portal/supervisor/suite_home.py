"""The temporary node folder of one run of the test suite; its name says whose it is, so that survivors are found."""

import re
import shutil
import tempfile
from pathlib import Path

from lockss_portal.supervisor.identity import ProcessId

NAME = re.compile(r"lockss-test-(\d+)-(\d+)-\w+")


def create() -> str:
    """A new folder of this process; those of runs that are no more are removed on the way."""
    sweep()
    own = ProcessId.own()
    return tempfile.mkdtemp(prefix=f"lockss-test-{own.pid}-{own.start}-")


def parse(folder: str) -> tuple[Path, ProcessId]:
    return Path(folder), _owner(Path(folder).name)


def sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob("lockss-test-*"):
        if NAME.fullmatch(folder.name) and not _owner(folder.name).runs():
            shutil.rmtree(folder, ignore_errors=True)


def finish(folder: Path, owner: ProcessId) -> None:
    """At the end of the run. With a database server in it, the folder goes when that has stopped (guard.py)."""
    if owner == ProcessId.own() and not (folder / "pg").exists():
        shutil.rmtree(folder, ignore_errors=True)


def _owner(name: str) -> ProcessId:
    found = NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name} is no test folder")
    return ProcessId(int(found[1]), int(found[2]))
