"""The store's verbs: the only way in for other apps, and the only writers of its rows (docs/store.md)."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from apps.common.clock import now
from apps.common.jobs import open_job
from apps.common.models import OPEN, Job
from apps.repository import bodies, files, fixity, probing, properties, queries, rows
from apps.repository.bodies import Body, Files, Verify
from apps.repository.captures import Added, Capture
from apps.repository.choices import ArtifactState, CheckOutcome, Order
from apps.repository.errors import ContentCode, ContentError, StoreCode, StoreError
from apps.repository.heads import Head
from apps.repository.models import Artifact, AuKey, AuSummary, WarcFile
from apps.repository.names import url_digest
from apps.repository.values import (
    Beside,
    CheckReport,
    Disk,
    GzipSlice,
    Holder,
    StoredArtifact,
    Summary,
    UrlVersions,
)
from apps.repository.warc.compress import stored_length
from apps.repository.writer import AuWriter

T = TypeVar("T")
FIXITY = "fixity"
# Beyond this an index entry does not fit on a page of PostgreSQL's B-tree.
MAX_AUID = 2_000
WAIT = 10.0
HASH_VERSIONS = 5
_STATES = {
    ContentCode.DAMAGED: ArtifactState.DAMAGED,
    ContentCode.MISSING: ArtifactState.MISSING,
    ContentCode.UNREADABLE: ArtifactState.UNREADABLE,
}


def root() -> Path:
    """The content folder."""
    return settings.NODE.content_dir


def is_there() -> bool:
    """Whether the content folder holds a store, and is no empty mount point."""
    return files.is_mounted(root())


def ensure_au_key(*, auid: str) -> AuKey:
    """The number of an AU, given the first time it is asked for; StoreError(BAD_AUID) where it cannot be one."""
    try:
        fits = 0 < len(auid.encode()) <= MAX_AUID and auid.isprintable()
    except UnicodeEncodeError:
        fits = False
    if not fits:
        raise StoreError(StoreCode.BAD_AUID, f"an AUID has 1 to {MAX_AUID} printable bytes", permanent=True)
    return AuKey.objects.get_or_create(auid=auid)[0]


def open_writer(*, auid: str, wait: float = WAIT) -> AuWriter:
    """A writer for ``with``; waits ``wait`` seconds for another one of the same AU, then StoreError(BUSY).

    Entering it puts right what a crash left. StoreError(NOT_MOUNTED) where the content folder is an empty mount
    point, READ_ONLY after a refused write, DISK_FULL or WRITE_FAILED where the disk refuses.
    """
    probing.refuse_if_held()
    place = root()
    if not files.is_mounted(place):
        if WarcFile.objects.exists():
            raise StoreError(StoreCode.NOT_MOUNTED, f"{place} holds no store, but the index knows of files")
        try:
            files.make_store(place)
        except OSError as error:
            refused = files.write_error(error, str(place))
            refused.__cause__ = error
            probing.hold(refused)
            raise refused from error
    return AuWriter(ensure_au_key(auid=auid), place, settings.NODE.warc_max_bytes, wait)


def add_captures(*, auid: str, captures: Iterable[Capture]) -> list[Added]:
    """Store a few captures of one AU in one batch."""
    with open_writer(auid=auid) as writer:
        added = [writer.add(capture) for capture in captures]
        writer.commit()
    return added


def find(*, auid: str, url: str, version: int | None = None) -> StoredArtifact | None:
    """The newest version of a URL (whatever its state), or the given one; None where there is none."""
    au = _au(auid)
    if au is None or not _speakable(url):
        return None
    return queries.newest_of(au, url) if version is None else queries.version_of(au, url, version)


def find_best(*, auid: str, url: str) -> StoredArtifact | None:
    """The newest version that is not known to be damaged or missing: what readers and peers get."""
    return next((a for a in history(auid=auid, url=url) if not a.suspect), None)


def history(*, auid: str, url: str) -> list[StoredArtifact]:
    """All versions of a URL, newest first."""
    au = _au(auid)
    return [] if au is None or not _speakable(url) else queries.history_of(au, url)


def holders(*, url: str) -> list[Holder]:
    """Every AU that holds a URL, with its newest version there."""
    return queries.holders_of(url) if _speakable(url) else []


def histories(*, keys: Sequence[int], digest: bytes) -> dict[str, list[StoredArtifact]]:
    """All versions of a URL, newest first, in each of the AUs with these numbers, by AUID; one query. ``digest``: the
    URL's (``names.url_digest``)."""
    return queries.versions_in(keys, digest) if keys else {}


def newest(*, auid: str, order: Order = Order.PROTOCOL, after: str | None = None) -> Iterator[StoredArtifact]:
    """The newest version of every URL, whatever its state, streamed. ``after`` goes on behind a URL (PROTOCOL, NAME)."""
    au = _au(auid)
    return iter(()) if au is None else queries.stream_newest(au, order, after)


