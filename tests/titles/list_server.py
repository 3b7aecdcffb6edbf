"""A real HTTP server that gives title lists, and misbehaves when it is told to."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ListServer:
    """``body`` and ``headers`` are what the next answers hold; ``asked`` the heads of the requests so far."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.endpoint = f"127.0.0.1:{server.server_address[1]}"
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.body = b""
        self.status = 200
        self.headers: dict[str, str] = {}
        self.etag = ""
        self.cut = 0
        self.slow = 0.0

    def url(self, path: str = "/lists/tide.tdb") -> str:
        return f"http://{self.endpoint}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        told: ListServer = self.server.told  # type: ignore[attr-defined]
        told.asked.append({key.lower(): value for key, value in self.headers.items()})
        told.paths.append(self.path)
        if told.etag and self.headers.get("If-None-Match") == told.etag:
            self.send_response(304)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(told.status)
        for key, value in told.headers.items():
            self.send_header(key, value)
        if told.etag:
            self.send_header("ETag", told.etag)
        self.send_header("Content-Length", str(len(told.body)))
        self.end_headers()
        if told.slow:
            time.sleep(told.slow)
        self.wfile.write(told.body[: len(told.body) - told.cut])
        if told.cut:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[ListServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.told = ListServer(server)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.told  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
