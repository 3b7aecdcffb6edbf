"""Reads the index: values, never rows. Whole AUs stream through a server-side cursor; pages go by key."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.db import connection

from apps.common.prepared import prepared_rows
from apps.repository.choices import ArtifactState, Order, Origin
from apps.repository.models import AuKey
from apps.repository.names import url_digest
from apps.repository.values import Holder, Place, StoredArtifact, UrlVersions

FETCH = 2_000
_FIELDS = """
k.auid, a.url, a.version, a.size, a.sha256, a.content_type, a.content_encoding, a.status, a.collected_at,
a.confirmed_at, a.origin, a.state, a.is_current, a.redirected_to, a.last_good_check,
f.name, a.warc_offset, a.warc_length, a.body_offset, a.body_deflated, a.body_crc32
"""
_FROM = """
FROM repository_artifact a JOIN repository_warcfile f ON f.id = a.warc_file_id
JOIN repository_aukey k ON k.id = a.au_key_id
"""
_SELECT = f"SELECT {_FIELDS} {_FROM}"
# Where a page goes on: by the indexed first characters, then by the whole name.
_AFTER_NAME = (
    """(left(a.url, 200) COLLATE "C", a.url COLLATE "C") > (left(%s, 200) COLLATE "C", %s COLLATE "C")"""
)
_STARTS = (
    'left(a.url, 200) COLLATE "C" >= left(%s, 200) COLLATE "C"',
    'left(a.url, 200) COLLATE "C" <= left(%s, 200) COLLATE "C"',
)
_LAST = "\U0010ffff"
_BY = {
    Order.PROTOCOL: 'repository_url_order(a.url) COLLATE "C"',
    Order.NAME: 'left(a.url, 200) COLLATE "C", a.url COLLATE "C"',
    Order.FILE: "a.warc_file_id, a.warc_offset",
}
_AFTER = {
    Order.PROTOCOL: 'repository_url_order(a.url) COLLATE "C" > repository_url_order(%s) COLLATE "C"',
    Order.NAME: _AFTER_NAME,
}
# Numbers the versions that may be voted on, newest first; suspect ones are behind them (lcap-v3 §5.1).
_RANKED = f"""
SELECT {_FIELDS}, row_number() OVER (
    PARTITION BY a.url_digest ORDER BY (a.state IN ('damaged', 'missing')), a.version DESC) AS rank
{_FROM} WHERE a.au_key_id = %s
"""


def artifact_of(row: Sequence[Any]) -> StoredArtifact:
    """The value of one row of ``_FIELDS``."""
    return StoredArtifact(
        auid=row[0],
        url=row[1],
        version=row[2],
        size=row[3],
        sha256=bytes(row[4]),
        content_type=row[5],
        content_encoding=row[6],
        status=row[7],
        collected_at=row[8],
        confirmed_at=row[9],
        origin=Origin(row[10]),
        state=ArtifactState(row[11]),
        is_current=row[12],
        redirected_to=row[13],
        last_good_check=row[14],
        place=Place(*row[15:21]),
    )


def newest_of(au: AuKey, url: str) -> StoredArtifact | None:
    """The newest version of a URL, whatever its state."""
    where = "WHERE a.au_key_id = %s AND a.url_digest = %s AND a.is_current"
    return _one(f"{_SELECT} {where}", [au.pk, url_digest(url)])


def version_of(au: AuKey, url: str, version: int) -> StoredArtifact | None:
    where = "WHERE a.au_key_id = %s AND a.url_digest = %s AND a.version = %s"
    return _one(f"{_SELECT} {where}", [au.pk, url_digest(url), version])


def history_of(au: AuKey, url: str) -> list[StoredArtifact]:
    """All versions of a URL, newest first."""
    where = "WHERE a.au_key_id = %s AND a.url_digest = %s ORDER BY a.version DESC"
    return _all(f"{_SELECT} {where}", [au.pk, url_digest(url)])


def versions_in(aus: Sequence[int], digest: bytes) -> dict[str, list[StoredArtifact]]:
    """All versions of a URL in these AUs, newest first, by AUID."""
    where = "WHERE a.au_key_id = ANY(%s) AND a.url_digest = %s ORDER BY a.version DESC"
    found: dict[str, list[StoredArtifact]] = {}
    for one in map(artifact_of, prepared_rows(f"{_SELECT} {where}", [list(aus), digest])):
        found.setdefault(one.auid, []).append(one)
    return found


def holders_of(url: str) -> list[Holder]:
    """Every AU that holds a URL, by AUID."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.auid, h.version FROM repository_urlholder h JOIN repository_aukey k ON k.id = h.au_key_id"
            ' WHERE h.url_digest = %s ORDER BY k.auid COLLATE "C"',
            [url_digest(url)],
        )
        return [Holder(*row) for row in cursor.fetchall()]


