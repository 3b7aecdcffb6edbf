"""An eye of beat and one of the portal: when nobody has looked for alerts for long, they have them looked for without a
worker.

A lost broker, or workers that are gone, would otherwise silence just the alert that tells of them; and a beat that is
stopped or hangs cannot tell of itself. It shows life by a row, which the rule of processes reads.
"""

import logging
import subprocess
import sys
import threading

import psycopg

from lockss_portal.conf.load import ROOT
from lockss_portal.conf.schema import Node
from lockss_portal.locks import SPACE, Lock, connect

log = logging.getLogger("lookout")
# A look that is so many intervals late is not coming by itself.
LATE = 5
LEAST_S = 30.0
LONGEST_S = 300.0
COMMAND = (sys.executable, str(ROOT / "manage.py"), "look_for_alerts")
# Beat shows life this often at most, whatever its table says.
SIGN_S = 5.0
_SIGN = (
    "INSERT INTO nodes_count (key, value, at) VALUES ('beat', 0, now())"
    " ON CONFLICT (key) DO UPDATE SET at = excluded.at"
)
_AGE = "SELECT extract(epoch FROM now() - max(at)) FROM nodes_count WHERE key = 'alerts'"


def patience(node: Node, after: int = 0) -> float:
    """Seconds after the last look, whoever looked, when this one is due; ``after`` intervals behind the first eye."""
    return max(LEAST_S, LATE * node.scan_alerts) + after * max(LEAST_S, node.scan_alerts)


def late(node: Node, after: int = 0) -> bool:
    """Whether the last look is too long ago, as the database says."""
    with connect(node) as connection:
        return _is_late(connection, node, after)


def _is_late(connection: psycopg.Connection, node: Node, after: int) -> bool:
    row = connection.execute(_AGE).fetchone()
    return row is None or row[0] is None or float(row[0]) > patience(node, after)


class Pulse(threading.Thread):
    """Beat's sign of life. A thread of its own: a look may take long, and a lost broker holds beat's loop up."""

    def __init__(self, node: Node) -> None:
        super().__init__(name="pulse", daemon=True)
        self._node = node
        self._done = threading.Event()

    def run(self) -> None:
        while True:
            try:
                with connect(self._node) as connection:
                    while True:
                        connection.execute(_SIGN)
                        if self._done.wait(min(SIGN_S, self._node.scan_alerts)):
                            return
            except psycopg.Error as error:
                log.warning("no sign of life could be written: %s", str(error).strip())
            if self._done.wait(SIGN_S):
                return

    def stop(self) -> None:
        self._done.set()


class Lookout(threading.Thread):
    """Runs beside beat's loop, which a lost broker may hold up, and in the portal, ``after`` an interval more."""

    def __init__(self, node: Node, command: tuple[str, ...] = COMMAND, after: int = 0) -> None:
        super().__init__(name="lookout", daemon=True)
        self._node = node
        self._command = command
        self.after = after
        self._done = threading.Event()

    def run(self) -> None:
        # Not its whole patience at once: beat that starts again would begin to wait anew.
        while not self._done.wait(max(LEAST_S, self._node.scan_alerts)):
            try:
                self.look_if_late()
            except (psycopg.Error, OSError, subprocess.SubprocessError) as error:
                log.warning("nobody could look for alerts: %s", str(error).strip())

    def look_if_late(self) -> None:
        """One at a time in the whole node: who finds another looking leaves it to them."""
        with connect(self._node) as connection:
            own = (SPACE, int(Lock.LOOKOUT))
            row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", own).fetchone()
            if row and row[0] and _is_late(connection, self._node, self.after):
                self.look()

    def look(self) -> None:
        log.warning("nobody has looked for alerts for long: looking without a worker")
        subprocess.run(self._command, check=True, timeout=LONGEST_S, stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        self._done.set()