def versions(*, auid: str, limit: int = HASH_VERSIONS, after: str | None = None) -> Iterator[UrlVersions]:
    """For a vote: every URL in the protocol's order, its newest versions without suspect ones (lcap-v3 §5.1)."""
    au = _au(auid)
    return iter(()) if au is None else queries.stream_versions(au, limit, after)


def all_versions(*, auid: str, after: str | None = None) -> Iterator[tuple[str, list[StoredArtifact]]]:
    """Every URL in the protocol's order with all its versions whatever their state, newest first, streamed."""
    au = _au(auid)
    return iter(()) if au is None else queries.stream_all_versions(au, after)


def versions_in_file_order(*, auid: str, limit: int = HASH_VERSIONS) -> Iterator[tuple[int, StoredArtifact]]:
    """The same for reading in file order: (0 newest, 1, … , artifact); (-1, newest) for a URL without any."""
    au = _au(auid)
    return iter(()) if au is None else queries.stream_ranked(au, limit)


def written_behind(*, key: int, serial: int, offset: int, limit: int) -> list[StoredArtifact]:
    """Versions of the AU with this number behind a place in its chain of files, in the order in which they were
    written: what ``limit`` reads at most lie in one file. Serial 0 is before the first."""
    au = AuKey.objects.filter(pk=key).first()
    if au is None:
        return []
    for file in WarcFile.objects.filter(au_key=au, serial__gte=serial).order_by("serial").only("serial"):
        found = queries.in_file(au, file.pk, offset if file.serial == serial else -1, limit)
        if found:
            return found
    return []


def page(
    *,
    auid: str,
    after: str = "",
    limit: int = 50,
    starts: str = "",
    contains: str = "",
    state: ArtifactState | None = None,
) -> list[StoredArtifact]:
    """A page of an AU's URLs (newest versions) by name; the last name is the next page's ``after``."""
    au = _au(auid)
    if au is None or not all(_speakable(text) for text in (after, starts, contains)):
        return []
    return queries.page(au, after=after, limit=limit, starts=starts, contains=contains, state=state)


def summary(*, auid: str) -> Summary:
    """Counts of an AU, zeroes where nothing is stored."""
    row = AuSummary.objects.filter(au_key__auid=auid).values().first()
    if row is None:
        return Summary(auid=auid)
    del row["au_key_id"], row["next_check_at"]
    return Summary(auid=auid, **row)


def disk() -> Disk:
    """Room on the volume of the content folder; StoreError(NOT_MOUNTED) where it cannot be asked."""
    try:
        found = os.statvfs(root())
    except OSError as error:
        raise StoreError(StoreCode.NOT_MOUNTED, f"{root()}: {error.strerror}") from error
    return Disk(free=found.f_bavail * found.f_frsize, total=found.f_blocks * found.f_frsize)


@contextmanager
def reader() -> Iterator[Files]:
    """Keeps files open while many artifacts are read; give it to the functions below as ``held``."""
    with Files(root()) as held:
        yield held


def open_body(artifact: StoredArtifact, *, verify: Verify = Verify.DIGEST, held: Files | None = None) -> Body:
    """The stored bytes as a stream that is checked while it runs; use it in ``with``.

    ContentError(DAMAGED | MISSING | UNREADABLE) may come with any piece, at the latest with the end.
    """
    own = held or Files(root())
    return Body(bodies.whole_body(own, artifact, verify), artifact.size, None if held else own)


def open_lying(artifact: StoredArtifact, *, held: Files | None = None) -> Iterator[tuple[bytes, bytes]]:
    """The body as it lies and as it was: (deflate bytes, what they inflate to), checked as by ``open_body``.

    The deflate bytes are ``place.body_deflated`` in all, refer to nothing before them and lack the final block.
    """
    if held is not None:
        return bodies.lying_body(held, artifact)
    return _own_files(lambda own: bodies.lying_body(own, artifact))


def _own_files(read: Callable[[Files], Iterator[T]]) -> Iterator[T]:
    with Files(root()) as own:
        yield from read(own)


def open_range(artifact: StoredArtifact, start: int, stop: int, *, held: Files | None = None) -> Body:
    """Bytes ``start`` to ``stop`` (exclusive) of the stored bytes; not checked against the digest."""
    start, stop = max(start, 0), min(stop, artifact.size)
    own = held or Files(root())
    return Body(bodies.part_of_body(own, artifact, start, stop), max(stop - start, 0), None if held else own)


def head(artifact: StoredArtifact, *, held: Files | None = None) -> Head | None:
    """The stored HTTP head; None for what did not come by HTTP."""
    return _read(held, lambda own: bodies.read_heads(own, artifact)[1])


