"""Where the answers of one WARC file lie, for revisits whose original is not stored: by record, by target and date, by digest."""

import datetime as dt
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO

from apps.exports.taking.records import TakenRecord, named_digest, read_records
from apps.exports.taking.streams import Source
from apps.exports.taking.values import moment_in, plain_uri

# Of these originals the first ones; a record is some hundred bytes of memory.
MOST = 200_000
# Bytes that are read through only to come to a place; of a file that is one gzip member each time is a large part of it.
MOST_THROUGH = 16 << 30
A_WHOLE_FILE = MOST_THROUGH // 20

Again = Callable[[], AbstractContextManager[Source]]


@dataclass(slots=True)
class Lying:
    """``at``: its place in the file, None where it is no beginning of a gzip member; ``url`` and ``body`` (SHA-256) as
    the store has it."""

    number: int
    at: int | None
    url: str
    sha256: bytes
    body: bytes
    digest: tuple[str, bytes] | None


class Originals:
    """``again`` opens the file once more; nothing is read of it but what is there."""

    def __init__(self, again: Again, most: int) -> None:
        self._again = again
        self._most = most
        self._known: dict[int, Lying] = {}
        self._count = 0
        self._through = 0

    def note(self, record: TakenRecord) -> Lying:
        fields = record.fields
        url = plain_uri(fields.get("warc-target-uri", ""))
        digest = named_digest(fields.get("warc-payload-digest", ""))
        lying = Lying(record.number, record.at, url, record.sha256, record.sha256, digest)
        if self._count < MOST:
            self._count += 1
            for key in _keys(
                fields.get("warc-record-id", ""), url, moment_in(fields.get("warc-date", "")), digest
            ):
                self._known.setdefault(key, lying)
        return lying

    def find(self, revisit: TakenRecord, target: str) -> Lying | None:
        """What a revisit refers to, unless its digest is another's."""
        fields = revisit.fields
        digest = named_digest(fields.get("warc-payload-digest", ""))
        date = moment_in(fields.get("warc-refers-to-date", ""))
        for key in _keys(fields.get("warc-refers-to", ""), target, date, digest):
            lying = self._known.get(key)
            if lying is not None and _agree(lying, digest):
                return lying
        return None

    def read(self, lying: Lying, payload: IO[bytes]) -> TakenRecord | None:
        """The record, its bytes in ``payload``; None where too much was read already. BrokenError as it reads."""
        with self._again() as source:
            if lying.at is None:
                self._through += A_WHOLE_FILE
            elif isinstance(source, zipfile.ZipExtFile):
                # It is inflated up to there.
                self._through += lying.at
            if self._through > MOST_THROUGH:
                return None
            if lying.at is not None:
                source.seek(lying.at)  # type: ignore[attr-defined]
            for one in read_records(source, payload, self._most):
                if lying.at is not None or one.number == lying.number:
                    return one if one.sha256 == lying.sha256 else None
        return None


def _agree(lying: Lying, digest: tuple[str, bytes] | None) -> bool:
    if digest is None:
        return True
    if digest[0] == "sha256":
        return digest[1] == lying.sha256
    return lying.digest is None or lying.digest[0] != digest[0] or lying.digest == digest


def _keys(record_id: str, url: str, date: dt.datetime | None, digest: tuple[str, bytes] | None) -> list[int]:
    """The surest first."""
    keys: list[tuple[object, ...]] = []
    if record_id:
        keys.append(("id", plain_uri(record_id)))
    if url and date is not None:
        keys.append(("date", url, date))
    if digest is not None:
        keys.append(("digest", *digest))
    return [hash(key) for key in keys]
