"""Which URL next, and what an answer does to the crawl: values in, effects out (collecting §3–§5, plugins §8).

The rows live in the owner's database; it takes them in pages in the order of (depth, age), asks this machine about
each, carries the effects out, and marks a page of rows done in one statement. The machine keeps no state of its
own, so a crawl that was killed goes on from its rows.

Depth: start URLs have depth 1, what they link to 2. Within ``refetch_depth`` every URL is asked again; deeper ones
only when they are not held, but their stored copies are read for links all the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from apps.lockss.fetch import FetchResult
from apps.lockss.frontier.effects import (
    AbortCrawl,
    Ask,
    AskHost,
    Effect,
    Enqueue,
    MarkDone,
    Note,
    ReadStored,
    Retry,
    Row,
    RowKind,
    RowState,
    SetError,
    Store,
)
from apps.lockss.frontier.outcome import CrawlOutcome, Severity, UrlReason
from apps.lockss.frontier.politeness import parse_retry_after
from apps.lockss.frontier.redirects import Chain, Follow, HostUnknown, judge_redirect
from apps.lockss.frontier.site import Site
from apps.lockss.frontier.traps import TrapLimits
from apps.lockss.http_result import (
    DEFAULT_RESULTS,
    FAIL,
    Action,
    Condition,
    Meaning,
    ResultKey,
    RetrySettings,
    meaning_of,
)

Permitted = Callable[[str], bool | None]

# What one page may add to the list of what was cut; a trap would fill the table with it.
MAX_LISTED_CUTS = 100

_REDIRECT_WARNINGS = frozenset({UrlReason.REDIRECT_EXCLUDED})


class OnStartError(StrEnum):
    """What a start URL that cannot be had means; a crawl seed may ask to go on."""

    ABORT = "abort"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class CrawlPolicy:
    """The definition's and the network's numbers for one crawl."""

    refetch_depth: int = 1
    results: Mapping[ResultKey, Meaning] = field(default_factory=lambda: DEFAULT_RESULTS)
    retries: RetrySettings = field(default_factory=RetrySettings)
    traps: TrapLimits = field(default_factory=TrapLimits)
    on_start_error: OnStartError = OnStartError.ABORT
    read_stored_without_permission: bool = True
    follow_links: bool = True


class Frontier:
    """One crawl's decisions. ``permitted(url)``: the host's permission, None while it has not been asked."""

    def __init__(self, site: Site, policy: CrawlPolicy, permitted: Permitted) -> None:
        self._site = site
        self._policy = policy
        self._permitted = permitted

    def begin(self, start_urls: Iterable[str]) -> tuple[Effect, ...]:
        """The first rows. A start URL outside the rules is the definition's error, told but not fatal."""
        urls = tuple(dict.fromkeys(start_urls))
        if not urls:
            return (AbortCrawl(CrawlOutcome.PLUGIN_ERROR, UrlReason.NO_START),)
        inside = tuple(url for url in urls if self._site.collects(url))
        effects: list[Effect] = [
            Note(url, UrlReason.START_OUTSIDE, Severity.ERROR) for url in urls if url not in set(inside)
        ]
        if effects:
            effects.append(SetError(CrawlOutcome.PLUGIN_ERROR))
        if inside:
            effects.append(Enqueue(inside, 1, RowKind.START))
        return tuple(effects)

    def visit(self, row: Row) -> tuple[Effect, ...]:
        """What to do with a pending row: ask it, read its stored copy, or neither."""
        if row.held and row.depth > self._policy.refetch_depth:
            return (*self._read(row), MarkDone(row.url, RowState.HELD))
        permitted = self._permitted(row.url)
        if permitted is None:
            return (AskHost(row.url),)
        if not permitted:
            return self._no_permission(row, row.url)
        return (Ask(Chain((row.url,)), conditional=row.held),)

    def answered(
        self,
        row: Row,
        chain: Chain,
        result: FetchResult,
        now: datetime,
        condition: Condition | None = None,
    ) -> tuple[Effect, ...]:
        """What the answer to ``chain.current`` does; ``condition`` is what validators said of the content."""
        chain = _with_first_cookies(chain, result)
        key, meaning = meaning_of(result, condition, self._policy.results)
        match meaning.action:
            case Action.STORE | Action.STORE_WITH_WARNING:
                return self._kept(row, chain, result, key, meaning)
            case Action.REDIRECT:
                return self._redirected(row, chain, result)
            case Action.RETRY:
                return self._again(row, result, now, key, meaning)
            case Action.DEAD_LINK:
                return self._lost(row, UrlReason.DEAD_LINK, key, Severity.WARNING, RowState.DEAD)
            case Action.PERMISSION:
                return self._fatal(row, CrawlOutcome.NO_PERMISSION, UrlReason.PERMISSION_FAILURE, key)
            case Action.ABORT:
                return self._fatal(row, CrawlOutcome.FETCH_ERROR, UrlReason.FETCH_FAILED, key)
            case Action.FAIL:
                return self._failed(row, UrlReason.FETCH_FAILED, key, meaning)

    def redirected(self, row: Row, chain: Chain, result: FetchResult) -> tuple[Effect, ...]:
        """Judge a redirect again, after its target's host has been asked for permission."""
        return self._redirected(row, _with_first_cookies(chain, result), result)

    def found(self, row: Row, links: Iterable[str], room: int) -> tuple[Effect, ...]:
        """What the links of a page add. ``links`` are names already resolved and normalised; ``room`` is how many
        more URLs the AU may have. Links outside the rules are left out silently, as they are most of the web.
        """
        if not self._policy.follow_links:
            return ()
        depth = row.depth + 1
        kept: list[str] = []
        cut: list[Effect] = []
        unlisted = 0
        for url in dict.fromkeys(links):
            if url == row.url or not self._site.collects(url):
                continue
            reason = self._policy.traps.depth_or_path(url, depth)
            if reason is None and len(kept) >= room:
                reason = UrlReason.TOO_MANY_URLS
            if reason is None:
                kept.append(url)
            elif len(cut) < 2 * MAX_LISTED_CUTS:
                cut += (Note(url, reason, Severity.ERROR, row.url), MarkDone(url, RowState.CUT))
            else:
                unlisted += 1
        if unlisted:
            cut.append(Note(row.url, UrlReason.MORE_CUT, Severity.ERROR, str(unlisted)))
        queued = (Enqueue(tuple(kept), depth),) if kept else ()
        return (*queued, *cut)

    # -- the single answers ------------------------------------------------------------------------------------

    def _kept(
        self, row: Row, chain: Chain, result: FetchResult, key: ResultKey, meaning: Meaning
    ) -> tuple[Effect, ...]:
        effects: list[Effect] = []
        if meaning.action is Action.STORE_WITH_WARNING:
            reason = UrlReason.EMPTY_FILE if key is Condition.EMPTY_FILE else UrlReason.CONTENT_DOUBTFUL
            effects.append(Note(row.url, reason, Severity.WARNING, str(key)))
        if result.status == 304 and not row.held:
            return self._failed(row, UrlReason.UNASKED_UNCHANGED, key, FAIL)
        if result.status == 304:
            return (*effects, *self._read(row), MarkDone(row.url, RowState.UNCHANGED))
        if not meaning.no_store:
            effects.append(Store(chain.copies(self._site)))
        return (*effects, MarkDone(row.url, RowState.FETCHED))

    def _redirected(self, row: Row, chain: Chain, result: FetchResult) -> tuple[Effect, ...]:
        location = None if result.head is None else result.head.first("location")
        judged = judge_redirect(
            chain,
            location,
            self._site,
            permitted=self._permitted,
            cookies=result.cookies_after,
        )
        if isinstance(judged, Follow):
            # The stored copy belongs to the row's own name: what a later hop sends may differ from it.
            return (Ask(judged.chain, conditional=False),)
        if isinstance(judged, HostUnknown):
            return (AskHost(judged.target),)
        target = judged.target or ""
        if judged.reason is UrlReason.LOGIN_REDIRECT:
            return self._fatal(row, CrawlOutcome.NO_PERMISSION, judged.reason, target)
        if judged.reason is UrlReason.NO_HOST_PERMISSION:
            return self._no_permission(row, target)
        if judged.reason in _REDIRECT_WARNINGS:
            return self._lost(row, judged.reason, target, Severity.WARNING, RowState.EXCLUDED)
        return self._failed(row, judged.reason, target, FAIL)

    def _again(
        self, row: Row, result: FetchResult, now: datetime, key: ResultKey, meaning: Meaning
    ) -> tuple[Effect, ...]:
        settled = self._policy.retries.settle(meaning)
        tries = row.tries + 1
        if tries >= (settled.tries or 1):
            if not settled.fails_crawl:
                return self._lost(row, UrlReason.RETRIES_USED_UP, key, Severity.WARNING, RowState.DEAD)
            return self._failed(row, UrlReason.RETRIES_USED_UP, key, settled)
        wait = settled.delay or timedelta(0)
        if result.head is not None:
            asked = parse_retry_after(
                result.head.first("retry-after"), now, self._policy.retries.longest_wait
            )
            wait = max(wait, asked or timedelta(0))
        return (Retry(row.url, tries, now + wait),)

    def _failed(
        self, row: Row, reason: UrlReason, about: ResultKey | str, meaning: Meaning
    ) -> tuple[Effect, ...]:
        severity = Severity.ERROR if meaning.fails_crawl else Severity.WARNING
        effects = self._lost(row, reason, about, severity, RowState.FAILED)
        if not meaning.fails_crawl or any(isinstance(effect, AbortCrawl) for effect in effects):
            return effects
        return (*effects, SetError(CrawlOutcome.FETCH_ERROR))

    def _lost(
        self, row: Row, reason: UrlReason, about: ResultKey | str, severity: Severity, state: RowState
    ) -> tuple[Effect, ...]:
        """Not collected anew: the stored copy is still read, so that a failing hub does not hide its children."""
        effects: tuple[Effect, ...] = (Note(row.url, reason, severity, str(about)), *self._read(row))
        effects = (*effects, MarkDone(row.url, state))
        if row.kind is RowKind.START and not row.held and self._policy.on_start_error is OnStartError.ABORT:
            return (
                *effects,
                AbortCrawl(CrawlOutcome.FETCH_ERROR, UrlReason.START_FAILED, f"{row.url}: {reason}"),
            )
        return effects

    def _no_permission(self, row: Row, url: str) -> tuple[Effect, ...]:
        read = self._read(row) if self._policy.read_stored_without_permission else ()
        return (
            Note(row.url, UrlReason.NO_HOST_PERMISSION, Severity.ERROR, url),
            SetError(CrawlOutcome.NO_PERMISSION),
            *read,
            MarkDone(row.url, RowState.FAILED),
        )

    def _fatal(
        self, row: Row, outcome: CrawlOutcome, reason: UrlReason, about: ResultKey | str
    ) -> tuple[Effect, ...]:
        return (
            Note(row.url, reason, Severity.FATAL, str(about)),
            MarkDone(row.url, RowState.FAILED),
            AbortCrawl(outcome, reason, f"{row.url}: {about}"),
        )

    def _read(self, row: Row) -> tuple[Effect, ...]:
        return (ReadStored(row.url),) if row.held and self._policy.follow_links else ()


def _with_first_cookies(chain: Chain, result: FetchResult) -> Chain:
    """The first request's cookies are known only when it has been made."""
    if len(chain.names) > 1 or chain.cookies[0] == result.cookies_before:
        return chain
    return Chain(chain.names, (result.cookies_before,))