def request(artifact: StoredArtifact, *, held: Files | None = None) -> bytes:
    """The head of the request as it was sent; empty where there was none."""
    record = _read(held, lambda own: bodies.read_companion(own, artifact, "request"))
    return record.block if record else b""


def facts(artifact: StoredArtifact, *, held: Files | None = None) -> dict[str, str]:
    """What was stored beside the bytes (``choices.Fact``)."""
    return _read(held, lambda own: bodies.read_facts(own, artifact))


def beside(artifact: StoredArtifact, *, held: Files | None = None, companions: bool = True) -> Beside:
    """The head as it is stored, checked, and unless ``companions`` is False the request and the facts; ContentError as ``head``."""

    def read(own: Files) -> Beside:
        fields, http = bodies.read_record_heads(own, artifact, check=True)
        asked, told = bodies.read_beside(own, artifact) if companions else (b"", {})
        return Beside(head=http, fields=fields, request=asked, facts=told)

    return _read(held, read)


def gzip_slice(artifact: StoredArtifact) -> GzipSlice | None:
    """Where the body lies as deflate data that can be sent without inflating it; None where that gains nothing."""
    place = artifact.place
    if place is None or place.body_deflated == stored_length(artifact.size) or artifact.content_encoding:
        return None
    return GzipSlice(
        path=root() / place.file,
        offset=place.offset + place.body_offset,
        length=place.body_deflated,
        crc32=place.body_crc32,
        size=artifact.size,
    )


def report(artifact: StoredArtifact, error: ContentError) -> None:
    """Note what a reader ran into (a poll, a page): the version's state follows, and a check of the AU is due."""
    state = _STATES.get(ContentCode(error.code)) if error.code in set(ContentCode) else None
    au = _au(artifact.auid)
    if au is None or state is None:
        return
    if state is ArtifactState.UNREADABLE and not files.is_mounted(root()):
        return
    with transaction.atomic():
        rows.lock_summary(au.pk)
        rows.mark(au.pk, {(url_digest(artifact.url), artifact.version): state})
        AuSummary.objects.filter(au_key=au, next_check_at__gt=now()).update(next_check_at=now())


def check_au(*, auid: str, progress: Callable[[int], object] | None = None) -> CheckReport:
    """Read every stored byte of an AU against its digest and mark what is damaged, missing or not checkable."""
    au = _au(auid)
    if au is None:
        return CheckReport(auid=auid, outcome=CheckOutcome.GOOD)
    return fixity.check_au(au=au, root=root(), progress=progress)


def check_au_by_key(*, key: int, progress: Callable[[int], object] | None = None) -> CheckReport:
    """The same by the AU's number, for jobs."""
    return fixity.check_au(au=AuKey.objects.get(pk=key), root=root(), progress=progress)


def open_due_checks(*, limit: int = 200) -> list[Job]:
    """A job for every AU whose bytes have not been read for as long as the settings allow, longest first."""
    due = AuSummary.objects.check_due(now())[:limit]
    return [open_job(kind=FIXITY, subject=f"au:{row.au_key_id}", total=row.versions) for row in due]


def check_soon(*, auid: str) -> Job | None:
    """The job that has every stored byte of the AU read, to be woken by the caller; None where nothing is stored. Until
    it is read, it is due for the scan as well."""
    row = AuSummary.objects.filter(au_key__auid=auid, versions__gt=0).first()
    if row is None:
        return None
    AuSummary.objects.filter(pk=row.pk).update(next_check_at=now())
    return open_job(kind=FIXITY, subject=f"au:{row.au_key_id}", total=row.versions)


def open_check(*, key: int) -> Job | None:
    """The reading of its stored bytes that waits or runs. ``key``: that of the AU's ``AuKey``."""
    return Job.objects.filter(kind=FIXITY, subject=f"au:{key}", state__in=OPEN).first()


def suspect_urls(*, auid: str, limit: int) -> list[str]:
    """URLs whose newest version is damaged or missing."""
    au = _au(auid)
    if au is None:
        return []
    rows = Artifact.objects.filter(au_key=au.pk).current().suspect()
    return list(rows.order_by("url").values_list("url", flat=True)[:limit])


def stored_properties(artifact: StoredArtifact, *, held: Files | None = None) -> dict[str, str]:
    """Headers and bookkeeping that go with a copy sent to a peer (lcap-v3 §3.9); ContentError as ``head``."""
    told_head, told_facts = head(artifact, held=held), facts(artifact, held=held)
    return properties.stored_properties(artifact, told_head, told_facts)


def _read(held: Files | None, read: Callable[[Files], T]) -> T:
    if held is not None:
        return read(held)
    with Files(root()) as own:
        return read(own)


def _au(auid: str) -> AuKey | None:
    return AuKey.objects.filter(auid=auid).first() if _speakable(auid) else None


def _speakable(text: str) -> bool:
    """Whether the database can be asked for it; nothing else is ever stored."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
