"""Takes the captures of one WARC file: ours with all that our metadata records tell, and those of others."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from apps.common.text import json_in
from apps.exports.choices import ImportFindingCode as Code
from apps.exports.taking.chunks import is_chunked, unchunk
from apps.exports.taking.originals import Again, Lying, Originals
from apps.exports.taking.records import CONTENT, TakenRecord, read_records
from apps.exports.taking.report import ImportReport
from apps.exports.taking.storing import LARGEST, Store, digest_of, scratch
from apps.exports.taking.streams import BrokenError, Source
from apps.exports.taking.values import NO_MOMENT, NO_URL, can_be_kept, moment_in, plain_uri
from apps.lockss.http_result import CATEGORIES
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import Fact, Origin
from apps.repository.errors import ContentError
from apps.repository.heads import clean_head, make_head, parse_head
from apps.repository.names import unquoted
from apps.repository.values import StoredArtifact
from apps.repository.warc.fields import parse_fields
from apps.repository.warc.group import PREFIX

_FACT = re.compile(r"[a-z][a-z0-9-]{0,63}")
# What our crawl keeps of itself. 304 is kept by no crawl: there is nothing in it.
_SUCCESS = frozenset(CATEGORIES["SuccessCodes"]) - {304}
_EXPECTED = f"a success ({', '.join(map(str, sorted(_SUCCESS)))}); what redirects is kept as the page that it leads to"


@dataclass(slots=True)
class Group:
    """A record of content with what belongs to it; ``told``: our metadata of it."""

    record: TakenRecord
    request: bytes = b""
    told: dict[str, str] | None = None


def whose(source: Source) -> str:
    """The AUID that the first record names, empty where it names none. BrokenError where there is no record."""
    with scratch() as payload:
        first = next(read_records(source, payload, LARGEST), None)
    if first is None:
        raise BrokenError("it is empty")
    return _auid(parse_fields(first.block)) if first.kind == "warcinfo" else ""


def _auid(fields: dict[str, str]) -> str:
    try:
        return unquoted(fields.get("auid", ""))
    except ValueError:
        return ""


class WarcTaking:
    """``name``: of the file, for findings; ``any_au``: take it as this AU, whatever it says of itself; ``again`` opens the
    file once more, for a revisit whose original was not stored."""

    def __init__(self, store: Store, name: str, *, any_au: bool, payload: IO[bytes], again: Again) -> None:
        self._store = store
        self._name = name
        self._any_au = any_au
        self._originals = Originals(again, LARGEST)
        self._payload = payload
        self._group: Group | None = None
        self._requests: dict[str, bytes] = {}
        self._count = 0
        self._is_ours = False
        self._end: dict[str, object] | None = None

    @property
    def report(self) -> ImportReport:
        return self._store.report

    def take(self, source: Source) -> None:
        """All of it; what is broken ends it as a finding."""
        number = 0
        try:
            for record in self._each(source):
                number = record.number
                self._take(record)
        except BrokenError as error:
            self.report.note(Code.RECORD, f"{self._name}, behind record {number}", error, "a whole record")
        self._flush()
        self._store.commit()
        self._judge_end()

    def _each(self, source: Source) -> Iterator[TakenRecord]:
        """Records; the payload of one is stored before the next is read, for it overwrites it."""
        records = read_records(source, self._payload, LARGEST)
        with scratch() as ahead:
            # Request and metadata follow their content, so content waits; its bytes wait with it.
            self._payload, _theirs = ahead, self._payload
            try:
                for record in records:
                    if record.kind in CONTENT:
                        self._flush()
                        _copy(_theirs, ahead)
                    yield record
            finally:
                self._flush()
                self._payload = _theirs

    def _take(self, record: TakenRecord) -> None:
        if record.kind == "warcinfo":
            self._is_ours = bool(_auid(parse_fields(record.block)))
        elif record.kind in CONTENT:
            self._count += 1
            asked = self._requests.pop(record.fields.get("warc-record-id", ""), b"")
            self._group = Group(record, asked)
        elif record.kind == "request":
            self._take_request(record)
        elif record.kind == "metadata":
            self._take_metadata(record)

    def _take_request(self, record: TakenRecord) -> None:
        belongs = record.fields.get("warc-concurrent-to", "")
        if self._group is not None and belongs in ("", self._group.record.fields.get("warc-record-id")):
            self._group.request = record.block
        elif belongs and len(self._requests) < 1_000:
            # Others write it before its answer.
            self._requests[belongs] = record.block

    def _take_metadata(self, record: TakenRecord) -> None:
        if record.fields.get("content-type", "").startswith("application/json"):
            try:
                told = json_in(record.block)
            except ValueError as error:
                place = f"{self._name}, record {record.number}"
                self.report.note(Code.RECORD, place, error, "JSON, as it says of itself")
                return
            self._end = told if isinstance(told, dict) and told.get("kind") == "lockss-export" else self._end
            return
        belongs = record.fields.get("warc-refers-to", "")
        if self._group is not None and belongs == self._group.record.fields.get("warc-record-id"):
            self._group.told = parse_fields(record.block)

    def _flush(self) -> None:
        group, self._group = self._group, None
        if group is None:
            return
        place = f"{self._name}, record {group.record.number}"
        if group.record.checked:
            self.report.compared(equal=not group.record.wrong)
        if group.record.wrong:
            self.report.note(
                Code.DIGEST, place, group.record.fields.get("warc-target-uri", ""), "the bytes of its digest"
            )
            return
        lying = self._originals.note(group.record) if group.record.kind != "revisit" else None
        try:
            self._store_group(group, place, lying)
        except _NotTaken as error:
            self.report.note(error.finding, place, error.found, error.expected)

    def _store_group(self, group: Group, place: str, lying: Lying | None) -> None:
        record, told = group.record, group.told or {}
        told_auid = _auid(told)
        if told_auid and told_auid != self._store.auid and not self._any_au:
            raise _NotTaken(Code.OTHER_AU, told_auid, self._store.auid)
        url, at = _name(record, told), _moment(record.fields.get("warc-date", ""))
        is_ours = _is_ours(told)
        if record.head and not is_ours:
            _judge_status(_status(record.head), url)
        sha256, original = self._body(record, any_status=is_ours)
        if lying is not None:
            lying.url, lying.body = url, sha256
        # WARC 1.1 §6.7: a revisit without a head of its own is what it refers to; its type is that of a record.
        answer = original if original is not None and not record.head and not is_ours else None
        capture = Capture(
            url=url,
            collected_at=at,
            origin=Origin.IMPORT,
            body=self._payload,
            head=record.head if answer is None else answer.head,
            request=group.request,
            content_type=_content_type(record, told) if answer is None else answer.content_type,
            redirected_to=_redirected(told),
            address=record.fields.get("warc-ip-address") or None,
            facts=_facts(told) | {Fact.ORIGIN_REF: f"package:{place}"[:500]},
            sha256=bytes.fromhex(told["payload-sha256"])
            if _is_digest(told.get("payload-sha256", ""))
            else None,
        )
        self._store.add(capture, sha256, place)

    def _body(self, record: TakenRecord, *, any_status: bool) -> "tuple[bytes, _Original | None]":
        """The digest of the body as it is stored, which lies in the payload's file then; what a revisit refers to."""
        if record.kind == "revisit":
            original = self._refer(record)
            if not record.head and not any_status:
                _judge_status(original.status, record.fields.get("warc-target-uri", ""))
            return digest_of(self._payload), original
        return (digest_of(self._payload) if self._unchunked(record.head) else record.sha256), None

    def _unchunked(self, head: bytes) -> bool:
        """Whether the payload's file had chunks, and has the plain body now."""
        if not is_chunked(head):
            return False
        with scratch() as plain:
            if not unchunk(self._payload, plain):
                return False
            _copy(plain, self._payload)
        return True

    def _refer(self, record: TakenRecord) -> "_Original":
        fields = record.fields
        target = plain_uri(fields.get("warc-refers-to-target-uri", "")) or plain_uri(
            fields.get("warc-target-uri", "")
        )
        name, _colon, text = fields.get("warc-payload-digest", "").partition(":")
        sha256 = bytes.fromhex(text) if name == "sha256" and _is_digest(text) else None
        text = fields.get("warc-refers-to-date", "")
        date = _moment(text) if text and sha256 is None else None
        found = None
        if sha256 or date:
            found = self._store.original(target, sha256=sha256, date=date, into=self._payload)
        lying = self._originals.find(record, target) if found is None else None
        if lying is not None:
            found = self._store.original(lying.url, sha256=lying.body, date=None, into=self._payload)
        if found is not None:
            return _stored(found, target)
        # It was not stored, because something newer is here, say: its bytes are in the file all the same.
        original = self._originals.read(lying, self._payload) if lying is not None else None
        if original is None:
            raise _NotTaken(Code.REVISIT, target, "the version it refers to, earlier in the package or here")
        self._unchunked(original.head)
        head = original.head
        return _Original(head, _content_type(original, {}), _status(head) if head else None)

    def _judge_end(self) -> None:
        if not self._is_ours:
            return
        if self._end is None:
            self.report.note(Code.INCOMPLETE, self._name, "no end", "a last record that tells what it holds")
        elif self._end.get("captures") != self._count:
            self.report.note(
                Code.INCOMPLETE,
                self._name,
                f"{self._count} versions",
                f"{self._end.get('captures')} versions",
            )


