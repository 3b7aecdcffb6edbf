"""Reads an AU's stored bytes against the index, in file order (collecting.md §6).

Only *good* moves the date of the last good check; a stored digest is never replaced. What could not be read is a
failure of the check, told as such: where a single record cannot be read its state says so, where the whole store
is not there no row changes.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.db import transaction

from apps.common.clock import now
from apps.common.findings import record_finding, resolve_findings
from apps.common.stored import in_english
from apps.repository import files, indexing, queries, rows
from apps.repository.bodies import placed
from apps.repository.choices import ArtifactState, CheckOutcome, FileState
from apps.repository.errors import ContentCode, ContentError, RecordCode, RecordError
from apps.repository.models import AuKey, AuSummary, FixityCheck, WarcFile
from apps.repository.names import target_uri, url_digest
from apps.repository.values import CheckReport, Finding, StoredArtifact
from apps.repository.warc.inflate import Window
from apps.repository.warc.records import Record, read_record

PAGE = 2_000
KEEP = 100
# An AU that could not be read is tried again soon, not after the whole interval.
AGAIN = dt.timedelta(hours=1)
_STATES = {
    ContentCode.DAMAGED: ArtifactState.DAMAGED,
    ContentCode.MISSING: ArtifactState.MISSING,
    ContentCode.UNREADABLE: ArtifactState.UNREADABLE,
}
_CODES = {
    CheckOutcome.DAMAGED: ContentCode.DAMAGED,
    CheckOutcome.MISSING: ContentCode.MISSING,
    CheckOutcome.NOT_CHECKABLE: ContentCode.UNREADABLE,
}
Progress = Callable[[int], object]


@dataclass(slots=True)
class _Tally:
    counts: Counter[ArtifactState] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    done: int = 0

    def add(self, state: ArtifactState, artifact: StoredArtifact, message: str = "") -> None:
        self.counts[state] += 1
        self.done += 1
        if state is not ArtifactState.GOOD:
            self.note(f"content-{state}", f"version {artifact.version} of {artifact.url[:500]}", message)

    def note(self, code: str, place: str, message: str) -> None:
        if len(self.findings) < KEEP:
            self.findings.append(Finding(code, place, message))


def check_au(*, au: AuKey, root: Path, progress: Progress | None = None) -> CheckReport:
    """Read every version of an AU; rows follow what was found. ``progress`` is called with versions read so far."""
    started, tally = now(), _Tally()
    if not files.is_mounted(root):
        tally.note(ContentCode.UNREADABLE, str(root), "the store is not mounted")
        versions = AuSummary.objects.filter(au_key=au).values_list("versions", flat=True).first() or 0
        tally.counts[ArtifactState.UNREADABLE] = versions
    else:
        for row in WarcFile.objects.filter(au_key=au).order_by("serial"):
            _check_file(au, row, root, started, tally, progress)
    return _finish(au, started, tally)


def _check_file(
    au: AuKey, row: WarcFile, root: Path, at: dt.datetime, tally: _Tally, progress: Progress | None
) -> None:
    try:
        with files.reading(root, row.name) as descriptor:
            window = Window(descriptor)
            _judge_size(row, window.size, tally)
            _check_pages(au, row, partial(check_artifact, window), at, tally, progress)
    except ContentError as error:
        tally.note(str(error.code), row.name, error.message)
        if error.code == ContentCode.MISSING:
            _set_file(row, FileState.MISSING)
        found = Checked(_STATES[ContentCode(error.code)], error.message)
        _check_pages(au, row, lambda _: found, at, tally, progress)


def _judge_size(row: WarcFile, size: int, tally: _Tally) -> None:
    if size < row.size:
        tally.note(ContentCode.DAMAGED, row.name, f"{size} bytes of {row.size} are left")
        _set_file(row, FileState.DAMAGED)
    elif row.state in indexing.GONE:
        _set_file(row, FileState.CLOSED)


def _check_pages(
    au: AuKey,
    row: WarcFile,
    check: Callable[[StoredArtifact], "Checked"],
    at: dt.datetime,
    tally: _Tally,
    progress: Progress | None,
) -> None:
    after = -1
    while page := queries.in_file(au, row.pk, after, PAGE):
        offsets = [placed(artifact).offset for artifact in page]
        states: dict[tuple[bytes, int], ArtifactState] = {}
        bad: list[int] = []
        for artifact, offset in zip(page, offsets, strict=True):
            found = check(artifact)
            tally.add(found.state, artifact, found.message)
            if found.state is not ArtifactState.GOOD:
                states[url_digest(artifact.url), artifact.version] = found.state
                bad.append(offset)
            elif found.lost_facts:
                tally.note(RecordCode.FACTS_LOST, f"{row.name} at {offset}", found.lost_facts)
        after = offsets[-1]
        with transaction.atomic():
            rows.lock_summary(au.pk)
            rows.mark(au.pk, states)
            rows.set_checked(au.pk, row.pk, offsets[0], after, at, bad)
        if progress:
            progress(tally.done)


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading one version came to; ``lost_facts``: its bytes are good, a record beside them is not."""

    state: ArtifactState
    message: str = ""
    lost_facts: str = ""


