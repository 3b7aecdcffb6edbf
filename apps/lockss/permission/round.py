"""Asking for permission before anything is collected: which page next, and what its answer means (permissions §5–§8).

No socket: ``next_request`` says what to ask, the caller asks it after the crawl's pause and hands the answer to
``on_result``, until there is nothing more to ask and ``outcome`` is set. Hosts are settled one by one; within a host
its pages are asked in order until one grants; every host must grant; then every probe must be had.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from apps.lockss.fetch import FetchResult
from apps.lockss.frontier.outcome import UrlReason
from apps.lockss.frontier.politeness import parse_retry_after
from apps.lockss.frontier.redirects import Chain, Follow, judge_redirect
from apps.lockss.frontier.site import Site, host_of
from apps.lockss.http_result import Action, Meaning, meaning_of
from apps.lockss.permission.asking import (
    Answer,
    AskKind,
    Evidence,
    PermissionAsk,
    PermissionEffect,
    PermissionMessage,
    PermissionOutcome,
    PermissionPolicy,
    Stopped,
    StorePage,
    Subscription,
)
from apps.lockss.permission.hosts import AskPage, HostStatus, HostTable
from apps.lockss.permission.page import Granted, Refusal, Refused, Verdict
from apps.lockss.permission.plugin_checkers import RefusalCode


class PermissionRound:
    """One round: at a crawl's start for all hosts of the permission URLs, or during it for one more host."""

    def __init__(
        self,
        permission_urls: Iterable[str],
        site: Site,
        hosts: HostTable,
        policy: PermissionPolicy | None = None,
    ) -> None:
        self._site = site
        self._hosts = hosts
        self._policy = policy or PermissionPolicy()
        self._pages: list[list[str]] = []
        self._probes: list[str] = []
        self._waiting: PermissionAsk | None = None
        self._worst: tuple[PermissionOutcome, PermissionMessage] | None = None
        self.subscription = self._policy.subscription
        self.outcome: PermissionOutcome | None = None
        self.message: PermissionMessage | None = None
        self.url: str | None = None
        self._group(tuple(dict.fromkeys(permission_urls)))

    @classmethod
    def for_host(
        cls, ask: AskPage, site: Site, hosts: HostTable, policy: PermissionPolicy | None = None
    ) -> "PermissionRound":
        """The round that ``HostTable.check`` asked for."""
        return cls((ask.url,), site, hosts, policy)

    def _group(self, urls: tuple[str, ...]) -> None:
        if not urls:
            self._end(PermissionOutcome.PLUGIN_ERROR, PermissionMessage.NO_URLS)
            return
        by_host: dict[str, list[str]] = {}
        for url in urls:
            host = host_of(url)
            if host is None:
                self._end(PermissionOutcome.NO_PERMISSION, PermissionMessage.MALFORMED, url)
                return
            if not self._hosts.without_page(url):
                by_host.setdefault(host, []).append(url)
        for pages in by_host.values():
            last = self._hosts.per_host_page(pages[0])
            if last is not None and last not in pages:
                pages.append(last)
        self._pages = list(by_host.values())

    # -- what to ask -------------------------------------------------------------------------------------------

    def next_request(self) -> PermissionAsk | None:
        """The request to make now; the same one again until its answer is in; None when ``outcome`` is set."""
        while self.outcome is None and self._waiting is None:
            if self._pages:
                self._next_page()
            elif self._probes:
                self._waiting = self._ask(AskKind.PROBE, self._probes[0])
            else:
                self._end(PermissionOutcome.GRANTED, None)
        return self._waiting if self.outcome is None else None

    def _next_page(self) -> None:
        pages = self._pages[0]
        if not pages:
            outcome, message = self._worst or (
                PermissionOutcome.NO_PERMISSION,
                PermissionMessage.NO_STATEMENT,
            )
            self._end(outcome, message, self.url)
            return
        if not self._site.collects(pages[0]):
            self._refuse_page(HostStatus.NOT_IN_CRAWL_RULES, pages[0])
            return
        self._waiting = self._ask(AskKind.PAGE, pages[0])

    def _ask(self, kind: AskKind, url: str) -> PermissionAsk:
        from_subscribed = None
        if self.subscription is not None:
            from_subscribed = self.subscription is not Subscription.NOT_SUBSCRIBED
        return PermissionAsk(kind, Chain((url,)), from_subscribed=from_subscribed)

    # -- what came back ----------------------------------------------------------------------------------------

    def on_result(self, answer: Answer | Stopped, now: datetime) -> tuple[PermissionEffect, ...]:
        """Take the answer to the request last handed out."""
        ask = self._waiting
        if ask is None or self.outcome is not None:
            msg = "no permission request is open"
            raise ValueError(msg)
        self._waiting = None
        if isinstance(answer, Stopped):
            return self._stop(ask, answer)
        if answer.login_page:
            return self._login(ask, answer)
        _, meaning = meaning_of(answer.result, None, self._policy.results)
        match meaning.action:
            case Action.STORE | Action.STORE_WITH_WARNING if answer.result.status != 304:
                return self._came(ask, answer)
            case Action.REDIRECT:
                return self._redirected(ask, answer)
            case Action.RETRY:
                return self._again(ask, answer, meaning, now)
            case _:
                return self._not_had(ask, answer, _describe(answer.result))

    def _came(self, ask: PermissionAsk, answer: Answer) -> tuple[PermissionEffect, ...]:
        if ask.kind is AskKind.PROBE:
            self._probes.pop(0)
            evidence = Evidence(ask.kind, ask.url, HostStatus.OK, None, answer.result)
            return (evidence, *self._store(ask)) if self._policy.store_probes else (evidence,)
        verdict = answer.verdict
        if verdict is None:
            msg = "a permission page came without its verdict"
            raise ValueError(msg)
        if isinstance(verdict, Granted):
            verdict = self._with_probes(ask, verdict)
        if isinstance(verdict, Refused):
            evidence = Evidence(ask.kind, ask.url, HostStatus.NOT_OK, verdict, answer.result)
            if self.subscription in {Subscription.UNKNOWN, Subscription.SUBSCRIBED}:
                # The other address may see another page (permissions §7).
                self.subscription = Subscription.NOT_SUBSCRIBED
                self._waiting = self._ask(AskKind.PAGE, ask.chain.origin)
                return (evidence,)
            if self.subscription is not None:
                self.subscription = Subscription.INACCESSIBLE
            self._refuse_page(HostStatus.NOT_OK, ask.chain.origin)
            return (evidence,)
        if self.subscription in {Subscription.UNKNOWN, Subscription.INACCESSIBLE}:
            self.subscription = Subscription.SUBSCRIBED
        self._hosts.record(ask.chain.origin, HostStatus.OK)
        self._pages.pop(0)
        self._worst = None
        return (Evidence(ask.kind, ask.url, HostStatus.OK, verdict, answer.result), *self._store(ask))

    def _with_probes(self, ask: PermissionAsk, granted: Granted) -> Verdict:
        """The grant with its probes as names, or a refusal because one lies outside the rules."""
        names: list[str] = []
        for link in granted.probes:
            name = self._site.resolve(ask.url, link)
            if name is None or not self._site.collects(name):
                return Refused((Refusal(RefusalCode.PROBE_OUTSIDE, link),))
            names.append(name)
        self._probes += [name for name in names if name not in self._probes]
        return replace(granted, probes=tuple(names))

    def _redirected(self, ask: PermissionAsk, answer: Answer) -> tuple[PermissionEffect, ...]:
        result = answer.result
        chain = ask.chain
        if len(chain.names) == 1:
            chain = Chain(chain.names, (result.cookies_before,))
        judged = judge_redirect(
            chain,
            None if result.head is None else result.head.first("location"),
            self._site,
            # A permission page may not send us to a host whose own page has not granted yet.
            permitted=lambda url: self._hosts.permitted(url) is True,
            cookies=result.cookies_after,
            scheme=self._policy.scheme,
        )
        if isinstance(judged, Follow):
            self._waiting = replace(ask, chain=judged.chain, tries=0, not_before=None)
            return ()
        reason = getattr(judged, "reason", UrlReason.NO_HOST_PERMISSION)
        if reason is UrlReason.LOGIN_REDIRECT:
            return self._login(ask, answer)
        return self._not_had(ask, answer, f"{reason}: {judged.target or ''}")

    def _again(
        self, ask: PermissionAsk, answer: Answer, meaning: Meaning, now: datetime
    ) -> tuple[PermissionEffect, ...]:
        settled = self._policy.retries.settle(meaning)
        tries = ask.tries + 1
        if tries >= (settled.tries or 1):
            return self._not_had(ask, answer, _describe(answer.result))
        head = answer.result.head
        asked = (
            None
            if head is None
            else parse_retry_after(head.first("retry-after"), now, self._policy.retries.longest_wait)
        )
        wait = max(settled.delay or timedelta(0), asked or timedelta(0))
        self._waiting = replace(ask, chain=Chain((ask.chain.origin,)), tries=tries, not_before=now + wait)
        return ()

    def _not_had(self, ask: PermissionAsk, answer: Answer, detail: str) -> tuple[PermissionEffect, ...]:
        evidence = Evidence(ask.kind, ask.url, HostStatus.FETCH_FAILED, None, answer.result, detail)
        if ask.kind is AskKind.PROBE:
            self._end(PermissionOutcome.NO_PERMISSION, PermissionMessage.NO_PROBE, ask.url)
        else:
            self._refuse_page(HostStatus.FETCH_FAILED, ask.chain.origin)
            if self._policy.fail_on_fetch_error:
                self._end(PermissionOutcome.FETCH_ERROR, PermissionMessage.NO_FETCH, ask.url)
        return (evidence,)

    def _login(self, ask: PermissionAsk, answer: Answer) -> tuple[PermissionEffect, ...]:
        """A login page is no passing trouble: nothing else is tried."""
        self._hosts.record(ask.chain.origin, HostStatus.NOT_OK)
        probe = ask.kind is AskKind.PROBE
        message = PermissionMessage.NO_PROBE if probe else PermissionMessage.LOGIN
        self._end(PermissionOutcome.NO_PERMISSION, message, ask.url)
        return (Evidence(ask.kind, ask.url, HostStatus.NOT_OK, None, answer.result, "login page"),)

    def _stop(self, ask: PermissionAsk, why: Stopped) -> tuple[PermissionEffect, ...]:
        status, outcome, message = _STOPS[why]
        self._hosts.record(ask.chain.origin, status)
        self._end(outcome, message, ask.url)
        return (Evidence(ask.kind, ask.url, status),)

    # -- ends --------------------------------------------------------------------------------------------------

    def _store(self, ask: PermissionAsk) -> tuple[StorePage, ...]:
        copies = ask.chain.copies(self._site) if self._policy.store_all else ask.chain.last_copy()
        return (StorePage(copies),) if copies else ()

    def _refuse_page(self, status: HostStatus, url: str) -> None:
        """The host's next page, if there is one; the gravest reason so far stays the reason."""
        pages = self._pages[0]
        if pages and pages[0] == url:
            pages.pop(0)
        self._hosts.record(url, status)
        told = _ENDS[status]
        if self._worst is None or _GRAVITY.index(told[0]) > _GRAVITY.index(self._worst[0]):
            self._worst = told
            self.url = url

    def _end(
        self, outcome: PermissionOutcome, message: PermissionMessage | None, url: str | None = None
    ) -> None:
        self.outcome = outcome
        self.message = message
        self.url = url


