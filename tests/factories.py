"""Rows of every room with sensible values, for tests of pages and for looking at pages.

Each function saves and returns one thing; what is not given is invented, the same every time but for numbers that
must differ. Times are given as ages: ``ago=dt.timedelta(days=2)``.
"""

import base64
import datetime as dt
import hashlib
from itertools import count

from apps.aus.choices import AuState, SelectionAction, SelectionOutcome
from apps.aus.models import Au, Selection, SelectionResult
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.common.search import fold, trigrams
from apps.crawls.choices import CrawlKind, CrawlState, UrlState
from apps.crawls.models import Crawl, CrawlStatus, CrawlUrl
from apps.lockss.lcap.poll_codes import ParticipantStatus, VoterStatus
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.peers.choices import AgreementType, PeerSource
from apps.peers.models import Agreement, Peer
from apps.permissions.choices import AgreementState, Reason, Said, ScopeKind, Verdict
from apps.permissions.models import Evidence, Permission, PublisherAgreement
from apps.polls.choices import PollState, RepairState
from apps.polls.models import Participant, Poll, PollStatus, Repair, UrlTally, Vote
from apps.repository.choices import CheckOutcome
from apps.repository.models import AuKey, AuSummary, FixityCheck
from apps.repository.names import au_slug, url_digest
from apps.titles.models import ListedAu, Publisher, Title

_numbers = count(1)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
STATEMENT = "LOCKSS system has permission to collect, preserve, and serve this Archival Unit"


def past(ago: dt.timedelta = dt.timedelta(0)) -> dt.datetime:
    return now() - ago


def make_publisher(name: str = "Tidewater Press") -> Publisher:
    found = Publisher.objects.filter(name_key=fold(name)).first()
    return found or Publisher.objects.create(name=name, name_key=fold(name), trigrams=trigrams(name))


def make_title(name: str = "Journal of Estuarine Studies", publisher: Publisher | None = None) -> Title:
    key = fold(name)
    owner = publisher or make_publisher()
    found = Title.objects.filter(publisher=owner, identity=key).first()
    return found or Title.objects.create(
        publisher=owner, name=name, name_key=key, identity=key, trigrams=trigrams(name), issn="1234-5679"
    )


def make_au(name: str = "", *, title: Title | None = None, ago: dt.timedelta = 400 * DAY, **more) -> Au:
    """A selected AU with its listed counterpart; its AUID follows from a running number."""
    number = next(_numbers)
    title = title or make_title()
    name = name or f"{title.name}, volume {number}"
    auid = (
        f"org|lockss|plugin|sample|SamplePlugin&base_url~http%3A%2F%2Fpub%2Eexample%2F&volume_name~{number}"
    )
    params = {"base_url": "http://pub.example/", "volume_name": str(number)}
    shared = {
        "auid": auid,
        "slug": au_slug(auid),
        "title": title,
        "publisher": title.publisher,
        "plugin_id": "org.lockss.plugin.sample.SamplePlugin",
        "params": params,
        "name": name,
        "name_key": fold(name),
    }
    listed = ListedAu.objects.create(**shared, volume=str(number), year="2019", status="released")
    key = AuKey.objects.create(auid=auid)
    given = {"state": AuState.SELECTED, "selected_at": past(ago), **shared, **more}
    return Au.objects.create(key=key, listed=listed, **given)


def make_selection(au: Au, user=None, action: SelectionAction = SelectionAction.SELECT) -> SelectionResult:
    act = Selection.objects.create(
        user=user,
        action=action,
        scope={"kind": "aus", "ids": [au.pk]},
        total=1,
        done=1,
        finished_at=au.selected_at,
    )
    outcome = {
        SelectionAction.SELECT: SelectionOutcome.SELECTED,
        SelectionAction.DEACTIVATE: SelectionOutcome.DEACTIVATED,
        SelectionAction.REACTIVATE: SelectionOutcome.REACTIVATED,
    }[action]
    return SelectionResult.objects.create(selection=act, listed_au=au.listed, au=au, outcome=outcome)


