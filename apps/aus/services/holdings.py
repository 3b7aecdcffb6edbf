"""A library's list: kept, read line by line into rows, and what its columns mean."""

import hashlib
from collections import Counter
from collections.abc import Callable, Container, Sequence
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import HoldingsState, LineState
from apps.aus.errors import HoldingsActError
from apps.aus.holdings.catalogue import Judged, Matcher
from apps.aus.holdings.files import Source, source_of
from apps.aus.models import HoldingsColumns, HoldingsLine, HoldingsUpload
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.common.search import fold
from apps.common.stored import retold
from apps.common.text import storable, storable_json
from apps.common.uploads import Upload, UploadTooLarge, keep_upload
from apps.lockss.holdings import NEEDED, Field, HoldingsError, Layout, Raw, asked_text, entries, folded

KIND = "read-holdings"
FOLDER = "holdings"
WRITTEN_AT_ONCE = 500
SAMPLE = 5
LONGEST_SAMPLE = 80
LONGEST_KEY = 200
LONGEST_TEXT = 1_000
NO_COLUMN = "No column is called title, ISSN or ISBN. Say below what the columns mean."
NO_LINE = "No line stands below the line that names the columns. Say below which line that is, or upload the whole list."
NOT_FINISHED = "The reading was broken off and is not tried again by itself. Say what the columns mean to read it once more."
Progress = Callable[[int], None]


def start_holdings(
    *, upload: Upload, user: User, request_key: UUID | None = None
) -> tuple[HoldingsUpload, Job]:
    """Keep the file and open the job that reads it; the caller wakes it. One ``request_key``, one upload."""
    if (before := _begun(request_key)) is not None:
        return before
    name = storable(Path(upload.name or "").name, 200) or "list"
    try:
        kept = keep_upload(upload, FOLDER)
    except UploadTooLarge as error:
        raise HoldingsActError(str(error)) from None
    try:
        source_of(kept.path)
    except HoldingsError as error:
        kept.path.unlink(missing_ok=True)
        raise HoldingsActError(f"{name}: {retold(str(error))}") from None
    try:
        with transaction.atomic():
            row = HoldingsUpload.objects.create(
                user=user,
                request_key=request_key,
                file_name=name,
                stored_path=str(kept.path),
                sha256=kept.sha256,
                size=kept.size,
            )
            audit(
                user=user,
                action="aus.holdings",
                subject=row.job_subject,
                after={"file": name, "sha256": kept.sha256},
            )
            return row, open_job(kind=KIND, subject=row.job_subject)
    except IntegrityError:
        # The same form, sent twice at the same moment.
        kept.path.unlink(missing_ok=True)
        before = _begun(request_key)
        if before is None:
            raise
        return before


def _begun(request_key: UUID | None) -> tuple[HoldingsUpload, Job] | None:
    row = HoldingsUpload.objects.filter(request_key=request_key).first() if request_key else None
    return (row, open_job(kind=KIND, subject=row.job_subject)) if row is not None else None


def set_columns(
    *, upload: HoldingsUpload, version: int, columns: dict[Field, int], head_line: int, user: User
) -> Job:
    """A person says what the columns mean; remembered for the next list with this head. The caller wakes the job."""
    if not any(field in columns for field in NEEDED):
        raise HoldingsActError(gettext("A list needs a column of titles, ISSNs or ISBNs."))
    with transaction.atomic():
        row = locked(upload, version, user=user)
        told = {str(field): place for field, place in columns.items()}
        same_head = head_line == row.head_line
        row.columns, row.by_hand, row.state = told, True, HoldingsState.WAITING
        row.head_line = head_line
        row.version += 1
        row.save(update_fields=["columns", "head_line", "by_hand", "state", "version", "updated_at"])
        if row.head and same_head:
            HoldingsColumns.objects.update_or_create(
                head_key=head_key(row.head), defaults={"columns": told, "user": user}
            )
        audit(user=user, action="aus.holdings-columns", subject=row.job_subject, after=told)
        return open_job(kind=KIND, subject=row.job_subject)


