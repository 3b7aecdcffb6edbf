"""From which rows the log is written: those that have ended, those that may still end, and the line of each."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.accounts.acts import UNTOLD
from apps.accounts.models import AuditEvent
from apps.common.subjects import links
from apps.common.words import Tone
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.models import Crawl
from apps.crawls.words import crawl_word
from apps.lockss.frontier import CrawlOutcome
from apps.nodes.choices_alerts import AlertKind
from apps.nodes.models import Alert
from apps.nodes.models_log import LogLine
from apps.nodes.stored_reasons import CAME_FROM
from apps.polls.choices import RepairState
from apps.polls.models import Poll, Repair, Vote
from apps.polls.outcome import GAVE, Outcome, outcome
from apps.polls.words import poll_word
from apps.repository.choices import CheckOutcome
from apps.repository.models import FixityCheck

LONGEST_URL = 500


@dataclass(frozen=True, slots=True)
class Source:
    """``rows``: all of them; ``ended``: which are told; ``line`` without ``source`` and ``row``."""

    name: str
    rows: Callable[[], QuerySet]
    ended: Q
    line: Callable[..., LogLine]


def _au_line(au, at, code: str, why: str = "", **params: object) -> LogLine:
    return LogLine(at=at, code=code, subject=f"au:{au.slug}", about=au.name, params=params, why=why)


def _crawl(row: Crawl) -> LogLine:
    at = row.finished_at or row.updated_at
    if row.kind != CrawlKind.NEW_CONTENT:
        return _au_line(row.au, at, "crawl-repair", row.reason, n=len(row.urls))
    whole = crawl_word(row.state, row.outcome).tone == Tone.SAFE
    code = "crawl-whole" if whole else "crawl-short" if row.content else "crawl-nothing"
    if row.outcome == CrawlOutcome.NO_PERMISSION:
        code = "crawl-refused"
    return _au_line(row.au, at, code, row.reason, fetched=row.fetched, stored=row.stored)


def _poll(row: Poll) -> LogLine:
    came_to = outcome(row)
    if came_to is Outcome.NO_RESULT:
        why = row.detail or str(poll_word(row.phase, row.status).meaning)
        return _au_line(row.au, row.ended_at, "poll-none", why)
    if came_to is Outcome.AGREED:
        return _au_line(row.au, row.ended_at, "poll-agreed", urls=row.urls)
    if came_to is Outcome.UNDECIDED:
        n = row.too_close + row.no_quorum
        return _au_line(row.au, row.ended_at, "poll-undecided", row.detail, n=n, urls=row.urls)
    return _au_line(row.au, row.ended_at, "poll-differed", row.detail, share=row.agreement or 0)


def _vote(row: Vote) -> LogLine:
    found = {} if row.agreement_hint is None else {"share": row.agreement_hint, "given": row.repairs_served}
    return _au_line(row.au, row.ended_at, "vote", row.detail, poller=str(row.poller), **found)


def _repair(row: Repair) -> LogLine:
    done = row.phase == RepairState.REPAIRED
    why = CAME_FROM % row.source if done else ""
    code = "repair-done" if done else "repair-failed"
    return _au_line(row.au, row.ended_at, code, why, url=row.url[:LONGEST_URL])


def _check(row: FixityCheck) -> LogLine:
    if row.outcome == CheckOutcome.GOOD:
        return _au_line(row.au_key.au, row.finished_at, "check-good", n=row.good)
    wrong = {"damaged": row.damaged, "missing": row.missing, "unread": row.not_checkable}
    return _au_line(row.au_key.au, row.finished_at, "check-bad", **wrong)


def _act(row: AuditEvent) -> LogLine:
    # By its name, so that who looks for a name finds what people did about it.
    about = str(links([row.subject])[row.subject].label)
    return LogLine(
        at=row.at,
        code="act",
        subject=row.subject,
        about=about,
        params={"who": row.username, "act": row.action},
    )


def _told_acts() -> QuerySet:
    """An act on one archival unit is one line, under its name. One on many has the act's besides theirs: who looks for a
    unit finds what was done to it. The audit record has all of them."""
    rows = AuditEvent.objects.all()
    for beginning in UNTOLD:
        rows = rows.exclude(action__startswith=beginning)
    return rows.exclude(subject__startswith="selection:", after__total=1)


def _alert(code: str) -> Callable[[Alert], LogLine]:
    def line(row: Alert) -> LogLine:
        at = row.raised_at if code == "alert-raised" else row.cleared_at
        about = str(AlertKind(row.kind).label)
        params = {"alert": [row.kind, row.params]}
        return LogLine(at=at, code=code, subject=row.subject, about=about, params=params, why=row.note)

    return line


SOURCES = (
    Source("crawl", lambda: Crawl.objects.select_related("au"), Q(state=CrawlState.DONE), _crawl),
    Source(
        "poll",
        lambda: Poll.objects.select_related("au").defer("state", "hash_request", "tally_request"),
        Q(ended_at__isnull=False),
        _poll,
    ),
    Source(
        "vote",
        lambda: (
            Vote.objects.filter(GAVE | Q(ended_at__isnull=True))
            .select_related("au", "poller")
            .defer("state", "hash_request")
        ),
        Q(ended_at__isnull=False),
        _vote,
    ),
    Source(
        "repair",
        lambda: Repair.objects.select_related("au").defer("state", "check_request"),
        Q(ended_at__isnull=False),
        _repair,
    ),
    Source(
        "check",
        # Of what the catalogue does not know any more, there is no page to lead to.
        lambda: FixityCheck.objects.filter(au_key__au__isnull=False).select_related("au_key__au"),
        Q(),
        _check,
    ),
    Source("act", _told_acts, Q(), _act),
    Source("alert", Alert.objects.all, Q(), _alert("alert-raised")),
    Source("alert-over", Alert.objects.all, Q(cleared_at__isnull=False), _alert("alert-over")),
)