@dataclass(frozen=True, slots=True)
class _Original:
    """What a revisit refers to; ``content_type`` and ``status`` as a capture and a stored version have them."""

    head: bytes
    content_type: str | None
    status: int | None


def _stored(found: StoredArtifact, target: str) -> _Original:
    try:
        kept = repository.head(found)
    except ContentError as error:
        repository.report(found, error)
        raise _NotTaken(Code.REVISIT, target, "the head of the version it refers to") from error
    head = b"" if kept is None else make_head(kept.status, kept.fields, kept.reason)
    return _Original(head, None if head else found.content_type, found.status)


class _NotTaken(Exception):  # noqa: N818 - an answer, not a fault
    def __init__(self, finding: Code, found: str, expected: str) -> None:
        super().__init__(found)
        self.finding, self.found, self.expected = finding, found, expected


def _copy(source: IO[bytes], out: IO[bytes]) -> None:
    source.seek(0)
    out.seek(0)
    out.truncate()
    while piece := source.read(1 << 20):
        out.write(piece)


def _name(record: TakenRecord, told: dict[str, str]) -> str:
    try:
        own = unquoted(told.get("url", "") or record.fields.get("lockss-url", ""))
    except ValueError:
        own = ""
    name = own or plain_uri(record.fields.get("warc-target-uri", ""))
    if not can_be_kept(name, is_ours=bool(own)):
        raise _NotTaken(Code.REFUSED, name, NO_URL)
    return name


