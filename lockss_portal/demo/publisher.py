"""The sample publisher as a web server on the loopback address, for the demo and the end-to-end tests."""

import contextlib
import email.utils
import itertools
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from lockss_portal.demo import site
from lockss_portal.demo.switch import PAUSE_S, Power, Switch

LAST_MODIFIED = email.utils.format_datetime(datetime(2024, 1, 15, 9, 0, tzinfo=UTC), usegmt=True)


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from ``site.respond``; every page but the changing one has a date and a 304."""

    protocol_version = "HTTP/1.1"
    server_version = "HarbourPress"
    sys_version = ""
    timeout = 30
    # Head and body leave in one write: with Nagle's algorithm on, two would cost 40 ms a page.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: "Publisher"

    def do_GET(self) -> None:
        path = self.path.split("?", 1)[0]
        self.server.note(path)
        found = site.respond(path, visit=next(self.server.visits), clock=datetime.now(UTC).isoformat())
        if found is None:
            self._send(404, "text/plain; charset=utf-8", b"There is no such page.\n")
        elif isinstance(found, str):
            self._send(302, "text/plain; charset=utf-8", b"Moved.\n", {"Location": found})
        elif found.stable and self.headers.get("If-Modified-Since") == LAST_MODIFIED:
            self._send(304, found.content_type, b"", {"Last-Modified": LAST_MODIFIED})
        else:
            extra = {"Last-Modified": LAST_MODIFIED} if found.stable else {"Cache-Control": "no-store"}
            self._send(200, found.content_type, found.body, extra)

    do_HEAD = do_GET  # noqa: N815 - the base class looks the method up by this name

    def _send(self, status: int, content_type: str, body: bytes, extra: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Quiet: the nodes' crawl records tell what was asked."""


class Publisher(ThreadingHTTPServer):
    """``with Publisher() as p: p.base_url`` — serves in a thread until the block ends.

    ``switch_off`` leaves nothing at its port, as a publisher that is gone; ``switch_on`` serves there again.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.visits = itertools.count(1)
        self.asked: dict[str, int] = {}
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.is_on = False

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def note(self, path: str) -> None:
        with self._lock:
            self.asked[path] = self.asked.get(path, 0) + 1

    def switch_off(self) -> None:
        if self.is_on:
            self.is_on = False
            self.shutdown()
            self.server_close()
            # Who kept a connection open is cut off too.
            with self._lock:
                kept = list(self._open)
            for connection in kept:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def switch_on(self) -> None:
        if self.is_on:
            return
        if self.socket.fileno() < 0:
            self.socket = socket.socket(self.address_family, self.socket_type)
            self.server_bind()
            self.server_activate()
        self.is_on = True
        threading.Thread(target=self.serve_forever, name="sample-publisher", daemon=True).start()

    def process_request(self, request: socket.socket, client_address: object) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def __enter__(self) -> Self:
        self.switch_on()
        return self

    def __exit__(self, *exc: object) -> None:
        self.switch_off()

    @contextlib.contextmanager
    def switched_by(self, switch: Switch) -> Iterator[None]:
        """Serves until the block ends, and is switched off and on meanwhile by who asks."""
        ended = threading.Event()
        switch.begin()
        self.switch_on()
        follower = threading.Thread(target=self._follow, args=(switch, ended), daemon=True)
        follower.start()
        try:
            yield
        finally:
            ended.set()
            follower.join()
            self.switch_off()
            switch.end()

    def _follow(self, switch: Switch, ended: threading.Event) -> None:
        while not ended.wait(PAUSE_S):
            wanted = switch.wanted()
            if self.is_on is not (wanted is Power.UP):
                self.switch_on() if wanted is Power.UP else self.switch_off()
                switch.tell(wanted)
