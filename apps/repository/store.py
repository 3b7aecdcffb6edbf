"""The content store as a port. ``apps.repository.services`` is its adapter over files and rows; the tests' own one
keeps everything in memory. ``tests/contracts/content_store.py`` holds what both must do.
"""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self

from apps.repository.captures import Added, Capture
from apps.repository.choices import Order
from apps.repository.heads import Head
from apps.repository.values import CheckReport, Holder, StoredArtifact, Summary, UrlVersions


class Writer(Protocol):
    """One AU's only writer while its ``with`` block lasts."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def held(self, urls: Iterable[str]) -> set[str]:
        """Which of these URLs have content, with what was added and not committed."""

    def add(self, capture: Capture) -> Added:
        """Take one capture; it lasts, and is found, from ``commit`` on."""

    def commit(self) -> int:
        """Make everything added last; returns the number of new versions."""

    def rollback(self) -> None:
        """Take back what was added since the last commit."""


class Readable(Protocol):
    """Stored bytes that are checked while they stream."""

    size: int

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def __iter__(self) -> Iterator[bytes]: ...

    def read(self, size: int = -1) -> bytes: ...


class ContentStore(Protocol):
    """Versions of URLs by AU. StoreError is ours, ContentError the preserved bytes'; nothing else is raised."""

    def open_writer(self, *, auid: str) -> Writer: ...

    def add_captures(self, *, auid: str, captures: Iterable[Capture]) -> list[Added]: ...

    def find(self, *, auid: str, url: str, version: int | None = None) -> StoredArtifact | None: ...

    def history(self, *, auid: str, url: str) -> list[StoredArtifact]: ...

    def holders(self, *, url: str) -> list[Holder]: ...

    def newest(
        self, *, auid: str, order: Order = Order.PROTOCOL, after: str | None = None
    ) -> Iterator[StoredArtifact]: ...

    def versions(self, *, auid: str, limit: int = 5, after: str | None = None) -> Iterator[UrlVersions]: ...

    def summary(self, *, auid: str) -> Summary: ...

    def open_body(self, artifact: StoredArtifact) -> Readable: ...

    def open_range(self, artifact: StoredArtifact, start: int, stop: int) -> Readable: ...

    def head(self, artifact: StoredArtifact) -> Head | None: ...

    def facts(self, artifact: StoredArtifact) -> dict[str, str]: ...

    def check_au(self, *, auid: str) -> CheckReport: ...
