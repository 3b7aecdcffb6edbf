"""Writes one capture as a group of WARC 1.1 records: response or resource, request, metadata.

The metadata record comes last and names place, version and digest of what it describes: a group without it was
broken off and never counted; a group with it is a row of the index, whatever became of the database.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from apps.repository.captures import Prepared, clean_request
from apps.repository.names import MAX_TARGET, quoted, target_uri
from apps.repository.warc.compress import Member, write_member
from apps.repository.warc.fields import fields_block, record_head, warc_date

HTTP_RESPONSE = "application/http;msgtype=response"
HTTP_REQUEST = "application/http;msgtype=request"
WARC_FIELDS = "application/warc-fields"
# Facts of ours go by these names; those of callers must not.
PREFIX = "fact-"

Write = Callable[[bytes], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the index says of a capture before it is written. ``replaces``: the suspect version it repairs."""

    auid: str
    version: int
    offset: int
    replaces: int | None = None


def write_warcinfo(
    write: Write, *, auid: str, name: str, serial: int, at: str, before: dict[str, str]
) -> None:
    """The record that begins every file: whose it is, and what the chain's file before it looked like."""
    block = fields_block(
        {
            "software": "LOCKSS Portal",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "robots": "ignore",
            "auid": quoted(auid),
            "serial": str(serial),
        }
        | before
    )
    head = record_head(
        [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", _record_id()),
            ("WARC-Date", at),
            ("WARC-Filename", name.rpartition("/")[2]),
            ("Content-Type", WARC_FIELDS),
            ("WARC-Block-Digest", _digest(block)),
            ("Content-Length", str(len(block))),
        ]
    )
    write_member(write, head, [block], len(block), deflate=True)


def write_group(write: Write, prepared: Prepared, label: Label) -> Member:
    """Write a capture; returns where its payload record lies. ``write`` may raise OSError at any byte."""
    content_id = _record_id()
    member = _write_content(write, prepared, label, content_id)
    request = clean_request(prepared.capture.request)
    if request:
        head = record_head(
            [
                *_common("request", prepared, label, _record_id()),
                ("WARC-Concurrent-To", content_id),
                ("Content-Type", HTTP_REQUEST),
                ("WARC-Block-Digest", _digest(request)),
                ("Content-Length", str(len(request))),
            ]
        )
        write_member(write, head, [request], len(request), deflate=True)
    _write_metadata(write, prepared, label, content_id, member)
    return member


def _write_content(write: Write, prepared: Prepared, label: Label, content_id: str) -> Member:
    http = bool(prepared.head)
    fields = [
        *_common("response" if http else "resource", prepared, label, content_id),
        ("LOCKSS-Version", str(label.version)),
        ("Content-Type", HTTP_RESPONSE if http else prepared.content_type or "application/octet-stream"),
        ("WARC-Block-Digest", f"sha256:{prepared.block_sha256.hex()}"),
    ]
    # Other readers look for an HTTP head, and so for where the payload begins, only below these schemes.
    if not http or fields[3][1].startswith(("http:", "https:")):
        fields.append(("WARC-Payload-Digest", f"sha256:{prepared.sha256.hex()}"))
    if prepared.capture.address:
        fields.append(("WARC-IP-Address", prepared.capture.address))
    fields.append(("Content-Length", str(len(prepared.head) + prepared.length)))
    return write_member(
        write, record_head(fields) + prepared.head, prepared.body(), prepared.length, deflate=prepared.deflate
    )


def _write_metadata(write: Write, prepared: Prepared, label: Label, content_id: str, member: Member) -> None:
    capture = prepared.capture
    facts = {
        "auid": quoted(label.auid),
        "url": quoted(capture.url),
        "version": str(label.version),
        "origin": str(capture.origin.value),
        "payload-length": str(prepared.length),
        "payload-sha256": prepared.sha256.hex(),
        "content-type": quoted(prepared.content_type),
        "content-encoding": quoted(prepared.content_encoding),
        "status": str(prepared.parsed.status) if prepared.parsed else "",
        "record-offset": str(label.offset),
        "record-length": str(member.length),
        "body-offset": str(member.body_offset),
        "body-deflated": str(member.body_deflated),
        "body-crc32": f"{member.body_crc32:08x}",
    }
    if capture.redirected_to is not None:
        facts["redirected-to"] = quoted(capture.redirected_to)
    if label.replaces is not None:
        facts["replaces-version"] = str(label.replaces)
    facts |= {f"{PREFIX}{name}": quoted(value) for name, value in sorted(capture.facts.items())}
    block = fields_block(facts)
    head = record_head(
        [
            *_common("metadata", prepared, label, _record_id()),
            ("WARC-Concurrent-To", content_id),
            ("WARC-Refers-To", content_id),
            ("Content-Type", WARC_FIELDS),
            ("WARC-Block-Digest", _digest(block)),
            ("Content-Length", str(len(block))),
        ]
    )
    write_member(write, head, [block], len(block), deflate=True)


def _common(kind: str, prepared: Prepared, label: Label, record_id: str) -> list[tuple[str, str]]:
    name = prepared.capture.url
    target = target_uri(name)
    fields = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", warc_date(prepared.capture.collected_at)),
        ("WARC-Target-URI", target),
    ]
    if target != name and len(told := quoted(name)) <= MAX_TARGET // 4:
        fields.append(("LOCKSS-URL", told))
    return fields


def _digest(block: bytes) -> str:
    return f"sha256:{hashlib.sha256(block).hexdigest()}"


def _record_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"
