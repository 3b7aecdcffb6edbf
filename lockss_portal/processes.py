"""The processes of a node, as data: ``manage.py up`` supervises them, ``manage.py process NAME`` is one of them."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lockss_portal.conf.load import NODE_VARIABLE, PREFIX, ROOT, VALUES_VARIABLE
from lockss_portal.conf.schema import Node
from lockss_portal.engines import places, postgres, valkey
from lockss_portal.engines.node import cluster, store
from lockss_portal.engines.user import VARIABLE as RUN_AS_VARIABLE
from lockss_portal.engines.user import run_as
from lockss_portal.probe import sign_of
from lockss_portal.queues import OWN, PUBLIC
from lockss_portal.supervisor.spec import Process

MANAGE = str(ROOT / "manage.py")


@dataclass(frozen=True, slots=True)
class Handed:
    """Descriptors of listening sockets; None: the process binds its port itself."""

    web: int | None = None
    content: int | None = None
    proxy: int | None = None
    audit: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``up`` runs: engines, then each of ``first`` to its end, then the services."""

    engines: tuple[Process, ...]
    first: tuple[Process, ...]
    services: tuple[Process, ...]

    def names(self) -> list[str]:
        return [process.name for process in (*self.engines, *self.first, *self.services)]


def plan(node: Node, values: Path, handed: Handed) -> Plan:
    return Plan(engines(node), (migration(values),), services(node, values, handed))


def engines(node: Node) -> tuple[Process, ...]:
    """The embedded ones; none where DATABASE_URL and BROKER_URL name others. Their folders must exist."""
    found = []
    if not node.database_url:
        server = cluster(node)
        found.append(
            Process(
                name="postgres",
                argv=tuple(postgres.command(server)),
                cwd=Path("/"),
                environment=postgres.environment(),
                mode=run_as().mode,
                stop=postgres.STOP,
                orphaned=postgres.STOP,
                engine=True,
                ready=lambda: postgres.ready(server),
            )
        )
    if not node.broker_url:
        broker = store(node)
        found.append(
            Process(
                name="valkey",
                argv=tuple(valkey.command(broker)),
                cwd=broker.data,
                environment=postgres.environment(),
                stop=valkey.STOP,
                orphaned=valkey.STOP,
                engine=True,
                ready=lambda: valkey.ready(broker),
            )
        )
    return tuple(found)


def prepare_engines(node: Node) -> None:
    """Make the folders of the embedded engines; initdb on the first start."""
    if not node.database_url:
        server = cluster(node)
        places.make_private(server.sockets, run_as())
        postgres.initialise(server)
    if not node.broker_url:
        broker = store(node)
        broker.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        broker.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)


def migration(values: Path | None) -> Process:
    return _python("migrate", [MANAGE, "prepare"], values, once=True)


def services(node: Node, values: Path | None = None, handed: Handed | None = None) -> tuple[Process, ...]:
    """All that is not an engine. ``values`` is the file of handed-down settings."""
    handed = handed or Handed()
    return (
        _python("web", web(node, handed.web), values, sockets=_given(handed.web)),
        _python("content", content(handed.content), values, sockets=_given(handed.content)),
        *proxies(node, values, handed),
        *(
            _python(name, argv, values, sign=sign_of(node, name), CELERY_SKIP_CHECKS="1")
            for name, argv in workers(node)
        ),
        _python("beat", ["-m", "lockss_portal.beat"], values),
        _python("lcapd", [MANAGE, "lcapd"], values),
    )


# Each thread has a connection to the database.
WEB_THREADS = 4
WEB_KEEP_ALIVE_S = 15


def web(node: Node, descriptor: int | None) -> list[str]:
    bind = f"{node.web_bind}:{node.web_port}" if descriptor is None else f"fd://{descriptor}"
    return [
        *("-m", "gunicorn", "lockss_portal.wsgi:application", "--config", "python:lockss_portal.web_server"),
        *("--bind", bind, "--workers", str(node.web_processes), "--threads", str(WEB_THREADS)),
        *("--worker-class", "lockss_portal.web_worker.PatientWorker", "--keep-alive", str(WEB_KEEP_ALIVE_S)),
        *("--timeout", str(node.web_timeout), "--preload", "--no-control-socket", "--log-level", "warning"),
    ]


def content(descriptor: int | None) -> list[str]:
    return ["-m", "lockss_portal.content_server", *([] if descriptor is None else [str(descriptor)])]


def proxies(node: Node, values: Path | None, handed: Handed) -> tuple[Process, ...]:
    """Those that have an address to listen at."""
    wanted = (("proxy", node.proxy_listen, handed.proxy), ("audit", node.audit_listen, handed.audit))
    return tuple(
        _python(
            name,
            ["-m", "lockss_portal.proxy_server", name, *([] if given is None else [str(given)])],
            values,
            sockets=_given(given),
        )
        for name, listen, given in wanted
        if listen
    )


def workers(node: Node) -> list[tuple[str, list[str]]]:
    """One worker for all queues of the node's own work, or one for each; the public queue always has its own."""
    # It only waits for sites: threads are enough, and cost the memory of one process.
    public = (f"worker-{PUBLIC}", [*worker(PUBLIC, (PUBLIC,), node.public_threads), "threads"])
    if node.one_worker:
        return [("worker", worker("worker", OWN, node.worker_processes)), public]
    counts = {queue: getattr(node, f"{queue}_processes") for queue in OWN}
    own = [(f"worker-{queue}", worker(queue, (queue,), count)) for queue, count in counts.items()]
    return [*own, public]


def worker(name: str, queues: tuple[str, ...], processes: int) -> list[str]:
    return ["-m", "lockss_portal.worker", name, ",".join(queues), str(processes)]


def child_environment(values: Path | None, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Settings reach children by one checked file, not by variables that each would read anew."""
    if values is None:
        kept = dict(environ)
    else:
        dropped = {"DATABASE_URL", "BROKER_URL", NODE_VARIABLE}
        kept = {k: v for k, v in environ.items() if not k.startswith(PREFIX) and k not in dropped}
        kept |= {VALUES_VARIABLE: str(values), RUN_AS_VARIABLE: run_as().mode}
    return kept | {"DJANGO_SETTINGS_MODULE": "lockss_portal.settings", "PYTHONUNBUFFERED": "1"}


def _python(
    name: str,
    arguments: list[str],
    values: Path | None,
    *,
    sockets: tuple[int, ...] = (),
    once: bool = False,
    sign: Path | None = None,
    **environment: str,
) -> Process:
    return Process(
        name=name,
        argv=(sys.executable, *arguments),
        cwd=ROOT,
        environment=child_environment(values) | environment,
        sockets=sockets,
        stop=signal.SIGTERM,
        once=once,
        sign=sign,
    )


def _given(descriptor: int | None) -> tuple[int, ...]:
    return () if descriptor is None else (descriptor,)
