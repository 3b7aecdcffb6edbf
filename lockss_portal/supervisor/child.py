"""One supervised child: started, its output pipe, when it may start again."""

import contextlib
import os
import signal
import subprocess
import time

from lockss_portal.engines.user import launched
from lockss_portal.supervisor.identity import ProcessId
from lockss_portal.supervisor.spec import Process

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 30.0
# Who lived this long has recovered: the next pause is the first again.
SOUND_AFTER_S = 20.0


class Child:
    """Spawn it from the main thread only: the kernel's parent-death signal follows the thread (prctl(2))."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.popen: subprocess.Popen | None = None
        # Kept when it has ended: the record says what should live and does not.
        self.id: ProcessId | None = None
        self.failures = 0
        self.started_at = 0.0
        self.due_at = 0.0
        self._sign: float | None = None
        self._seen_at = 0.0

    @property
    def name(self) -> str:
        return self.process.name

    def alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def spawn(self) -> int:
        """Start it; the descriptor that its output can be read from (non-blocking)."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        process = self.process
        try:
            self.popen = subprocess.Popen(
                launched(list(process.argv), process.mode, process.orphaned),
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                cwd=process.cwd,
                env=dict(process.environment),
                pass_fds=process.sockets,
                # Ctrl-C in the terminal reaches the supervisor alone, which stops all in order.
                start_new_session=True,
            )
        finally:
            os.close(writing)
        self.id = ProcessId.of(self.popen.pid)
        self.started_at = self._seen_at = time.monotonic()
        self._sign = None
        return reading

    def silent_s(self) -> float:
        """Seconds since its sign of life was another one; 0 for a process that gives none, or has not begun to.

        By our own clock: a machine that slept, or was set to another time, hangs nothing.
        """
        try:
            sign = self.process.sign.stat().st_mtime if self.process.sign and self.alive() else None
        except OSError:
            sign = None
        if sign is None or self.id is None:
            return 0.0
        if sign != self._sign:
            self._sign, self._seen_at = sign, time.monotonic()
        return time.monotonic() - self._seen_at

    def ended(self) -> str:
        """Count the end, set the pause, say how it ended."""
        lived = time.monotonic() - self.started_at
        self.failures = 1 if lived > SOUND_AFTER_S else self.failures + 1
        self.due_at = time.monotonic() + pause(self.failures)
        code = self.popen.returncode if self.popen else 0
        self.kill_group()
        self.popen = None
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def send(self, number: signal.Signals) -> None:
        if self.alive() and self.popen:
            self.popen.send_signal(number)

    def kill_group(self) -> None:
        """What it started and left behind shares its group (``start_new_session``)."""
        if self.popen:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, signal.SIGKILL)


def pause(failures: int) -> float:
    """Seconds before the next start: doubled each time, up to a limit."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failures - 1, 10))
