"""Puts what a package holds into the store of one AU, in batches; taken again, it changes nothing."""

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction

from apps.common.display import day_text
from apps.common.stored import in_english
from apps.exports.choices import ImportFindingCode as Code
from apps.exports.taking.report import ImportReport
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import AddOutcome
from apps.repository.errors import CaptureCode, ContentError
from apps.repository.values import StoredArtifact
from apps.repository.writer import AuWriter

BATCH_BYTES, BATCH = 64 << 20, 500
LARGEST = 1 << 40


class Store:
    """One AU that is written to; ``payload`` is a file for the body that is being read."""

    def __init__(self, writer: AuWriter, report: ImportReport) -> None:
        self.auid = writer.auid
        self.report = report
        self._writer = writer
        self._bytes = 0
        self._count = 0
        self._pending: dict[str, dt.datetime] = {}

    def add(self, capture: Capture, sha256: bytes, place: str) -> None:
        """Stored, or a finding that says why not."""
        self.report.saw(capture.url)
        if self._is_held(capture, sha256, place):
            return
        added = self._writer.add(capture)
        if added.outcome is AddOutcome.REJECTED:
            fault = added.fault
            told = (fault.code, fault.expected) if fault else ("", "")
            if fault and fault.code is CaptureCode.DIGEST_MISMATCH:
                self.report.compared(equal=False)
            self.report.note(Code.REFUSED, f"{place}: {capture.url}", *told)
            return
        if added.outcome is AddOutcome.UNCHANGED or added.artifact is None:
            self.report.held += 1
            return
        self.report.new += 1
        self.report.bytes += added.artifact.size
        self._pending[capture.url] = capture.collected_at
        self._bytes += added.artifact.size
        self._count += 1
        if self._bytes >= BATCH_BYTES or self._count >= BATCH:
            self.commit()

    def commit(self) -> None:
        with transaction.atomic():
            self._writer.commit()
            self.report.kept(self.report)
        self._pending.clear()
        self._bytes = self._count = 0

    def original(
        self, url: str, *, sha256: bytes | None, date: dt.datetime | None, into: IO[bytes]
    ) -> StoredArtifact | None:
        """The version a revisit refers to, its bytes written into a file; None where it is not here."""
        self.commit()
        for one in repository.history(auid=self.auid, url=url):
            if one.suspect or not (one.sha256 == sha256 if sha256 else one.collected_at == date):
                continue
            into.seek(0)
            into.truncate()
            try:
                with repository.open_body(one) as body:
                    for piece in body:
                        into.write(piece)
            except ContentError as error:
                repository.report(one, error)
                continue
            return one
        return None

    def _is_held(self, capture: Capture, sha256: bytes, place: str) -> bool:
        """Whether nothing is to be added: the same bytes are here, or something newer is the newest here."""
        if (pending := self._pending.get(capture.url)) is not None and capture.collected_at >= pending:
            # It follows one of the same package.
            return False
        if pending is not None:
            self.commit()
        known = repository.history(auid=self.auid, url=capture.url)
        if any(one.sha256 == sha256 and not one.suspect for one in known if _same(one, capture)):
            self.report.held += 1
            return True
        newest = next((one for one in known if not one.suspect), None)
        if newest is None or newest.collected_at <= capture.collected_at:
            return False
        if newest.sha256 == sha256:
            self.report.held += 1
            return True
        self.report.note(
            Code.OLDER,
            f"{place}: {capture.url}",
            _moment(capture.collected_at),
            f"nothing newer here than that; version {newest.version} is of {_moment(newest.collected_at)}",
        )
        return True


def _moment(at: dt.datetime) -> str:
    """As a kept sentence has it: pages say the day in the reader's language."""
    at = at.astimezone(dt.UTC)
    with in_english():
        return f"{day_text(at.date())}, {at:%H:%M:%S} UTC"


def _same(one: StoredArtifact, capture: Capture) -> bool:
    return one.collected_at == capture.collected_at


@contextmanager
def storing(report: ImportReport) -> Iterator[Store]:
    """The AU that the report names, open for writing; what was committed stays, whatever ends it."""
    with repository.open_writer(auid=report.auid) as writer:
        store = Store(writer, report)
        # What an attempt before left on the disk has its rows now: it is counted before anything is added.
        store.commit()
        yield store


@contextmanager
def scratch() -> Iterator[IO[bytes]]:
    """A nameless file among unfinished downloads."""
    folder = Path(settings.NODE.spool_dir)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        yield file


def digest_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.digest()
