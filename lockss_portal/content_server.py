"""The content host: ``python -m lockss_portal.content_server [DESCRIPTOR]`` of a listening socket."""

import socket
import sys

import uvicorn

from lockss_portal.conf.load import SettingsError, load_node
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
    serve(listener, behind_proxy=node.behind_proxy)
    return 0


def serve(listener: socket.socket, *, behind_proxy: bool) -> None:
    """Until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        "lockss_portal.content:app",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=behind_proxy,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
