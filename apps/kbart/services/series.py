"""Series and their editions: asked for by people or by the clock, made by a job, kept, and dropped when many came after."""

import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.choices import OPEN
from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.common.syncing import sync_folder
from apps.common.text import storable
from apps.kbart import words
from apps.kbart.asking import Order, order_kept
from apps.kbart.choices import EditionState, Shape
from apps.kbart.errors import ActError, ReportError
from apps.kbart.making.files import about_text, write_report
from apps.kbart.making.report import Progress
from apps.kbart.models import Edition, Series
from apps.kbart.services import pace
from apps.kbart.services.ending import refuse_ended

KIND = "kbart-edition"
# Editions of a series that are kept with their files; two years of months.
KEPT = 24
AT_ONCE = 100
LONGEST_LABEL = 200
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


def make_series(
    *,
    label: str,
    slug: str,
    order: Order,
    every: str,
    is_open: bool,
    user: User,
    day: int | None = None,
    request_key: UUID | None = None,
) -> tuple[Series, Job]:
    """A series and the job of its first edition, which the caller wakes. One ``request_key``, one series. ``day``: of the
    week or of the month (``pace.begin``)."""
    if (before := _begun(request_key)) is not None:
        return before
    label = _clean_label(label)
    if not SLUG.fullmatch(slug):
        raise ActError(gettext("The name in the address has letters a–z, digits and hyphens, 60 at most."))
    if order.unkept:
        raise ActError(unkept_text(order))
    part = "keepers" if order.report == Shape.KEEPERS else order.scope.value
    try:
        with transaction.atomic():
            row = Series(
                label=label,
                slug=slug,
                part=part,
                options=order.rows_alone().given(),
                is_open=is_open,
                user=user,
                request_key=request_key,
            )
            pace.begin(row, every, now(), day)
            row.save(force_insert=True)
            told = {"label": label, "options": row.options, **_when(row), "open": is_open}
            audit(user=user, action="kbart.series-new", subject=row.audit_subject, after=told)
            return row, _wanted(row, user, request_key)[1]
    except IntegrityError:
        before = _begun(request_key)
        if before is None:
            raise ActError(
                gettext("The address /kbart/%(slug)s/%(part)s/ is taken by another report.")
                % {"slug": slug, "part": part}
            ) from None
        return before


def unkept_text(order: Order) -> str:
    """What a series would drop of an order, and where it is to be had."""
    return gettext(
        "A report that is made again keeps the lines, not how they are written, so it does not keep: %(names)s. Ask for it where an edition is fetched: add %(query)s to its address."
    ) % {"names": ", ".join(order.unkept), "query": "?" + urlencode(order.unkept)}


def _begun(request_key: UUID | None) -> tuple[Series, Job] | None:
    row = Series.objects.filter(request_key=request_key).first() if request_key else None
    if row is None:
        return None
    edition = row.editions.order_by("pk").first()
    job = (
        Job.objects.filter(kind=KIND, subject=edition.job_subject).order_by("-pk").first()
        if edition
        else None
    )
    return (row, job) if job is not None else None


def _clean_label(label: str) -> str:
    label = label.strip()
    if not label or label != storable(label, LONGEST_LABEL):
        raise ActError(gettext("A report needs a name of at most %d characters.") % LONGEST_LABEL)
    return label


def change_series(
    *,
    series: Series,
    version: int,
    label: str,
    every: str,
    is_open: bool,
    user: User,
    day: int | None = None,
) -> Series:
    """Its name, its pace and who may fetch it. Address and rows stay: who fetches it relies on them. ``day``: None keeps
    it."""
    label = _clean_label(label)
    with transaction.atomic():
        row = Series.objects.select_for_update().get(pk=series.pk)
        if row.version != version:
            raise ActError(gettext("The report has been changed since that page was made; look at it again."))
        before = {"label": row.label, **_when(row), "open": row.is_open}
        if every != row.every or (day and day != row.day):
            pace.begin(row, every, now(), day)
        after = {"label": label, **_when(row), "open": is_open}
        row.label, row.is_open = label, is_open
        row.version += 1
        row.save()
        audit(user=user, action="kbart.series-change", subject=row.audit_subject, before=before, after=after)
    return row


def _when(row: Series) -> dict[str, object]:
    """Its pace, as the audit record tells it."""
    return {"every": row.every} | ({"day": row.day} if row.day else {})


def ask_edition(*, series: Series, user: User, request_key: UUID | None = None) -> tuple[Edition, Job | None]:
    """A person wants one now; the caller wakes the job. One that is already being made is that one. ActError: ended."""
    done = Edition.objects.filter(request_key=request_key).first() if request_key else None
    if done is not None:
        return done, None
    with transaction.atomic():
        row = Series.objects.select_for_update().get(pk=series.pk)
        refuse_ended(row)
        edition, job = _wanted(row, user, request_key)
        audit(user=user, action="kbart.edition", subject=row.audit_subject, after={"edition": edition.pk})
        return edition, job


