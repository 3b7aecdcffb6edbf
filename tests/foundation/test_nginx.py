"""The lines for nginx in docs/operation.md, run where nginx is installed: what arrives behind it is what was sent."""

import http.server
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import closing

import pytest

from lockss_portal.conf.load import ROOT, load_node
from tests.nodes.certificates import self_signed

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx")
PORTAL, CONTENT = "portal.library.example", "content.library.example"
LINES = (
    (ROOT / "docs" / "operation.md")
    .read_text(encoding="utf-8")
    .partition("```nginx\n")[2]
    .partition("```")[0]
)


class Behind(http.server.BaseHTTPRequestHandler):
    """Tells the request line and the fields as they arrived; its addresses may be long."""

    def do_GET(self) -> None:
        told = f"{self.requestline}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        pass


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    """Asks through it: ``ask(host, head)`` gives the answer's bytes."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    lines = LINES.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    for name in map(str, (load_node({}).web_port, load_node({}).content_port)):
        assert lines.count(f"127.0.0.1:{name};") == 1
        lines = lines.replace(f"127.0.0.1:{name};", f"127.0.0.1:{behind.server_port};")
    for host in (PORTAL, CONTENT):
        own = folder / host
        own.mkdir()
        documented = (f"/etc/ssl/{host}.pem", f"/etc/ssl/private/{host}.key")
        for given, file in zip(documented, self_signed(own, host), strict=True):
            assert given in lines
            lines = lines.replace(given, str(file))
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "nginx.conf"
    conf.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log; events {{}}\n"
        f"http {{ access_log off; {places}\n{lines}\n}}\n"
    )
    with subprocess.Popen([NGINX, "-c", conf, "-p", folder], stderr=subprocess.PIPE) as process:
        try:
            for _ in range(200):
                assert process.poll() is None, process.stderr.read().decode()
                with socket.socket() as one:
                    if one.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield lambda host, head: asked(port, host, head)
        finally:
            process.terminate()
            behind.shutdown()
            behind.server_close()


def asked(port: int, host: str, head: str) -> str:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        trusting.wrap_socket(plain, server_hostname=host) as line,
    ):
        line.sendall(f"{head}\r\nHost: {host}\r\n\r\n".encode())
        given = b""
        while b"\r\n\r\n" not in given and (some := line.recv(65_536)):
            given += some
        if "Connection: close" in head:
            while some := line.recv(65_536):
                given += some
    return given.decode()


@pytest.mark.parametrize("host", [PORTAL, CONTENT])
@pytest.mark.parametrize("path", ["/a%2Fb//c?x=%2F", "/web/2026/http://pub.example//a/../b", "/%C3%BC%20"])
def test_paths_arrive_as_they_came(nginx, host, path):
    assert f"GET {path} HTTP/1.1\n" in nginx(host, f"GET {path} HTTP/1.1\r\nConnection: close")


def test_names_and_addresses_are_the_proxys(nginx):
    told = nginx(
        PORTAL,
        "GET / HTTP/1.1\r\nConnection: close\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: http",
    )
    assert "203.0.113.9" not in told
    for field in (f"Host: {PORTAL}", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https"):
        assert f"\n{field}\n" in told


def test_long_addresses_reach_the_content_host(nginx):
    path = "/ServeContent?url=" + "a" * (16 * 1024 - 40)
    assert path in nginx(CONTENT, f"GET {path} HTTP/1.1\r\nConnection: close")


@pytest.mark.parametrize(("over", "status"), [(0, "100 Continue"), (4 * 1024**2, "413 ")])
def test_the_longest_upload_passes_and_no_longer_one(nginx, over, status):
    size = load_node({}).upload_max_bytes + 100_000 + over
    head = f"POST / HTTP/1.1\r\nContent-Length: {size}\r\nExpect: 100-continue"
    assert nginx(PORTAL, head).startswith(f"HTTP/1.1 {status}")
