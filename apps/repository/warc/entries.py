"""From the records of one file to rows of the index: one entry for each capture, from the file alone."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from apps.repository.captures import name_fault, one_line
from apps.repository.choices import ArtifactState, Origin
from apps.repository.errors import RecordCode, RecordError
from apps.repository.heads import parse_head
from apps.repository.names import target_uri, unquoted
from apps.repository.warc.compress import DEFLATED_END, GZIP_HEADER, TRAILER
from apps.repository.warc.fields import parse_fields, parse_warc_date, quick_field
from apps.repository.warc.inflate import Window
from apps.repository.warc.records import Record, records

CONTENT = frozenset({"response", "resource"})
_MAX_VERSION = (1 << 31) - 1
_MAX_LENGTH = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the index as the file tells it. ``end`` is the file offset after the group's last record."""

    auid: str
    url: str
    version: int
    size: int
    sha256: bytes
    content_type: str
    content_encoding: str
    status: int | None
    collected_at: dt.datetime
    origin: Origin
    redirected_to: str | None
    state: ArtifactState
    offset: int
    length: int
    body_offset: int
    body_deflated: int
    body_crc32: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """What the first record says of the file."""

    auid: str
    serial: int
    end: int


def read_file_info(window: Window) -> FileInfo | None:
    """The file's own account of itself, None where its first record is damaged or another's."""
    for record in records(window):
        if isinstance(record, RecordError) or record.kind != "warcinfo":
            return None
        told = parse_fields(record.block)
        try:
            return FileInfo(
                auid=unquoted(told["auid"]), serial=int(told["serial"]), end=record.offset + record.length
            )
        except (KeyError, ValueError):
            return None
    return None


def entries(window: Window, auid: str, offset: int = 0) -> Iterator[Entry | RecordError]:
    """Entries of the AU ``auid`` from ``offset`` on, with a RecordError for everything that is not whole.

    A damaged content record whose metadata is whole is an entry in state *damaged*; whole content whose metadata
    is damaged is an entry too. What stands last without its metadata was never finished, and is none.
    After damage the next record is searched for, and a preserved WARC inside a damaged body may be found: until
    the place is sure again, only metadata that names the very offset of what it describes is believed.
    """
    content: Record | None = None
    sure, content_sure, cut = True, True, False
    broken: set[int] = set()
    for record in records(window, offset):
        if isinstance(record, RecordError):
            sure, cut = False, record.code is RecordCode.CUT
            broken.add(record.offset)
            yield record
        elif record.kind in CONTENT:
            if content and content_sure:
                yield from _without_facts(window, content, auid, record.offset)
            content, content_sure = record, sure
        elif record.kind == "metadata":
            found = _entry_or_error(record, content, broken if not sure else None, auid)
            yield found
            if isinstance(found, Entry):
                content, sure, broken = None, True, set()
            elif sure:
                if content and found.code is RecordCode.FACTS_LOST:
                    yield from _without_facts(window, content, auid, record.offset + record.length)
                content = None
    if content and content_sure and not sure and not cut:
        yield from _without_facts(window, content, auid, content.offset + content.length)
    elif content:
        yield RecordError(RecordCode.INCOMPLETE, "no metadata record follows", content.offset)


def _entry_or_error(
    metadata: Record, content: Record | None, broken: set[int] | None, auid: str
) -> Entry | RecordError:
    """``broken``: offsets of the damaged records before it; None where all before it was whole."""
    told = parse_fields(metadata.block)
    try:
        entry = _told(metadata, told)
    except (KeyError, ValueError, OverflowError) as error:
        return RecordError(RecordCode.FACTS_LOST, f"unusable metadata: {error}", metadata.offset)
    if entry.auid != auid:
        return RecordError(RecordCode.FOREIGN, f"belongs to {entry.auid[:200]}", metadata.offset)
    if content and (entry.offset == content.offset or broken is None):
        return _joined(entry, content)
    if broken and entry.offset in broken and entry.offset + entry.length <= metadata.offset:
        return replace(entry, state=ArtifactState.DAMAGED)
    return RecordError(RecordCode.CONTENT_LOST, f"nothing at byte {entry.offset}", metadata.offset)


