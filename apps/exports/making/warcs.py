"""Writes one WARC 1.1 file of an export (ISO 28500:2017): what the store has, record by record, as it was sent.

``warcinfo``, then for each version ``response`` (``resource`` where it did not come by HTTP; ``revisit`` where the same
bytes stand earlier in this file), ``request`` and ``metadata``; at the end a ``metadata`` record that tells what the file
holds and what was left out. Bodies are copied as they lie deflated.
"""

import hashlib
import json
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from apps.exports.making.entries import About, Item
from apps.exports.making.out import Lying, OutFile
from apps.lockss.cdx import CdxRecord, cdxj_line
from apps.repository.names import MAX_TARGET, quoted, target_uri
from apps.repository.values import StoredArtifact
from apps.repository.warc.compress import END, splice_member, write_member
from apps.repository.warc.fields import fields_block, record_head, warc_date
from apps.repository.warc.group import HTTP_REQUEST, HTTP_RESPONSE, PREFIX, WARC_FIELDS

REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
# Bodies that are remembered to be referred to; memory stays the same for any number of them.
REMEMBERED = 20_000
SHORTEST_REVISIT = 1_024
Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Seen:
    record_id: str
    target: str
    date: str


class WarcPart:
    """``index`` takes a line of CDXJ for each record of content."""

    def __init__(
        self,
        out: OutFile,
        about: About,
        *,
        compress: bool,
        serial: int,
        index: Callable[[str], object] | None = None,
    ) -> None:
        self.count = 0
        self._out = out
        self._about = about
        self._compress = compress
        self._index = index
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()
        self._info_id = _record_id()
        self._write_info(serial)

    def add(self, item: Item, lying: Lying) -> None:
        """ContentError with any piece of ``lying``: the file is then taken back by who called."""
        artifact, offset = item.artifact, self._out.size
        seen = self._seen.get(artifact.sha256) if _may_refer(item) else None
        content_id = _record_id()
        if seen is not None:
            self._seen.move_to_end(artifact.sha256)
            head = self._revisit(item, content_id, seen)
            self._write(record_head(head), item.beside.head)
        else:
            head = self._content(item, content_id)
            self._copy(record_head(head) + item.beside.head, lying)
        length = self._out.size - offset
        self._write_request(item, content_id)
        self._write_metadata(item, content_id)
        self.count += 1
        if seen is None:
            self._remember(item, content_id)
        if self._index is not None:
            self._index(self._cdxj(artifact, offset, length, revisit=seen is not None))

    def finish(self, told: dict[str, object]) -> None:
        """``told``: what is in the file, and what is not."""
        block = json.dumps(told, ensure_ascii=False).encode()
        self._write(
            record_head(
                [
                    ("WARC-Type", "metadata"),
                    ("WARC-Record-ID", _record_id()),
                    ("WARC-Date", warc_date(self._about.at)),
                    ("WARC-Warcinfo-ID", self._info_id),
                    ("WARC-Refers-To", self._info_id),
                    *_block("application/json", block),
                ]
            ),
            block,
        )

    def close(self) -> None:
        self._seen.clear()

    def _write_info(self, serial: int) -> None:
        about = self._about
        block = fields_block(
            {
                "software": "LOCKSS Portal",
                "format": "WARC File Format 1.1",
                "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
                "robots": "ignore",
                "hostname": quoted(about.host),
                "operator": quoted(about.node),
                "created": warc_date(about.at),
                "description": quoted(about.name),
                "isPartOf": quoted(about.title or about.name),
                "auid": quoted(about.auid),
                "serial": str(serial),
            }
        )
        fields = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", self._info_id),
            ("WARC-Date", warc_date(about.at)),
            ("WARC-Filename", self._out.path.name),
            *_block(WARC_FIELDS, block),
        ]
        self._write(record_head(fields), block)

    def _content(self, item: Item, record_id: str) -> Fields:
        artifact, http = item.artifact, bool(item.beside.head)
        fields = self._common("response" if http else "resource", artifact, record_id)
        fields.append(("LOCKSS-Version", str(artifact.version)))
        kind = HTTP_RESPONSE if http else item.beside.fields.get("content-type", "")
        fields.append(("Content-Type", kind or "application/octet-stream"))
        # As the store has it; its heads were checked when they were read, the body is while it is copied.
        if digest := item.beside.fields.get("warc-block-digest"):
            fields.append(("WARC-Block-Digest", digest))
        if not http or _has_payload(fields):
            fields.append(("WARC-Payload-Digest", f"sha256:{artifact.sha256.hex()}"))
        if address := item.beside.fields.get("warc-ip-address"):
            fields.append(("WARC-IP-Address", address))
        fields.append(("Content-Length", str(len(item.beside.head) + artifact.size)))
        return fields

    def _revisit(self, item: Item, record_id: str, seen: _Seen) -> Fields:
        artifact, address = item.artifact, item.beside.fields.get("warc-ip-address")
        return [
            *self._common("revisit", artifact, record_id),
            ("LOCKSS-Version", str(artifact.version)),
            *([("WARC-IP-Address", address)] if address else []),
            ("WARC-Profile", REVISIT),
            ("WARC-Payload-Digest", f"sha256:{artifact.sha256.hex()}"),
            ("WARC-Refers-To", seen.record_id),
            ("WARC-Refers-To-Target-URI", seen.target),
            ("WARC-Refers-To-Date", seen.date),
            *_block(HTTP_RESPONSE, item.beside.head),
        ]

    def _write_request(self, item: Item, content_id: str) -> None:
        request = item.beside.request
        if not request:
            return
        fields = self._common("request", item.artifact, _record_id())
        fields += [("WARC-Concurrent-To", content_id), *_block(HTTP_REQUEST, request)]
        self._write(record_head(fields), request)

    def _write_metadata(self, item: Item, content_id: str) -> None:
        block = fields_block(metadata_of(item))
        fields = self._common("metadata", item.artifact, _record_id())
        fields += [("WARC-Concurrent-To", content_id), ("WARC-Refers-To", content_id)]
        self._write(record_head([*fields, *_block(WARC_FIELDS, block)]), block)

    def _common(self, kind: str, artifact: StoredArtifact, record_id: str) -> Fields:
        target = target_uri(artifact.url)
        fields = [
            ("WARC-Type", kind),
            ("WARC-Record-ID", record_id),
            ("WARC-Date", warc_date(artifact.collected_at)),
            ("WARC-Target-URI", target),
            ("WARC-Warcinfo-ID", self._info_id),
        ]
        if target != artifact.url and len(told := quoted(artifact.url)) <= MAX_TARGET // 4:
            fields.append(("LOCKSS-URL", told))
        return fields

    def _remember(self, item: Item, content_id: str) -> None:
        if not _may_refer(item):
            return
        artifact = item.artifact
        date = warc_date(artifact.collected_at)
        self._seen[artifact.sha256] = _Seen(content_id, target_uri(artifact.url), date)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _cdxj(self, artifact: StoredArtifact, offset: int, length: int, *, revisit: bool) -> str:
        return cdxj_line(
            CdxRecord(
                target_uri(artifact.url),
                artifact.collected_at,
                "warc/revisit" if revisit else artifact.content_type.partition(";")[0].strip(),
                artifact.status,
                f"sha256:{artifact.sha256.hex()}",
                length,
                offset,
                self._out.path.name,
            )
        )

    def _copy(self, head: bytes, lying: Lying) -> None:
        if self._compress:
            splice_member(self._out.write, head, lying)
            return
        self._out.write(head)
        for _raw, piece in lying:
            self._out.write(piece)
        self._out.write(END)

    def _write(self, head: bytes, block: bytes) -> None:
        if self._compress:
            write_member(self._out.write, head, [block] if block else [], len(block), deflate=True)
        else:
            self._out.write(head + block + END)


