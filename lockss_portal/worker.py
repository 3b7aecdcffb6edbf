"""A Celery worker: ``python -m lockss_portal.worker NAME QUEUE,QUEUE PLACES [threads]``.

Celery's own command does the same, but loads all its sub-commands first: a fifth of a second for every node.
"""

import os
import socket
import sys

from lockss_portal.celery import app

# Crawls and hashing take all they get for hours; whoever waits before a page, or for a message of a peer, comes first.
GIVE_WAY = 10


def main(arguments: list[str]) -> int:
    name, queues, places = arguments[:3]
    os.nice(GIVE_WAY)
    worker = app.Worker(
        hostname=f"{name}@{socket.gethostname()}",
        queues=queues,
        concurrency=int(places),
        pool="threads" if arguments[3:] == ["threads"] else "prefork",
        loglevel="INFO",
        quiet=True,
        # Neighbours and events are nobody's business: jobs are rows.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return worker.exitcode or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
