"""Asks the publisher for permission, page by page as the core says, and keeps every answer as evidence."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from django.conf import settings

from apps.common.clock import now
from apps.crawls.asking import Asker
from apps.crawls.au_site import CrawlAu
from apps.crawls.fetching import Fetched
from apps.lockss.frontier import Copy
from apps.lockss.permission import (
    Answer,
    AskKind,
    Evidence,
    Network,
    PageRules,
    PageScanner,
    PermissionOutcome,
    PermissionRound,
    Stopped,
    StorePage,
    Verdict,
    plugin_checkers,
)
from apps.permissions.models import Evidence as EvidenceRow
from apps.permissions.services import record_evidence, set_permission

PIECE = 1 << 20
WINDOW_CLOSED = "The platform's crawl window has closed."
KeepPage = Callable[[Fetched, Iterable[Copy]], bool]


@dataclass(frozen=True, slots=True)
class RoundResult:
    outcome: PermissionOutcome
    sentence: str

    @property
    def granted(self) -> bool:
        return self.outcome is PermissionOutcome.GRANTED


def ask_permission(
    au: CrawlAu, asker: Asker, keep: KeepPage, urls: Iterable[str], *, final: bool = True
) -> RoundResult:
    """One round. ``final``: its end is the AU's answer; a host met on the way only gets its own record."""
    asking = PermissionRound(urls, au.site, au.hosts, au.permission_policy)
    rows: list[EvidenceRow] = []
    with ExitStack() as bodies:
        while (ask := asking.next_request()) is not None:
            if not au.window_open(now()):
                # Nothing was asked: that is no evidence, and what was known stays known.
                asking.on_result(Stopped.WINDOW_CLOSED, now())
                return RoundResult(PermissionOutcome.WINDOW_CLOSED, WINDOW_CLOSED)
            if ask.not_before is not None:
                asker.sleep_until(ask.not_before)
            page = bodies.enter_context(asker.ask(ask.url, conditional=False))
            effects = asking.on_result(_answer(au, ask.kind, page), now())
            for effect in effects:
                if isinstance(effect, Evidence):
                    read = page.body if effect.fetch is not None else None
                    rows.append(record_evidence(au=au.row, evidence=effect, page=read))
                elif isinstance(effect, StorePage):
                    keep(page, effect.copies)
    if not final:
        return RoundResult(asking.outcome, "")
    granting = next((row for row in reversed(rows) if row.granted and row.checker), None)
    permission = set_permission(
        au=au.row,
        outcome=asking.outcome,
        message=asking.message,
        url=asking.url or next(iter(urls), ""),
        detail=rows[-1].message if rows else "",
        evidence=granting if asking.outcome is PermissionOutcome.GRANTED else (rows[-1] if rows else None),
    )
    return RoundResult(asking.outcome, permission.message)


def _answer(au: CrawlAu, kind: AskKind, page: Fetched) -> Answer:
    result = page.result
    verdict: Verdict | None = None
    whole = result.fault is None and result.body is not None and result.body.complete
    if kind is AskKind.PAGE and whole and result.head is not None and result.status in (200, 203):
        rules = PageRules(network=Network(settings.NODE.permission_statement))
        scanner = PageScanner(
            rules,
            content_type=result.head.first("content-type"),
            content_encoding=result.head.first("content-encoding"),
            checkers=plugin_checkers(au.permission_checker, au.params, result.request.url),
        )
        # In pieces, and only as far as the scanner goes: a page may be as long as the crawl's limit lets it.
        page.body.seek(0)
        read = 0
        while read <= rules.max_decoded and (piece := page.body.read(PIECE)):
            scanner.feed(piece)
            read += len(piece)
        verdict = scanner.close()
    login = au.is_login_page is not None and whole and au.is_login_page(page)
    return Answer(result, verdict, login)
