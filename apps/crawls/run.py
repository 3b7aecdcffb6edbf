"""One crawl from permission to its end: asks, waits, stores, follows links, and can be killed at any point.

Decisions are the core's (``frontier``, ``permission``); here they are carried out. A batch is written in
this order: WARC records synced and indexed, then frontier rows marked. A kill between the two means that the
batch is asked again and found unchanged.
"""

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop as _

from apps.common.clock import now
from apps.common.stored import remember
from apps.crawls import frontier_rows
from apps.crawls.asking import Asker
from apps.crawls.au_site import CrawlAu
from apps.crawls.choices import CrawlKind
from apps.crawls.fetching import CrawlFetcher, Fetched
from apps.crawls.models import Crawl, CrawlUrl
from apps.crawls.permission_round import RoundResult, ask_permission
from apps.lockss.frontier import (
    AbortCrawl,
    Ask,
    AskHost,
    Chain,
    CrawlOutcome,
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
    Store,
    UrlReason,
)
from apps.lockss.http_result import Condition
from apps.lockss.permission import PermissionOutcome
from apps.permissions.services import decide
from apps.repository import services as repository
from apps.repository.choices import AddOutcome, Origin

PAGE = 200
FLUSH_EVERY_S = 0.5
FLUSH_AT = 100
# Bodies beyond this are stored but not read for links.
LONGEST_PARSED = 32 << 20


@dataclass(slots=True)
class Batch:
    """What has been decided since the last flush."""

    ends: dict[str, tuple[RowState, str, str, int | None]] = field(default_factory=dict)
    enqueued: list[frontier_rows.Found] = field(default_factory=list)
    cut: list[tuple[str, int, str]] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    since: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        return len(self.ends) >= FLUSH_AT or time.monotonic() - self.since > FLUSH_EVERY_S


@dataclass(frozen=True, slots=True)
class Ended:
    outcome: CrawlOutcome
    reason: str


class _Abort(Exception):  # noqa: N818 - the frontier's verdict, carried out of the loop
    def __init__(self, ended: Ended) -> None:
        super().__init__(ended.reason)
        self.ended = ended


