"""The LCAP endpoint of this node, until it is told to stop."""

import asyncio
import logging
import signal
import ssl
from pathlib import Path

import psycopg
from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from kombu.exceptions import OperationalError

from apps.lockss.lcap.limits import Limits
from apps.peers import services
from apps.peers.lcapd.admission import Rules
from apps.peers.lcapd.service import Config, Lcapd

log = logging.getLogger("lcapd")


class Command(BaseCommand):
    help = (
        "Run the LCAP endpoint: listens for peers, sends what the outbox holds. `up` starts it by itself. "
        "Example: lcapd."
    )
    # It has no pages: checking their addresses would only make it slow to come back.
    requires_system_checks = ()

    def handle(self, *args, **options) -> None:
        services.configure_peers()
        asyncio.run(serve())


def wake() -> None:
    """Tell a worker that the inbox holds something; a scanner finds it anyway when the broker is away."""
    try:
        current_app.send_task(settings.LCAP_INBOUND_TASK, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("the broker does not answer (%s); the scanner will find the message", error)


def config() -> Config:
    node = settings.NODE
    return Config(
        rules=Rules(own=services.own_identity(), tls=node.lcap_tls, discovery=node.lcap_discovery),
        bind=node.lcap_bind,
        port=node.lcap_port,
        keys_dir=Path(node.keys_dir),
        tls_minimum=ssl.TLSVersion.TLSv1_3 if node.lcap_tls_minimum == "1.3" else ssl.TLSVersion.TLSv1_2,
        limits=Limits(max_frame=node.lcap_max_message_bytes),
        idle_s=node.lcap_idle_s,
        connect_timeout_s=node.lcap_connect_timeout_s,
        max_per_address=node.lcap_max_connections_per_address,
        wake=wake,
    )


async def serve() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Lcapd(config()) as endpoint:
        log.info("listening as %s on port %d", endpoint.config.rules.own, endpoint.port)
        listener = asyncio.create_task(listen(endpoint))
        await stop.wait()
        listener.cancel()


async def listen(endpoint: Lcapd) -> None:
    """Wake the outbox when a row is committed; without it, it is looked at every two seconds anyway."""
    while True:
        try:
            parameters = await asyncio.to_thread(connection.get_connection_params)
            parameters = {k: v for k, v in parameters.items() if k not in ("cursor_factory", "context")}
            async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listening:
                await listening.execute(f"LISTEN {services.OUTBOX_CHANNEL}")
                async for _ in listening.notifies():
                    endpoint.outbox_changed.set()
        except psycopg.OperationalError as error:
            log.warning("not listening for new messages: %s", error)
            await asyncio.sleep(2)
