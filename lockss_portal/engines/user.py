"""Under which user an engine runs: PostgreSQL refuses root."""

import functools
import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LAUNCH = Path(__file__).resolve().parents[1] / "supervisor" / "launch.py"
NOBODY = 65534
# What ``up`` found out, for its children: asking costs a process.
VARIABLE = "LOCKSS_RUN_AS"


class EngineError(Exception):
    """An engine cannot run here; the text names the setting that helps."""


@dataclass(frozen=True, slots=True)
class RunAs:
    """``mode`` of launch.py; ``owner`` is the user id to give folders to, None for ours."""

    mode: str
    owner: int | None = None


def launched(argv: list[str], mode: str, signal_number: int, parent: int | None = None) -> list[str]:
    """The command that runs ``argv`` so that it dies with ``parent`` (this process, unless told)."""
    parent = os.getpid() if parent is None else parent
    return [sys.executable, "-I", "-S", str(LAUNCH), str(parent), str(signal_number), mode, "--", *argv]


@functools.cache
def run_as() -> RunAs:
    """Ourselves; for root a user namespace, or user 65534 where namespaces are forbidden.

    A user id without a name (some containers take any) also needs a namespace: PostgreSQL asks for its name.
    """
    if handed := os.environ.get(VARIABLE):
        return RunAs(handed, int(handed[4:]) if handed.startswith("uid:") else None)
    if os.geteuid() != 0:
        return RunAs("same" if _has_name(os.geteuid()) or not _works("userns") else "userns")
    if _works("userns"):
        return RunAs("userns")
    if _works(f"uid:{NOBODY}"):
        return RunAs(f"uid:{NOBODY}", NOBODY)
    raise EngineError(
        "PostgreSQL does not run as root and no other user can be taken here: start as another user, "
        "or give an outside server by DATABASE_URL"
    )


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _works(mode: str) -> bool:
    done = subprocess.run(launched(["true"], mode, 9), capture_output=True, check=False, timeout=20)
    return done.returncode == 0
