"""The guarded client for a crawl's own thread: one request at a time, the body in a spooled file."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.lockss.fetch import Fetcher, FetchLimits, FetchRequest, FetchResult, Sink

# Bodies up to this size never touch the disk before they are in the WARC.
IN_MEMORY = 4 << 20
# Of the event loop, in which it hears of closed connections: a TLS end takes two.
TURNS = 3


def fetch_limits() -> FetchLimits:
    node = settings.NODE
    return FetchLimits(
        header_line=node.crawl_max_header_bytes,
        header_bytes=node.crawl_max_header_bytes,
        body=node.crawl_max_body_bytes,
        decoded=node.crawl_max_body_bytes,
        connect=node.crawl_connect_timeout,
        idle=node.crawl_read_timeout,
        total=node.crawl_total_timeout,
    )


def fetcher_policy(proxy: str = "") -> FetcherPolicy:
    return FetcherPolicy(guard=Guard.of(settings.NODE.allowed_private_hosts), proxy=proxy)


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a request ended, and the stored bytes of its body."""

    result: FetchResult
    body: BinaryIO

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.body.close()

    def bytes(self, limit: int = -1) -> bytes:
        self.body.seek(0)
        return self.body.read(limit)


class CrawlFetcher:
    """``with CrawlFetcher() as fetch: fetch(request)``. Its event loop runs while a request does, in this thread.
    ``proxy``: ``host:port`` of the one to go through, "" for none."""

    def __init__(self, fetcher: Fetcher | None = None, *, proxy: str = "") -> None:
        self._fetcher = fetcher or GuardedFetcher(fetcher_policy(proxy))
        self._loop = asyncio.new_event_loop()
        self._folder = Path(settings.NODE.spool_dir)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            self._loop.run_until_complete(self._fetcher.aclose())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    def __call__(self, request: FetchRequest) -> Fetched:
        body = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=self._folder)  # noqa: SIM115 - the caller closes it
        result = self._loop.run_until_complete(self._fetch(request, body))
        body.seek(0)
        return Fetched(result, body)

    async def _fetch(self, request: FetchRequest, body: Sink) -> FetchResult:
        # Between requests nobody listened: a connection that the publisher closed meanwhile must not be asked.
        for _ in range(TURNS):
            await asyncio.sleep(0)
        return await self._fetcher.fetch(request, body)
