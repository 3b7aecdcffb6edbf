"""The publisher's answer on its way to the reader: unchanged, but for what belongs to one connection or to us."""

from collections.abc import AsyncIterator

from apps.delivery.proxy.values import BrokenOffError, Outgoing
from apps.delivery.publisher import CutOffError, Reply
from apps.delivery.publisher.fields import with_via
from apps.lockss.delivery import Row

# Ours to say: a publisher could else pass its page off as a copy, or ask for a password in the proxy's name.
_OURS = ("x-lockss", "proxy-")


def passed_on(reply: Reply, row: Row, name: str, *, head: bool) -> Outgoing:
    """The whole answer; its body is read as fast as the reader takes it."""
    named = {
        part.strip().lower()
        for key, value in reply.fields
        if key.lower() == "connection"
        for part in value.split(",")
    }
    via = [value for key, value in reply.fields if key.lower() == "via"]
    fields = [
        (key, value)
        for key, value in reply.fields
        if key.lower() not in named and key.lower() != "via" and not key.lower().startswith(_OURS)
    ]
    return Outgoing(
        status=reply.status,
        fields=[*fields, ("Via", with_via(via, name))],
        body=b"" if head else _pieces(reply),
        length=reply.length,
        row=row,
        close=reply.close,
    )


async def _pieces(reply: Reply) -> AsyncIterator[bytes]:
    try:
        async for piece in reply.body:
            yield piece
    except CutOffError as error:
        # The row ``answer-broke-off``: bytes of two versions are never joined.
        raise BrokenOffError(str(error)) from error