class CrawlRun:
    """Runs one crawl for the worker that owns its job. ``ctx``: the job's progress and its lease."""

    def __init__(self, crawl: Crawl, au: CrawlAu, ctx, fetcher: CrawlFetcher) -> None:
        self._crawl = crawl
        self._au = au
        self._ctx = ctx
        self._asker = Asker(au, fetcher, ctx)
        self._batch = Batch()
        self._known = CrawlUrl.objects.filter(crawl=crawl).count()
        self._settled = frontier_rows.count_settled(crawl)
        self._frontier = Frontier(au.site, au.policy, au.hosts.permitted)
        self._states: dict[str, tuple[str, str, int | None]] = {}
        # Stored by this crawl as new, before their rows came up: by a permission page or under a redirect's name.
        self._new: set[str] = set()

    def run(self) -> Ended:
        """To the end; StoreError and LeaseLost pass through, everything else is an outcome."""
        with repository.open_writer(auid=self._au.auid) as self._writer:
            try:
                self._check_agreement()
                asked = self._ask_permission()
                if asked is not None:
                    self._flush()
                    return asked
                if not self._known:
                    self._do(Row("", 0), self._frontier.begin(self._au.start_urls))
                    self._flush()
                self._work()
            except _Abort as abort:
                self._flush()
                return abort.ended
            self._flush()
            self._crawl.refresh_from_db()
            return self._ended()

    def _ask_permission(self) -> Ended | None:
        """A new-content crawl asks every time; a repair crawl does not (permissions §8)."""
        if not self._au.needs_statement:
            return None
        result = ask_permission(self._au, self._asker, self._keep_page, self._au.permission_urls)
        self._writer.commit()
        return None if result.granted else _no_permission(result)

    def _keep_page(self, fetched: Fetched, copies: Iterable) -> bool:
        return all(self._store_copy(fetched, copy.url, copy.redirected_to, "") for copy in copies)

    # The loop

    def _work(self) -> None:
        while True:
            rows = frontier_rows.take(self._crawl, PAGE)
            if not rows:
                if not self._wait_for_retries():
                    return
                continue
            self._check_agreement()
            held = self._writer.held(row.url for row in rows)
            for row in rows:
                if not self._au.window_open(now()):
                    raise _Abort(Ended(CrawlOutcome.WINDOW_CLOSED, "The platform's crawl window has closed."))
                core = frontier_rows.core_row(row, row.url in held)
                self._do(core, self._frontier.visit(core))
                if self._batch.due():
                    self._flush()
            self._flush()

    def _check_agreement(self) -> None:
        """A crawl may wait or run for days: an agreement that ends meanwhile ends it too."""
        if self._crawl.kind == CrawlKind.REPAIR:
            return
        written = decide(self._crawl.au).written
        if not written.allowed:
            raise _Abort(Ended(CrawlOutcome.NO_PERMISSION, written.sentence))

    def _wait_for_retries(self) -> bool:
        at = frontier_rows.next_time(self._crawl)
        if at is None:
            return False
        self._flush()
        self._asker.sleep_until(at)
        return True

    def _do(self, row: Row, effects: Iterable[Effect]) -> None:
        """Carry out effects in order. An abort comes last and ends the crawl."""
        fetched: Fetched | None = None
        # A row that is not asked does not bear the words of the one before.
        self._status, self._detail = None, ""
        chain = Chain((row.url,))
        queue = list(effects)
        with ExitStack() as bodies:
            while queue:
                effect = queue.pop(0)
                match effect:
                    case Ask():
                        fetched, chain = self._ask(effect), effect.chain
                        bodies.enter_context(fetched)
                        queue += self._frontier.answered(
                            row, chain, fetched.result, now(), self._condition(fetched)
                        )
                    case AskHost():
                        queue += self._ask_host(row, effect, chain, fetched)
                    case Store():
                        self._store(row, effect, fetched)
                        queue += self._links(row, fetched)
                    case ReadStored():
                        queue += self._stored_links(row)
                    case _:
                        self._note(row, effect)

    def _note(self, row: Row, effect: Effect) -> None:
        batch = self._batch
        match effect:
            case Enqueue():
                batch.enqueued.append((effect, row.url))
            case MarkDone():
                self._mark(row, effect)
            case Retry():
                frontier_rows.postpone(self._crawl, effect.url, effect.tries, effect.not_before, self._detail)
            case Note():
                self._states[effect.url] = (effect.reason, effect.about, self._status)
            case SetError():
                Crawl.objects.filter(pk=self._crawl.pk, first_error="").update(first_error=effect.outcome)
            case AbortCrawl():
                raise _Abort(Ended(effect.outcome, effect.detail or str(effect.reason)))

    def _mark(self, row: Row, effect: MarkDone) -> None:
        outcome, about, status = self._states.pop(effect.url, ("", "", self._status))
        if effect.state is RowState.CUT:
            self._batch.cut.append((effect.url, row.depth + 1, row.url))
            self._batch.counts[effect.state.value] += 1
        else:
            # The fault alone is less than the fault with its numbers.
            message = self._detail if self._detail.startswith(about) else about
            state = self._came(effect, str(outcome))
            self._batch.ends[effect.url] = (state, str(outcome), message, status)
            if state in (RowState.FETCHED, RowState.UNCHANGED, RowState.HELD) or row.held:
                self._batch.counts["content"] += 1
            self._batch.counts[state.value] += 1

    def _came(self, effect: MarkDone, outcome: str) -> RowState:
        """Of a URL that came: whether this crawl stored anything new of it, in whatever order it was asked."""
        if effect.state not in (RowState.FETCHED, RowState.UNCHANGED):
            return effect.state
        if effect.url in self._new:
            self._new.discard(effect.url)
            self._batch.counts["new"] += 1
            return RowState.FETCHED
        return effect.state if outcome == UrlReason.CONTENT_DOUBTFUL else RowState.UNCHANGED

    # Asking

    def _ask(self, effect: Ask) -> Fetched:
        """One request; redirect hops come back here as further asks."""
        fetched = self._asker.ask(effect.chain.current, conditional=effect.conditional)
        result = fetched.result
        self._status = result.status
        self._detail = ": ".join(filter(None, (result.fault, result.detail))) if result.fault else ""
        return fetched

    _status: int | None = None
    _detail: str = ""

    def _condition(self, fetched: Fetched) -> Condition | None:
        """What is odd about content that came whole."""
        body = fetched.result.body
        if (
            fetched.result.fault is None
            and fetched.result.status == 200
            and body is not None
            and body.stored == 0
        ):
            return Condition.EMPTY_FILE
        if self._au.is_login_page is not None and self._au.is_login_page(fetched):
            return Condition.LOGIN_PAGE
        return None

    def _ask_host(
        self, row: Row, effect: AskHost, chain: Chain, fetched: Fetched | None
    ) -> tuple[Effect, ...]:
        """A host not met before: ask its own permission page, then judge the row again."""
        page = self._au.hosts.check(effect.url)
        url = getattr(page, "url", "")
        ask_permission(self._au, self._asker, self._keep_page, [url], final=False)
        if fetched is not None:
            return self._frontier.redirected(row, chain, fetched.result)
        return self._frontier.visit(row)

    # Storing

    def _store(self, row: Row, effect: Store, fetched: Fetched) -> None:
        for copy in effect.copies:
            self._store_copy(fetched, copy.url, copy.redirected_to, row.url)

    def _store_copy(self, fetched: Fetched, url: str, redirected_to: str | None, referrer: str) -> bool:
        capture = self._asker.capture(fetched, url, redirected_to, self._origin)
        added = self._writer.add(capture)
        if added.outcome is AddOutcome.REJECTED:
            self._states[url] = ("content-doubtful", str(added.fault), fetched.result.status)
            return False
        if added.outcome is AddOutcome.NEW:
            self._new.add(url)
            self._batch.counts["bytes"] += fetched.result.body.stored if fetched.result.body else 0
        return True

    @property
    def _origin(self) -> Origin:
        return Origin.REPAIR_PUBLISHER if self._crawl.kind == "repair" else Origin.CRAWL

    # Links

    def _links(self, row: Row, fetched: Fetched) -> tuple[Effect, ...]:
        result = fetched.result
        if not self._au.policy.follow_links or result.head is None:
            return ()
        content_type = result.head.first("content-type") or ""
        if not self._au.has_links(content_type):
            return ()
        data = fetched.bytes(LONGEST_PARSED)
        encoding = result.head.first("content-encoding") or ""
        return self._found(row, data, content_type, encoding, result.request.url)

    def _stored_links(self, row: Row) -> tuple[Effect, ...]:
        artifact = repository.find_best(auid=self._au.auid, url=row.url)
        if artifact is None or not self._au.has_links(artifact.content_type):
            return ()
        try:
            with repository.open_body(artifact) as body:
                data = body.read(LONGEST_PARSED)
        except Exception as error:  # noqa: BLE001 - a damaged copy hides its links, not the rest of the crawl
            self._states[row.url] = ("content-doubtful", str(error)[:500], None)
            return ()
        base = artifact.redirected_to or artifact.url
        return self._found(row, data, artifact.content_type, artifact.content_encoding, base)

    def _found(
        self, row: Row, data: bytes, content_type: str, encoding: str, base: str
    ) -> tuple[Effect, ...]:
        links = self._au.links(data, content_type, encoding, base)
        room = max(0, self._au.policy.traps.urls - self._known)
        return self._frontier.found(row, links, room)

    # Writing down

    def _flush(self) -> None:
        """WARC and index first, then the rows that say so."""
        batch, self._batch = self._batch, Batch()
        self._writer.commit()
        with transaction.atomic():
            self._known += frontier_rows.enqueue(
                self._crawl,
                batch.enqueued,
                position=self._known,
                refetch_depth=self._au.policy.refetch_depth,
            )
            frontier_rows.add_cut(self._crawl, batch.cut, self._known)
            frontier_rows.mark(self._crawl, batch.ends)
            self._count(batch.counts)
        self._settled += len(batch.ends) + len(batch.cut)
        self._ctx.progress(self._settled, max(self._known, self._settled))

    def _count(self, counts: Counter) -> None:
        changes = {
            "fetched": self._asker.take_requests(),
            "stored": counts["new"],
            "unchanged": counts["unchanged"],
            "excluded": counts["excluded"],
            "dead": counts["dead"],
            "cut": counts["cut"],
            "failed": counts["failed"],
            "content": counts["content"],
            "bytes": counts["bytes"],
        }
        Crawl.objects.filter(pk=self._crawl.pk).update(
            queued=self._known, **{name: F(name) + n for name, n in changes.items() if n}
        )

    def _ended(self) -> Ended:
        crawl = self._crawl
        tally = CrawlTally(
            content=crawl.content,
            cut=crawl.cut,
            first_error=CrawlOutcome(crawl.first_error) if crawl.first_error else None,
        )
        outcome = tally.outcome()
        return Ended(outcome, OUTCOMES[outcome])


