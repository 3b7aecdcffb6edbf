"""The sample publisher's switch: who runs ``manage.py demo_publisher`` is another process than the demonstration.

Two small files in the demonstration's folder: what is wanted, written by who asks, and what is, written by the
publisher. A switch that nobody answers is told as such.
"""

import os
import time
from enum import StrEnum
from pathlib import Path

ANSWERED_WITHIN_S = 10.0
PAUSE_S = 0.1


class Power(StrEnum):
    UP = "up"
    DOWN = "down"


class NobodyThereError(Exception):
    """No demonstration runs there, or it does not answer."""


class Switch:
    """``home``: the demonstration's folder."""

    def __init__(self, home: Path) -> None:
        self._wanted = home / "publisher.wanted"
        self._state = home / "publisher.state"

    # For who asks

    def turn(self, to: Power) -> None:
        """Returns when the publisher is so. Raises NobodyThereError."""
        self.state()
        _write(self._wanted, to)
        until = time.monotonic() + ANSWERED_WITHIN_S
        while self.state() is not to:
            if time.monotonic() > until:
                raise NobodyThereError(f"the publisher did not follow in {ANSWERED_WITHIN_S:.0f} seconds")
            time.sleep(PAUSE_S)

    def state(self) -> Power:
        """Raises NobodyThereError."""
        try:
            power, pid = self._state.read_text(encoding="ascii").split()
            os.kill(int(pid), 0)
            return Power(power)
        except (OSError, ValueError):
            raise NobodyThereError(f"no demonstration runs in {self._state.parent}") from None

    # For the publisher

    def wanted(self) -> Power:
        try:
            return Power(self._wanted.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            return Power.UP

    def tell(self, power: Power) -> None:
        _write(self._state, f"{power} {os.getpid()}")

    def begin(self) -> None:
        """As switched on, whatever an earlier demonstration left."""
        _write(self._wanted, Power.UP)
        self.tell(Power.UP)

    def end(self) -> None:
        for file in (self._wanted, self._state):
            file.unlink(missing_ok=True)


def _write(file: Path, text: str) -> None:
    partial = file.with_suffix(f"{file.suffix}.{os.getpid()}")
    partial.write_text(text, encoding="ascii")
    partial.rename(file)