def check_artifact(window: Window, artifact: StoredArtifact) -> Checked:
    """Read one version's record, byte by byte, and the records beside it."""
    place = placed(artifact)
    try:
        record = read_record(window, place.offset)
        if fault := _differs(record, artifact):
            return Checked(ArtifactState.DAMAGED, fault)
        return Checked(ArtifactState.GOOD, "", _lost_facts(window, place.offset + place.length))
    except RecordError as error:
        return Checked(ArtifactState.DAMAGED, str(error))
    except OSError as error:
        return Checked(ArtifactState.UNREADABLE, f"{place.file}: {error.strerror}")


def _differs(record: Record, artifact: StoredArtifact) -> str:
    if record.fields.get("warc-target-uri") != target_uri(artifact.url):
        return "another record lies at its place"
    if record.payload_length != artifact.size or record.payload_sha256 != artifact.sha256:
        return "other bytes than were stored"
    return ""


def _lost_facts(window: Window, offset: int) -> str:
    try:
        for _ in ("request", "metadata"):
            record = read_record(window, offset)
            if record.kind == "metadata":
                return ""
            offset += record.length
    except RecordError as error:
        return str(error)
    return "no metadata record follows"


def _set_file(row: WarcFile, state: FileState) -> None:
    if row.state != state:
        WarcFile.objects.filter(pk=row.pk).update(state=state)
        row.state = state


def _finish(au: AuKey, started: dt.datetime, tally: _Tally) -> CheckReport:
    counts, at = tally.counts, now()
    not_checkable = counts[ArtifactState.UNREADABLE]
    outcome = CheckOutcome.GOOD
    if not_checkable:
        outcome = CheckOutcome.NOT_CHECKABLE
    elif counts[ArtifactState.MISSING]:
        outcome = CheckOutcome.MISSING
    elif counts[ArtifactState.DAMAGED]:
        outcome = CheckOutcome.DAMAGED
    report = CheckReport(
        auid=au.auid,
        outcome=outcome,
        good=counts[ArtifactState.GOOD],
        damaged=counts[ArtifactState.DAMAGED],
        missing=counts[ArtifactState.MISSING],
        not_checkable=not_checkable,
        findings=tuple(tally.findings),
    )
    changes: dict[str, object] = {"next_check_at": at + AGAIN if not_checkable else indexing.next_check(at)}
    if not not_checkable:
        changes["last_check_at"] = started
        if outcome is CheckOutcome.GOOD:
            changes["last_good_check_at"] = started
    with transaction.atomic():
        rows.lock_summary(au.pk)
        rows.recount_states(au.pk)
        AuSummary.objects.filter(au_key=au).update(**changes)
        FixityCheck.objects.create(
            au_key=au,
            started_at=started,
            finished_at=at,
            outcome=outcome,
            good=report.good,
            damaged=report.damaged,
            missing=report.missing,
            not_checkable=not_checkable,
            findings=[[f.code, f.place, f.message] for f in report.findings],
        )
        _tell(au, report)
    return report


def _tell(au: AuKey, report: CheckReport) -> None:
    """One open finding per kind and AU, as long as the newest version of a URL is not good; else none."""
    subject = f"au:{au.pk}"
    open_damage = AuSummary.objects.suspect().filter(au_key=au).exists()
    codes = {
        CheckOutcome.DAMAGED: report.damaged,
        CheckOutcome.MISSING: report.missing,
        CheckOutcome.NOT_CHECKABLE: report.not_checkable,
    }
    for outcome, count in codes.items():
        code = str(_CODES[outcome])
        if not count or not (open_damage or outcome is CheckOutcome.NOT_CHECKABLE):
            resolve_findings(subject=subject, codes=[code])
            continue
        first = next((f for f in report.findings if f.code == code), None)
        record_finding(
            code=code,
            subject=subject,
            app="repository",
            severity="warning" if outcome is CheckOutcome.NOT_CHECKABLE else "error",
            place=first.place if first else "",
            message=_said(count, outcome, first.message if first else ""),
            params={"count": count},
        )


def _said(count: int, outcome: CheckOutcome, first: str) -> str:
    with in_english():
        if count == 1:
            return f"{count} stored version is {outcome.label}: {first}"
        return f"{count} stored versions are {outcome.label}: {first}"
