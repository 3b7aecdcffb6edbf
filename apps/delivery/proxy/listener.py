"""The listener of a proxy: connections, their limits, and one request after the other (delivery §4.1)."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from apps.common.clock import now
from apps.delivery.passes import client_of
from apps.delivery.proxy import given as fields_given
from apps.delivery.proxy.deciding import Decider
from apps.delivery.proxy.line import ClientGoneError, Line, LineTimes
from apps.delivery.proxy.said import Saying
from apps.delivery.proxy.tunnel import Tunnel, TunnelHost
from apps.delivery.proxy.values import BrokenOffError, Outgoing, UnavailableError, Unknown, Who
from apps.lockss.delivery import Refuse, Row
from apps.lockss.http1 import Body, HeadRefusal, RequestHead, TargetForm, write_head
from apps.lockss.http_dates import format_date

logger = logging.getLogger(__name__)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"})
MOST_BODY = 10 << 20
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_PLAIN = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Connections at once: in all, of one client, of one institution's proxy."""

    connections: int = 500
    per_client: int = 20
    per_proxy: int = 200
    times: LineTimes = field(default_factory=LineTimes)


class ProxyListener:
    """``asyncio.start_server(listener.serve, …)``, and ``end`` when that is closed."""

    def __init__(
        self,
        decider: Decider,
        limits: Limits | None = None,
        tunnel: Tunnel | None = None,
    ) -> None:
        self._decider, self._tunnel = decider, tunnel
        self._limits = limits or Limits()
        self._clients: Counter[str] = Counter()
        self._lines: set[Line] = set()
        self._tasks: set[asyncio.Task[object]] = set()

    async def end(self, patience: float = 0.0) -> None:
        """Let answers that are on their way come to their end for so long, then cut them off."""
        tasks = set(self._tasks)
        if tasks and patience:
            for line in self._lines:
                line.take_no_more()
            await asyncio.wait(tasks, timeout=patience)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its beginning to its end. Nothing that a client does is raised."""
        address = plain_address((writer.get_extra_info("peername") or ("",))[0])
        client = client_of(address)
        line = Line(reader, writer, self._limits.times)
        self._clients[client] += 1
        self._lines.add(line)
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            if len(self._lines) > self._limits.connections:
                await self._send(line, _plain(503, "Too many connections.", close=True), "GET", 1)
            elif self._clients[client] > await self._room(address):
                await self._send(
                    line, _plain(429, "Too many connections of one client.", close=True), "GET", 1
                )
            else:
                await self._requests(line, address)
        except ClientGoneError:
            pass
        except Exception:
            # The edge of a connection: whatever it was, the others go on and the log has the rest.
            logger.exception("a connection of %s failed", address)
        finally:
            self._lines.discard(line)
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]
            await line.close()

    async def _room(self, address: str) -> int:
        """An institution's proxy brings many readers over one address."""
        limits = self._limits
        if self._clients[client_of(address)] <= limits.per_client:
            return limits.per_client
        try:
            who = await self._decider.library.admit(address, None)
        except UnavailableError:
            return limits.per_client
        trusted = isinstance(who, Who) and who.reader.proxy is not None
        return limits.per_proxy if trusted else limits.per_client

    async def _requests(self, line: Line, address: str, inside: TunnelHost | None = None) -> None:
        while True:
            head = await line.head()
            if head is None:
                return
            if isinstance(head, HeadRefusal):
                logger.info("%s: %s in line %d", address, head.code, head.line)
                saying = Saying(status=head.status)
                refused = await self._decider.say(saying, {}, close_line=True)
                await self._send(line, refused, "GET", 1)
                return
            given = fields_given.by_name(head)
            if head.method == "CONNECT" and inside is None:
                await self._connect(line, head, given, address)
                return
            outgoing = await self._outgoing(line, head, given, address, inside)
            if not await self._send(line, outgoing, head.method, head.minor, keep=head.keep_alive):
                return

    async def _outgoing(
        self,
        line: Line,
        head: RequestHead,
        given: Mapping[str, str],
        address: str,
        inside: TunnelHost | None,
    ) -> Outgoing:
        try:
            return await self._answered(line, head, given, address, inside)
        except UnavailableError:
            logger.exception("the database does not answer")
            return await self._decider.say(Saying(status=503), given, retry_after=30, close_line=True)
        except ClientGoneError:
            raise
        except Exception:
            logger.exception("no answer for %s", head.target.url[:500])
            return await self._decider.say(Saying(status=500), given, close_line=True)

    async def _answered(
        self,
        line: Line,
        head: RequestHead,
        given: Mapping[str, str],
        address: str,
        inside: TunnelHost | None,
    ) -> Outgoing:
        has_body = head.chunked or bool(head.length)
        early = _without_asking(head, given, has_body=has_body, own=inside is None)
        if early is not None:
            return early
        who = await self._decider.library.admit(
            address, fields_given.credentials(given) or (inside and inside.told)
        )
        if isinstance(who, Unknown):
            status = 429 if who.wait else 407
            return await self._decider.say(
                Saying(status=status), given, retry_after=who.wait or None, close_line=has_body
            )
        url = head.target.url
        if inside is not None:
            if (misled := inside.misled(head, given)) is not None:
                return await self._decider.say(Saying(status=misled, who=who), given, close_line=True)
            url = inside.url(head)
        elif head.target.form is TargetForm.ORIGIN:
            return await self._own(head, given, who)
        body = line.body(head.length) if head.length else None
        outgoing = await self._decider.answer(head, url, who, given, body)
        return outgoing if not has_body else _closing(outgoing)

    async def _own(self, head: RequestHead, given: Mapping[str, str], who: Who) -> Outgoing:
        """What is asked of the proxy itself: the list of what it gives."""
        path, _, query = head.target.path.partition("?")
        if path != "/" or head.method not in ("GET", "HEAD"):
            return await self._decider.say(Saying(status=400, who=who), given)
        told = parse_qs(query[:2_000], max_num_fields=20)
        search, after = told.get("search", [""])[0][:200], told.get("after", [""])[0][:1_000]
        listed = await self._decider.library.candidates(who, search=search, after=after)
        return await self._decider.say(Saying(status=200, who=who, search=search, listed=listed), given)

    async def _connect(self, line: Line, head: RequestHead, given: Mapping[str, str], address: str) -> None:
        """TLS ends here for a held host, or CONNECT is refused: no byte ever goes through."""
        host = TunnelHost(head.target.host, head.target.port, fields_given.credentials(given))
        context, refused = await self._context(line, host, head, given, address)
        if context is None or self._tunnel is None:
            await self._send(line, refused or _plain(403, "No tunnel.", close=True), "CONNECT", head.minor)
            return
        await line.write(_ESTABLISHED)
        if await line.start_tls(context):
            host.server_name = self._tunnel.asked_name(line.ssl_object)
            await self._requests(line, address, host)

    async def _context(
        self, line: Line, host: TunnelHost, head: RequestHead, given: Mapping[str, str], address: str
    ):
        say = self._decider.say
        try:
            who = await self._decider.library.admit(address, host.told)
            if isinstance(who, Unknown):
                status = 429 if who.wait else 407
                return None, await say(
                    Saying(status=status), given, retry_after=who.wait or None, close_line=True
                )
            if head.target.port != 443 or self._tunnel is None or line.has_more:
                return None, await say(Saying(status=403, who=who, row=Row.TUNNEL), given, close_line=True)
            step = await self._decider.may_end_tls(host.host, head, who, given)
            if isinstance(step, Refuse):
                saying = Saying(status=step.status, who=who, row=step.row)
                return None, await say(saying, given, retry_after=step.retry_after, close_line=True)
            context = await self._tunnel.context(host.host, who)
        except UnavailableError:
            return None, await say(Saying(status=503), given, retry_after=30, close_line=True)
        if context is None:
            return None, await say(Saying(status=503, who=who), given, retry_after=60, close_line=True)
        return context, None

    async def _send(
        self, line: Line, outgoing: Outgoing, method: str, minor: int, *, keep: bool = False
    ) -> bool:
        """Whether the connection goes on."""
        try:
            return await self._sent(line, outgoing, method, minor, keep)
        except BrokenOffError as error:
            logger.info("an answer broke off: %s", error)
            line.cut()
            return False
        finally:
            if outgoing.close is not None:
                await outgoing.close()

    async def _sent(self, line: Line, outgoing: Outgoing, method: str, minor: int, keep: bool) -> bool:
        bodiless = outgoing.status in (204, 304) or method == "HEAD"
        chunked = outgoing.length is None and not bodiless and minor == 1
        close = outgoing.close_line or not keep or minor == 0
        framed = Body(
            outgoing.length, chunked, close or (outgoing.length is None and not chunked and not bodiless)
        )
        fields = [*outgoing.fields]
        if not any(name.lower() == "date" for name, _ in fields):
            fields.append(("Date", format_date(now())))
        if method == "HEAD" and outgoing.length is None:
            # Nothing states the length of what is not sent; the line goes on without a body all the same.
            framed = Body(None, chunked=minor == 1, close=close)
        data = write_head(outgoing.status, fields, framed, now()).data
        if isinstance(outgoing.body, bytes):
            await line.write(data if bodiless else data + outgoing.body)
        else:
            await line.write(data)
            if not bodiless:
                await _stream(line, outgoing, chunked=chunked)
        return not close and not framed.close


