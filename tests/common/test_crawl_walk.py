"""A whole crawl on both adapters: permission, redirects, retries, traps and bad answers, driven as an owner does."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.lockss.fetch import Fetcher, FetchLimits, FetchRequest, Framing
from apps.lockss.frontier import (
    AbortCrawl,
    Ask,
    AskHost,
    CrawlOutcome,
    CrawlPolicy,
    CrawlTally,
    Effect,
    Enqueue,
    Frontier,
    MarkDone,
    Note,
    ReadStored,
    Retry,
    Row,
    RowState,
    SetError,
    Site,
    Store,
    TrapLimits,
    UrlReason,
)
from apps.lockss.permission import (
    Answer,
    AskPage,
    HostTable,
    PageRules,
    PageScanner,
    PermissionOutcome,
    PermissionRound,
    StorePage,
)
from apps.lockss.urls import request_target
from tests.contracts.fetcher import ListSink
from tests.simulators.hostile_server import hostile_server
from tests.simulators.publisher import (
    MemoryPublisher,
    Reply,
    Script,
    Twist,
    bomb,
    gzipped,
    page,
    redirect,
)

STATEMENT = "LOCKSS system has permission to collect, preserve, and serve this Archival Unit"
LIMITS = FetchLimits(connect=5, idle=0.3, total=20, body=200_000, decoded=400_000)
BIG = b"0123456789" * 15_000


def site_script() -> Script:
    script = Script()
    links = "hub moved twice loop hang cut gone secret-dir/ bomb endless big zipped empty trap/ %7Eold'name outside"
    script.on("/manifest", page(STATEMENT + "".join(f'<a href="/v1/{name}">' for name in links.split())))
    script.on("/v1/hub", page('<a href="leaf#x"><a href="?p=2"><a href="//other.example.net/x">'))
    script.on("/v1/leaf", page("leaf")).on("/v1/hub?p=2", page('<a href="/v1/hub">'))
    script.on("/v1/moved", redirect("/v1/moved/here")).on("/v1/moved/here", page('<a href="../under-moved">'))
    script.on("/v1/under-moved", page("found only behind a redirect"))
    script.on("/v1/twice", [Reply(503, b"busy"), Reply(503, b"busy"), page("at the third time")])
    script.on("/v1/loop", redirect("/v1/loop2")).on("/v1/loop2", redirect("/v1/loop"))
    script.on("/v1/hang", Reply(body=BIG, twist=Twist.SILENT_IN_BODY))
    script.on("/v1/cut", Reply(body=BIG, framing=Framing.CHUNKED, twist=Twist.CUT_CHUNK))
    script.on("/v1/bomb", bomb(2 << 20)).on("/v1/endless", Reply(framing=Framing.CLOSE, twist=Twist.ENDLESS))
    script.on("/v1/secret-dir/", redirect("http://127.0.0.1:1/admin", 301))
    script.on("/v1/big", Reply(body=BIG)).on("/v1/zipped", gzipped(b"words " * 999)).on("/v1/empty", Reply())
    script.on("/v1/%7Eold'name", page("kept as it is written"))
    for depth in range(1, 9):
        script.on("/v1/trap/" + "more/" * (depth - 1), page('<a href="more/">'))
    return script


@dataclass
class Walk:
    """The smallest owner: rows in a dict, content in a dict, no pauses."""

    fetcher: Fetcher
    base: str
    stored: dict[str, bytes] = field(default_factory=dict)
    states: dict[str, RowState] = field(default_factory=dict)
    notes: dict[str, UrlReason] = field(default_factory=dict)
    tally: CrawlTally = field(default_factory=CrawlTally)
    abort: AbortCrawl | None = None

    def __post_init__(self) -> None:
        self.site = Site.of(lambda url: url.startswith(self.base) and "outside" not in url)
        self.hosts = HostTable()
        self.frontier = Frontier(self.site, CrawlPolicy(traps=TrapLimits()), self.hosts.permitted)
        self.rows: dict[str, Row] = {}

    async def permission(self) -> PermissionOutcome | None:
        permission = PermissionRound([f"{self.base}/manifest"], self.site, self.hosts)
        while (ask := permission.next_request()) is not None:
            scanner = PageScanner(PageRules())
            sink = ListSink()
            result = await self.fetcher.fetch(FetchRequest(ask.url, limits=LIMITS), sink)
            scanner.feed(sink.data)
            for effect in permission.on_result(Answer(result, scanner.close()), result.ended):
                if isinstance(effect, StorePage):
                    self.stored.update((copy.url, sink.data) for copy in effect.copies)
        return permission.outcome

    async def run(self) -> CrawlOutcome:
        if await self.permission() is not PermissionOutcome.GRANTED:
            return CrawlOutcome.NO_PERMISSION
        await self.carry_out(self.frontier.begin([f"{self.base}/manifest"]), None)
        while pending := [row for row in self.rows.values() if row.url not in self.states]:
            row = min(pending, key=lambda row: row.depth)
            await self.carry_out(self.frontier.visit(row), row)
            if self.abort is not None:
                return self.abort.outcome
        content = len(self.stored.keys() - {f"{self.base}/manifest"})
        cut = sum(state is RowState.CUT for state in self.states.values())
        return replace(self.tally, content=content, cut=cut).outcome()

    async def carry_out(self, effects: tuple[Effect, ...], row: Row | None, body: bytes = b"") -> None:
        for effect in effects:
            match effect:
                case Enqueue(urls=urls, depth=depth, kind=kind):
                    for url in urls:
                        self.rows.setdefault(url, Row(url, depth, kind))
                case Ask(chain=chain) if row is not None:
                    sink = ListSink()
                    target = request_target(chain.current)
                    assert isinstance(target, str)
                    result = await self.fetcher.fetch(FetchRequest(target, limits=LIMITS), sink)
                    more = self.frontier.answered(row, chain, result, result.ended)
                    await self.carry_out(more, row, sink.data)
                case AskHost(url=url):
                    assert not isinstance(self.hosts.check(url), AskPage)
                case Store(copies=copies) if row is not None:
                    self.stored.update((copy.url, body) for copy in copies)
                    base = copies[-1].url
                    names = (
                        self.site.resolve(base, link)
                        for link in re.findall('href="(.*?)"', body.decode("latin-1"))
                    )
                    found = self.frontier.found(row, (name for name in names if name is not None), 1_000)
                    await self.carry_out(found, row)
                case Retry(url=url, tries=tries):
                    self.rows[url] = replace(self.rows[url], tries=tries)
                case MarkDone(url=url, state=state):
                    self.states[url] = state
                case Note(url=url, reason=reason):
                    self.notes[url] = reason
                case SetError(outcome=outcome):
                    self.tally = self.tally.with_error(outcome)
                case AbortCrawl():
                    self.abort = effect
                case ReadStored() | _:
                    pass


class CrawlWalk:
    """Mix into a test class that provides ``walk`` and its ``script``."""

    async def test_a_site_with_everything_wrong_is_collected_as_far_as_it_goes(
        self, walk: Walk, script: Script
    ) -> None:
        outcome = await walk.run()
        held = {url.removeprefix(walk.base) for url in walk.stored}
        assert held == {
            "/manifest",
            *("/v1/hub", "/v1/leaf", "/v1/hub?p=2"),
            *("/v1/moved", "/v1/moved/here", "/v1/under-moved"),
            *("/v1/twice", "/v1/big", "/v1/zipped", "/v1/empty", "/v1/%7Eold'name"),
            *("/v1/trap/" + "more/" * depth for depth in range(5)),
        }
        assert outcome is CrawlOutcome.FETCH_ERROR
        notes = {url.removeprefix(walk.base): reason for url, reason in walk.notes.items()}
        assert notes == {
            "/v1/loop": UrlReason.REDIRECT_LOOP,
            "/v1/hang": UrlReason.RETRIES_USED_UP,
            "/v1/cut": UrlReason.RETRIES_USED_UP,
            "/v1/gone": UrlReason.DEAD_LINK,
            "/v1/bomb": UrlReason.FETCH_FAILED,
            "/v1/endless": UrlReason.FETCH_FAILED,
            "/v1/empty": UrlReason.EMPTY_FILE,
            "/v1/secret-dir/": UrlReason.REDIRECT_EXCLUDED,
            "/v1/trap/more/more/more/more/more/": UrlReason.REPEATED_PARTS,
        }
        assert script.paths.count("/v1/hang") == script.paths.count("/v1/twice") == 3
        assert "/v1/outside" not in script.paths
        assert walk.stored[f"{walk.base}/v1/big"] == BIG

    async def test_without_the_statement_nothing_else_is_asked(self, walk: Walk, script: Script) -> None:
        script.on("/manifest", page('<a href="/v1/hub">almost ' + STATEMENT.replace(",", "")))
        assert await walk.run() is CrawlOutcome.NO_PERMISSION
        assert (script.paths, walk.stored) == (["/manifest"], {})

    async def test_a_permission_that_leads_to_nothing_is_nothing(self, walk: Walk, script: Script) -> None:
        script.on("/manifest", page(STATEMENT))
        assert await walk.run() is CrawlOutcome.NOTHING_FOUND

    async def test_a_forbidden_page_ends_the_crawl(self, walk: Walk, script: Script) -> None:
        script.on("/v1/hub", Reply(403, b"no"))
        assert await walk.run() is CrawlOutcome.NO_PERMISSION
        assert f"{walk.base}/v1/leaf" not in walk.stored


class TestInMemory(CrawlWalk):
    @pytest.fixture
    def script(self) -> Script:
        return site_script()

    @pytest.fixture
    async def walk(self, script: Script) -> Walk:
        return Walk(MemoryPublisher(script), "http://www.example.org")


class TestOnSockets(CrawlWalk):
    @pytest.fixture
    def script(self) -> Script:
        return site_script()

    @pytest.fixture
    async def walk(self, script: Script) -> AsyncIterator[Walk]:
        async with hostile_server(script) as server:
            policy = FetcherPolicy(guard=Guard.of([server.endpoint]))
            async with GuardedFetcher(policy) as fetcher:
                yield Walk(fetcher, server.url(""))
