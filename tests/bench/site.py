"""A site of many pages for the crawl's measurement: HTML of 20 kB with links, and binaries that do not shrink.

With 3,000 pages it is the site of performance §0: 600 binaries beside them, about 760 MB.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.bench.corpus import noise, prose

BINARY_EVERY = 5
PAGE = 20_000
BINARY = 1_170_000
STATEMENT = "LOCKSS system has permission to collect, preserve, and serve this Archival Unit"


def urls_of(pages: int) -> int:
    """How many URLs the site has: its manifest, its pages, the binaries."""
    return 1 + pages + -(-pages // BINARY_EVERY)


def page(number: int, pages: int) -> bytes:
    """Page ``number`` links to the next ones and, now and then, to a binary."""
    links = "".join(
        f'<a href="/p/{n}">{n}</a> ' for n in range(number * 10 + 1, number * 10 + 11) if n < pages
    )
    binary = f'<img src="/b/{number}.jpg" alt="">' if number % BINARY_EVERY == 0 else ""
    head = f"<!DOCTYPE html><html><head><title>{number}</title></head><body>{links}{binary}"
    paragraphs = prose(number, PAGE - len(head)).replace("\n", "</p>\n<p>")
    return f"{head}<p>{paragraphs}</p></body></html>".encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    pages: list[bytes]

    def do_GET(self) -> None:
        kind, _, name = self.path.strip("/").partition("/")
        number = name.removesuffix(".jpg")
        if self.path == "/manifest":
            body = f'<html><body>{STATEMENT} <a href="/p/0">start</a></body></html>'.encode()
            self._send("text/html", body)
        elif not number.isdigit() or int(number) >= len(self.pages):
            self.send_error(404)
        elif kind == "p":
            self._send("text/html; charset=utf-8", self.pages[int(number)])
        else:
            self._send("image/jpeg", noise(int(number), BINARY))

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
    pages = int(sys.argv[1])
    # Made before anybody asks: the site must not be what limits the crawlers.
    Handler.pages = [page(number, pages) for number in range(pages)]
    noise(0, BINARY)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