def locked(upload: HoldingsUpload, version: int, *, user: User) -> HoldingsUpload:
    """The row for a change; HoldingsActError for an old form, while it is read, once it was selected from, and for
    others than the two whom a proposal is between.
    """
    row = HoldingsUpload.objects.select_for_update().get(pk=upload.pk)
    if row.handed_to_id is not None and not may_touch(row, user):
        raise HoldingsActError(
            gettext("The proposal waits for %(name)s.") % {"name": row.handed_to.display_name}
        )
    if row.selection_id is not None:
        raise HoldingsActError(
            gettext("What this list proposed was selected; upload it again to choose anew.")
        )
    if row.version != version:
        raise HoldingsActError(
            gettext("Somebody changed this list since that page was made; look at it again.")
        )
    if row.state in (HoldingsState.WAITING, HoldingsState.READING):
        raise HoldingsActError(gettext("The list is still being read."))
    return row


def may_touch(row: HoldingsUpload, user: User) -> bool:
    """A proposal that waits for somebody is between who handed it over and who looks at it."""
    between = (None, row.handed_by_id, row.handed_to_id)
    return row.handed_to_id is None or user.pk in between or user.has_role(Role.SYSTEM)


def head_key(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(folded(name) for name in names).encode()).hexdigest()


def read_holdings(*, upload_id: int, progress: Progress = lambda _done: None) -> HoldingsUpload:
    """Read the file into lines from its beginning; what an earlier reading left is replaced."""
    # What was selected from stays as it was shown.
    unselected = HoldingsUpload.objects.filter(pk=upload_id, selection=None)
    unselected.update(state=HoldingsState.READING, updated_at=now())
    row = HoldingsUpload.objects.get(pk=upload_id)
    if row.selection_id is not None:
        return row
    _drop_lines(row)
    try:
        counts = _read(row, progress)
        if not counts:
            raise HoldingsError("no-line", NO_LINE)
    except HoldingsError as error:
        # A list that breaks off in the middle is not half a list.
        return _failed(row, str(error))
    except OSError as error:
        return _failed(row, f"The stored file cannot be read: {error.strerror or 'unknown error'}.")
    row.state, row.error, row.read_at, row.struck = HoldingsState.READY, "", now(), []
    row.lines = sum(counts.values())
    for state in LineState:
        setattr(row, state, counts[state])
    row.version += 1
    row.save()
    return row


def close_lost_readings() -> int:
    """Scanner: lists that no worker reads any more are not being read for good; how many there were."""
    closed = 0
    under_way = (HoldingsState.WAITING, HoldingsState.READING)
    for pk in HoldingsUpload.objects.filter(state__in=under_way).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            row = HoldingsUpload.objects.select_for_update().filter(pk=pk, state__in=under_way).first()
            if row is None:
                continue
            job = Job.objects.filter(kind=KIND, subject=row.job_subject).order_by("-pk").first()
            if job is None or job.state not in (JobState.FAILED, JobState.CANCELLED):
                continue
            _failed(row, NOT_FINISHED)
            closed += 1
    return closed


def _drop_lines(row: HoldingsUpload) -> None:
    """What nobody wanted of them is not wanted of the same lines when they are read again, whenever that is."""
    with transaction.atomic():
        struck = row.lines_read.filter(struck=True).values_list("line", flat=True)
        row.struck = sorted({*row.struck, *struck})
        row.save(update_fields=["struck", "updated_at"])
        row.lines_read.all().delete()


@transaction.atomic
def _failed(row: HoldingsUpload, message: str) -> HoldingsUpload:
    _drop_lines(row)
    row.state, row.error = HoldingsState.FAILED, storable(message, LONGEST_TEXT)
    row.lines = row.matched = row.ambiguous = row.unmatched = row.unread = 0
    row.version += 1
    row.save()
    return row


