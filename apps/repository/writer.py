"""The one way bytes enter the store: append, sync, then rows, for one AU at a time.

A batch is durable when ``commit`` returns: its records were synced before its rows were committed. A kill leaves
at most records without rows, which the next writer of the AU enters, and a torn end, which it moves aside. What
was added and not committed is taken back when the ``with`` block ends by an exception.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection, transaction

from apps.common.clock import now
from apps.repository import files, indexing, probing, rows
from apps.repository.bodies import Files, whole_body
from apps.repository.captures import Added, BodyBrokenError, Capture, Prepared, prepare
from apps.repository.chain import Chain, Growing
from apps.repository.choices import REPAIRS, AddOutcome, ArtifactState
from apps.repository.errors import (
    CaptureCode,
    CaptureFault,
    ContentCode,
    ContentError,
    StoreCode,
    StoreError,
)
from apps.repository.locks import au_lock
from apps.repository.models import AuKey
from apps.repository.names import au_slug, url_digest
from apps.repository.queries import newest_of
from apps.repository.values import Place, StoredArtifact
from apps.repository.warc.entries import Entry
from apps.repository.warc.group import Label


class AuWriter:
    """Made by ``services.open_writer``; a context manager that holds the AU's lock."""

    def __init__(self, au: AuKey, root: Path, max_bytes: int, wait: float) -> None:
        self.auid = au.auid
        self._au = au
        self._root = root
        self._lock = au_lock(root, au_slug(au.auid), wait)
        self._chain = Chain(au, root, max_bytes)
        self._pending: list[tuple[Growing, Entry]] = []
        # Newest versions of the URLs of this batch, as they will be.
        self._newest: dict[bytes, StoredArtifact] = {}
        # URLs known to have no version; nobody else adds one while the AU's lock is held.
        self._absent: set[bytes] = set()
        self._confirmed: dict[tuple[bytes, int], dt.datetime] = {}
        self._marks: dict[tuple[bytes, int], ArtifactState] = {}
        self._usable = False
        # What the disk refused; said at the end, when no transaction of a caller can take the row back.
        self._refused: StoreError | None = None
        # False between a commit inside the caller's transaction and the end of that transaction.
        self._settled = True

    def __enter__(self) -> Self:
        try:
            with self._writing():
                self._lock.__enter__()
        except StoreError:
            probing.hold(self._refused)
            raise
        try:
            with self._writing():
                self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._usable and kind is None:
                self.commit()
            elif self._usable:
                with self._writing():
                    self.rollback()
        finally:
            self._end()

    def held(self, urls: Iterable[str]) -> set[str]:
        """Which of these URLs have content, asked for all together; ``add`` does not ask again for the others."""
        self._check_usable()
        wanted = {url_digest(url): url for url in urls}
        found = set() if self._chain.is_new else rows.current(self._au.pk, wanted)
        found |= wanted.keys() & self._newest.keys()
        self._absent = wanted.keys() - found
        return {wanted[digest] for digest in found}

    def add(self, capture: Capture) -> Added:
        """Append one capture. Not durable before ``commit``.

        UNCHANGED where the newest version has the same bytes (a repair first reads whether it still has them);
        REJECTED, with the fault, where this one cannot be stored. StoreError where the disk refuses: the captures
        before it can still be committed.
        """
        self._check_usable()
        prepared = prepare(capture)
        if not isinstance(prepared, Prepared):
            return Added(AddOutcome.REJECTED, None, prepared)
        digest = url_digest(capture.url)
        held = self._find(capture.url, digest)
        if held and held.sha256 == prepared.sha256 and self._is_still_good(held, digest, prepared):
            self._confirmed[digest, held.version] = capture.collected_at
            return Added(AddOutcome.UNCHANGED, held)
        try:
            with self._writing():
                return Added(AddOutcome.NEW, self._append(prepared, digest, held))
        except BodyBrokenError as error:
            fault = CaptureFault(
                CaptureCode.BODY_UNREADABLE, "body", f"a file that can be read twice ({error})"
            )
            return Added(AddOutcome.REJECTED, None, fault)

    def commit(self) -> int:
        """Sync what was added, then enter its rows; returns the number of new versions.

        May be called inside the caller's transaction, whose other rows then stand or fall with it.
        """
        self._check_usable()
        if not (self._chain.dirty or self._confirmed or self._marks):
            return 0
        # A failure from here on leaves it open what lasted; the next writer finds out.
        self._usable = False
        with self._writing():
            self._sync()
        with transaction.atomic():
            rows.lock_summary(self._au.pk)
            self._chain.save_rows()
            rows.mark(self._au.pk, self._marks)
            at = now()
            pairs = [
                (growing.row_id, entry) for growing, entry in self._pending if growing.row_id is not None
            ]
            rows.insert_entries(self._au.pk, pairs, at=at, next_check_at=indexing.next_check(at))
            rows.confirm(self._au.pk, self._confirmed)
            self._settled = False
            transaction.on_commit(self._settle)
        self._chain.settle()
        count = len(self._pending)
        self._forget()
        self._usable = True
        return count

    def rollback(self) -> None:
        """Take back what was added since the last commit."""
        self._forget()
        self._chain.cut_back()

    def _sync(self) -> None:
        try:
            self._chain.sync()
        except StoreError:
            # The cache may still hold what the disk never took: nobody is to read it back as stored.
            self.rollback()
            raise

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keeps in mind what the disk refused; StoreError for it, whatever step it was."""
        try:
            yield
        except StoreError as error:
            self._refused = error
            raise
        except OSError as error:
            self._refused = files.write_error(error, au_slug(self.auid))
            raise self._refused from error

    def _begin(self) -> None:
        self._absent = set()
        indexing.catch_up(self._au, self._root)
        self._chain.open()
        self._usable = self._settled = True

    def _end(self) -> None:
        self._usable = False
        self._forget()
        self._chain.close()
        self._lock.__exit__(None, None, None)
        refused, self._refused = self._refused, None
        probing.hold(refused)

    def _check_usable(self) -> None:
        if not self._usable:
            raise StoreError(StoreCode.CLOSED, "this writer ended, or failed; open another one")
        if not self._settled and not connection.in_atomic_block:
            # The caller's transaction, which held our rows, did not commit.
            self._chain.close()
            self._forget()
            self._begin()

    def _settle(self) -> None:
        self._settled = True

    def _forget(self) -> None:
        self._pending.clear()
        self._confirmed.clear()
        self._marks.clear()
        self._newest.clear()

    def _find(self, url: str, digest: bytes) -> StoredArtifact | None:
        found = self._newest.get(digest)
        if found is None and digest not in self._absent and not self._chain.is_new:
            found = newest_of(self._au, url)
            if found is not None:
                self._newest[digest] = found
        return found

    def _is_still_good(self, held: StoredArtifact, digest: bytes, prepared: Prepared) -> bool:
        """Whether the copy we hold can stand for the one that was offered."""
        if held.state is not ArtifactState.GOOD or (digest, held.version) in self._marks:
            return False
        if prepared.capture.origin not in REPAIRS:
            return True
        try:
            with Files(self._root) as opened:
                for _ in whole_body(opened, held):
                    pass
        except ContentError as error:
            if error.code is not ContentCode.UNREADABLE:
                gone = error.code is ContentCode.MISSING
                self._marks[digest, held.version] = ArtifactState.MISSING if gone else ArtifactState.DAMAGED
            return False
        return True

    def _append(self, prepared: Prepared, digest: bytes, held: StoredArtifact | None) -> StoredArtifact:
        version = held.version + 1 if held else 1
        suspect = held is not None and (held.suspect or (digest, held.version) in self._marks)
        replaces = held.version if held and suspect else None

        def label(offset: int) -> Label:
            return Label(auid=self.auid, version=version, offset=offset, replaces=replaces)

        growing, place = self._chain.append(prepared, label)
        artifact = _artifact(self.auid, version, prepared, place)
        self._pending.append((growing, _entry(artifact, place, growing.size)))
        self._newest[digest] = artifact
        self._absent.discard(digest)
        return artifact


def _artifact(auid: str, version: int, prepared: Prepared, place: Place) -> StoredArtifact:
    capture = prepared.capture
    at = capture.collected_at.astimezone(dt.UTC)
    return StoredArtifact(
        auid=auid,
        url=capture.url,
        version=version,
        size=prepared.length,
        sha256=prepared.sha256,
        content_type=prepared.content_type,
        content_encoding=prepared.content_encoding,
        status=prepared.parsed.status if prepared.parsed else None,
        collected_at=at,
        confirmed_at=at,
        origin=capture.origin,
        state=ArtifactState.GOOD,
        is_current=True,
        redirected_to=capture.redirected_to,
        place=place,
    )


def _entry(artifact: StoredArtifact, place: Place, end: int) -> Entry:
    return Entry(
        auid=artifact.auid,
        url=artifact.url,
        version=artifact.version,
        size=artifact.size,
        sha256=artifact.sha256,
        content_type=artifact.content_type,
        content_encoding=artifact.content_encoding,
        status=artifact.status,
        collected_at=artifact.collected_at,
        origin=artifact.origin,
        redirected_to=artifact.redirected_to,
        state=artifact.state,
        offset=place.offset,
        length=place.length,
        body_offset=place.body_offset,
        body_deflated=place.body_deflated,
        body_crc32=place.body_crc32,
        end=end,
    )
