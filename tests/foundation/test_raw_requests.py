"""``/healthz``, ``/readyz`` and ``/metrics`` asked as no monitoring asks: by hand, over the wire, of a whole node."""

import socket

from tests.foundation.test_up import Up, home, up, wait  # noqa: F401

PATHS = ("/healthz", "/readyz", "/metrics")


def said(node: Up, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, fields and body of the first answer; 0 where the connection was only closed."""
    with socket.create_connection(("127.0.0.1", node.ports["web"]), timeout=30) as wire:
        try:
            wire.sendall(request)
            wire.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # Closed before all of it was sent: what was answered is read all the same.
        found = b""
        try:
            while piece := wire.recv(65536):
                found += piece
        except ConnectionResetError:
            pass
    head, _, body = found.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/"):
        return 0, {}, found
    fields = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    return int(first.split()[1]), fields, body


def asked(
    path: str, *fields: str, method: str = "GET", version: str = "1.1", host: str = "127.0.0.1"
) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", *([f"Host: {host}"] if host else []), *fields]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


def check_all(node: Up, request, expected: set[int]) -> None:
    for path in PATHS:
        status, fields, body = said(node, request(path))
        assert status in expected, (path, status, body[:300])
        assert b"Traceback" not in body, path
        assert "set-cookie" not in fields, path


def test_what_no_monitoring_sends(up: Up) -> None:  # noqa: F811
    wait(lambda: up.get("/readyz").status == 200, 60, lambda: str(up.get("/readyz").body))
    check_methods(up)
    check_hosts(up)
    check_sizes(up)
    check_nonsense(up)
    check_claims(up)
    check_pipeline(up)
    # It lives, and nothing of that was taken for a fault of its own.
    assert up.get("/healthz").body == b"ok\n"
    assert "Traceback" not in up.said()
    assert "Internal Server Error" not in up.said()


def check_claims(node: Up) -> None:
    """What only a proxy in front may say is anybody's word, also from this machine."""
    for path in PATHS:
        for fields in (
            ("SCRIPT_NAME: /x",),
            ("PATH_INFO: /x",),
            ("X-Forwarded-Proto: https", "X-Forwarded-Ssl: off"),
        ):
            assert said(node, asked(path, *fields))[0] == 200, (path, fields)


def check_pipeline(node: Up) -> None:
    """Two questions in one segment have two answers (RFC 9112 §9.3.2)."""
    first = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    found = said(node, first + first + asked("/readyz"))
    assert found[2].count(b"HTTP/1.1 200") == 2, found


def check_methods(node: Up) -> None:
    for path in PATHS:
        status, fields, body = said(node, asked(path, method="HEAD"))
        assert (status, body) == (200, b""), path
        for method in ("OPTIONS", "POST", "PUT", "DELETE", "TRACE", "BREW"):
            status, fields, body = said(node, asked(path, "Content-Length: 0", method=method))
            assert status == 405, (method, path, status)
            assert set(fields["allow"].split(", ")) == {"get", "head"}, (method, path)
            assert "set-cookie" not in fields, (method, path)
    assert said(node, asked("*", method="OPTIONS"))[0] in {400, 404, 405}


def check_hosts(node: Up) -> None:
    check_all(node, lambda path: asked(path, version="1.0", host=""), {200})
    check_all(node, lambda path: asked(path, version="1.0"), {200})
    for host in (
        "evil.example",
        "127.0.0.1.evil.example",
        "[::1",
        "a b",
        "%00",
        "x" * 4000,
    ):
        for path in PATHS:
            status, fields, _ = said(node, asked(path, host=host))
            assert status in ({200} if path == "/healthz" else {421, 400}), (path, host[:30], status)
            assert "set-cookie" not in fields
    check_all(node, lambda path: asked(path, "Host: evil.example"), {200, 400, 421})
    check_all(node, lambda path: asked(f"http://evil.example{path}"), {200, 400, 404, 421})


def check_sizes(node: Up) -> None:
    check_all(node, lambda path: asked(path, "X-Long: " + "x" * 20_000), {400, 431})
    check_all(node, lambda path: asked(path, *(f"X-{n}: y" for n in range(500))), {400, 431})
    check_all(node, lambda path: asked(f"{path}?{'x' * 20_000}"), {400, 414})
    check_all(node, lambda path: asked(path, "Cookie: " + "; ".join(f"a{n}=b" for n in range(800))), {200})
    check_all(node, lambda path: asked(path, "Authorization: Bearer " + "\xff" * 4000), {200, 403})


def check_nonsense(node: Up) -> None:
    check_all(node, lambda path: asked(path, version="9.9"), {400, 505})
    check_all(node, lambda path: asked(path, "Transfer-Encoding: chunked", "Content-Length: 5"), {400})
    check_all(node, lambda path: asked(path, "Content-Length: -1"), {400})
    check_all(node, lambda path: asked(path, "X-Forwarded-For: \xff, nonsense"), {200, 403})
    check_all(node, lambda path: asked(path, "X: a\x00b"), {0, 200, 400})
    # An address that is none of the three is a page that is not there, as any other.
    for path in PATHS:
        assert said(node, asked(path + "/../../etc/passwd"))[0] in {400, 404}, path
    for garbage in (
        b"\x00" * 100,
        b"GET /healthz\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\r\n" * 50,
        b"HELO x\r\n",
    ):
        assert said(node, garbage)[0] in {0, 400, 405, 505}, garbage[:20]
