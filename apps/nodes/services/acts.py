"""What people do on the node's pages: refused with a sentence, or done, audited and seen at once."""

from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common import findings, jobs
from apps.common.models import Finding, Job
from apps.crawls import services as crawls
from apps.nodes.choices import HOPELESS
from apps.nodes.errors import ActRefused, RefusalCode
from apps.nodes.models import AuStatus
from apps.nodes.services.refreshing import refresh
from apps.polls.services import pollers
from apps.repository import services as repository

# More at once belong to a scan, not to a click.
MOST_AT_ONCE = 2_000


def crawl_now(*, au: Au, by: User, anew: bool = False) -> None:
    """Have an AU collected at the next scan, whatever its date; ``anew``: every page, also those held. ActRefused for one that is deactivated, or that is
    blocked by what a crawl cannot change."""
    _must_be_selected(au)
    refresh(keys=[au.pk])
    block = (
        AuStatus.objects.filter(pk=au.pk, block__in=HOPELESS).values_list("block_reason", flat=True).first()
    )
    if block is not None:
        raise ActRefused(
            RefusalCode.BLOCKED,
            gettext("%(name)s cannot be collected now. %(reason)s") % {"name": au.name, "reason": block},
        )
    with transaction.atomic():
        crawls.crawl_now(au=au, refetch_depth=crawls.EVERYTHING if anew else None)
        audit(user=by, action="crawls.anew" if anew else "crawls.now", subject=_subject(au))
        refresh(keys=[au.pk])


def crawl_blocked_now(*, block: str, publisher_id: int | None, by: User) -> int:
    """Ask again for the AUs that one cause blocks, of one publisher; returns how many: none where asking cannot help."""
    if block in HOPELESS:
        return 0
    rows = AuStatus.objects.filter(block=block, au__publisher=publisher_id, au__state=AuState.SELECTED)
    aus = [row.au for row in rows.select_related("au").order_by("pk")[:MOST_AT_ONCE]]
    with transaction.atomic():
        for au in aus:
            crawls.crawl_now(au=au)
        audit(
            user=by,
            action="crawls.now",
            subject=f"publisher:{publisher_id}",
            after={"block": block, "aus": len(aus)},
        )
    return len(aus)


def poll_now(*, au: Au, by: User) -> None:
    """Have an AU audited at the next scan. ActRefused for one that is deactivated or was never collected."""
    _must_be_selected(au)
    status = getattr(au, "crawl_status", None)
    if status is None or status.last_success_at is None:
        raise ActRefused(
            RefusalCode.NOT_COLLECTED,
            gettext("There is nothing to compare yet: %s has not been collected.") % au.name,
        )
    with transaction.atomic():
        pollers.request_poll(au=au)
        audit(user=by, action="polls.now", subject=_subject(au))
        refresh(keys=[au.pk])


def check_now(*, au: Au, by: User) -> None:
    """Have the stored bytes of an AU read against their digests by the next free worker, also of one that is
    deactivated: what is stored is kept. ActRefused where nothing is stored."""
    with transaction.atomic():
        job = repository.check_soon(auid=au.auid)
        if job is None:
            raise ActRefused(RefusalCode.NOTHING_STORED, gettext("Nothing of %s is stored yet.") % au.name)
        audit(user=by, action="content.check", subject=_subject(au))
    jobs.wake(job)


def repair_now(*, au: Au, by: User) -> int:
    """Ask for what is damaged or missing here: the publisher at once, where it may be asked, and the peers by a poll,
    which also judges what came. Returns how many URLs. ActRefused where nothing is damaged, or for a deactivated AU."""
    _must_be_selected(au)
    urls = repository.suspect_urls(auid=au.auid, limit=MOST_AT_ONCE)
    if not urls:
        raise ActRefused(
            RefusalCode.NOTHING_DAMAGED, gettext("Nothing of %s is known to be damaged or missing.") % au.name
        )
    blocked = AuStatus.objects.filter(pk=au.pk).exclude(block="").exists()
    with transaction.atomic():
        if not blocked:
            crawls.request_repair_crawl(au=au, urls=urls, poll_key="")
        pollers.request_poll(au=au)
        audit(
            user=by,
            action="content.repair",
            subject=_subject(au),
            after={"urls": len(urls), "publisher": not blocked},
        )
        refresh(keys=[au.pk])
    return len(urls)


def cancel_job(*, job: Job, by: User) -> None:
    """Stop long work; its handler notices at its next look. ActRefused for work that has ended."""
    with transaction.atomic():
        if not jobs.cancel(job=job):
            raise ActRefused(RefusalCode.JOB_ENDED, gettext("This work has ended already."))
        audit(user=by, action="jobs.cancel", subject=f"job:{job.pk}", before={"state": job.state})


def pause_job(*, job: Job, by: User) -> None:
    """Let work wait until somebody resumes it. ActRefused for work that has ended or waits so already."""
    _change_job(job, by, jobs.pause, "jobs.pause", gettext("This work has ended, or is paused already."))


def resume_job(*, job: Job, by: User) -> None:
    """Let paused work go on. ActRefused for other work."""
    _change_job(job, by, jobs.resume, "jobs.resume", gettext("Only work that is paused can go on."))


def put_job_first(*, job: Job, by: User) -> None:
    """Let work begin before all others of its queue. ActRefused for work that does not wait."""
    said = gettext("Only work that waits, and is not paused, can be put first.")
    _change_job(job, by, jobs.put_first, "jobs.first", said)


def _change_job(job: Job, by: User, change: Callable[..., bool], action: str, refusal: str) -> None:
    with transaction.atomic():
        if not change(job=job):
            raise ActRefused(RefusalCode.JOB_STATE, refusal)
        audit(user=by, action=action, subject=f"job:{job.pk}", before={"state": job.state})


def retry_job(*, job: Job, by: User) -> Job:
    """Have failed or cancelled work done again. ActRefused for other work."""
    if job.state not in ("failed", "cancelled"):
        raise ActRefused(RefusalCode.JOB_OPEN, gettext("Only work that failed or was stopped is done again."))
    with transaction.atomic():
        again = jobs.retry(job=job)
        audit(user=by, action="jobs.retry", subject=f"job:{job.pk}", after={"job": again.pk})
    return again


def resolve_finding(*, finding: Finding, by: User) -> None:
    """Close a finding by hand; if its cause remains, it will be noted anew."""
    with transaction.atomic():
        closed = findings.resolve_findings(subject=finding.subject, codes=[finding.code])
        if closed:
            audit(
                user=by,
                action="findings.resolve",
                subject=finding.subject,
                before={"code": finding.code, "message": finding.message},
            )


def see_findings(*, ids: Iterable[int], by: User) -> int:
    """Somebody has read them: they stay open and no longer ask for attention."""
    wanted = list(ids)
    with transaction.atomic():
        seen = findings.see_findings(ids=wanted, username=by.username)
        if seen:
            audit(user=by, action="findings.seen", subject="findings", after={"findings": wanted[:200]})
    return seen


def _must_be_selected(au: Au) -> None:
    if au.state != AuState.SELECTED:
        raise ActRefused(
            RefusalCode.DEACTIVATED, gettext("%s is deactivated. Re-activate it first.") % au.name
        )


def _subject(au: Au) -> str:
    return f"au:{au.slug}"
