"""A whole node under ``manage.py up``: real engines, real processes, no demonstration settings."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lockss_portal.conf.load import ROOT, load_node
from lockss_portal.engines import node as engines
from lockss_portal.supervisor import records
from lockss_portal.supervisor.identity import ProcessId
from tests.foundation.test_supervisor import wait, working_in

pytestmark = pytest.mark.e2e
SETTINGS = """
web_port = 0
content_port = 0
web_processes = 2
worker_processes = 1
lcap_port = {lcap}
proxy_listen = "127.0.0.1:{proxy}"
audit_listen = "127.0.0.1:{audit}"
testing = false
database_memory_mb = 16
"""
NAMES = {"postgres", "valkey", "web", "content", "worker", "worker-public", "beat", "lcapd", "proxy", "audit"}
START_S = 90


class Up:
    """A running node and what it says of itself."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {"PATH": os.environ["PATH"], "LOCKSS_NODE": str(home)}
        (home / "out").unlink(missing_ok=True)
        self.out = (home / "out").open("ab")
        self.popen = self.manage("up", stdout=self.out, stderr=subprocess.STDOUT)
        wait(lambda: "portal:" in self.said() or self.popen.poll() is not None, START_S, self.said)
        assert self.popen.poll() is None, self.said()
        self.ports = json.loads((home / "run" / "ports.json").read_text())

    def manage(self, *words: str, **more: object) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, ROOT / "manage.py", *words], env=self.environment, **more)

    def said(self) -> str:
        return (self.home / "out").read_text(encoding="utf-8")

    def children(self) -> dict[str, ProcessId]:
        rows = records.read(self.home / "run" / "processes.json")
        return {name: found for name, found in rows if found.runs()}

    def get(self, path: str, host: str = "") -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["web"], timeout=30)
        try:
            connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{self.ports['web']}"})
            answer = connection.getresponse()
            answer.body = answer.read()  # type: ignore[attr-defined]
            return answer
        finally:
            connection.close()

    def probe(self, name: str) -> bool:
        done = subprocess.run(
            [sys.executable, "-m", "lockss_portal.probe", name],
            env={**self.environment, "LOCKSS_VALUES": str(self.home / "run" / "values.json")},
            cwd=ROOT,
            capture_output=True,
        )
        return done.returncode == 0

    def nothing_left(self) -> None:
        wait(lambda: working_in(self.home) == [], 30, lambda: "\n".join(working_in(self.home)))

    def end(self) -> None:
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT)
            try:
                self.popen.wait(30)
            except subprocess.TimeoutExpired:
                self.popen.kill()
        self.popen.wait()
        self.out.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    from lockss_portal.supervisor.ports import listen

    folder = tmp_path_factory.mktemp("node with blanks")
    free = {name: listen("127.0.0.1", 0, name, movable=False) for name in ("lcap", "proxy", "audit")}
    for each in free.values():
        each.socket.close()
    ports = {name: each.port for name, each in free.items()}
    (folder / "node.toml").write_text(SETTINGS.format(**ports))
    yield folder
    shutil.rmtree(engines.sockets(load_node({"LOCKSS_NODE": str(folder)})), ignore_errors=True)


@pytest.fixture
def up(home: Path) -> Iterator[Up]:
    """Each test starts the node that the one before it left."""
    running = Up(home)
    yield running
    running.end()


def test_every_process_of_a_node_works(up: Up) -> None:
    assert set(up.children()) == NAMES
    wait(lambda: up.get("/readyz").status == 200, 30, lambda: str(up.get("/readyz").body))
    assert up.get("/healthz").body == b"ok\n"
    assert up.get("/healthz", host="10.0.0.9").body == b"ok\n"
    assert up.get("/readyz", host="evil.example").status == 421
    assert up.get("/readyz", host=f"localhost:{up.ports['content']}").status == 421
    assert b"lockss_disk_free_bytes" in up.get("/metrics").body
    for name in ("web", "content", "worker", "worker-public", "beat", "lcapd", "proxy", "audit"):
        wait(lambda name=name: up.probe(name), 30, lambda name=name: name)
    up.popen.send_signal(signal.SIGINT)
    assert up.popen.wait(40) == 0
    up.nothing_left()
    assert "does not stop" not in up.said()
    assert not (up.home / "run" / "ports.json").exists()


def test_who_says_nothing_or_half_a_line_does_not_stop_the_portal(up: Up) -> None:
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", up.ports["web"]))) for _ in range(40)
        ]
        for each in silent[:4]:
            each.sendall(b"GET / HT")
        assert up.get("/healthz").status == 200


def test_whatever_is_killed_starts_again(up: Up) -> None:
    before = up.children()
    for found in before.values():
        found.send(signal.SIGKILL)
    wait(lambda: set(up.children()) == NAMES and not set(up.children().values()) & set(before.values()), 60)
    wait(lambda: up.get("/readyz").status == 200, 60)
    for name in ("worker", "worker-public", "beat", "lcapd", "proxy", "audit"):
        wait(lambda name=name: up.probe(name), 60, lambda name=name: name)


def test_kill_9_of_up_leaves_nothing_and_the_next_start_works(up: Up) -> None:
    wait(lambda: up.get("/readyz").status == 200, 60)
    up.popen.kill()
    up.popen.wait()
    up.nothing_left()
    again = Up(up.home)
    try:
        wait(lambda: again.get("/readyz").status == 200, 60)
    finally:
        again.end()
    again.nothing_left()


def test_a_command_beside_up_uses_its_server(up: Up) -> None:
    server = up.children()["postgres"]
    done = up.manage("showmigrations", "auth", stdout=subprocess.PIPE)
    assert b"[X] 0001_initial" in done.communicate(timeout=60)[0]
    assert up.children()["postgres"] == server
    second = up.manage("up", stderr=subprocess.PIPE)
    assert f"runs already (process {up.popen.pid})".encode() in second.communicate(timeout=60)[1]
    assert second.returncode == 2


def test_up_takes_the_server_over_from_a_command(home: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "LOCKSS_NODE": str(home),
        "DJANGO_SETTINGS_MODULE": "lockss_portal.settings",
    }
    code = (
        "import django, sys; django.setup()\n"
        "from django.db import connection\n"
        "connection.ensure_connection(); print('ready', flush=True); sys.stdin.read()"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert command.stdout is not None
    assert command.stdout.readline() == b"ready\n"
    up = Up(home)
    try:
        command.communicate(b"", timeout=120)
        wait(lambda: up.get("/readyz").status == 200, 60)
    finally:
        up.end()
    up.nothing_left()


def test_a_taken_lcap_port_is_a_clear_message(home: Path) -> None:
    from lockss_portal.supervisor.ports import listen

    node = load_node({"LOCKSS_NODE": str(home)})
    with listen("127.0.0.1", node.lcap_port, "lcap_port", movable=False).socket:
        done = subprocess.run(
            [sys.executable, ROOT / "manage.py", "up"],
            env={"PATH": os.environ["PATH"], "LOCKSS_NODE": str(home)},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == (
        f"lcap_port: port {node.lcap_port} at 127.0.0.1 is taken; give another by LOCKSS_LCAP_PORT "
        "(peers know the node by it, so it does not move to a free one as web_port does)\n"
    )
