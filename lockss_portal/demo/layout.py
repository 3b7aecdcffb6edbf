"""Where the demonstration lives: four nodes in folders of their own, and the settings that make it short.

Nothing in the code knows that it is a demonstration; only these settings do (decisions 23).
"""

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

from lockss_portal.demo.titles import NETWORK

NODES = 4
FIRST_PORT = 8100
LAST_PORT = 32_000
PORTS_PER_NODE = 3
# The proxies' ports come behind all others, so that the portals keep theirs.
PROXIES_PER_NODE = 2
PORTS = 1 + NODES * (PORTS_PER_NODE + PROXIES_PER_NODE)
LIBRARIES = ("Harbour Library", "Hillside Library", "Riverside Library", "Meadow Library")
# Deployed networks wait minutes and weeks; a person who watches waits seconds.
SHORT = """
network_name = "{network}"
one_worker = true
worker_processes = 2
web_processes = 1
content_processes = 1
database_memory_mb = 32
database_connections = 40
job_lease = 8.0
job_heartbeat = 1.0
lcap_groups = ["harbour"]
lcap_minor = 6
crawl_fetch_floor_ms = 20
disk_warn_percent = 0
disk_no_crawls_percent = 0
disk_no_writes_percent = 0
crawl_retry_interval = 5.0
crawl_retry_pause = 0.5
poll_quorum = 3
poll_interval = 86400.0
poll_attempt_interval = 3.0
poll_min_duration = 24.0
poll_max_duration = 600.0
poll_between_invitations = 6.0
poll_between_polls = 0.0
poll_vote_padding = 14.0
poll_vote_message_padding = 1.0
poll_vote_request_delay = 0.0
poll_tally_padding = 8.0
poll_receipt_padding = 8.0
poll_extra_time = 8.0
poll_max_simultaneous = 5
repair_from_peer_share = 0.5
repair_patience = 6.0
scan_jobs = 2.0
scan_permissions = 1.0
scan_crawls = 1.0
scan_polls = 1.0
scan_poll_steps = 1.0
scan_inbox = 1.0
scan_repairs = 1.0
scan_status = 2.0
scan_sites = 5.0
scan_articles = 5.0
"""


@dataclass(frozen=True, slots=True)
class DemoNode:
    """One node: its folder below ``var/demo`` and its ports on 127.0.0.1."""

    number: int
    home: Path
    web_port: int
    content_port: int
    lcap_port: int
    proxy_port: int
    audit_port: int

    @property
    def library(self) -> str:
        return LIBRARIES[self.number - 1]

    @property
    def identity(self) -> str:
        return f"TCP:[127.0.0.1]:{self.lcap_port}"

    @property
    def settings_file(self) -> Path:
        return self.home / "node.toml"

    @property
    def portal(self) -> str:
        return f"http://127.0.0.1:{self.web_port}/"

    @property
    def content(self) -> str:
        return f"http://localhost:{self.content_port}/"

    @property
    def proxy(self) -> str:
        return f"127.0.0.1:{self.proxy_port}"

    @property
    def audit(self) -> str:
        return f"127.0.0.1:{self.audit_port}"

    def settings(self, publisher: str) -> str:
        """The text of node.toml; ``publisher`` is host:port of the sample publisher."""
        own = {
            "name": self.library,
            "web_port": self.web_port,
            "content_port": self.content_port,
            "lcap_port": self.lcap_port,
            "proxy_listen": self.proxy,
            "audit_listen": self.audit,
        }
        lines = [
            f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
            for name, value in own.items()
        ]
        lines += ["ports_fixed = true", f'allowed_private_hosts = ["{publisher}"]']
        return "\n".join(lines) + SHORT.format(network=NETWORK)


def plan(home: Path) -> tuple[int, list[DemoNode]]:
    """The publisher's port and the four nodes, on ports that are free now; the same ones again when they can be."""
    for first in range(FIRST_PORT, LAST_PORT, 100):
        ports = [first + offset for offset in range(PORTS)]
        if all(map(is_free, ports)):
            break
    else:
        raise SystemExit(f"no {PORTS} free ports in a row between {FIRST_PORT} and {LAST_PORT}")
    own, proxies = ports[1 : 1 + NODES * PORTS_PER_NODE], ports[1 + NODES * PORTS_PER_NODE :]
    nodes = [
        DemoNode(
            n + 1,
            home / f"node{n + 1}",
            *own[n * PORTS_PER_NODE : (n + 1) * PORTS_PER_NODE],
            *proxies[n * PROXIES_PER_NODE : (n + 1) * PROXIES_PER_NODE],
        )
        for n in range(NODES)
    ]
    return ports[0], nodes


def is_free(port: int) -> bool:
    """Whether this port of 127.0.0.1 can be listened on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
