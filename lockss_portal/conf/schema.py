"""Every setting of a node. To add one, add one line; the table in docs/operation.md follows (``make settings``).

A class is a section of that table, its docstring the heading. Annotations say what is accepted: ``str``,
``bool``, ``int``, ``float``, ``Path`` (relative ones start at the node's folder), ``tuple[str, ...]`` and
``Literal``. Durations are in seconds unless the name ends in ``_ms``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lockss_portal.conf.key import key
from lockss_portal.conf.quota import Quota, read_quota
from lockss_portal.conf.schema_people import SigningIn
from lockss_portal.conf.schema_proxies import Proxies
from lockss_portal.conf.schema_usage import Counting
from lockss_portal.conf.schema_watch import Measuring, Watching
from lockss_portal.conf.schema_work import Crawling, Plugins, Polling, Scanners, TitleLists

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The node"""

    name: str = key("LOCKSS node", "what the pages call this node")
    network_name: str = key("", "the preservation network it belongs to")
    time_zone: str = key(
        "UTC",
        "zone of the times on pages, and of the days that reports and their file names tell; rows are in UTC",
    )
    testing: bool = key(False, "short-cuts for tests: cheap password hashes, no durable writes")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Folders"""

    content_dir: Path = key(Path("content"), "WARC files, the only truth")
    content_quota: str = key(
        "", "what the content folder may take: bytes such as 4 TB, or a share of its disk such as 80 %"
    )
    over_quota: Literal["warn", "refuse"] = key(
        "warn", "an act of selecting that would exceed the quota is asked about once more, or refused"
    )
    keys_dir: Path = key(Path("keys"), "secret key, LCAP key and certificates; mode 0700")
    spool_dir: Path = key(Path("spool"), "messages too long for a row, unfinished downloads")
    log_dir: Path = key(Path("log"), "one log file per process")
    run_dir: Path = key(Path("run"), "process ids, ports, sockets")
    media_dir: Path = key(Path("media"), "uploaded title lists, agreements, definitions")
    export_dir: Path = key(Path("exports"), "packages of preserved content; may lie on another disk")
    import_dir: Path = key(Path("imports"), "packages that are to be taken in lie here; put there by hand")
    export_quota_bytes: int = key(
        0, "what exports may take together; 0: as much as the disk's levels leave", "bytes", low=0
    )
    export_days: float = key(14.0, "packages are deleted so long after they were made", "days", low=0.01)
    log_max_bytes: int = key(10 * MIB, "a log file is rotated at this size", "bytes", low=4096)
    log_backups: int = key(5, "rotated log files that are kept", "files", low=1)


@dataclass(frozen=True, kw_only=True)
class Web:
    """Portal and content host"""

    public_url: str = key("", "address of the portal; empty: http://127.0.0.1:<web_port>")
    content_url: str = key("", "address of preserved pages, another host; empty: http://localhost:<port>")
    serving_policy: Literal["dark", "gray", "light"] = key(
        "gray", "who serves readers until the network's rule says it: nobody, the publisher first, this node"
    )
    missing_action: Literal["error-404", "host-au-index", "au-index", "redirect", "always-redirect"] = key(
        "host-au-index",
        "what readers get for a URL that is not here: 404, with units to choose, or the publisher",
    )
    host_down_action: Literal["refuse", "quick"] = key(
        "refuse", "for a URL not held on a host that is down: refuse at once, or try it shortly"
    )
    follow_redirects: Literal["always", "never", "missing"] = key(
        "missing", "when the content host follows a publisher's redirect inside held sites"
    )
    allowed_hosts: tuple[str, ...] = key((), "further host names that the portal answers to")
    web_bind: str = key("127.0.0.1", "address that portal and content host listen at")
    web_port: int = key(
        8081, "port of the portal; taken: the next free one; 0: any free one", low=0, high=65535
    )
    content_port: int = key(
        8082, "port of the content host; taken: the next free one; 0: any free one", low=0, high=65535
    )
    ports_fixed: bool = key(False, "a taken port stops the start instead of moving on")
    web_processes: int = key(2, "processes of the portal", "processes", low=1, high=64)
    content_processes: int = key(2, "processes of the content host", "processes", low=1, high=64)
    web_timeout: int = key(60, "a request longer than this ends with its process", "s", low=5)
    behind_proxy: bool = key(False, "trust X-Forwarded-Proto of the proxy in front")
    public_status: bool = key(
        False, "pages and badges for everybody that say how many institutions agree on a title or volume"
    )
    upload_max_bytes: int = key(64 * MIB, "longest upload", "bytes", low=1024)


@dataclass(frozen=True, kw_only=True)
class Engines:
    """Database and broker"""

    database_url: str = key(
        "", "postgres://user:password@host:port/name; empty: embedded", env="DATABASE_URL", secret=True
    )
    broker_url: str = key("", "redis:// or amqp:// address; empty: embedded", env="BROKER_URL", secret=True)
    postgres_dir: Path = key(Path("pg"), "data of the embedded PostgreSQL")
    valkey_dir: Path = key(Path("valkey"), "data of the embedded Valkey")
    database_connections: int = key(100, "connections the embedded PostgreSQL takes", low=10, high=10_000)
    database_memory_mb: int = key(64, "shared buffers of the embedded PostgreSQL", "MiB", low=1)


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Workers"""

    one_worker: bool = key(True, "one worker process group serves all queues of the node's own work")
    worker_processes: int = key(2, "processes of that one worker", "processes", low=1, high=256)
    crawl_processes: int = key(2, "processes of the crawl worker", "processes", low=1, high=256)
    poll_processes: int = key(2, "processes of the poll worker", "processes", low=1, high=256)
    repair_processes: int = key(1, "processes of the repair worker", "processes", low=1, high=256)
    default_processes: int = key(2, "processes of the default worker", "processes", low=1, high=256)
    public_threads: int = key(
        3, "pages that are tried at once for people without an account", "threads", low=1, high=64
    )
    worker_max_tasks: int = key(500, "a worker process is replaced after this many tasks", "tasks", low=1)
    stop_grace: float = key(10.0, "what does not stop in this time is killed; jobs go on later", "s", low=0)
    job_lease: float = key(300.0, "a job whose worker was silent this long is taken over", "s", low=0.5)
    job_heartbeat: float = key(30.0, "a worker reports on its job this often", "s", low=0.1)
    job_attempts: int = key(5, "a job is given up after this many attempts", low=1)