def make_summary(au: Au, *, urls: int = 1204, size: int = 2_100_000_000, **more) -> AuSummary:
    given = {"versions": urls + 15, "size": size, "current_size": size, "disk_size": size // 2, **more}
    return AuSummary.objects.create(au_key=au.key, urls=urls, last_write_at=past(DAY), **given)


def make_crawl(au: Au, *, ago: dt.timedelta = 30 * DAY, took: dt.timedelta = HOUR, **more) -> Crawl:
    """A crawl that ended well, unless ``state`` or ``outcome`` say otherwise; written beside its AU's status."""
    done = more.get("state", CrawlState.DONE) == CrawlState.DONE
    start = past(ago + (took if done else dt.timedelta(0)))
    given = {
        "kind": CrawlKind.NEW_CONTENT,
        "state": CrawlState.DONE,
        "outcome": "complete" if done else "",
        "started_at": start,
        "finished_at": past(ago) if done else None,
        "fetched": 1204,
        "stored": 1204,
        "content": 1204,
        "queued": 1240,
        "excluded": 36,
        "bytes": 2_100_000_000,
        **more,
    }
    crawl = Crawl.objects.create(au=au, **given)
    Crawl.objects.filter(pk=crawl.pk).update(created_at=start)
    if crawl.kind == CrawlKind.NEW_CONTENT:
        _crawl_status(au, crawl)
    return crawl


def _crawl_status(au: Au, crawl: Crawl) -> None:
    well = crawl.outcome == "complete"
    status = CrawlStatus.objects.filter(au=au).first() or CrawlStatus(au=au)
    status.last_start_at = crawl.started_at
    if crawl.state == CrawlState.DONE:
        status.last_end_at, status.last_outcome = crawl.finished_at, crawl.outcome
        status.last_reason = crawl.reason
        status.due_at = crawl.finished_at + 14 * DAY
        status.failures_in_row = 0 if well else status.failures_in_row + 1
        status.last_success_at = crawl.finished_at if well else status.last_success_at
    status.save()


def make_crawl_url(crawl: Crawl, url: str, state: UrlState = UrlState.FETCHED, **more) -> CrawlUrl:
    return CrawlUrl.objects.create(
        crawl=crawl,
        url_digest=hashlib.sha256(url.encode()).digest(),
        position=next(_numbers),
        url=url,
        depth=1,
        state=state,
        **more,
    )


def make_evidence(au: Au, *, granted: bool = True, ago: dt.timedelta = 30 * DAY, **more) -> Evidence:
    page = f"<html><body><p>{STATEMENT}</p></body></html>".encode() if granted else b"<h1>Not found</h1>"
    given = {
        "url": "http://pub.example/lockss.html",
        "final_url": "http://pub.example/lockss.html",
        "host": "pub.example",
        "status": 200 if granted else 404,
        "checker": "LOCKSS" if granted else "",
        "statement": STATEMENT if granted else "",
        "reason": Reason.NONE if granted else Reason.FETCH_FAILED,
        "request_headers": [["User-Agent", "LOCKSS cache"]],
        "response_headers": [["Content-Type", "text/html; charset=utf-8"], ["Server", "example"]],
        "page": page,
        "page_sha256": hashlib.sha256(page).hexdigest(),
        **more,
    }
    return Evidence.objects.create(au=au, granted=granted, read_at=past(ago), **given)


def make_permission(au: Au, *, granted: bool = True, ago: dt.timedelta = 30 * DAY, **more) -> Permission:
    evidence = make_evidence(au, granted=granted, ago=ago)
    given = {
        "verdict": Verdict.GRANTED if granted else Verdict.REFUSED,
        "reason": Reason.NONE if granted else Reason.FETCH_FAILED,
        "message": "" if granted else "The page that should carry the statement answers 404.",
        **more,
    }
    return Permission.objects.create(au=au, checked_at=past(ago), evidence=evidence, **given)


def make_agreement(publisher: Publisher, **more) -> PublisherAgreement:
    given = {
        "name": f"Preservation agreement with {publisher.name}",
        "state": AgreementState.SIGNED,
        "scope": ScopeKind.PUBLISHER,
        "starts": past(700 * DAY).date(),
        "ends": past(-1000 * DAY).date(),
        "signed_on": past(700 * DAY).date(),
        "collect": Said.YES,
        "preserve": Said.YES,
        **more,
    }
    return PublisherAgreement.objects.create(publisher=publisher, **given)


def make_peer(name: str = "", **more) -> Peer:
    number = next(_numbers)
    given = {
        "identity": f"TCP:[198.51.100.{number % 250}]:{9000 + number}",
        "name": name or f"Peer {number}",
        "source": PeerSource.REGISTERED,
        "last_message_at": past(2 * HOUR),
        "last_connect_at": past(2 * HOUR),
        "message_count": 37,
        **more,
    }
    return Peer.objects.create(**given)


def agree(au: Au, peer: Peer, value: float = 1.0, *, ago: dt.timedelta = 2 * HOUR, **more) -> Agreement:
    at = past(ago)
    given = {"type": AgreementType.POR, "highest": max(value, 0.99), **more}
    return Agreement.objects.create(au_key=au.key, peer=peer, last=value, last_at=at, highest_at=at, **given)


def make_poll(
    au: Au, peers=(), *, ago: dt.timedelta = 2 * HOUR, agreement: float | None = 1.0, **more
) -> Poll:
    """A complete poll, unless ``status`` or ``phase`` say otherwise; every peer voted."""
    urls = more.pop("urls", 1204)
    wrong = round(urls * (1 - agreement)) if agreement is not None else 0
    done = more.get("phase", PollState.DONE) == PollState.DONE
    at = past(ago)
    given = {
        "key": base64.b64encode(hashlib.sha1(str(next(_numbers)).encode()).digest()).decode(),
        "variant": "PoR",
        "state": {"frozen": [peer.identity for peer in peers]},
        "phase": PollState.DONE,
        "status": Status.COMPLETE if done else Status.INVITING,
        "vote_deadline_at": at,
        "poll_deadline_at": at + HOUR,
        "ended_at": at if done else None,
        "quorum": 3,
        "quorate": done,
        "agreement": agreement if done else None,
        "urls": urls,
        "agreed": urls - wrong,
        "disagreed": wrong,
        "hashed_bytes": 2_100_000_000,
        "hash_ms": 42_000,
        **more,
    }
    poll = Poll.objects.create(au=au, **given)
    Poll.objects.filter(pk=poll.pk).update(created_at=at - HOUR)
    for peer in peers:
        make_participant(poll, peer)
    if done:
        _poll_status(au, poll)
    return poll


def _poll_status(au: Au, poll: Poll) -> None:
    status = PollStatus.objects.filter(au=au).first() or PollStatus(au=au)
    status.last_end_at, status.last_status = poll.ended_at, poll.status
    status.due_at = poll.ended_at + 70 * DAY
    if poll.status == Status.COMPLETE:
        status.last_complete_at, status.agreement = poll.ended_at, poll.agreement
        status.highest_agreement = max(status.highest_agreement or 0, poll.agreement or 0)
    status.save()


def make_participant(poll: Poll, peer: Peer, **more) -> Participant:
    given = {
        "position": poll.participants.count(),
        "state": {},
        "status": ParticipantStatus.COMPLETE,
        "voted_at": poll.ended_at,
        "agreed": poll.urls,
        "disagreed": 0,
        "poller_only": 0,
        "voter_only": 0,
        "spoiled": 0,
        "agreement": 1.0,
        **more,
    }
    return Participant.objects.create(poll=poll, peer=peer, **given)


def make_tally(poll: Poll, url: str, verdicts: list[str], result: str = "Lost", **more) -> UrlTally:
    """``verdicts`` in the order of the poll's peers."""
    return UrlTally.objects.create(
        poll=poll,
        url=url,
        url_digest=url_digest(url),
        row={"url": url, "result": result, "verdicts": verdicts},
        result=result,
        final_result=more.pop("final_result", result),
        agreed=verdicts.count("agreed"),
        disagreed=sum(verdict in ("disagreed", "pollerOnly", "voterOnly") for verdict in verdicts),
        **more,
    )


def make_repair(poll: Poll, url: str, phase: RepairState = RepairState.REPAIRED, **more) -> Repair:
    over = phase in (RepairState.REPAIRED, RepairState.FAILED)
    given = {
        "state": {},
        "source": "publisher",
        "before_sha256": hashlib.sha256(b"damaged").hexdigest(),
        "after_sha256": hashlib.sha256(b"good").hexdigest() if phase == RepairState.REPAIRED else "",
        "ended_at": past(HOUR) if over else None,
        **more,
    }
    return Repair.objects.create(
        poll=poll, au=poll.au, url=url, url_digest=url_digest(url), phase=phase, **given
    )


def make_vote(au: Au, poller: Peer, *, ago: dt.timedelta = 5 * HOUR, **more) -> Vote:
    given = {
        "key": base64.b64encode(hashlib.sha1(f"vote{next(_numbers)}".encode()).digest()).decode(),
        "state": {},
        "phase": "closed",
        "status": VoterStatus.COMPLETE,
        "vote_deadline_at": past(ago),
        "ended_at": past(ago),
        "urls": 1204,
        "agreement_hint": 1.0,
        **more,
    }
    return Vote.objects.create(au=au, poller=poller, **given)


def make_check(au: Au, *, ago: dt.timedelta = 10 * DAY, **more) -> FixityCheck:
    at = past(ago)
    given = {"outcome": CheckOutcome.GOOD, "good": 1219, **more}
    return FixityCheck.objects.create(au_key=au.key, started_at=at - HOUR, finished_at=at, **given)


def make_job(kind: str = "crawl", subject: str = "", **more) -> Job:
    given = {"state": JobState.RUNNING, "max_attempts": 5, "run_after": past(), "attempt": 1, **more}
    return Job.objects.create(kind=kind, subject=subject or f"{kind}:{next(_numbers)}", **given)


def make_finding(code: str = "crawl-fetch-error", subject: str = "", **more) -> Finding:
    given = {
        "severity": "warning",
        "app": "crawls",
        "message": "Some pages could not be had from the publisher; what came is kept.",
        "last_at": past(HOUR),
        **more,
    }
    return Finding.objects.create(code=code, subject=subject or f"au:{next(_numbers)}", **given)
