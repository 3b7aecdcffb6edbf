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
    # Before the processes part, so that they share what never changes.
    from lockss_portal.content import app, begin

    asked = config(
        app,
        log_level="warning",
        proxy_headers=node.behind_proxy,
        timeout_graceful_shutdown=5,
    )

    def serve() -> None:
        # What readers get is counted from here on, in a thread of each process.
        begin()
        uvicorn.Server(asked).run(sockets=[listener])

    return run_siblings(node.content_processes, serve)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
