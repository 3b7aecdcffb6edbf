"""A process is known by its id and its start time, because ids are given again."""

import ctypes
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class ProcessId:
    """``start`` is in clock ticks since boot, field 22 of /proc/<pid>/stat (proc(5))."""

    pid: int
    start: int

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """None when no such process runs; a zombie counts as not running."""
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        # The name in parentheses may itself hold blanks and parentheses.
        fields = text.rpartition(")")[2].split()
        return None if fields[0] in ("Z", "X") else cls(pid, int(fields[19]))

    @classmethod
    def own(cls) -> Self:
        found = cls.of(os.getpid())
        if found is None:
            raise RuntimeError("/proc is not mounted")
        return found

    def runs(self) -> bool:
        return ProcessId.of(self.pid) == self

    def send(self, number: signal.Signals) -> bool:
        """True if it still ran; the id is looked at again just before."""
        if not self.runs():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """The kernel sends ``number`` to this process when its parent ends (prctl(2))."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