OUTCOMES = {
    CrawlOutcome.COMPLETE: "",
    CrawlOutcome.NOTHING_FOUND: _("The permission page grants, but nothing to preserve was found behind it."),
    CrawlOutcome.FETCH_ERROR: _("Some pages could not be had from the publisher; what came is kept."),
    CrawlOutcome.NO_PERMISSION: _("A host did not grant permission; what was collected before is kept."),
    CrawlOutcome.PLUGIN_ERROR: _("The plugin names a start page that its own rules exclude."),
    CrawlOutcome.LIMIT_REACHED: _(
        "A limit of this node cut the crawl; the cut URLs are listed with the rule."
    ),
    CrawlOutcome.EXTRACTOR_ERROR: _("Some pages could not be read for links."),
    CrawlOutcome.REPOSITORY_ERROR: _("The store refused to take the content."),
    CrawlOutcome.WINDOW_CLOSED: _("The platform's crawl window has closed."),
    CrawlOutcome.ABORTED: _("The crawl was stopped."),
    CrawlOutcome.INTERRUPTED: _("The crawl was interrupted."),
    CrawlOutcome.ERROR: _("The crawl ended with an error."),
}
remember(*filter(None, OUTCOMES.values()))


def _no_permission(result: RoundResult) -> Ended:
    outcome = {
        PermissionOutcome.WINDOW_CLOSED: CrawlOutcome.WINDOW_CLOSED,
        PermissionOutcome.FETCH_ERROR: CrawlOutcome.FETCH_ERROR,
        PermissionOutcome.PLUGIN_ERROR: CrawlOutcome.PLUGIN_ERROR,
        PermissionOutcome.REPOSITORY_ERROR: CrawlOutcome.REPOSITORY_ERROR,
    }.get(result.outcome, CrawlOutcome.NO_PERMISSION)
    return Ended(outcome, result.sentence)
