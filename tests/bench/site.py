"""A site of many pages for the crawl's measurement: HTML of 20 kB with links, and binaries that do not shrink."""

import hashlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = 3000
BINARY_EVERY = 5
TEXT = "the archive keeps careful copies of every page and compares them with its neighbours "


def page(number: int, pages: int) -> bytes:
    """Page ``number`` links to the next ones and, now and then, to a binary."""
    links = "".join(
        f'<a href="/p/{n}">{n}</a> ' for n in range(number * 10 + 1, number * 10 + 11) if n < pages
    )
    binary = f'<img src="/b/{number}.jpg" alt="">' if number % BINARY_EVERY == 0 else ""
    word = hashlib.sha256(str(number).encode()).hexdigest()
    body = " ".join(f"{TEXT}{word[i % 60 : i % 60 + 4]}" for i in range(220))
    return f"<!DOCTYPE html><html><head><title>{number}</title></head><body>{links}{binary}<p>{body}</p></body></html>".encode()


def binary(number: int) -> bytes:
    return hashlib.shake_128(f"binary {number}".encode()).digest(400_000)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    pages = PAGES

    def do_GET(self) -> None:
        kind, _, name = self.path.strip("/").partition("/")
        if self.path == "/manifest":
            statement = "LOCKSS system has permission to collect, preserve, and serve this Archival Unit"
            self._send(
                "text/html", f'<html><body>{statement} <a href="/p/0">start</a></body></html>'.encode()
            )
        elif kind == "p" and name.isdigit() and int(name) < self.pages:
            self._send("text/html; charset=utf-8", page(int(name), self.pages))
        elif kind == "b":
            self._send("image/jpeg", binary(int(name.removesuffix(".jpg"))))
        else:
            self.send_error(404)

    def _send(self, content_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def main() -> None:
    """Serves on a free port and prints it; the measurement runs it as a process of its own."""
    Handler.pages = int(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
