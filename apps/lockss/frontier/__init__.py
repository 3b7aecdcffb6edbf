"""The crawl's frontier without a database: rows and answers in, effects out."""

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
from apps.lockss.frontier.machine import CrawlPolicy, Frontier, OnStartError
from apps.lockss.frontier.outcome import (
    DEPLOYED_STATUS,
    CrawlOutcome,
    CrawlTally,
    Severity,
    UrlReason,
)
from apps.lockss.frontier.politeness import Rate, next_fetch_time, parse_retry_after, pause_of
from apps.lockss.frontier.redirects import Chain, Copy, RedirectScheme, judge_redirect
from apps.lockss.frontier.site import Site, host_of
from apps.lockss.frontier.traps import TrapLimits

__all__ = [
    "DEPLOYED_STATUS",
    "AbortCrawl",
    "Ask",
    "AskHost",
    "Chain",
    "Copy",
    "CrawlOutcome",
    "CrawlPolicy",
    "CrawlTally",
    "Effect",
    "Enqueue",
    "Frontier",
    "MarkDone",
    "Note",
    "OnStartError",
    "Rate",
    "ReadStored",
    "RedirectScheme",
    "Retry",
    "Row",
    "RowKind",
    "RowState",
    "SetError",
    "Severity",
    "Site",
    "Store",
    "TrapLimits",
    "UrlReason",
    "host_of",
    "judge_redirect",
    "next_fetch_time",
    "parse_retry_after",
    "pause_of",
]
