"""The port: what is asked of a publisher and how it ends."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from apps.lockss.delivery import Ask, Failure

Fields = Sequence[tuple[str, str]]


class CutOffError(Exception):
    """The body ends before its end; ``failure`` says how."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(f"{failure}: {detail}")
        self.failure = failure


class Reply(Protocol):
    """A head that is here, and a body that is still coming.

    ``status`` 200 to 599; ``fields`` in order, ISO-8859-1, as sent; ``length`` of the body in bytes where the
    publisher stated one (of a HEAD: what a GET would have), else None. ``body`` gives pieces once, transfer coding
    undone, content coding left, and raises CutOffError. ``close`` in every case, as often as you like.
    """

    @property
    def status(self) -> int: ...

    @property
    def fields(self) -> list[tuple[str, str]]: ...

    @property
    def length(self) -> int | None: ...

    @property
    def body(self) -> AsyncIterator[bytes]: ...

    async def close(self) -> None: ...


class Publisher(Protocol):
    """Whoever asks publishers. Nothing that a publisher or a network does is raised but CutOffError by a body."""

    async def ask(
        self,
        url: str,
        ask: Ask,
        *,
        method: str = "GET",
        fields: Fields = (),
        body: AsyncIterator[bytes] | None = None,
    ) -> Reply | Failure:
        """Ask once, following nothing. ``ask.fields`` are the conditions, ``fields`` all else (``reader_fields``):
        of both only names that may be passed are sent. ``body`` goes along with methods that have one."""

    async def aclose(self) -> None:
        """Give all connections back; it is not used again."""
