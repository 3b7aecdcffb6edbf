"""Gunicorn's hooks; the rest is its command line (processes.py)."""

import signal

from lockss_portal.conf.load import load_node
from lockss_portal.lookout import Lookout
from lockss_portal.supervisor.identity import die_with_parent

# What a proxy in front says is read by Django alone, where the node's settings say that there is one. By itself gunicorn
# believes anybody on this machine.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}


def post_fork(server: object, worker: object) -> None:
    """A process of the portal does not outlive its master."""
    die_with_parent(signal.SIGKILL)


def post_worker_init(worker: object) -> None:
    """A second eye: beat cannot tell that it is stopped itself. Threads are few, and not to be held for ever."""
    from lockss_portal import garbage, patience

    patience.begin()
    Lookout(load_node(), after=1).start()
    garbage.settle(garbage.PAGES)
