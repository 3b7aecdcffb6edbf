"""Hits of the content proxy over sockets at 8 connections, against hits of squid's memory (performance §2)."""

import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from django.conf import settings

from tests.bench import delivering
from tests.bench.delivering import SECONDS, SITE, in_process, run, wait_for
from tests.bench.report import Line

NAME, GOAL = "proxy, a hit, at 8", 0.1


def measure(rounds: int) -> Iterator[Line]:
    program = shutil.which("squid") or shutil.which("squid", path="/usr/sbin")
    if program is None:
        yield Line(NAME, "answers/s", None, None, GOAL, "squid's memory", "no squid")
        return
    delivering.filled()
    names = [name for name, _kind, _body in delivering.site()]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = folder / "targets"
        file.write_text("\n".join(SITE + name for name in names), "utf-8")
        theirs, ours = stack.enter_context(_squid(program, folder)), stack.enter_context(_proxy())
        for port in (theirs, ours):
            run(port, file, 0)
        pairs = [
            (run(ours, file, SECONDS)["rate"], run(theirs, file, SECONDS)["rate"]) for _ in range(rounds)
        ]
    a, b = (statistics.median(pair[n] for pair in pairs) for n in (0, 1))
    yield Line(NAME, "answers/s", a, b, GOAL, "squid's memory")


def _proxy() -> AbstractContextManager[int]:
    """A content proxy."""
    return in_process(_serve, lambda _port: replace(settings.NODE, proxy_listen="127.0.0.1:1"))


def _serve(listener: socket.socket) -> None:
    from apps.delivery.proxy import service
    from lockss_portal import garbage

    garbage.settle(garbage.BODIES)
    service.run(listener, audit=False)


@contextmanager
def _squid(program: str, folder: Path) -> Iterator[int]:
    """The port of a squid that asks the site's server once for each URL."""
    with _origin() as origin, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        (folder / "squid.conf").write_text(
            f"""http_port 127.0.0.1:{port}
http_access allow all
cache_peer 127.0.0.1 parent {origin} 0 no-query originserver
never_direct allow all
cache_mem 256 MB
maximum_object_size_in_memory 1 MB
access_log none
cache_log /dev/null
pid_filename none
coredump_dir /
shutdown_lifetime 0 seconds
""",
            "utf-8",
        )
        process = subprocess.Popen([program, "-N", "-f", folder / "squid.conf"], stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait()


@contextmanager
def _origin() -> Iterator[int]:
    bodies = {f"/{name}": (kind, body) for name, kind, body in delivering.site()}

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path not in bodies:
                # squid asks for a digest of its own.
                self.send_error(404)
                return
            kind, body = bodies[self.path]
            self.send_response(200)
            for name, value in (
                ("Content-Type", kind),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "public, max-age=86400"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
