"""The beginning of an answer, looked at before a byte of it leaves: is it the page, and does it come at all?"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from apps.delivery.codings import first_decoded
from apps.delivery.publisher.values import CutOffError, Reply
from apps.lockss.delivery import Failure, PageKind
from apps.lockss.delivery.page_kind import LOOKED_AT, differs, page_kind

_PAGES = frozenset({200, 203})


class Judged:
    """The same reply, its first pieces kept for whoever sends it; ``page`` is what it turned out to be."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._begun: list[bytes] = []
        self._coming: asyncio.Future[bytes | None] | None = None
        self._ended = False
        self.page = PageKind.SOUND

    @property
    def status(self) -> int:
        return self._reply.status

    @property
    def fields(self) -> list[tuple[str, str]]:
        return self._reply.fields

    @property
    def length(self) -> int | None:
        return self._reply.length

    @property
    def body(self) -> AsyncIterator[bytes]:
        return self._pieces()

    @property
    def begun(self) -> list[bytes]:
        """What has come so far."""
        return self._begun

    @property
    def ended(self) -> bool:
        """The whole body has come."""
        return self._ended

    async def begin(self, seconds: float) -> None:
        """Wait for the first ``LOOKED_AT`` bytes, or for so long. Raises CutOffError."""
        loop = asyncio.get_running_loop()
        until, size = loop.time() + seconds, 0
        while size < LOOKED_AT and not self._ended:
            coming = self._next()
            # Never cancelled by the time: a generator that was would look like one that is at its end.
            await asyncio.wait({coming}, timeout=max(until - loop.time(), 0))
            if not coming.done():
                return
            piece = self._taken(coming.result())
            if piece is not None:
                self._begun.append(piece)
                size += len(piece)

    async def _pieces(self) -> AsyncIterator[bytes]:
        while self._begun:
            yield self._begun.pop(0)
        while not self._ended:
            piece = self._taken(await self._next())
            if piece is not None:
                yield piece

    def _next(self) -> asyncio.Future[bytes | None]:
        if self._coming is None:
            self._coming = asyncio.ensure_future(_one(self._reply.body))
        return self._coming

    def _taken(self, piece: bytes | None) -> bytes | None:
        self._coming = None
        self._ended = piece is None
        return piece

    async def close(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            await asyncio.wait({self._coming})
            if not self._coming.cancelled():
                self._coming.exception()
        await self._reply.close()


async def _one(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)


async def judged(
    reply: Reply, seconds: float, kept: tuple[str, Callable[[], Awaitable[bytes]]]
) -> Judged | Failure:
    """For who holds a copy: up to 64 KiB are awaited for so long; an answer that fails by then, or says nothing, can
    still be replaced and is closed here. ``kept``: the copy's content type, and what gives its decoded beginning,
    asked only where the answer looks suspicious."""
    found = Judged(reply)
    try:
        await found.begin(seconds)
        # What comes slowly may be a long download that goes well; a body that says nothing is not.
        if not found.begun and not found.ended:
            await found.close()
            return Failure.STALL
        if reply.status in _PAGES:
            kind = _value(reply.fields, "content-type")
            # Nothing of what cannot be decoded.
            coding = _value(reply.fields, "content-encoding")
            page = page_kind(kind, first_decoded(found.begun, coding, LOOKED_AT) or b"")
            if page is not PageKind.SOUND:
                page = differs(page, page_kind(kept[0], await kept[1]()))
            found.page = page
    except CutOffError as error:
        await found.close()
        return error.failure
    except BaseException:
        await found.close()
        raise
    return found


def _value(fields: list[tuple[str, str]], name: str) -> str | None:
    return next((value for key, value in fields if key.lower() == name), None)
