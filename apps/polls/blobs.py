"""Vote blocks at rest: one file per vote in the wire's own form, one per own hash with all its digests.

A file is named by a random token that rows keep ("blocks_ref"); it is synced before the row is written and
may be removed once no open poll names it. Reading streams: a vote of two million URLs is never in memory.
"""

import os
import secrets
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from apps.lockss.lcap.blocks import LENGTH, decode_block, encode_block
from apps.lockss.lcap.errors import EncodeError, MessageCode, MessageError
from apps.lockss.lcap.hashing import HashedUrl, HashedVersion
from apps.lockss.lcap.limits import DEFAULT_LIMITS
from apps.lockss.lcap.messages import VoteBlock

# URL length, fed bytes, number of versions.
_URL = struct.Struct(">IQB")
# Digest size, number of nonced digests, failure length, filtered and unfiltered length.
_VERSION = struct.Struct(">BHHQQ")


def folder() -> Path:
    path = Path(settings.NODE.spool_dir) / "votes"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def path_of(ref: str) -> Path:
    """ValueError for a reference that is not one of ours."""
    if not ref.isalnum():
        raise ValueError(f"not a vote reference: {ref!r}")
    return folder() / ref


def size_of(ref: str) -> int:
    return path_of(ref).stat().st_size


def exists(ref: str) -> bool:
    return bool(ref) and path_of(ref).exists()


def remove(ref: str) -> None:
    if ref:
        path_of(ref).unlink(missing_ok=True)


def remove_after_commit(refs: Iterable[str]) -> None:
    """Remove files once the rows that stopped naming them are committed."""
    for ref in filter(None, refs):
        transaction.on_commit(lambda ref=ref: remove(ref))


def remove_orphans(named: set[str], older_than_s: float, now_s: float) -> int:
    """Files that no row names and that are old enough not to be of a step in progress; returns how many."""
    removed = 0
    for path in folder().iterdir():
        if path.stem not in named and now_s - path.stat().st_mtime > older_than_s:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def write_votes(blocks: Iterable[VoteBlock]) -> tuple[str, int, int]:
    """Store blocks as they go on the wire: (reference, how many, how many had no wire form and were left out)."""
    ref = secrets.token_hex(16)
    written = left_out = 0
    with _synced(ref) as file:
        for block in blocks:
            try:
                file.write(encode_block(block))
            except EncodeError:
                left_out += 1
                continue
            written += 1
    return ref, written, left_out


def write_raw(pieces: Iterable[bytes]) -> str:
    """Store a peer's vote records unread; ``read_votes`` judges them."""
    ref = secrets.token_hex(16)
    with _synced(ref) as file:
        for piece in pieces:
            file.write(piece)
    return ref


def read_votes(ref: str) -> Iterator[VoteBlock]:
    """Blocks of a vote, ours or a peer's; MessageError from the first broken record on."""
    if not ref:
        return
    at = 0
    with path_of(ref).open("rb") as file:
        while prefix := file.read(LENGTH.size):
            record = b""
            if len(prefix) == LENGTH.size:
                length = LENGTH.unpack(prefix)[0]
                if length > DEFAULT_LIMITS.max_block:
                    raise MessageError(MessageCode.BAD_BLOCK, f"a record of {length} bytes", at)
                record = file.read(length)
            if len(prefix) < LENGTH.size or len(record) < length:
                raise MessageError(MessageCode.TRUNCATED, "the vote ends inside a record", at)
            yield decode_block(record, at=at)
            at += LENGTH.size + length


def count_votes(ref: str) -> int:
    """How many records a file of ours holds, by their lengths alone."""
    count = 0
    with path_of(ref).open("rb") as file:
        while prefix := file.read(LENGTH.size):
            file.seek(LENGTH.unpack(prefix)[0], os.SEEK_CUR)
            count += 1
    return count


def write_hashes(urls: Iterable[HashedUrl]) -> tuple[str, int, int]:
    """Store a poller's hashes: (reference, URLs, bytes fed to digests)."""
    ref = secrets.token_hex(16)
    count = fed = 0
    with _synced(ref) as file:
        for url in urls:
            file.write(_pack(url))
            count += 1
            fed += url.hashed_bytes
    return ref, count, fed


def read_hashes(ref: str) -> Iterator[HashedUrl]:
    with path_of(ref).open("rb", buffering=1 << 18) as file:
        while head := file.read(_URL.size):
            yield _unpack(head, file)


def _pack(url: HashedUrl) -> bytes:
    name = url.url.encode("utf-8", "surrogatepass")
    parts = [_URL.pack(len(name), url.hashed_bytes, len(url.versions)), name]
    for version in url.versions:
        failure = version.failure.encode()[:60_000]
        parts.append(
            _VERSION.pack(
                len(version.plain),
                len(version.nonced),
                len(failure),
                version.filtered_length,
                version.unfiltered_length,
            )
        )
        parts += [version.plain, *version.nonced, failure]
    return b"".join(parts)


def _unpack(head: bytes, file: BinaryIO) -> HashedUrl:
    name_length, fed, version_count = _URL.unpack(head)
    name = file.read(name_length).decode("utf-8", "surrogatepass")
    versions = []
    for _ in range(version_count):
        size, nonced, failure_length, filtered, unfiltered = _VERSION.unpack(file.read(_VERSION.size))
        plain = file.read(size)
        digests = file.read(size * nonced)
        failure = file.read(failure_length).decode(errors="replace")
        versions.append(
            HashedVersion(
                plain,
                tuple(digests[i * size : (i + 1) * size] for i in range(nonced)),
                filtered,
                unfiltered,
                failure,
            )
        )
    return HashedUrl(name, tuple(versions), fed)


class _synced:  # noqa: N801 - used as a statement
    """A new file under its final name only when it is whole and on disk."""

    def __init__(self, ref: str) -> None:
        self._final = path_of(ref)
        self._partial = self._final.with_suffix(".partial")

    def __enter__(self) -> BinaryIO:
        self._file = self._partial.open("xb", buffering=1 << 18)
        return self._file

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is not None:
            self._file.close()
            self._partial.unlink()
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.rename(self._final)
        descriptor = os.open(self._final.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
