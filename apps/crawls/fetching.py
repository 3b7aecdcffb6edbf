"""The guarded client for a crawl's own thread: one request at a time, the body in a spooled file."""

import asyncio
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.lockss.fetch import Fetcher, FetchLimits, FetchRequest, FetchResult

# Bodies up to this size never touch the disk before they are in the WARC.
IN_MEMORY = 4 << 20


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


def fetcher_policy() -> FetcherPolicy:
    return FetcherPolicy(guard=Guard.of(settings.NODE.allowed_private_hosts))


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
    """``with CrawlFetcher() as fetch: fetch(request)``. Its event loop lives in a thread of its own."""

    def __init__(self, fetcher: Fetcher | None = None) -> None:
        self._fetcher = fetcher or GuardedFetcher(fetcher_policy())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="crawl-fetch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._fetcher.aclose(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __call__(self, request: FetchRequest) -> Fetched:
        folder = Path(settings.NODE.spool_dir)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        body = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=folder)  # noqa: SIM115 - the caller closes it
        result = asyncio.run_coroutine_threadsafe(self._fetcher.fetch(request, body), self._loop).result()
        body.seek(0)
        return Fetched(result, body)
