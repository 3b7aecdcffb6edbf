"""The supervisor: starts children, passes their lines on, starts them again, ends them all.

One thread; it sleeps in ``select`` until a pipe, a signal or a due start wakes it.
"""

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from lockss_portal.supervisor import records
from lockss_portal.supervisor.child import Child
from lockss_portal.supervisor.output import LineFile, Lines, Printer
from lockss_portal.supervisor.spec import Process

LONGEST_SLEEP_S = 1.0
PIECE = 64 * 1024
# A worker shows life every ten seconds.
SILENT_S = 180.0
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """``start`` children, ``run`` until a stop signal, ``stop`` them. Use from the main thread."""

    def __init__(
        self, printer: Printer, log_file: Callable[[str], LineFile], record: Path, grace: float
    ) -> None:
        self.children: dict[str, Child] = {}
        self.stopping = False
        self.impatient = False
        self._printer = printer
        self._log_file = log_file
        self._files: dict[str, LineFile] = {}
        self._record = record
        self._grace = grace
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        for descriptor in (self._wake_read, self._wake_write):
            os.set_blocking(descriptor, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)

    def catch_signals(self) -> None:
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Under nohup the end of the terminal is not ours.
        kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        for number in STOPS[:2] if kept else STOPS:
            signal.signal(number, self._stop_signal)

    def say(self, text: str, name: str = "up") -> None:
        self._printer.line(name, text)
        if name not in self._files:
            self._files[name] = self._log_file(name)
        self._files[name].line(text)

    def start(self, process: Process) -> None:
        child = Child(process)
        self.children[process.name] = child
        self._spawn(child)

    def run(self) -> None:
        """Until a stop signal comes."""
        while not self.stopping:
            self.turn()

    def run_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Serve the children until the condition holds; False on timeout or stop signal."""
        end = time.monotonic() + timeout
        while not condition():
            if self.stopping or time.monotonic() > end:
                return False
            self.turn(0.02)
        return True

    def run_once(self, process: Process) -> int | None:
        """Run a process to its end; its exit code, None when a stop signal came first."""
        child = Child(process)
        self.children[process.name] = child
        self._spawn(child)
        while child.alive() and not self.stopping:
            self.turn(0.2)
        if self.stopping:
            return None
        code = child.popen.wait() if child.popen else 1
        self.turn(0)
        del self.children[process.name]
        child.kill_group()
        return code

    def turn(self, longest: float = LONGEST_SLEEP_S) -> None:
        """One round: read what there is, note who ended, start who is due."""
        for key, _ in self._selector.select(max(0.0, min(longest, self._next_start()))):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, PIECE)
            else:
                self._read(key.fd, *key.data)
        for child in self.children.values():
            if child.popen is not None and child.popen.poll() is not None:
                if not child.process.once:
                    self._ended(child)
            elif child.popen is None and not self.stopping and child.due_at <= time.monotonic():
                self._spawn(child)
            elif (silent := child.silent_s()) > SILENT_S and not self.stopping:
                # What it had begun is in rows, and goes on from there.
                self.say(f"has shown no life for {silent:.0f} s: killed", child.name)
                child.kill_group()

    def stop(self) -> None:
        """The others first, engines last, each with the grace it has to finish what it does."""
        self.stopping = True
        for engines in (False, True):
            self._stop([c for c in self.children.values() if c.process.engine is engines])
        self.turn(0)
        self._record.unlink(missing_ok=True)

    def farewell(self, text: str) -> None:
        """The last line."""
        self.say(text)
        for file in self._files.values():
            file.close()

    def _stop(self, children: Iterable[Child]) -> None:
        alive = [child for child in children if child.alive()]
        for child in alive:
            child.send(child.process.stop)
        end = time.monotonic() + self._grace
        while any(child.alive() for child in alive) and time.monotonic() < end and not self.impatient:
            self.turn(0.1)
        for child in alive:
            if child.alive():
                self.say("does not stop: killed", child.name)
                child.kill_group()
                if child.popen:
                    child.popen.wait()
            self.turn(0)

    def _spawn(self, child: Child) -> None:
        try:
            reading = child.spawn()
        except OSError as error:
            self.say(f"cannot start: {error}", child.name)
            child.failures += 1
            child.due_at = time.monotonic() + LONGEST_SLEEP_S * child.failures
            return
        self._selector.register(reading, selectors.EVENT_READ, (child.name, Lines()))
        self._write_record()

    def _ended(self, child: Child) -> None:
        how = child.ended()
        self._write_record()
        if self.stopping:
            return
        wait = max(0.0, child.due_at - time.monotonic())
        self.say(f"{how}; starts again in {wait:.1f} s", child.name)

    def _read(self, descriptor: int, name: str, lines: Lines) -> None:
        try:
            data = os.read(descriptor, PIECE)
        except BlockingIOError:
            return
        for line in lines.feed(data) if data else lines.end():
            self.say(line, name)
        if not data:
            self._selector.unregister(descriptor)
            os.close(descriptor)

    def _next_start(self) -> float:
        waiting = [child.due_at for child in self.children.values() if child.popen is None]
        return min(waiting) - time.monotonic() if waiting and not self.stopping else LONGEST_SLEEP_S

    def _write_record(self) -> None:
        records.write(self._record, [(c.name, c.id) for c in self.children.values() if c.id is not None])

    def _stop_signal(self, number: int, frame: FrameType | None) -> None:
        # The second Ctrl-C does not wait any more.
        self.impatient = self.stopping
        self.stopping = True
