"""Gunicorn's hooks; the rest is its command line (processes.py)."""

import signal

from lockss_portal.supervisor.identity import die_with_parent


def post_fork(server: object, worker: object) -> None:
    """A process of the portal does not outlive its master."""
    die_with_parent(signal.SIGKILL)