async def _stream(line: Line, outgoing: Outgoing, *, chunked: bool) -> None:
    left = outgoing.length
    async for piece in outgoing.body:  # type: ignore[union-attr]
        if left is not None:
            # Never a byte beyond what the head said: it would be read as the next answer.
            sent = piece[:left]
            left -= len(sent)
        else:
            sent = piece
        if sent:
            await line.write(b"%x\r\n%b\r\n" % (len(sent), sent) if chunked else sent)
    if left:
        raise BrokenOffError("the body ended short of its length")
    if chunked:
        await line.write(b"0\r\n\r\n")


def _without_asking(
    head: RequestHead, given: Mapping[str, str], *, has_body: bool, own: bool
) -> Outgoing | None:
    """What is answered without looking any further. ``own``: paths are the proxy's, not a host's in a tunnel."""
    asked = head.target.path if own and head.target.form is TargetForm.ORIGIN else ""
    if asked == "/healthz" and not has_body:
        return _plain(200, "ok")
    if asked.startswith("/squid-internal-"):
        return _plain(404, "There is no digest.", close=has_body)
    if head.method not in METHODS:
        return _plain(501, "An unknown method.", close=True)
    if head.method == "TRACE":
        return _plain(403, "Not given.", close=True)
    if head.method in ("GET", "HEAD") and has_body:
        return _plain(400, "A question has no body.", close=True)
    if head.chunked:
        return _plain(411, "The length has to be stated.", close=True)
    if (head.length or 0) > MOST_BODY:
        return _plain(413, "The body is too long.", close=True)
    if "expect" in given:
        return _plain(417, "Nothing is promised beforehand.", close=True)
    return None


def _plain(status: int, text: str, *, close: bool = False) -> Outgoing:
    body = f"{text}\n".encode()
    return Outgoing(status=status, fields=_PLAIN, body=body, length=len(body), close_line=close)


def _closing(outgoing: Outgoing) -> Outgoing:
    """What nobody may have read of a body would be taken for the next request."""
    return Outgoing(
        status=outgoing.status,
        fields=outgoing.fields,
        body=outgoing.body,
        length=outgoing.length,
        row=outgoing.row,
        close_line=True,
        close=outgoing.close,
    )


def plain_address(address: str) -> str:
    """IPv4 as such, also where the socket speaks IPv6; without a scope."""
    bare = address.partition("%")[0]
    return bare.removeprefix("::ffff:") if bare.lower().startswith("::ffff:") and "." in bare else bare
