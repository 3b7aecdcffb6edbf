"""What went wrong lately, on the node's own page: in groups of one cause, with what helps and a way to exactly its rows."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Max, Min
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.choices import JobState, Severity
from apps.common.lists import Cell, Column, Page, cells, small_list
from apps.common.models import Finding, Job
from apps.common.pages import Empty
from apps.common.words import Word
from apps.nodes.error_advice import advice, headline
from apps.nodes.words import FINDING_WORDS, JOB_WORDS
from apps.nodes.work import LATELY, NO_CODE, failed_lately

MOST_ERRORS = 10


@dataclass(frozen=True, slots=True)
class ErrorRow:
    code: str
    word: Word
    number: int
    last: dt.datetime
    message: str
    url: str


def errors_list() -> Page:
    """Open findings and jobs that failed lately, by their code, the most frequent first."""
    return small_list(
        "errors",
        gettext("What went wrong"),
        (
            Column("word", _("State"), lambda row: cells.status(row.word)),
            Column("what", _("What, and what helps"), _what),
            Column("number", _("Times"), lambda row: cells.count(row.number, row.url), numeric=True),
            Column("last", _("Last"), lambda row: cells.age(row.last), priority=2),
        ),
        sorted([*_failed(), *_findings()], key=lambda row: (-row.number, row.code))[:MOST_ERRORS],
        empty=Empty(
            gettext("Nothing went wrong lately"), gettext("Errors stand here in groups, with what helps.")
        ),
    )


def _what(row: ErrorRow) -> Cell:
    """With the next act below, and the page where it is done."""
    helped = advice(row.code)
    shown = cells.link(row.message, row.url, str(helped.text))
    if not helped.url:
        return shown
    button = format_html('<a class="note" href="{}">{}</a>', helped.url, helped.label)
    return Cell(format_html("{}{}", shown.html, button), shown.value)


def _failed() -> list[ErrorRow]:
    rows = failed_lately(Job.objects.all()).order_by().values("error_code")
    groups = list(
        rows.annotate(
            n=Count("pk"), last=Max("finished_at"), newest=Max("pk"), least=Min("error"), most=Max("error")
        ).order_by("-n", "error_code")[:MOST_ERRORS]
    )
    newest = Job.objects.in_bulk([one["newest"] for one in groups])
    return [
        ErrorRow(
            one["error_code"],
            JOB_WORDS[JobState.FAILED],
            one["n"],
            one["last"],
            headline(one, one["error_code"], newest[one["newest"]].error) or gettext("Work was given up."),
            f"/jobs/?{urlencode({'state': 'failed', 'ended': LATELY, 'error': one['error_code'] or NO_CODE})}"
            if one["n"] > 1
            else f"/jobs/{one['newest']}/",
        )
        for one in groups
    ]


def _findings() -> list[ErrorRow]:
    rows = Finding.objects.filter(resolved_at=None).exclude(severity=Severity.INFO).order_by()
    groups = list(
        rows.values("code", "severity")
        .annotate(
            n=Count("pk"), last=Max("last_at"), newest=Max("pk"), least=Min("message"), most=Max("message")
        )
        .order_by("-n", "code")[:MOST_ERRORS]
    )
    newest = Finding.objects.in_bulk([one["newest"] for one in groups])
    return [
        ErrorRow(
            one["code"],
            FINDING_WORDS[Severity(one["severity"])],
            one["n"],
            one["last"],
            headline(one, one["code"], newest[one["newest"]].message),
            f"/findings/?{urlencode({'open': 'yes', 'code': one['code'], 'severity': one['severity']})}"
            if one["n"] > 1
            else f"/findings/{one['newest']}/",
        )
        for one in groups
    ]
