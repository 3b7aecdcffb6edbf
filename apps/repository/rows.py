"""Writes rows of the index in bulk. Everything runs in the caller's transaction; the AU is locked by its summary row."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from apps.common.clock import now
from apps.repository.choices import SUSPECT, ArtifactState
from apps.repository.names import url_digest
from apps.repository.warc.entries import Entry

COLUMNS = (
    "au_key_id",
    "warc_file_id",
    "warc_offset",
    "warc_length",
    "size",
    "body_deflated",
    "body_crc32",
    "collected_at",
    "confirmed_at",
    "last_good_check",
    "version",
    "body_offset",
    "status",
    "is_current",
    "state",
    "origin",
    "url_digest",
    "sha256",
    "content_type",
    "content_encoding",
    "redirected_to",
    "url",
)
_COPY = f"COPY repository_artifact ({', '.join(COLUMNS)}) FROM STDIN"
_KNOWN = """
SELECT url_digest, version, warc_file_id, warc_offset, state, size, is_current
FROM repository_artifact WHERE au_key_id = %s AND url_digest = ANY(%s)
"""
_PASSED = """
UPDATE repository_artifact a SET is_current = false FROM unnest(%s::bytea[]) AS d(digest)
WHERE a.au_key_id = %s AND a.url_digest = d.digest AND a.is_current
"""
_HOLD = """
INSERT INTO repository_urlholder (url_digest, au_key_id, version)
SELECT digest, %s, version FROM unnest(%s::bytea[], %s::int[]) AS new(digest, version)
ON CONFLICT (url_digest, au_key_id) DO UPDATE SET version = excluded.version
"""
_CONFIRM = """
UPDATE repository_artifact a SET confirmed_at = n.at
FROM unnest(%s::bytea[], %s::int[], %s::timestamptz[]) AS n(digest, version, at)
WHERE a.au_key_id = %s AND a.url_digest = n.digest AND a.version = n.version AND a.confirmed_at < n.at
"""
_MARK = """
UPDATE repository_artifact a SET state = n.state
FROM unnest(%s::bytea[], %s::int[], %s::text[]) AS n(digest, version, state)
WHERE a.au_key_id = %s AND a.url_digest = n.digest AND a.version = n.version AND a.state <> n.state
"""
_RECOUNT_STATES = """
UPDATE repository_ausummary s SET
    damaged = n.damaged, missing = n.missing, unreadable = n.unreadable, suspect_versions = n.suspect,
    last_damage_at = CASE WHEN n.damaged + n.missing > 0 THEN %s ELSE s.last_damage_at END
FROM (
    SELECT count(*) FILTER (WHERE is_current AND state = 'damaged') AS damaged,
           count(*) FILTER (WHERE is_current AND state = 'missing') AS missing,
           count(*) FILTER (WHERE is_current AND state = 'unreadable') AS unreadable,
           count(*) FILTER (WHERE state IN ('damaged', 'missing')) AS suspect
    FROM repository_artifact WHERE au_key_id = %s AND state <> 'good'
) n WHERE s.au_key_id = %s
"""
_COUNT_FILE = """
UPDATE repository_warcfile SET artifacts =
    (SELECT count(*) FROM repository_artifact WHERE au_key_id = %s AND warc_file_id = %s)
WHERE id = %s
"""
_COUNT_DISK = """
UPDATE repository_ausummary SET disk_size =
    (SELECT coalesce(sum(size), 0) FROM repository_warcfile WHERE au_key_id = %s AND state <> 'missing')
WHERE au_key_id = %s
"""
_ADD = """
UPDATE repository_ausummary SET
    urls = urls + %s, versions = versions + %s, size = size + %s, current_size = current_size + %s,
    damaged = damaged + %s, missing = missing + %s, unreadable = unreadable + %s,
    suspect_versions = suspect_versions + %s, last_write_at = greatest(last_write_at, %s),
    next_check_at = coalesce(next_check_at, %s), last_damage_at = coalesce(%s, last_damage_at)
