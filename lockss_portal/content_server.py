"""The content host: ``python -m lockss_portal.content_server [DESCRIPTOR]`` of a listening socket."""

import signal
import socket
import sys
from types import FrameType

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
    from lockss_portal import garbage, patience
    from lockss_portal.content import app, begin, keys, now

    asked = config(app, log_level="warning", proxy_headers=behind_proxy, timeout_graceful_shutdown=5)

    patience.begin(patience.READERS_S)

    def run() -> None:
        # What readers get is counted from here on, in a thread of each process.
        counting = begin()
        # The server gives the signal on when it has ended; then what was counted last is written.
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, _leave)
        try:
            uvicorn.Server(asked).run(sockets=[listener])
        finally:
            if counting is not None:
                counting.end()

    keys.share(now())
    garbage.settle(garbage.BODIES)
    return run_siblings(processes, run, keys.forget)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
