"""One request after the pause, with the headers every node sends, and what is kept of its answer."""

import time
from collections import deque
from datetime import datetime

from apps.common.clock import now
from apps.crawls.au_site import CrawlAu
from apps.crawls.fetching import CrawlFetcher, Fetched, fetch_limits
from apps.lockss.fetch import FetchRequest, build_headers
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import Fact, Origin
from apps.repository.errors import ContentError

# A worker that was told to stop notices within this time, however long the pause is.
NAP_S = 0.5
# No definition allows more fetches than this in one window of its rate.
LONGEST_HISTORY = 1_000


class Asker:
    """Keeps the crawl's pace. ``ctx.check`` is asked between naps: a crawl that lost its lease asks no more."""

    def __init__(self, au: CrawlAu, fetcher: CrawlFetcher, ctx) -> None:
        self._au = au
        self._fetch = fetcher
        self._ctx = ctx
        self._history: deque[datetime] = deque(maxlen=LONGEST_HISTORY)
        # Not told yet; the crawl takes them with its other numbers.
        self._requests = 0

    def ask(self, url: str, *, conditional: bool) -> Fetched:
        self.sleep_until(self._au.next_time(self._history, now(), url))
        self._history.append(now())
        self._requests += 1
        return self._fetch(
            FetchRequest(
                self._au.request_target(url),
                headers=build_headers(
                    self._au.headers,
                    if_modified_since=self._last_modified(url) if conditional and not self._au.anew else None,
                ),
                cookies=self._au.cookies,
                limits=fetch_limits(),
            )
        )

    def take_requests(self) -> int:
        """How many were sent since this was asked last: pages, permission pages, probes, hops of redirects."""
        taken, self._requests = self._requests, 0
        return taken

    def sleep_until(self, at: datetime) -> None:
        while (left := (at - now()).total_seconds()) > 0:
            self._ctx.check()
            time.sleep(min(left, NAP_S))
        self._ctx.check()

    def _last_modified(self, url: str) -> str | None:
        """What the stored copy's own answer said, so that an unchanged page costs the publisher nothing."""
        artifact = repository.find(auid=self._au.auid, url=url)
        if artifact is None or artifact.suspect:
            return None
        try:
            head = repository.head(artifact)
        except ContentError as error:
            repository.report(artifact, error)
            return None
        value = head.first("last-modified") if head else None
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def capture(self, fetched: Fetched, url: str, redirected_to: str | None, origin: Origin) -> Capture:
        """A complete answer as the store takes it, under one of its names."""
        result = fetched.result
        facts: dict[str, str] = {}
        if result.tls is not None and result.tls.chain_fault:
            facts[Fact.TLS_FAULT] = result.tls.chain_fault
        if result.request.url != url:
            facts[Fact.SENT_AS] = result.request.url
        return Capture(
            url=url,
            collected_at=result.ended,
            origin=origin,
            body=fetched.body,
            head=result.head.raw if result.head else b"",
            request=result.sent,
            redirected_to=redirected_to,
            address=result.peer,
            facts=facts,
        )