def metadata_of(item: Item) -> dict[str, str]:
    """What the metadata record of a version tells, in the store's own words (docs/store.md)."""
    artifact = item.artifact
    told = {
        "auid": quoted(artifact.auid),
        "url": quoted(artifact.url),
        "version": str(artifact.version),
        "origin": str(artifact.origin.value),
        "payload-length": str(artifact.size),
        "payload-sha256": artifact.sha256.hex(),
        "content-type": quoted(artifact.content_type),
        "content-encoding": quoted(artifact.content_encoding),
        "status": str(artifact.status or ""),
    }
    if artifact.redirected_to is not None:
        told["redirected-to"] = quoted(artifact.redirected_to)
    return told | {f"{PREFIX}{name}": quoted(value) for name, value in sorted(item.beside.facts.items())}


def _may_refer(item: Item) -> bool:
    """A revisit is of an answer by HTTP, and smaller than it only where there is something to save."""
    http = bool(item.beside.head) and target_uri(item.artifact.url).startswith(("http:", "https:"))
    return http and item.artifact.size >= SHORTEST_REVISIT


def _has_payload(fields: Fields) -> bool:
    return fields[3][1].startswith(("http:", "https:"))


def _block(kind: str, block: bytes) -> Fields:
    digest = f"sha256:{hashlib.sha256(block).hexdigest()}"
    return [("Content-Type", kind), ("WARC-Block-Digest", digest), ("Content-Length", str(len(block)))]


def _record_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"
