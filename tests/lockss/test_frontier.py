"""The frontier's decisions about rows and links: depth, permission, bounds, ends (collecting §3–§5, plugins §8)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.frontier import (
    DEPLOYED_STATUS,
    AbortCrawl,
    Ask,
    AskHost,
    Chain,
    CrawlOutcome,
    CrawlTally,
    Enqueue,
    MarkDone,
    Note,
    ReadStored,
    RowKind,
    RowState,
    SetError,
    Severity,
    Site,
    TrapLimits,
    UrlReason,
    host_of,
)
from apps.lockss.frontier.machine import MAX_LISTED_CUTS
from apps.lockss.http_result import (
    RETRY,
    Action,
    Meaning,
    RetrySettings,
)
from tests.lockss.frontier_site import U, frontier, kinds, row


def test_start_urls_have_depth_one() -> None:
    assert frontier().begin([U, "http://a.org/y", U]) == (Enqueue((U, "http://a.org/y"), 1, RowKind.START),)


def test_no_start_url_is_the_definitions_error() -> None:
    assert frontier().begin([]) == (AbortCrawl(CrawlOutcome.PLUGIN_ERROR, UrlReason.NO_START),)


def test_a_start_url_outside_the_rules_is_told_and_the_others_go_on() -> None:
    effects = frontier().begin(["http://a.org/outside", U])
    assert kinds(effects) == [Note, SetError, Enqueue]
    assert effects[1] == SetError(CrawlOutcome.PLUGIN_ERROR)


@pytest.mark.parametrize("refetch", [0, 1, 2, 3, 99])
@pytest.mark.parametrize("depth", [1, 2, 3, 50])
@pytest.mark.parametrize("held", [True, False])
def test_the_refetch_depth(refetch: int, depth: int, held: bool) -> None:
    effects = frontier(refetch_depth=refetch).visit(row(depth=depth, held=held))
    if held and depth > refetch:
        assert effects == (ReadStored(U), MarkDone(U, RowState.HELD))
    else:
        assert effects == (Ask(Chain((U,)), conditional=held),)


def test_a_held_url_beyond_the_depth_needs_no_permission() -> None:
    url = "http://b.org/x"
    assert frontier().visit(row(url=url, held=True)) == (ReadStored(url), MarkDone(url, RowState.HELD))


def test_an_unknown_host_is_asked_first() -> None:
    assert frontier().visit(row(url="http://new.org/x")) == (AskHost("http://new.org/x"),)


@pytest.mark.parametrize("reads", [True, False])
def test_without_permission_the_stored_copy_is_still_read(reads: bool) -> None:
    url = "http://b.org/x"
    effects = frontier(read_stored_without_permission=reads, refetch_depth=9).visit(row(url=url, held=True))
    assert SetError(CrawlOutcome.NO_PERMISSION) in effects
    assert (ReadStored(url) in effects) is reads
    assert effects[-1] == MarkDone(url, RowState.FAILED)
    assert ReadStored(url) not in frontier().visit(row(url=url))


def test_links_are_queued_one_deeper_once_and_in_order() -> None:
    links = [
        "http://a.org/2",
        "http://a.org/1",
        "http://a.org/2",
        U,
        "http://a.org/outside",
        "http://a.org/globally",
    ]
    assert frontier().found(row(), links, 100) == (Enqueue(("http://a.org/2", "http://a.org/1"), 4),)


def test_no_links_no_effects() -> None:
    assert frontier().found(row(), [], 100) == ()
    assert frontier(follow_links=False).found(row(), ["http://a.org/2"], 100) == ()


def test_links_of_hosts_without_permission_are_queued_and_judged_when_their_turn_comes() -> None:
    assert frontier().found(row(), ["http://b.org/1"], 100) == (Enqueue(("http://b.org/1",), 4),)


def test_what_is_too_deep_is_cut_and_listed() -> None:
    effects = frontier(traps=TrapLimits(depth=3)).found(row(), ["http://a.org/2"], 100)
    assert effects == (
        Note("http://a.org/2", UrlReason.TOO_DEEP, Severity.ERROR, U),
        MarkDone("http://a.org/2", RowState.CUT),
    )
    assert frontier(traps=TrapLimits(depth=4)).found(row(), ["http://a.org/2"], 100) == (
        Enqueue(("http://a.org/2",), 4),
    )


@pytest.mark.parametrize("room", [0, 1, 2, -5])
def test_the_number_of_urls_is_bounded(room: int) -> None:
    effects = frontier().found(row(), ["http://a.org/1", "http://a.org/2"], room)
    queued = [url for effect in effects if isinstance(effect, Enqueue) for url in effect.urls]
    cut = [effect.url for effect in effects if isinstance(effect, Note)]
    assert len(queued) == max(room, 0)
    assert queued + cut == ["http://a.org/1", "http://a.org/2"]


def test_the_list_of_what_was_cut_is_bounded_too() -> None:
    effects = frontier().found(row(), (f"http://a.org/{number}" for number in range(10_000)), 0)
    assert len(effects) == 2 * MAX_LISTED_CUTS + 1
    last = effects[-1]
    assert isinstance(last, Note)
    assert (last.reason, last.about) == (UrlReason.MORE_CUT, str(10_000 - MAX_LISTED_CUTS))


LIMITS = TrapLimits.of(
    ["jabc", "http://www.example.org/journal/"], ["http://www.example.org/journal/toc/vol"]
)


@pytest.mark.parametrize(
    ("path", "cut"),
    [
        ("/a/b/c/d/e/f/g", False),
        ("/a/a/a/a", False),
        ("/a/a/a/a/a", True),
        ("/a/b/a/b/a/b/a/b/a/b", True),
        ("/a/x1/a/x2/a/x3/a/x4/a/x5", True),
        ("/1/1/1/1/1/1/1", False),
        ("/2020/2020/2020/2020/2020/2020", False),
        ("/10.1000/10.1000/10.1000/10.1000/10.1000", False),
        ("/i/i/i/i/i/i", False),
        ("/XIV/xiv/XIV/xiv/XIV/xiv", False),
        ("/jabc/jabc/JABC/jabc/jabc/jabc", False),
        ("/journal/journal/journal/journal/journal/journal", False),
        ("/toc/toc/toc/toc/toc/toc", False),
        ("/mild/mild/mild/mild/mild", True),
        ("/A/a/A/a/A", True),
        ("/x?a/a/a/a/a/a/a", False),
        ("//////////", False),
    ],
)
def test_repeated_parts(path: str, cut: bool) -> None:
    reason = LIMITS.depth_or_path(f"http://www.example.org{path}", 2)
    assert reason is (UrlReason.REPEATED_PARTS if cut else None)


@given(st.text(max_size=200), st.integers(0, 2_000))
def test_no_url_upsets_the_bounds(url: str, depth: int) -> None:
    assert (LIMITS.depth_or_path(url, depth) is UrlReason.TOO_DEEP) == (depth > 1_000)


@pytest.mark.parametrize(
    ("tally", "outcome"),
    [
        (CrawlTally(), CrawlOutcome.NOTHING_FOUND),
        (CrawlTally(fetched=1), CrawlOutcome.NOTHING_FOUND),
        (CrawlTally(fetched=2, content=1), CrawlOutcome.COMPLETE),
        (CrawlTally(unchanged=5, content=5, dead=3), CrawlOutcome.COMPLETE),
        (CrawlTally(content=5, cut=1), CrawlOutcome.LIMIT_REACHED),
        (CrawlTally(content=5, failed=1).with_error(CrawlOutcome.FETCH_ERROR), CrawlOutcome.FETCH_ERROR),
        (
            CrawlTally(content=5, cut=1)
            .with_error(CrawlOutcome.NO_PERMISSION)
            .with_error(CrawlOutcome.FETCH_ERROR),
            CrawlOutcome.NO_PERMISSION,
        ),
    ],
)
def test_ends(tally: CrawlTally, outcome: CrawlOutcome) -> None:
    assert tally.outcome() is outcome


def test_every_end_has_a_number_that_deployed_tools_know() -> None:
    assert set(DEPLOYED_STATUS) == set(CrawlOutcome)
    assert DEPLOYED_STATUS[CrawlOutcome.NO_PERMISSION] == 8


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://WWW.Example.org:80/a", "www.example.org"),
        ("https://u:p@h.org", "h.org"),
        ("http://[2001:db8::1]:8/x", "[2001:db8::1]"),
        ("http://h?x", "h"),
        ("http://h#x", "h"),
        ("http://é.org/x", "é.org"),
        ("ftp://h/", None),
        ("mailto:x", None),
        ("http:///x", None),
        ("", None),
    ],
)
def test_hosts(url: str, host: str | None) -> None:
    assert host_of(url) == host


def test_a_site_names_its_links_as_the_deployed_crawler_does() -> None:
    site = Site.of(lambda _url: True, normalizer=lambda url: url.replace("?sid=1", ""))
    assert site.resolve("http://A.org/x/y", "../Z%2f?sid=1#f") == "http://a.org/Z%2F"
    assert site.resolve_plain("http://A.org/x/y", "../Z%2f?sid=1#f") == "http://a.org/Z%2F?sid=1"
    assert site.resolve("http://a.org/", "mailto:x@y") is None
    assert site.collects("http://a.org/")
    assert not Site.of(lambda _url: True, excluded=lambda _url: True).collects("http://a.org/")


def test_the_table_has_a_retry_of_the_deployed_kind() -> None:
    assert RetrySettings().settle(RETRY) == Meaning(
        Action.RETRY, tries=3, delay=timedelta(seconds=10), fails_crawl=True
    )
