"""Beat's own eye: when nobody has looked for alerts for long, it has them looked for without a worker.

A lost broker, or workers that are gone, would otherwise silence just the alert that tells of them.
"""

import logging
import subprocess
import sys
import threading

import psycopg

from lockss_portal.conf.load import ROOT
from lockss_portal.conf.schema import Node
from lockss_portal.locks import connect

log = logging.getLogger("lookout")
# A look that is so many intervals late is not coming by itself.
LATE = 5
LEAST_S = 30.0
LONGEST_S = 300.0
COMMAND = (sys.executable, str(ROOT / "manage.py"), "look_for_alerts")
_AGE = "SELECT extract(epoch FROM now() - max(at)) FROM nodes_count WHERE key = 'alerts'"


def patience(node: Node) -> float:
    """Seconds after the last look, whoever looked, when this one is due."""
    return max(LEAST_S, LATE * node.scan_alerts)


def late(node: Node) -> bool:
    """Whether the last look is too long ago, as the database says."""
    with connect(node) as connection:
        row = connection.execute(_AGE).fetchone()
    return row is None or row[0] is None or float(row[0]) > patience(node)


class Lookout(threading.Thread):
    """Runs beside beat's loop, which a lost broker may hold up."""

    def __init__(self, node: Node, command: tuple[str, ...] = COMMAND) -> None:
        super().__init__(name="lookout", daemon=True)
        self._node = node
        self._command = command
        self._done = threading.Event()

    def run(self) -> None:
        # Not its whole patience at once: beat that starts again would begin to wait anew.
        while not self._done.wait(max(LEAST_S, self._node.scan_alerts)):
            try:
                if late(self._node):
                    self.look()
            except (psycopg.Error, OSError, subprocess.SubprocessError) as error:
                log.warning("nobody could look for alerts: %s", str(error).strip())

    def look(self) -> None:
        log.warning("nobody has looked for alerts for long: looking without a worker")
        subprocess.run(self._command, check=True, timeout=LONGEST_S, stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        self._done.set()
