"""A proxy's process: what it is put together from, and how it ends."""

import asyncio
import contextlib
import logging
import signal
import socket
from ipaddress import ip_network
from pathlib import Path

import uvloop
from django.conf import settings

from apps.common.clock import now
from apps.common.http_guard import Guard
from apps.delivery.proxy.authority import Authority
from apps.delivery.proxy.clients import Clients
from apps.delivery.proxy.deciding import Decider, Manner
from apps.delivery.proxy.library import NodeLibrary
from apps.delivery.proxy.listener import ProxyListener
from apps.delivery.proxy.tunnel import Tunnel
from apps.delivery.publisher import GuardedPublisher, HostRecord, Publisher, own_name
from apps.lockss.delivery import DeliverySettings, HostDownAction, Surface

logger = logging.getLogger(__name__)
PATIENCE_S = 5.0
_READ_AHEAD = 65_536


def manner(surface: Surface) -> Manner:
    """As the settings say."""
    node = settings.NODE
    audit = surface is Surface.AUDIT
    return Manner(
        name=own_name(),
        never=audit or node.never_ask_publisher,
        tells_address=node.publisher_sees_readers,
        settings=DeliverySettings(
            host_down_action=HostDownAction(node.publisher_down),
            forbidden_methods=frozenset(node.proxy_forbidden_methods),
            open_forwarding=node.proxy_open_forwarding and not audit,
            terminate_tls=node.audit_tls if audit else node.proxy_tls,
            audit_index=node.audit_index,
            connect=node.publisher_connect,
            race=node.publisher_race,
            unheld=node.publisher_wait,
        ),
    )


def authority() -> Authority:
    node = settings.NODE
    return Authority(Path(node.keys_dir), settings.SECRET_KEY, node.name, now)


def clients(surface: Surface) -> Clients:
    node = settings.NODE
    pairs = (pair.partition("=") for pair in node.proxy_passwords)
    return Clients(
        surface,
        passwords={name.strip(): password for name, _, password in pairs},
        auditors=tuple(ip_network(each, strict=False) for each in node.audit_hosts),
    )


def listener(surface: Surface) -> tuple[ProxyListener, Publisher | None]:
    """The whole of it. The audit proxy gets no publisher: there is nothing in its process that could ask one."""
    library = NodeLibrary(clients(surface))
    how = manner(surface)
    record = HostRecord(recent_for=settings.NODE.publisher_lately)
    publisher = None
    if surface is Surface.PROXY:
        publisher = GuardedPublisher(Guard.of(settings.NODE.allowed_private_hosts), record=record)
    tunnel = Tunnel(authority(), library) if how.settings.terminate_tls else None
    return ProxyListener(Decider(library, how, publisher, record), tunnel=tunnel), publisher


def run(listening: socket.socket, *, audit: bool) -> None:
    """Until SIGTERM or SIGINT; answers on their way get some seconds."""
    uvloop.run(_run(listening, Surface.AUDIT if audit else Surface.PROXY))


async def _run(listening: socket.socket, surface: Surface) -> None:
    listening.setblocking(False)
    proxy, publisher = listener(surface)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stopped.set)
    server = await asyncio.start_server(proxy.serve, sock=listening, limit=_READ_AHEAD)
    logger.info("the %s listens at %s", surface, listening.getsockname()[:2])
    try:
        await stopped.wait()
    finally:
        server.close()
        await proxy.end(PATIENCE_S)
        if publisher is not None:
            with contextlib.suppress(Exception):
                await publisher.aclose()
