"""What the content host asks of the node: who asks, what may be shown of a URL, and the publisher.

The methods that are not awaited ask the database, and run in threads.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.delivery.at_once import AtOnce
from apps.delivery.publisher import HostRecord, Publisher
from apps.delivery.resolving import Answered
from apps.delivery.values import Asker, Candidates, Copy, Found
from apps.lockss.delivery import DeliverySettings, Surface, Verdict
from apps.lockss.openurl import OpenUrl
from apps.repository.values import StoredArtifact

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class Rooms(Protocol):
    """The look-ups; see docs/delivery.md. Hidden AUs are in nothing that they give."""

    def asker_of(
        self, surface: Surface, address: str | None, *, roles: Sequence[str] = (), auditor: bool = False
    ) -> Asker: ...

    def find(
        self,
        spellings: Sequence[str],
        asker: Asker,
        moment: dt.datetime,
        *,
        auid: str | None = None,
        version: int | None = None,
        referer: str = "",
    ) -> Found: ...

    def versions(
        self,
        url: str,
        asker: Asker,
        moment: dt.datetime,
        *,
        slug: str | None = None,
        group: str | None = None,
    ) -> list[tuple[Copy, StoredArtifact]]: ...

    def candidates(
        self,
        asker: Asker,
        moment: dt.datetime,
        *,
        url: str = "",
        search: str = "",
        after: str | None = None,
        limit: int = 50,
        descending: bool = False,
    ) -> Candidates: ...

    def verdicts(self, asker: Asker, au_pks: Sequence[int], moment: dt.datetime) -> dict[int, Verdict]: ...

    def stems_of(self, au_pk: int) -> tuple[str, ...]:
        """The sites of an AU, as URLs."""

    def starts_of(self, auid: str) -> tuple[str, ...]:
        """Where an AU begins."""

    def resolve(self, asked: OpenUrl, asker: Asker, moment: dt.datetime) -> Answered:
        """What an OpenURL leads to, and what else is known of it."""

    def is_group(self, name: str) -> bool: ...


@dataclass(slots=True)
class Host:
    """All that answering takes. ``publisher`` None: nobody is ever asked outside."""

    rooms: Rooms
    in_thread: InThread
    publisher: Publisher | None = None
    record: HostRecord = field(default_factory=HostRecord)
    settings: DeliverySettings = field(default_factory=DeliverySettings)
    at_once: AtOnce = field(default_factory=AtOnce)