def _read(row: HoldingsUpload, progress: Progress) -> Counter[LineState]:
    source = source_of(Path(row.stored_path))
    layout = _understand(row, source)
    counts: Counter[LineState] = Counter()
    year, struck = now().year, set(row.struck)
    judged = Matcher(year).judge(entries(source.lines(), layout, year))
    while made := [_line(row, one, struck) for one in islice(judged, WRITTEN_AT_ONCE)]:
        HoldingsLine.objects.bulk_create(made)
        counts.update(LineState(one.state) for one in made)
        progress(sum(counts.values()))
    return counts


def _understand(row: HoldingsUpload, source: Source) -> Layout:
    """What the file seems to be, written down for the page before the first line is read."""
    layout = understand(row, source)
    row.save(update_fields=["kind", "head_line", "head", "columns", "by_hand", "sample", "updated_at"])
    return layout()


def understand(row: HoldingsUpload, source: Source) -> Callable[[], Layout]:
    """What the file seems to be, into the row, which need not be kept; by columns that somebody set by hand for a list
    with the same head, whoever it was. What is returned gives the layout; HoldingsError where no column names anything.
    """
    head = source.head()
    layout = source.layout()
    row.kind = source.kind
    if not row.by_hand:
        row.head_line = layout.head if layout else _first_line(head)
    row.head = [storable(name, LONGEST_TEXT) for name in _cells_of(head, row.head_line)]
    if not row.by_hand:
        row.columns = {str(field): place for field, place in layout.columns.items()} if layout else {}
        known = HoldingsColumns.objects.filter(head_key=head_key(row.head)).first() if row.head else None
        if known is not None:
            row.columns, row.by_hand = known.columns, True
    row.sample = storable_json(
        [[cell[:LONGEST_SAMPLE] for cell in raw.cells] for raw in head if raw.line > row.head_line][:SAMPLE]
    )
    return lambda: _layout_of(row)


def _layout_of(row: HoldingsUpload) -> Layout:
    columns = {Field(name): place for name, place in row.columns.items()}
    if not any(field in columns for field in NEEDED):
        raise HoldingsError("no-column", NO_COLUMN)
    return Layout(row.head_line, columns, tuple(row.head))


def _first_line(head: Sequence[Raw]) -> int:
    return head[0].line if head else 0


def _cells_of(head: Sequence[Raw], line: int) -> tuple[str, ...]:
    return next((raw.cells for raw in head if raw.line == line), ())


def _line(row: HoldingsUpload, one: Judged, struck: Container[int]) -> HoldingsLine:
    entry, chosen = one.entry, one.match.chosen
    return HoldingsLine(
        upload=row,
        line=entry.line,
        state=LineState.UNREAD if entry.unread else LineState(one.match.state),
        found_by=str(chosen.by) if chosen else "",
        key=one.key,
        input_title=storable(entry.title, LONGEST_TEXT),
        input_key=fold(storable(entry.title, LONGEST_KEY))[:LONGEST_KEY],
        input_publisher=storable(entry.publisher, LONGEST_TEXT),
        identifiers=[*entry.issns, *entry.isbns],
        years=entry.years or None,
        readings=entry.readings,
        years_said=storable(asked_text(entry), LONGEST_TEXT) if entry.readings else "",
        held=list(one.coverage.held) if one.coverage else [],
        missing=list(one.coverage.missing) if one.coverage else [],
        title_id=chosen.offer.id if chosen else None,
        only_aus=list(chosen.offer.by_isbn) if chosen else [],
        candidates=[
            {"id": each.offer.id, "by": str(each.by), "score": each.score} for each in one.match.candidates
        ],
        warnings=[{"code": str(note.code), "text": storable(note.text)} for note in one.notes],
        struck=entry.line in struck,
        cells=[storable(cell) for cell in entry.cells],
    )


def count_again(row: HoldingsUpload) -> None:
    """After a decision; the caller holds the row and saves it."""
    found = Counter(row.lines_read.values_list("state", flat=True))
    for state in LineState:
        setattr(row, state, found[state])
