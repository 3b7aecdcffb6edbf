"""The head of an AU's page: what it is called, how it stands, what is being done with it."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from apps.accounts.choices import Role
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.display import age_text, count_text, duration_text, percent_text, size_text
from apps.common.models import Job
from apps.common.pages import Action, Bar, Head, Link, Vital
from apps.common.parts import shelf, status_word
from apps.common.stored import retold
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.lists import bar as crawl_bar
from apps.crawls.models import Crawl
from apps.exports.allowed import EXPORTERS
from apps.lockss.lcap.poll_codes import HAS_VOTED
from apps.nodes.choices import HOPELESS
from apps.nodes.last_polls import LastPolls
from apps.nodes.models import AuStatus
from apps.nodes.services import standing
from apps.nodes.shelves import peer_names, shelf_said, spines
from apps.nodes.words import AU_WORDS, BLOCKED_TOO, PRESERVED
from apps.peers.proof_age import is_outdated
from apps.polls.choices import PollState
from apps.polls.models import Poll
from apps.polls.words import PHASES
from apps.repository import services as repository
from apps.repository.models import AuSummary, WarcFile

# The end of a poll and its count are written one after the other.
SAME_POLL = dt.timedelta(seconds=30)


def head(request: HttpRequest, au: Au, *, block: str = "", damaged: bool = False) -> Head:
    """Title, AUID, and what this person may do with it: nothing is offered that cannot do anything now."""
    trail = []
    if au.publisher_id:
        trail.append(Link(au.publisher.name, f"/publishers/{au.publisher_id}/"))
    if au.title_id:
        trail.append(Link(au.title.name, f"/titles/{au.title_id}/"))
    own = f"/aus/{au.slug}/"
    actions = [Action(gettext("Content"), f"{own}content/")]
    if settings.NODE.audit_listen and request.user.has_role(Role.LIBRARIAN, Role.NETWORK):
        actions.append(Action(gettext("Open in the audit proxy"), f"{own}audit/"))
    if request.user.has_role(*EXPORTERS):
        actions.append(Action(gettext("Export"), f"/exports/new/?au={au.slug}"))
    if request.user.has_role(Role.LIBRARIAN):
        actions += _acts(au, own, block, damaged=damaged)
    return Head(au.name, au.auid, code=True, trail=trail, actions=actions)


def _acts(au: Au, own: str, block: str, *, damaged: bool) -> list[Action]:
    crawl = getattr(au, "crawl_status", None)
    collected = crawl is not None and crawl.last_success_at is not None
    check = [Action(gettext("Check"), f"{own}check/")] if collected else []
    if au.state != AuState.SELECTED:
        return [*check, Action(gettext("Re-activate"), f"{own}reactivate/", primary=True, post=True)]
    found = [Action(gettext("Deactivate"), f"{own}deactivate/"), *check]
    if damaged:
        found.append(Action(gettext("Repair"), f"{own}repair/"))
    if collected and not block:
        found.append(Action(gettext("Crawl anew"), f"{own}crawl-anew/"))
    if block not in HOPELESS:
        label = gettext("Ask the publisher again") if block else gettext("Crawl now")
        found.append(Action(label, f"{own}crawl/", primary=not collected, post=True))
    if collected:
        found.append(Action(gettext("Call a poll"), f"{own}poll/", primary=True, post=True))
    return found


def state_line(row: AuStatus) -> SafeString:
    """The word, why, that it is preserved, and what forbids collection beside it."""
    parts = [(status_word(AU_WORDS[row.word]), retold(row.reason))]
    if standing.is_preserved(row):
        n = row.agreeing
        said = ngettext(
            "%(n)s copy agrees; last proof %(age)s.", "%(n)s copies agree; last proof %(age)s.", n
        )
        told = said % {"n": count_text(n), "age": age_text(row.last_proof_at)}
        parts.append((status_word(PRESERVED), told))
    if row.block and row.word != "blocked":
        parts.append((status_word(BLOCKED_TOO), retold(row.block_reason)))
    return format_html_join("", "<p>{} {}</p>", parts)


def vitals(au: Au, row: AuStatus, summary: AuSummary | None, polls: LastPolls) -> list[Vital]:
    """``summary`` with ``files``, where there are any."""
    copies = spines(row, peer_names([row]))
    own = f"/aus/{au.slug}/"
    counted, proof = (
        f"/polls/{poll.pk}/" if poll else f"/polls/?au={au.slug}" for poll in (polls.counted, polls.proof)
    )
    agreement, compared = "–", gettext("no poll has compared it yet")
    if row.agreement is not None:
        agreement = percent_text(row.agreement, 1)
        # What came after the poll was compared with nothing.
        urls = (polls.counted and polls.counted.urls) or row.urls
        said = ngettext("of %s URL agrees with the landslide", "of %s URLs agree with the landslide", urls)
        if row.agreement >= 1 and (is_damaged(summary) or _outdated(row, summary)):
            said = ngettext(
                "of %s URL agreed with the landslide before the damage",
                "of %s URLs agreed with the landslide before the damage",
                urls,
            )
        compared = said % count_text(urls)
    files = getattr(summary, "files", None) or 0
    in_files = ngettext(
        "in %(files)s WARC file, %(versions)s", "in %(files)s WARC files, %(versions)s", files
    )
    number = summary.versions if summary else 0
    versions = ngettext("%s version", "%s versions", number) % count_text(number)
    return [
        Vital(
            shelf(copies, large=True, label=shelf_said(row, copies)), shelf_said(row, copies), f"{own}#agrees"
        ),
        Vital(
            agreement,
            compared,
            counted,
        ),
        Vital(
            size_text(row.size),
            in_files % {"files": count_text(files), "versions": versions},
            f"{own}content/",
        ),
        Vital(*_proof(au, row, summary), proof),
    ]


def is_damaged(summary: AuSummary | None) -> bool:
    """Whether the newest version of a URL is damaged or missing here."""
    return summary is not None and bool(summary.damaged or summary.missing)


def _outdated(row: AuStatus, summary: AuSummary | None) -> bool:
    return summary is not None and is_outdated(row.last_proof_at, summary.last_damage_at)


def _written_after(row: AuStatus, summary: AuSummary | None) -> bool:
    """Whether the last proof is older than the last write."""
    written = summary.last_write_at if summary is not None else None
    return written is not None and row.last_proof_at is not None and written > row.last_proof_at


def files_of(au: OuterRef) -> Subquery:
    """How many WARC files an AU has; None for none."""
    files = WarcFile.objects.filter(au_key=au).order_by().values("au_key")
    return Subquery(files.annotate(number=Count("pk")).values("number"))


def _proof(au: Au, row: AuStatus, summary: AuSummary | None) -> tuple[str, str]:
    due = getattr(getattr(au, "poll_status", None), "due_at", None)
    coming = gettext("next %s") % age_text(due) if due and due > now() else gettext("the next one is due")
    if au.state != AuState.SELECTED:
        coming = gettext("no more are called")
    since = _unproving(au, row)
    if since is not None:
        coming = gettext("the last poll ended %(age)s and did not prove all of it; %(coming)s") % {
            "age": age_text(since),
            "coming": coming,
        }
    if row.last_proof_at is None:
        return "–", gettext("never proved; %s") % coming if row.urls else gettext("nothing to prove yet")
    if _outdated(row, summary):
        coming = gettext("damage was found since; %s") % coming
    elif since is None and _written_after(row, summary):
        coming = gettext("something was stored after that, and no poll has proved it yet; %s") % coming
    seconds = (now() - row.last_proof_at).total_seconds()
    return duration_text(seconds), gettext("since the last proof; %s") % coming


def _unproving(au: Au, row: AuStatus) -> dt.datetime | None:
    """When a poll ended that came after the last proof and is none."""
    ended = getattr(getattr(au, "poll_status", None), "last_end_at", None)
    if ended is None or (row.last_proof_at is not None and ended - row.last_proof_at < SAME_POLL):
        return None
    return ended


@dataclass(frozen=True, slots=True)
class Going:
    """Something that is being done with an AU at this moment."""

    label: str
    url: str
    bar: Bar


def going_on(au: Au, *, busy: bool) -> list[Going]:
    """Open crawls, the open poll, open repairs, a check of its bytes: each with its progress.

    ``busy`` as its ``AuStatus`` says it: of one that is not, only its check is asked for.
    """
    found = _open_work(au) if busy else []
    if (check := repository.open_check(key=au.key_id)) is not None:
        found.append(_check_going(check))
    return found


def _open_work(au: Au) -> list[Going]:
    found = []
    for crawl in Crawl.objects.filter(au=au).exclude(state=CrawlState.DONE).select_related("job"):
        waiting = crawl.state == CrawlState.WAITING
        label = gettext("In the queue to be collected") if waiting else gettext("Collecting")
        if crawl.kind == CrawlKind.REPAIR:
            label = gettext("Asking the publisher again for what is wrong here")
        found.append(Going(label, f"/crawls/{crawl.pk}/", crawl_bar(crawl) or Bar(0, None)))
    poll = Poll.objects.filter(au=au).exclude(phase=PollState.DONE).only("id", "phase").first()
    if poll is not None:
        voters = list(poll.participants.values_list("status", flat=True))
        voted = sum(status in HAS_VOTED for status in voters)
        note = ngettext(
            "%(voted)d of %(invited)d peer has voted",
            "%(voted)d of %(invited)d peers have voted",
            len(voters),
        ) % {"voted": voted, "invited": len(voters)}
        label = gettext("Poll: %s") % str(PHASES[PollState(poll.phase)].label).lower()
        found.append(Going(label, f"/polls/{poll.pk}/", Bar(voted, len(voters) or None, note)))
    return found


def _check_going(job: Job) -> Going:
    page, bar = f"/jobs/{job.pk}/", Bar(job.progress_done, job.progress_total)
    if job.state == JobState.RUNNING:
        return Going(gettext("Reading its stored bytes"), page, bar)
    if job.paused_at:
        return Going(gettext("Reading its stored bytes is paused"), page, bar)
    return Going(gettext("In the queue to have its stored bytes read"), page, bar)
