"""The lists of jobs and of findings."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat, Now
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.choices import JobState, Severity
from apps.common.clock import now
from apps.common.lists import Bulk, Cell, Choice, Column, Exact, Flag, Search, Table, cells
from apps.common.models import Finding, Job
from apps.common.opening import opened_by
from apps.common.pages import Bar, Empty, Link
from apps.common.stored import retold
from apps.common.subjects import links
from apps.nodes.choices import Care
from apps.nodes.models import AuStatus
from apps.nodes.words import FINDING_WORDS, JOB_WORDS, PAUSED, RESOLVED

KINDS = {
    "crawl": _("collecting"),
    "kbart-edition": _("making an edition of a report"),
    "kbart-check": _("judging a KBART file"),
    "export": _("making an export"),
    "import-package": _("taking a package in"),
    "fixity": _("reading stored bytes"),
    "articles": _("reading what pages say of articles"),
    "poll-hash": _("hashing for our poll"),
    "vote-hash": _("hashing for a vote"),
    "poll-tally": _("counting votes"),
    "repair-check": _("checking a repair"),
    "select-aus": _("choosing archival units"),
    "import-titles": _("reading a title list"),
    "undo-titles": _("undoing an import"),
    "fetch-list": _("fetching a title list"),
    "read-holdings": _("reading a holdings file"),
    "permission-test": _("trying a permission page"),
    "plugin-registry": _("reading a plugin registry"),
    "plugin-trial": _("trying a newer plugin on stored pages"),
    "judge-plugin-jars": _("judging plugin JARs anew"),
    "alert-send": _("telling people of alerts"),
    "year-report": _("counting a year's report"),
}

# The value of the filter by a job's end, and how long that is.
LATELY, LATELY_IS = "lately", dt.timedelta(days=7)
# Stands for no code in the address of a list, where an empty value would be none.
NO_CODE = "-"


def said_with_unit() -> Q:
    """What was found about collecting an AU that stands as blocked: its own sentence says it already."""
    blocked = AuStatus.objects.filter(care=Care.BLOCKED)
    subjects = blocked.annotate(said=Concat(Value("au:"), "au__slug")).values("said")
    return Q(app="crawls", subject__in=subjects)


def failed_lately(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return ended_lately(jobs.filter(state=JobState.FAILED))


def ended_lately(jobs: QuerySet[Job], _lately: str = LATELY) -> QuerySet[Job]:
    return jobs.filter(finished_at__gte=now() - LATELY_IS)


def _with_error(jobs: QuerySet[Job], code: str) -> QuerySet[Job]:
    return jobs.filter(error_code="" if code == NO_CODE else code)


def kind_name(kind: str) -> str:
    return str(KINDS.get(kind, kind))


@dataclass(frozen=True, slots=True)
class JobRow:
    job: Job
    link: Link

    @property
    def bar(self) -> Bar:
        return Bar(self.job.progress_done, self.job.progress_total, self.job.progress_note, self.seconds_left)

    @property
    def seconds_left(self) -> float | None:
        """By the pace so far; None before there is one."""
        job = self.job
        if not (job.progress_total and job.progress_done and job.started_at):
            return None
        spent = (now() - job.started_at).total_seconds()
        if spent < 10:
            return None
        return spent / job.progress_done * max(0, job.progress_total - job.progress_done)

    @property
    def kind(self) -> str:
        return kind_name(self.job.kind)


def job_rows(user, jobs: list[Job]) -> list[JobRow]:
    """What each is about is a link where ``user`` may open it, else words alone."""
    found = links(job.subject for job in jobs)
    return [JobRow(job, opened_by(user, found[job.subject])) for job in jobs]


def linked(link: Link, note: str = "") -> Cell:
    return cells.link(link.label, link.url, note) if link.url else cells.text(link.label, note)


def state_cell(row: JobRow) -> Cell:
    if row.job.state == JobState.RUNNING:
        # A download holds the word, as the filter calls it.
        return Cell(cells.progress(row.bar).html, str(JOB_WORDS[JobState.RUNNING].label))
    if row.job.paused_at and row.job.state == JobState.WAITING:
        return cells.status(PAUSED)
    note = retold(row.job.error) if row.job.state in (JobState.FAILED, JobState.WAITING) else ""
    return cells.status(JOB_WORDS[JobState(row.job.state)], note[:300])


def what_cell(row: JobRow) -> Cell:
    return Cell(cells.link(row.kind, f"/jobs/{row.job.pk}/").html, row.job.kind)


# Its time has come, and nobody holds it up.
DUE = Q(state=JobState.WAITING, paused_at=None, run_after__lte=Now())
JOBS = Table(
    name="jobs",
    caption=_("Jobs"),
    columns=(
        Column("kind", _("Job"), what_cell),
        Column("state", _("State"), state_cell),
        Column("subject", _("Of what"), lambda row: linked(row.link)),
        Column("attempt", _("Attempts"), lambda row: cells.count(row.job.attempt), numeric=True, priority=3),
        Column("made", _("Made"), lambda row: cells.moment(row.job.created_at), sort="id", priority=2),
        Column("ended", _("Ended"), lambda row: cells.moment(row.job.finished_at)),
    ),
    filters=(
        Choice("state", _("State"), "state", [(str(state), word.label) for state, word in JOB_WORDS.items()]),
        Choice("kind", _("Job"), "kind", lambda: list(KINDS.items())),
        Flag("paused", _("Paused"), Q(paused_at__isnull=False, state=JobState.WAITING)),
        Flag("due", _("Waiting for a worker"), DUE),
        Choice("ended", _("Ended"), "", ((LATELY, _("within seven days")),), how=ended_lately),
        Exact("error", _("Error"), how=_with_error),
        Exact("queue", _("Queue"), "queue"),
        Exact("subject", _("Of what"), "subject"),
    ),
    sort="-made",
    noun=lambda n: ngettext("job", "jobs", n),
    empty=Empty(
        _("No jobs yet"),
        _("Long work is listed here as soon as there is some: collecting, hashing, counting."),
    ),
)


@dataclass(frozen=True, slots=True)
class FindingRow:
    finding: Finding
    link: Link


def finding_rows(user, findings: list[Finding]) -> list[FindingRow]:
    """What each is about is a link where ``user`` may open it, else words alone."""
    found = links(one.subject for one in findings)
    return [FindingRow(one, opened_by(user, found[one.subject])) for one in findings]


def _finding_state(row: FindingRow) -> Cell:
    one = row.finding
    if one.resolved_at:
        return cells.status(RESOLVED, retold(one.resolution))
    seen = gettext("seen by %s") % one.seen_by if one.seen_at else ""
    return cells.status(FINDING_WORDS[Severity(one.severity)], seen)


def _message(row: FindingRow) -> Cell:
    return Cell(
        cells.link(retold(row.finding.message)[:300], f"/findings/{row.finding.pk}/", row.finding.code).html,
        row.finding.message,
    )


FINDINGS = Table(
    name="findings",
    caption=_("Findings"),
    columns=(
        Column("state", _("State"), _finding_state),
        Column("message", _("What was found"), _message),
        Column("subject", _("Of what"), lambda row: linked(row.link), priority=2),
        Column("count", _("Times"), lambda row: cells.count(row.finding.count), numeric=True, priority=3),
        Column(
            "last",
            _("Last"),
            lambda row: cells.age(row.finding.last_at),
            sort="last_at",
            descending_first=True,
            priority=2,
        ),
    ),
    filters=(
        Flag("open", pgettext_lazy("findings", "Open"), Q(resolved_at__isnull=True)),
        Flag("seen", _("Seen"), Q(seen_at__isnull=False)),
        Flag("blocked", _("Of a blocked unit, which says it itself"), said_with_unit()),
        Choice("severity", _("Weight"), "severity", Severity.choices),
        Exact("code", _("Code"), "code"),
        Exact("subject", _("Of what"), "subject"),
    ),
    search=Search(("message__icontains", "code__icontains"), label=_("Words or code"), kept="message"),
    sort="-last",
    noun=lambda n: ngettext("finding", "findings", n),
    empty=Empty(_("Nothing was found wrong"), _("What is not as it should be is noted here, and why.")),
)
ACTING = Bulk(
    url="/findings/act/",
    actions=(("seen", _("Mark as seen")), ("resolve", _("Close"))),
    value=lambda row: row.finding.pk,
    label=lambda row: retold(row.finding.message)[:60],
)


def jobs_for(user) -> Table:
    """The list with links only to what ``user`` may open."""
    return replace(JOBS, prepare=partial(job_rows, user))


def findings_for(user) -> Table:
    """The list with links only to what ``user`` may open."""
    return replace(FINDINGS, prepare=partial(finding_rows, user))