def _moment(text: str) -> dt.datetime:
    found = moment_in(text)
    if found is None:
        raise _NotTaken(Code.RECORD, f"date {text!r}", NO_MOMENT)
    return found


def _content_type(record: TakenRecord, told: dict[str, str]) -> str | None:
    if record.head:
        return None
    try:
        return unquoted(told.get("content-type", "")) or record.fields.get("content-type", "")
    except ValueError:
        return record.fields.get("content-type", "")


def _redirected(told: dict[str, str]) -> str | None:
    try:
        return unquoted(told["redirected-to"]) if "redirected-to" in told else None
    except ValueError:
        return None


def _is_ours(told: dict[str, str]) -> bool:
    """Whether a node's store wrote this of its version: others write metadata records, too (Heritrix)."""
    return bool(_auid(told)) and _is_digest(told.get("payload-sha256", ""))


def _status(head: bytes) -> int | None:
    """None where it is no head, which the store refuses."""
    parsed = parse_head(clean_head(head) or b"")
    return parsed.status if parsed else None


def _judge_status(status: int | None, url: str) -> None:
    """Readers get what is stored as a page: what is none, an error or a redirect of others, is never a version."""
    if status is not None and status not in _SUCCESS:
        raise _NotTaken(Code.STATUS, f"status {status} of {url}", _EXPECTED)


def _facts(told: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in told.items():
        fact = name.removeprefix(PREFIX)
        if fact == name or not _FACT.fullmatch(fact) or fact == Fact.ORIGIN_REF:
            continue
        try:
            found[fact] = unquoted(value)
        except ValueError:
            continue
    return found


def _is_digest(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None