WHERE au_key_id = %s
"""


@dataclass(slots=True)
class Counts:
    """What an insertion changes in an AU's summary."""

    urls: int = 0
    versions: int = 0
    size: int = 0
    current_size: int = 0
    damaged: int = 0
    missing: int = 0
    unreadable: int = 0
    suspect_versions: int = 0

    def count_state(self, state: str, by: int) -> None:
        if state == ArtifactState.DAMAGED:
            self.damaged += by
        elif state == ArtifactState.MISSING:
            self.missing += by
        elif state == ArtifactState.UNREADABLE:
            self.unreadable += by


@dataclass(frozen=True, slots=True)
class Inserted:
    """``rows`` new rows; ``renumbered``: entries whose version another record had, with the old number."""

    rows: int
    renumbered: tuple[tuple[Entry, int], ...]


@dataclass(frozen=True, slots=True)
class _Known:
    version: int
    file_id: int
    offset: int
    state: str
    size: int
    is_current: bool


def lock_summary(au_key: int) -> None:
    """Serialise changes of one AU's rows; makes the summary row where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO repository_ausummary (au_key_id, urls, versions, size, current_size, disk_size, damaged,"
            " missing, unreadable, suspect_versions) VALUES (%s, 0, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING",
            [au_key],
        )
        cursor.execute("SELECT 1 FROM repository_ausummary WHERE au_key_id = %s FOR UPDATE", [au_key])


def insert_entries(
    au_key: int,
    entries: Sequence[tuple[int, Entry]],
    *,
    at: dt.datetime,
    next_check_at: dt.datetime,
    verified_at: dt.datetime | None = None,
) -> Inserted:
    """Enter (WARC file id, entry) pairs; an entry that is in the index already changes nothing.

    ``verified_at``: its bytes were read and found good then, as a rebuild does. Never overwrites a row.
    """
    known = _known(au_key, {url_digest(entry.url) for _, entry in entries})
    counts, renumbered = Counts(), []
    fresh: dict[tuple[bytes, int], tuple[int, Entry]] = {}
    for file_id, entry in entries:
        digest = url_digest(entry.url)
        rows = known.setdefault(digest, {})
        if any(row.file_id == file_id and row.offset == entry.offset for row in rows.values()):
            continue
        placed = entry
        if entry.version in rows:
            placed = replace(entry, version=max(rows) + 1)
            renumbered.append((placed, entry.version))
        rows[placed.version] = _Known(
            placed.version, file_id, placed.offset, placed.state, placed.size, False
        )
        fresh[digest, placed.version] = (file_id, placed)
    if fresh:
        current = _count(counts, known, fresh)
        _pass_on(au_key, current, known)
        _copy(au_key, fresh, current, verified_at)
    _add_to_summary(au_key, counts, at if fresh else None, next_check_at)
    return Inserted(len(fresh), tuple(renumbered))


def current(au_key: int, digests: Iterable[bytes]) -> set[bytes]:
    """Which of these URLs have a version."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT url_digest FROM repository_artifact"
            " WHERE au_key_id = %s AND url_digest = ANY(%s) AND is_current",
            [au_key, list(digests)],
        )
        return {bytes(digest) for (digest,) in cursor.fetchall()}


def _known(au_key: int, digests: set[bytes]) -> dict[bytes, dict[int, _Known]]:
    found: dict[bytes, dict[int, _Known]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [au_key, list(digests)])
        for digest, *rest in cursor.fetchall():
            row = _Known(*rest)
            found.setdefault(bytes(digest), {})[row.version] = row
    return found


def _count(
    counts: Counts,
    known: Mapping[bytes, Mapping[int, _Known]],
    fresh: Mapping[tuple[bytes, int], tuple[int, Entry]],
) -> dict[bytes, int]:
    """Fill ``counts``; returns the newest version of every URL whose newest version is new."""
    current: dict[bytes, int] = {}
    for digest, version in fresh:
        entry = fresh[digest, version][1]
        counts.versions += 1
        counts.size += entry.size
        counts.suspect_versions += entry.state in SUSPECT
        if version == max(known[digest]):
            current[digest] = version
    for digest, version in current.items():
        entry = fresh[digest, version][1]
        before = next((row for row in known[digest].values() if row.is_current), None)
        if before is None:
            counts.urls += 1
        else:
            counts.current_size -= before.size
            counts.count_state(before.state, -1)
        counts.current_size += entry.size
        counts.count_state(entry.state, 1)
    return current


