"""A content store in memory: implements ``apps.repository.store.ContentStore`` for tests of what builds on it.

``damage`` and ``lose`` do to a version what a disk does.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from apps.lockss.lcap.order import order_key
from apps.repository.bodies import Body
from apps.repository.captures import Added, Capture, Prepared, prepare
from apps.repository.choices import REPAIRS, AddOutcome, ArtifactState, CheckOutcome, Order
from apps.repository.errors import ContentCode, ContentError, StoreCode, StoreError
from apps.repository.heads import Head
from apps.repository.values import CheckReport, Finding, Holder, StoredArtifact, Summary, UrlVersions

_STATES = {ContentCode.DAMAGED: ArtifactState.DAMAGED, ContentCode.MISSING: ArtifactState.MISSING}


@dataclass(slots=True)
class _Kept:
    artifact: StoredArtifact
    body: bytes
    head: Head | None
    facts: dict[str, str]
    fault: ContentCode | None = None


@dataclass(slots=True)
class MemoryStore:
    """Everything under (AUID, URL), oldest version first."""

    now: dt.datetime = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    kept: dict[str, dict[str, list[_Kept]]] = field(default_factory=lambda: defaultdict(dict))
    writing: set[str] = field(default_factory=set)

    def open_writer(self, *, auid: str) -> "MemoryWriter":
        if not auid or not auid.isprintable():
            raise StoreError(StoreCode.BAD_AUID, "no AUID", permanent=True)
        return MemoryWriter(self, auid)

    def add_captures(self, *, auid: str, captures: Iterable[Capture]) -> list[Added]:
        with self.open_writer(auid=auid) as writer:
            return [writer.add(capture) for capture in captures]

    def find(self, *, auid: str, url: str, version: int | None = None) -> StoredArtifact | None:
        found = self.history(auid=auid, url=url)
        return next((a for a in found if version in (None, a.version)), None)

    def history(self, *, auid: str, url: str) -> list[StoredArtifact]:
        return [one.artifact for one in reversed(self.kept[auid].get(url, []))]

    def holders(self, *, url: str) -> list[Holder]:
        held = sorted(
            (auid, urls[url][-1].artifact.version) for auid, urls in self.kept.items() if url in urls
        )
        return [Holder(*pair) for pair in held]

    def newest(
        self, *, auid: str, order: Order = Order.PROTOCOL, after: str | None = None
    ) -> Iterator[StoredArtifact]:
        urls = list(self.kept[auid])
        if order is not Order.FILE:
            key = order_key if order is Order.PROTOCOL else str.encode
            urls = sorted((u for u in urls if after is None or key(u) > key(after)), key=key)
        return iter([self.kept[auid][url][-1].artifact for url in urls])

    def versions(self, *, auid: str, limit: int = 5, after: str | None = None) -> Iterator[UrlVersions]:
        for artifact in self.newest(auid=auid, after=after):
            usable = [a for a in self.history(auid=auid, url=artifact.url) if not a.suspect]
            yield UrlVersions(artifact.url, tuple(usable[:limit]))

    def summary(self, *, auid: str) -> Summary:
        all_ = [one.artifact for kept in self.kept[auid].values() for one in kept]
        current = [a for a in all_ if a.is_current]
        count = {state: sum(a.state is state for a in current) for state in ArtifactState}
        return Summary(
            auid=auid,
            urls=len(current),
            versions=len(all_),
            size=sum(a.size for a in all_),
            current_size=sum(a.size for a in current),
            damaged=count[ArtifactState.DAMAGED],
            missing=count[ArtifactState.MISSING],
            suspect_versions=sum(a.suspect for a in all_),
        )

    def open_body(self, artifact: StoredArtifact) -> Body:
        return Body(self._pieces(artifact), artifact.size)

    def open_range(self, artifact: StoredArtifact, start: int, stop: int) -> Body:
        part = self._kept(artifact).body[max(start, 0) : stop]
        return Body(iter([part] if part else []), len(part))

    def head(self, artifact: StoredArtifact) -> Head | None:
        return self._kept(artifact).head

    def facts(self, artifact: StoredArtifact) -> dict[str, str]:
        return dict(self._kept(artifact).facts)

    def check_au(self, *, auid: str) -> CheckReport:
        counts = dict.fromkeys(ArtifactState, 0)
        findings = []
        for kept in self.kept[auid].values():
            for one in kept:
                state = _STATES.get(one.fault, ArtifactState.GOOD)
                good = self.now if state is ArtifactState.GOOD else one.artifact.last_good_check
                one.artifact = replace(one.artifact, state=state, last_good_check=good)
                counts[state] += 1
                if one.fault:
                    findings.append(Finding(one.fault, one.artifact.url, "as the test wanted it"))
        outcome = CheckOutcome.GOOD
        if counts[ArtifactState.DAMAGED]:
            outcome = CheckOutcome.DAMAGED
        if counts[ArtifactState.MISSING]:
            outcome = CheckOutcome.MISSING
        return CheckReport(
            auid=auid,
            outcome=outcome,
            good=counts[ArtifactState.GOOD],
            damaged=counts[ArtifactState.DAMAGED],
            missing=counts[ArtifactState.MISSING],
            findings=tuple(findings),
        )

    def damage(self, artifact: StoredArtifact) -> None:
        self._one(artifact).fault = ContentCode.DAMAGED

    def lose(self, artifact: StoredArtifact) -> None:
        self._one(artifact).fault = ContentCode.MISSING

    def _one(self, artifact: StoredArtifact) -> _Kept:
        return self.kept[artifact.auid][artifact.url][artifact.version - 1]

    def _kept(self, artifact: StoredArtifact) -> _Kept:
        one = self._one(artifact)
        if one.fault is ContentCode.MISSING:
            raise ContentError(ContentCode.MISSING, f"{artifact.url} is gone")
        return one

    def _pieces(self, artifact: StoredArtifact) -> Iterator[bytes]:
        one = self._kept(artifact)
        if one.body:
            yield one.body
        if one.fault:
            raise ContentError(one.fault, f"{artifact.url} is damaged")


class MemoryWriter:
    """Keeps a batch until ``commit``."""

    def __init__(self, store: MemoryStore, auid: str) -> None:
        self.auid = auid
        self._store = store
        self._batch: list[_Kept] = []
        self._confirmed: list[tuple[_Kept, dt.datetime]] = []
        self._open = False

    def __enter__(self) -> Self:
        if self.auid in self._store.writing:
            raise StoreError(StoreCode.BUSY, "somebody writes this AU")
        self._store.writing.add(self.auid)
        self._open = True
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.commit()
        self._open = False
        self._store.writing.discard(self.auid)

    def held(self, urls: Iterable[str]) -> set[str]:
        self._check_open()
        found = set(self._store.kept[self.auid]) | {one.artifact.url for one in self._batch}
        return found & set(urls)

    def add(self, capture: Capture) -> Added:
        self._check_open()
        prepared = prepare(capture)
        if not isinstance(prepared, Prepared):
            return Added(AddOutcome.REJECTED, None, prepared)
        kept = self._store.kept[self.auid].get(capture.url, [])
        before = [*kept, *(one for one in self._batch if one.artifact.url == capture.url)]
        if before and self._stands(before[-1], prepared):
            self._confirmed.append((before[-1], capture.collected_at))
            return Added(AddOutcome.UNCHANGED, before[-1].artifact)
        one = _Kept(
            _artifact(self.auid, len(before) + 1, prepared),
            b"".join(prepared.body()),
            prepared.parsed,
            dict(capture.facts),
        )
        self._batch.append(one)
        return Added(AddOutcome.NEW, one.artifact)

    def commit(self) -> int:
        self._check_open()
        for one in self._batch:
            kept = self._store.kept[self.auid].setdefault(one.artifact.url, [])
            for old in kept:
                old.artifact = replace(old.artifact, is_current=False)
            kept.append(one)
        for one, at in self._confirmed:
            one.artifact = replace(one.artifact, confirmed_at=max(at, one.artifact.confirmed_at))
        count = len(self._batch)
        self.rollback()
        return count

    def rollback(self) -> None:
        self._batch, self._confirmed = [], []

    def _stands(self, held: _Kept, prepared: Prepared) -> bool:
        if held.artifact.sha256 != prepared.sha256 or held.artifact.state is not ArtifactState.GOOD:
            return False
        if prepared.capture.origin in REPAIRS and held.fault:
            held.artifact = replace(held.artifact, state=_STATES[held.fault])
            return False
        return True

    def _check_open(self) -> None:
        if not self._open:
            raise StoreError(StoreCode.CLOSED, "this writer ended")


def _artifact(auid: str, version: int, prepared: Prepared) -> StoredArtifact:
    capture = prepared.capture
    return StoredArtifact(
        auid=auid,
        url=capture.url,
        version=version,
        size=prepared.length,
        sha256=prepared.sha256,
        content_type=prepared.content_type,
        content_encoding=prepared.content_encoding,
        status=prepared.parsed.status if prepared.parsed else None,
        collected_at=capture.collected_at.astimezone(dt.UTC),
        confirmed_at=capture.collected_at.astimezone(dt.UTC),
        origin=capture.origin,
        state=ArtifactState.GOOD,
        is_current=True,
        redirected_to=capture.redirected_to,
    )