@dataclass(frozen=True, kw_only=True)
class Peers:
    """LCAP"""

    lcap_identity: str = key("", "this node's name among peers; empty: TCP:[127.0.0.1]:<lcap_port>")
    lcap_bind: str = key("127.0.0.1", "address the listener is bound to; 0.0.0.0 for all")
    lcap_port: int = key(
        9729, "port of the listener; part of the identity: fixed, also where web_port is 0", low=1, high=65535
    )
    lcap_tls: bool = key(
        True, "TLS with a certificate per node; off only for networks that speak in the clear"
    )
    lcap_tls_minimum: Literal["1.2", "1.3"] = key("1.3", "lowest TLS version; 1.2 for Java nodes")
    lcap_minor: int = key(5, "protocol revision sent first", low=1, high=255)
    lcap_groups: tuple[str, ...] = key((), "poll groups this node belongs to")
    lcap_peers: tuple[str, ...] = key((), "first peers: TCP:[host]:port, optionally #sha256=<certificate>")
    lcap_discovery: bool = key(False, "learn of peers that peers nominate")
    lcap_max_message_bytes: int = key(1024 * MIB, "longest message that is taken", "bytes", low=1024)
    lcap_idle_s: float = key(300.0, "an idle channel is closed", "s", low=0.1)
    lcap_connect_timeout_s: float = key(30.0, "a peer that does not answer", "s", low=0.1)
    lcap_max_connections_per_address: int = key(8, "channels accepted from one address", low=1)


@dataclass(frozen=True, kw_only=True)
class Node(
    Identity,
    Places,
    Web,
    Proxies,
    Counting,
    SigningIn,
    Engines,
    Workers,
    Peers,
    Crawling,
    Polling,
    Plugins,
    TitleLists,
    Scanners,
    Watching,
    Measuring,
):
    """All settings of one node, checked; ``django.conf.settings.NODE``."""

    home: Path

    @property
    def quota(self) -> Quota | None:
        """What the content folder may take; None: as much as its disk."""
        return read_quota(self.content_quota)


SECTIONS = (
    Identity,
    Web,
    Proxies,
    Counting,
    SigningIn,
    Engines,
    Workers,
    Peers,
    Crawling,
    Polling,
    Plugins,
    TitleLists,
    Scanners,
    Watching,
    Measuring,
    Places,
)