def stream_newest(au: AuKey, order: Order, after: str | None) -> Iterator[StoredArtifact]:
    """The newest version of every URL, whatever its state. ``after``: go on behind this URL (not by file)."""
    where, params = "WHERE a.au_key_id = %s AND a.is_current", [au.pk]
    if after is not None:
        where, params = f"{where} AND {_AFTER[order]}", [*params, *[after] * _AFTER[order].count("%s")]
    for row in _stream(f"{_SELECT} {where} ORDER BY {_BY[order]}", params):
        yield artifact_of(row)


def stream_versions(au: AuKey, limit: int, after: str | None) -> Iterator[UrlVersions]:
    """Every URL in the protocol's order with its newest ``limit`` versions that are not suspect."""
    for url, versions in stream_all_versions(au, after):
        yield UrlVersions(url, tuple([a for a in versions if not a.suspect][:limit]))


def stream_all_versions(au: AuKey, after: str | None) -> Iterator[tuple[str, list[StoredArtifact]]]:
    """Every URL in the protocol's order with all its versions, suspect ones too, newest first."""
    where, params = "WHERE a.au_key_id = %s", [au.pk]
    if after is not None:
        where, params = f"{where} AND {_AFTER[Order.PROTOCOL]}", [*params, after]
    found = _stream(f"{_SELECT} {where} ORDER BY {_BY[Order.PROTOCOL]}, a.version DESC", params)
    for url, group in groupby(found, key=lambda row: row[1]):
        yield url, [artifact_of(row) for row in group]


def stream_ranked(au: AuKey, limit: int) -> Iterator[tuple[int, StoredArtifact]]:
    """The same versions in file order, each with its number from 0 (newest) on. A URL whose versions are all
    suspect is told once, with -1: it is voted on without a version.
    """
    sql = f"SELECT * FROM ({_RANKED}) r WHERE rank <= %s ORDER BY name, warc_offset"  # noqa: S608 - constants
    for row in _stream(sql, [au.pk, limit]):
        artifact = artifact_of(row)
        rank = row[21] - 1
        if not artifact.suspect:
            yield rank, artifact
        elif rank == 0:
            yield -1, artifact


def page(
    au: AuKey,
    *,
    after: str = "",
    limit: int = 50,
    starts: str = "",
    contains: str = "",
    state: ArtifactState | None = None,
) -> list[StoredArtifact]:
    """A page of newest versions by name: those behind ``after``, in byte order. ``contains`` reads on until the page
    is full, so it is for one AU's pages and not for scripts.
    """
    where, params = ["a.au_key_id = %s", "a.is_current"], [au.pk]
    if after:
        where.append(_AFTER_NAME)
        params += [after, after]
    if starts:
        where += [*_STARTS, "starts_with(a.url, %s)"]
        params += [starts, starts + _LAST, starts]
    if contains:
        where.append("position(%s in a.url) > 0")
        params.append(contains)
    if state is not None:
        where.append("a.state = %s")
        params.append(str(state))
    sql = f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY {_BY[Order.NAME]} LIMIT %s"
    return _all(sql, [*params, limit])


def in_file(au: AuKey, file_id: int, after: int, limit: int) -> list[StoredArtifact]:
    """Versions in one file behind offset ``after``, by offset."""
    where = "WHERE a.au_key_id = %s AND a.warc_file_id = %s AND a.warc_offset > %s ORDER BY a.warc_offset LIMIT %s"
    return _all(f"{_SELECT} {where}", [au.pk, file_id, after, limit])


def collected_between(au: AuKey, start: dt.datetime, end: dt.datetime, limit: int) -> list[StoredArtifact]:
    """Versions collected in a span of time, oldest first: what one crawl brought."""
    where = "WHERE a.au_key_id = %s AND a.collected_at >= %s AND a.collected_at < %s ORDER BY a.collected_at LIMIT %s"
    return _all(f"{_SELECT} {where}", [au.pk, start, end, limit])


def _one(sql: str, params: list[Any]) -> StoredArtifact | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return None if row is None else artifact_of(row)


def _all(sql: str, params: list[Any]) -> list[StoredArtifact]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [artifact_of(row) for row in cursor.fetchall()]


def _stream(sql: str, params: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows in pieces, one statement's view of the database; the reader may stop at any row.

    Outside a transaction Django declares the cursor WITH HOLD, so what the reader does meanwhile is its own.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(FETCH):
            yield from rows