def _wanted(series: Series, user: User | None, request_key: UUID | None = None) -> tuple[Edition, Job]:
    """The edition that waits, made when there is none, and its job. The series is locked, or new.

    A worker that has it already locks nothing: it may be made when this returns.
    """
    edition, _ = Edition.objects.get_or_create(
        series=series,
        state=EditionState.WAITING,
        defaults={"options": series.options, "user": user, "request_key": request_key},
    )
    return edition, open_job(kind=KIND, subject=edition.job_subject)


def due_editions() -> list[Job]:
    """Scanner: an edition of every series whose time has come; the caller wakes the jobs."""
    jobs = []
    pace.set_back()
    for pk in (
        Series.objects.filter(next_at__lte=now()).order_by("next_at").values_list("pk", flat=True)[:AT_ONCE]
    ):
        with transaction.atomic():
            row = Series.objects.select_for_update(skip_locked=True).filter(pk=pk, next_at__lte=now()).first()
            if row is None:
                continue
            pace.go_on(row, now())
            row.save(update_fields=["next_at", "month_day", "updated_at"])
            jobs.append(_wanted(row, None)[1])
    return jobs


def make_edition(*, edition_id: int, progress: Progress | None = None) -> Edition:
    """Job: the files first, whole and synced, then the row. Run again it makes the same files anew."""
    row = Edition.objects.select_related("series").get(pk=edition_id)
    if row.state != EditionState.WAITING:
        return row
    at = now()
    try:
        order = order_kept(row.options)
    except BadQuery as error:
        # A title set that it was narrowed by is gone, say.
        _note_failure(row, str(error))
        raise ReportError(str(error)) from error
    row.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two workers that both think it theirs never write into one file.
    own = row.folder / f".{os.getpid()}-{at.timestamp():.6f}"
    try:
        with Path(f"{own}.rows").open("w+b") as rows, Path(f"{own}.left").open("w+b") as left:
            done = write_report(rows, order, at, folder=row.folder, findings=left, progress=progress)
            for file in (rows, left):
                file.flush()
                os.fsync(file.fileno())
        told = about_text(words.about(order, at, done.rows, done.left_out))
        Path(f"{own}.about").write_text(told, encoding="utf-8")
        for ending, path in (("rows", row.rows_path), ("left", row.left_out_path), ("about", row.about_path)):
            Path(f"{own}.{ending}").rename(path)
        sync_folder(row.folder)
    except ReportError as error:
        _note_failure(row, str(error))
        raise
    finally:
        # Those of a worker that was killed lie there, too.
        for path in row.folder.glob(".*"):
            path.unlink(missing_ok=True)
    Edition.objects.filter(pk=row.pk, state=EditionState.WAITING).update(
        state=EditionState.DONE,
        made_at=at,
        name=done.name,
        size=done.size,
        sha256=done.sha256,
        rows=done.rows,
        left_out=done.left_out,
        counts=done.counts,
        error="",
        updated_at=now(),
    )
    row.refresh_from_db()
    return row


def _note_failure(row: Edition, message: str) -> None:
    Edition.objects.filter(pk=row.pk, state=EditionState.WAITING).update(
        state=EditionState.FAILED, error=storable(message), updated_at=now()
    )


def close_lost() -> None:
    """Scanner: editions whose job came to nothing say so."""
    for row in Edition.objects.filter(state=EditionState.WAITING).order_by("pk")[:AT_ONCE]:
        job = Job.objects.filter(kind=KIND, subject=row.job_subject).order_by("-pk").first()
        if job is not None and job.state not in OPEN:
            _note_failure(row, job.error or gettext("It was broken off."))


def drop_old() -> int:
    """Scanner: files of editions that many newer ones have followed; rows first, so that none names a file that is gone."""
    dropped = 0
    for series in Series.objects.order_by("pk").iterator():
        done = series.editions.filter(state=EditionState.DONE).order_by("-pk")
        for row in done[KEPT : KEPT + AT_ONCE]:
            Edition.objects.filter(pk=row.pk).update(state=EditionState.DROPPED, updated_at=now())
            dropped += 1
    for row in Edition.objects.filter(state__in=(EditionState.DROPPED, EditionState.FAILED)).order_by("-pk")[
        :AT_ONCE
    ]:
        shutil.rmtree(row.folder, ignore_errors=True)
    return dropped


def newest(series: Series) -> Edition | None:
    return series.editions.filter(state=EditionState.DONE).order_by("-pk").first()
