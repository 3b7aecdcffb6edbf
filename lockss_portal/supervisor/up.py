"""``manage.py up``: one node in one terminal. Runs without Django, so that it costs little and fails early."""

import fcntl
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from lockss_portal import processes
from lockss_portal.conf.load import SettingsError, hand_down, load_node, written_keys
from lockss_portal.conf.schema import Node
from lockss_portal.engines import node as engines
from lockss_portal.engines import postgres
from lockss_portal.engines.user import EngineError
from lockss_portal.supervisor import ports, records
from lockss_portal.supervisor.identity import ProcessId
from lockss_portal.supervisor.loop import Supervisor
from lockss_portal.supervisor.output import LineFile, Printer

ENGINE_TIMEOUT_S = 120.0
HELP = """usage: manage.py up

Run every process of this node until Ctrl-C: engines, portal, content host, workers, beat, lcapd.
Settings: docs/operation.md. Ports: var/run/ports.json. Logs: var/log/.
"""


class StartError(Exception):
    """``up`` cannot start; the text says what to change."""


def main(arguments: list[str]) -> int:
    if arguments:
        print(HELP)
        return 0 if set(arguments) <= {"-h", "--help"} else 2
    try:
        return up(os.environ)
    except (SettingsError, EngineError, ports.PortTakenError, StartError) as error:
        print(error, file=sys.stderr)
        return 2


def up(environ: Mapping[str, str]) -> int:
    began = time.monotonic()
    node = load_node(environ)
    for folder in (node.run_dir, node.keys_dir):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = only_up(node)
    try:
        return _up(node, environ, began)
    finally:
        (node.run_dir / "ports.json").unlink(missing_ok=True)
        os.close(lock)


def _up(node: Node, environ: Mapping[str, str], began: float) -> int:
    for name in records.end_leftovers(record_file(node)):
        print(f"ended a left-over process: {name}")
    end_command_engine(node)
    node, handed = with_ports(node, environ)
    values = node.run_dir / "values.json"
    hand_down(node, values)
    write_ports(node)
    processes.prepare_engines(node)
    return serve(node, processes.plan(node, values, handed), began)


def serve(node: Node, plan: processes.Plan, began: float) -> int:
    """Run the plan until a stop signal; 0, or 1 where it could not be started."""
    supervisor = Supervisor(
        Printer(plan.names()),
        lambda name: LineFile(node.log_dir / f"{name}.log", node.log_max_bytes, node.log_backups),
        record_file(node),
        node.stop_grace,
    )
    supervisor.catch_signals()
    try:
        if not started(supervisor, plan):
            return 0 if supervisor.stopping else 1
        supervisor.say(f"started in {time.monotonic() - began:.1f} s; portal: {node.public_url}/")
        supervisor.run()
        supervisor.say("stopping")
        return 0
    finally:
        supervisor.stop()
        supervisor.farewell("stopped")


def started(supervisor: Supervisor, plan: processes.Plan) -> bool:
    """Engines, what must be done first, services; False when a stop signal or a failure came between."""
    for process in plan.engines:
        supervisor.start(process)
    for process in plan.engines:
        if process.ready and not supervisor.run_until(process.ready, ENGINE_TIMEOUT_S):
            supervisor.say("does not answer", process.name)
            return False
    for process in plan.first:
        if code := supervisor.run_once(process):
            supervisor.say(f"failed with exit code {code}", process.name)
        if code != 0:
            return False
    for process in plan.services:
        supervisor.start(process)
    return True


def record_file(node: Node) -> Path:
    return node.run_dir / "processes.json"


def only_up(node: Node) -> int:
    """Hold the node for ourselves; the kernel frees the lock when we end, however that happens."""
    descriptor = os.open(node.run_dir / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise StartError(f"the node in {node.home} runs already (process {holder})") from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
    return descriptor


def end_command_engine(node: Node) -> None:
    """A command started the server for its own duration: from now on it is ours to run."""
    if node.database_url:
        return
    server = engines.cluster(node)
    pid = postgres.running_pid(server)
    found = ProcessId.of(pid) if pid else None
    if found is None:
        return
    found.send(postgres.STOP)
    end = time.monotonic() + ENGINE_TIMEOUT_S
    while found.runs():
        if time.monotonic() > end:
            raise StartError(f"a PostgreSQL server in {server.data} does not stop (process {pid})")
        time.sleep(0.02)


def with_ports(node: Node, environ: Mapping[str, str]) -> tuple[Node, processes.Handed]:
    """Listen at the ports, and the settings with those that were really taken."""
    fixed = written_keys(environ)
    web = ports.listen(
        node.web_bind, node.web_port, "web_port", movable=not (node.ports_fixed or "public_url" in fixed)
    )
    content = ports.listen(
        node.web_bind,
        node.content_port,
        "content_port",
        movable=not (node.ports_fixed or "content_url" in fixed),
    )
    ports.check_free(node.lcap_bind, node.lcap_port, "lcap_port")
    moved = {"LOCKSS_WEB_PORT": str(web.port), "LOCKSS_CONTENT_PORT": str(content.port)}
    proxies = [
        ports.listen_at(place, setting).socket.detach() if place else None
        for place, setting in ((node.proxy_listen, "proxy_listen"), (node.audit_listen, "audit_listen"))
    ]
    descriptors = processes.Handed(web.socket.detach(), content.socket.detach(), *proxies)
    return load_node({**environ, **moved}), descriptors


def write_ports(node: Node) -> None:
    found = {
        "pid": os.getpid(),
        "web": node.web_port,
        "content": node.content_port,
        "lcap": node.lcap_port,
        "public_url": node.public_url,
        "content_url": node.content_url,
        "proxy": node.proxy_address,
        "audit": node.audit_address,
    }
    (node.run_dir / "ports.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
