"""Copies that came for a damaged URL: judged before they are stored, counted only when hashed again."""

import tempfile
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.db import transaction

from apps.common.disks import DiskLevel, content_level
from apps.common.jobs import JobFailed
from apps.common.models import Job
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.models import Crawl
from apps.lockss.lcap.effects import StartHash, TallyReady, VerifyRepair
from apps.lockss.lcap.poller_events import RepairChecked
from apps.lockss.lcap.poller_state import Repair as CoreRepair
from apps.lockss.lcap.repair_content import RepairVerdict, stored_props, verify_repair
from apps.lockss.lcap.repair_policy import Source
from apps.lockss.lcap.tally import UrlTally as CoreTally
from apps.lockss.lcap.tally import retally
from apps.lockss.lcap.verdict import UrlResult
from apps.peers.models import InboundMessage
from apps.peers.services import read_body
from apps.polls import content, store, values
from apps.polls.models import Poll, Repair, UrlTally
from apps.polls.services import pollers
from apps.repository.errors import StoreError

if TYPE_CHECKING:
    from apps.lockss.lcap.identity import PeerId

# A copy up to this size is judged in memory.
IN_MEMORY = 1 << 20


def check_peer_copy(*, repair_id: int, ctx) -> list[Job]:
    """Judge the copy a peer sent, store it if it is what a landslide voted for, and report to the poll.

    JobFailed, to be tried again, while the store is busy: that is no fault of the peer's.
    """
    repair = Repair.objects.select_related("poll", "au").get(pk=repair_id)
    if repair.check_request is None or repair.ended_at is not None:
        return []
    request = values.load(repair.check_request, VerifyRepair)
    if content_level() >= DiskLevel.NO_WRITES:
        # The poll ends without it, and the next one asks again.
        return _report(repair, request.source, None, "the store's disk is nearly full or read-only")
    with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.NODE.spool_dir) as body:
        if not _fetch(request.body_ref, body):
            return _report(repair, request.source, None, "the copy is no longer in the inbox")
        props = dict(request.props or ())
        hashing = _hashing(repair.poll)
        plain, failed = content.plain_hash(repair.au, request.url, props, body, hashing.algorithm)
        verdict = verify_repair(request.props, plain, request.hashes, failed=failed)
        if verdict is not RepairVerdict.ACCEPTED:
            return _report(repair, request.source, None, str(verdict))
        sender: PeerId = request.source.peer
        kept = dict(stored_props(request.props, sender, store.now_ms()))
        minor = content.minor_of(slashless=hashing.slashless)
        try:
            stored = content.store_repair(repair.au, request.url, minor, kept, body, sender)
        except StoreError as error:
            raise JobFailed(str(error.code), error.message, again=not error.permanent) from error
    if not stored:
        return _report(repair, request.source, None, "the copy could not be stored")
    return settle(repair, request.source)


def _fetch(body_ref: str, to: BinaryIO) -> bool:
    pk, _, offset = body_ref.partition(":")
    row = InboundMessage.objects.filter(pk=int(pk)).first()
    if row is None:
        return False
    to.writelines(read_body(row, int(offset)))
    to.seek(0)
    return True


def settle(repair: Repair, source: Source) -> list[Job]:
    """Hash the URL as it is stored now and count again; only a URL that wins counts as repaired."""
    core = values.load(repair.state, CoreRepair)
    hashing = _hashing(repair.poll)
    result = _result_now(repair, core.url, hashing)
    if result is not UrlResult.WON:
        return _report(repair, source, None, f"with this copy the URL is {result}")
    current = content.current(repair.au, core.url, content.minor_of(slashless=hashing.slashless))
    with transaction.atomic():
        jobs = _report(repair, source, result, "")
        Repair.objects.filter(pk=repair.pk).update(after_sha256=current.sha256.hex() if current else "")
        UrlTally.objects.filter(poll=repair.poll, url_digest=repair.url_digest).update(final_result=result)
    return jobs


def _result_now(repair: Repair, url: str, hashing: StartHash) -> UrlResult:
    poll = repair.poll
    row = UrlTally.objects.get(poll=poll, url_digest=repair.url_digest)
    rules = values.load(poll.tally_request, TallyReady).rules
    block = content.hash_current(repair.au, url, hashing)
    return retally(values.load(row.row, CoreTally), block, rules).result


def _report(repair: Repair, source: Source, result: UrlResult | None, detail: str) -> list[Job]:
    url = values.load(repair.state, CoreRepair).url
    event = RepairChecked(url=url, source=source, result=result, detail=detail)
    return pollers.advance(poll_id=repair.poll_id, event=event)


def _hashing(poll: Poll) -> StartHash:
    return values.load(poll.hash_request, StartHash)


def settle_publisher_repairs() -> list[Job]:
    """Scanner: repair crawls that have ended, whose polls still wait for their URLs."""
    jobs: list[Job] = []
    # Also where peers were asked meanwhile: whoever answers first is taken.
    asked = Repair.objects.filter(ended_at__isnull=True, state__asked__contains=[{"peer": None}])
    for repair in asked.select_related("poll", "au"):
        url = values.load(repair.state, CoreRepair).url
        minor = content.minor_of(slashless=_hashing(repair.poll).slashless)
        name = content.own_name(repair.au, url, minor)
        crawls = Crawl.objects.filter(
            au=repair.au, kind=CrawlKind.REPAIR, poll_key=repair.poll.key, state=CrawlState.DONE
        ).order_by("-id")
        crawl = next((c for c in crawls if name in c.urls), None)
        if crawl is None:
            continue
        failure = content.repair_failure(crawl, name)
        source = Source(None, url)
        jobs += _report(repair, source, None, failure) if failure else settle(repair, source)
    return jobs