_STOPS = {
    Stopped.WINDOW_CLOSED: (
        HostStatus.WINDOW_CLOSED,
        PermissionOutcome.WINDOW_CLOSED,
        PermissionMessage.WINDOW_CLOSED,
    ),
    Stopped.NOT_STORED: (
        HostStatus.REPOSITORY_ERROR,
        PermissionOutcome.REPOSITORY_ERROR,
        PermissionMessage.NOT_STORED,
    ),
}
_ENDS = {
    HostStatus.NOT_OK: (PermissionOutcome.NO_PERMISSION, PermissionMessage.NO_STATEMENT),
    HostStatus.FETCH_FAILED: (PermissionOutcome.FETCH_ERROR, PermissionMessage.NO_FETCH),
    HostStatus.NOT_IN_CRAWL_RULES: (PermissionOutcome.PLUGIN_ERROR, PermissionMessage.OUTSIDE_RULES),
}
# A page that was read and does not grant says more than one that could not be had.
_GRAVITY = (
    PermissionOutcome.PLUGIN_ERROR,
    PermissionOutcome.FETCH_ERROR,
    PermissionOutcome.NO_PERMISSION,
)


def _describe(result: FetchResult) -> str:
    if result.fault is not None:
        return f"{result.fault}: {result.detail}" if result.detail else str(result.fault)
    return f"status {result.status}"
