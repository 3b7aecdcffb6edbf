"""Whether a process of this node works: ``python -m lockss_portal.probe NAME``, exit code 0 or 1.

For container health checks and monitoring; imports neither Django nor the apps.
"""

import http.client
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from lockss_portal.conf.load import SettingsError, load_node
from lockss_portal.conf.schema import Node

TIMEOUT_S = 5.0
ALIVE_EVERY_S = 10.0
SILENT_AFTER_S = 60.0


def alive_file(node: Node, name: str) -> Path:
    return node.run_dir / f"{name}.alive"


def sign_of(node: Node, worker: str) -> Path:
    """The same by the name of its process."""
    return alive_file(node, worker.removeprefix("worker-"))


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        fault = check(load_node(), arguments[0])
    except (SettingsError, OSError, http.client.HTTPException) as error:
        fault = str(error)
    if fault:
        print(f"{arguments[0]}: {fault}", file=sys.stderr)
    return int(bool(fault))


def check(node: Node, name: str) -> str:
    """What is wrong, or nothing."""
    if name == "web":
        status, text = _get(node.web_port, node.public_url, "/readyz")
        return "" if status == http.client.OK else f"{status} {text}"
    if name == "content":
        # Any answer of its own will do; what it says of "/" is not our matter.
        status, text = _get(node.content_port, node.content_url, "/")
        return "" if status < http.client.INTERNAL_SERVER_ERROR else f"{status} {text}"
    if name in ("proxy", "audit"):
        return _proxies(node.proxy_listen if name == "proxy" else node.audit_listen)
    if name == "lcapd":
        return _listens(node.lcap_bind, node.lcap_port)
    if name == "beat":
        return _leads(node)
    if name.partition("-")[0] == "worker":
        return _shows_life(sign_of(node, name))
    return "there is no such process"


def _proxies(place: str) -> str:
    if not place:
        return "it has no address to listen at"
    host, _, port = place.rpartition(":")
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host.strip("[]"), host.strip("[]"))
    status, text = _get(int(port), "", "/healthz", local)
    return "" if status == http.client.OK else f"{status} {text}"


def _get(port: int, url: str, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path, headers={"Host": urlsplit(url).netloc or f"{host}:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read(200).decode("utf-8", "replace").strip()
    finally:
        connection.close()


def _listens(host: str, port: int) -> str:
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    with socket.create_connection((local, port), timeout=TIMEOUT_S):
        return ""


def _leads(node: Node) -> str:
    from lockss_portal.locks import SPACE, Lock, connect

    with connect(node) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted",
            (SPACE, int(Lock.BEAT)),
        ).fetchone()
    return "" if row and row[0] else "nobody leads"


def _shows_life(file: Path) -> str:
    age = time.time() - file.stat().st_mtime
    return "" if age < SILENT_AFTER_S else f"silent for {age:.0f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