def _told(metadata: Record, told: dict[str, str]) -> Entry:
    """What a metadata record says; KeyError or ValueError where it says too little."""
    version, url = int(told["version"]), unquoted(told["url"])
    sha256 = bytes.fromhex(told["payload-sha256"])
    numbers = [int(told[k]) for k in ("payload-length", "record-offset", "record-length", "body-deflated")]
    if (
        not 0 < version <= _MAX_VERSION
        or len(sha256) != 32
        or not all(0 <= n <= _MAX_LENGTH for n in numbers)
    ):
        raise ValueError("a number out of range")
    status = int(told["status"]) if told["status"] else None
    if status is not None and not 100 <= status <= 999:
        raise ValueError("no HTTP status")
    redirected = unquoted(told["redirected-to"]) if "redirected-to" in told else None
    if fault := name_fault(url) or (redirected and name_fault(redirected)):
        raise ValueError(fault.code)
    return Entry(
        auid=unquoted(told["auid"]),
        url=url,
        version=version,
        size=numbers[0],
        sha256=sha256,
        content_type=one_line(unquoted(told["content-type"])),
        content_encoding=one_line(unquoted(told["content-encoding"])),
        status=status,
        collected_at=parse_warc_date((quick_field(metadata.head, b"WARC-Date") or b"").decode("latin-1")),
        origin=Origin(told["origin"]),
        redirected_to=redirected,
        state=ArtifactState.GOOD,
        offset=numbers[1],
        length=numbers[2],
        body_offset=int(told["body-offset"]) & 0x7FFFFFFF,
        body_deflated=numbers[3],
        body_crc32=int(told["body-crc32"], 16) & 0xFFFFFFFF,
        end=metadata.offset + metadata.length,
    )


def _joined(entry: Entry, content: Record) -> Entry:
    """The entry at the place where its content really lies; damaged where the content is not what it names."""
    agree = (
        entry.length == content.length
        and entry.size == content.payload_length
        and entry.sha256 == content.payload_sha256
        and entry.body_crc32 == content.payload_crc32
    )
    if agree and entry.offset == content.offset:
        return entry
    state = ArtifactState.GOOD if agree else ArtifactState.DAMAGED
    return replace(entry, offset=content.offset, length=content.length, state=state)


def _without_facts(window: Window, content: Record, auid: str, end: int) -> Iterator[Entry | RecordError]:
    """An entry from the content record alone: its origin, type and redirect are lost or guessed."""
    yield RecordError(
        RecordCode.FACTS_LOST, "the metadata record is damaged", content.offset + content.length
    )
    fields, head = content.fields, parse_head(content.http_head)
    try:
        url = unquoted(fields.get("lockss-url") or fields["warc-target-uri"])
        if target_uri(url) != fields["warc-target-uri"] or name_fault(url):
            raise ValueError(url)
        body = _find_body(window, content)
        yield Entry(
            auid=auid,
            url=url,
            version=int(fields["lockss-version"]),
            size=content.payload_length,
            sha256=content.payload_sha256,
            content_type=one_line((head and head.first("content-type")) or _type_of(content)),
            content_encoding=one_line((head and head.first("content-encoding")) or ""),
            status=head.status if head else None,
            collected_at=parse_warc_date(fields["warc-date"]),
            origin=Origin.CRAWL,
            redirected_to=None,
            state=ArtifactState.GOOD,
            offset=content.offset,
            length=content.length,
            body_offset=body,
            body_deflated=content.length - TRAILER - len(DEFLATED_END) - body,
            body_crc32=content.payload_crc32,
            end=end,
        )
    except (KeyError, ValueError):
        yield RecordError(RecordCode.NAME_LOST, "and the content does not name itself", content.offset)


def _type_of(content: Record) -> str:
    return content.fields.get("content-type", "") if content.kind == "resource" else ""


def _find_body(window: Window, content: Record) -> int:
    """Where the full flush before the body ends; ValueError where there is none."""
    start, seen = content.offset + len(GZIP_HEADER), b""
    while len(seen) < content.length:
        piece = bytes(window.at(start + len(seen)))
        if not piece:
            break
        seen += piece
        found = seen.find(b"\0\0\xff\xff")
        if found >= 0:
            return len(GZIP_HEADER) + found + 4
    raise ValueError("no flush")