def _pass_on(au_key: int, current: Mapping[bytes, int], known: Mapping[bytes, Mapping[int, _Known]]) -> None:
    passed = [digest for digest in current if any(row.is_current for row in known[digest].values())]
    with connection.cursor() as cursor:
        if passed:
            cursor.execute(_PASSED, [passed, au_key])
        cursor.execute(_HOLD, [au_key, list(current), list(current.values())])


def _copy(
    au_key: int,
    fresh: Mapping[tuple[bytes, int], tuple[int, Entry]],
    current: Mapping[bytes, int],
    verified_at: dt.datetime | None,
) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for (digest, version), (file_id, entry) in fresh.items():
            good = entry.state == ArtifactState.GOOD
            copy.write_row(
                (
                    au_key,
                    file_id,
                    entry.offset,
                    entry.length,
                    entry.size,
                    entry.body_deflated,
                    entry.body_crc32,
                    entry.collected_at,
                    entry.collected_at,
                    verified_at if good else None,
                    version,
                    entry.body_offset,
                    entry.status,
                    current.get(digest) == version,
                    str(entry.state),
                    str(entry.origin),
                    digest,
                    entry.sha256,
                    entry.content_type,
                    entry.content_encoding,
                    entry.redirected_to,
                    entry.url,
                )
            )


def _add_to_summary(au_key: int, counts: Counts, at: dt.datetime | None, next_check_at: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            [
                counts.urls,
                counts.versions,
                counts.size,
                counts.current_size,
                counts.damaged,
                counts.missing,
                counts.unreadable,
                counts.suspect_versions,
                at,
                next_check_at,
                at if counts.damaged > 0 or counts.missing > 0 else None,
                au_key,
            ],
        )
        cursor.execute(_COUNT_DISK, [au_key, au_key])


def confirm(au_key: int, seen: Mapping[tuple[bytes, int], dt.datetime]) -> None:
    """Note that the source still gives the bytes of (digest, version)."""
    if seen:
        with connection.cursor() as cursor:
            digests, versions = [d for d, _ in seen], [v for _, v in seen]
            cursor.execute(_CONFIRM, [digests, versions, list(seen.values()), au_key])


def mark(au_key: int, states: Mapping[tuple[bytes, int], ArtifactState]) -> int:
    """Set states of (digest, version) and count the AU's anew; returns how many changed."""
    if not states:
        return 0
    with connection.cursor() as cursor:
        digests, versions = [d for d, _ in states], [v for _, v in states]
        cursor.execute(_MARK, [digests, versions, [str(s) for s in states.values()], au_key])
        changed = cursor.rowcount
    if changed:
        recount_states(au_key)
    return changed


def mark_file(au_key: int, file_id: int, state: ArtifactState, beyond: int = 0) -> int:
    """Set the state of every version that reaches past byte ``beyond`` of a file; returns how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE repository_artifact SET state = %s WHERE au_key_id = %s AND warc_file_id = %s"
            " AND warc_offset + warc_length > %s AND state <> %s",
            [str(state), au_key, file_id, beyond, str(state)],
        )
        changed = cursor.rowcount
    if changed:
        recount_states(au_key)
    return changed


def recount_states(au_key: int) -> None:
    """Count suspect versions anew; where a URL's newest is damaged or missing, damage was found at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT_STATES, [now(), au_key, au_key])


def count_file(au_key: int, file_id: int) -> None:
    """Count the versions in a file, and the bytes of the AU's files, anew."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_FILE, [au_key, file_id, file_id])
        cursor.execute(_COUNT_DISK, [au_key, au_key])


def set_checked(
    au_key: int, file_id: int, first: int, last: int, at: dt.datetime, bad: Iterable[int]
) -> None:
    """All versions between two offsets of a file, those at ``bad`` offsets aside, were read and found good."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE repository_artifact SET last_good_check = %s, state = 'good' WHERE au_key_id = %s"
            " AND warc_file_id = %s AND warc_offset BETWEEN %s AND %s AND NOT warc_offset = ANY(%s::bigint[])",
            [at, au_key, file_id, first, last, list(bad)],
        )
