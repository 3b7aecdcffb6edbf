"""The content host: ``python -m lockss_portal.content_server [DESCRIPTOR]`` of a listening socket."""

import socket
import sys

import uvicorn

from apps.delivery.strict_http import config
from lockss_portal.conf.load import SettingsError, load_node
from lockss_portal.siblings import run_siblings
from lockss_portal.supervisor.ports import PortTakenError, listen


def main(arguments: list[str]) -> int:
    try:
        node = load_node()
        if arguments:
            listener = socket.socket(fileno=int(arguments[0]))
        else:
            listener = listen(node.web_bind, node.content_port, "content_port", movable=False).socket
    except (SettingsError, PortTakenError) as error:
        print(error, file=sys.stderr)
        return 2
    return serve(listener, behind_proxy=node.behind_proxy, processes=node.content_processes)


def serve(listener: socket.socket, *, behind_proxy: bool, processes: int = 1) -> int:
    """Until SIGTERM or SIGINT; the exit code."""
    # Before the processes part, so that they share what never changes.
    from lockss_portal.content import app, begin

    asked = config(app, log_level="warning", proxy_headers=behind_proxy, timeout_graceful_shutdown=5)

    def run() -> None:
        # What readers get is counted from here on, in a thread of each process.
        begin()
        uvicorn.Server(asked).run(sockets=[listener])

    return run_siblings(processes, run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
