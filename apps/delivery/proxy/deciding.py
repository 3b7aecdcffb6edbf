"""From a request to an answer: the tables say what is done, this does it (delivery §4.3, §5)."""

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

from apps.common.clock import now
from apps.delivery.proxy import given as fields_given
from apps.delivery.proxy.passing import passed_on
from apps.delivery.proxy.said import FIELDS, Saying, page
from apps.delivery.proxy.threads import in_thread
from apps.delivery.proxy.values import Known, Library, Listed, Outgoing, UnavailableError, Wanted, Who
from apps.delivery.publisher import HostRecord, Publisher, Reply, is_loop, judged, reader_fields
from apps.lockss.delivery import (
    Answer,
    Ask,
    Asked,
    DeliverySettings,
    Failure,
    Listing,
    PageKind,
    PassOn,
    Refuse,
    Serve,
    Source,
    Step,
    Surface,
    Terminate,
    after,
    begin,
)
from apps.lockss.http1 import RequestHead

logger = logging.getLogger(__name__)
CHALLENGE = (
    "Proxy-Authenticate",
    'Basic realm="LOCKSS audit proxy: archival unit and token", charset="UTF-8"',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How this node's proxies behave. ``name``: in Via. ``tells_address``: the publisher is told the reader's."""

    name: str
    settings: DeliverySettings = field(default_factory=DeliverySettings)
    never: bool = False
    tells_address: bool = True


class Decider:
    """``publisher`` None: the audit proxy's, which has no way out."""

    def __init__(
        self,
        library: Library,
        manner: Manner,
        publisher: Publisher | None = None,
        record: HostRecord | None = None,
    ) -> None:
        self.library, self.manner = library, manner
        self._publisher = publisher
        self._record = record or HostRecord()

    async def answer(
        self,
        head: RequestHead,
        url: str,
        who: Who,
        given: Mapping[str, str],
        body: AsyncIterator[bytes] | None = None,
    ) -> Outgoing:
        """To a request for a URL, whatever its method; CONNECT is ``may_end_tls``'s. Raises UnavailableError."""
        auid = given.get("x-lockss-auid") or None
        known = await self.library.know(url, who, auid=auid, referer=given.get("referer", ""))
        asked = self._asked(head, url, who, given, known)
        step = begin(asked)
        if isinstance(step, Ask):
            return await self._ask(head, url, who, given, known, asked, step, body)
        return await self._done(step, asked, known, who, given, url)

    async def may_end_tls(self, host: str, head: RequestHead, who: Who, given: Mapping[str, str]) -> Step:
        """What becomes of CONNECT: only for hosts that are held, and on the content proxy only for institutions'
        proxies, whose people trust the node's authority (rulings C3)."""
        audit = who.surface is Surface.AUDIT
        trusting = audit or who.reader.proxy is not None
        held = self.manner.settings.terminate_tls and trusting and await self.library.holds_host(host, who)
        return begin(self._asked(head, "", who, given, Known(url="", stem_held=held)))

    def _asked(self, head: RequestHead, url: str, who: Who, given: Mapping[str, str], known: Known) -> Asked:
        return Asked(
            surface=who.surface,
            now=now(),
            method=head.method,
            access=known.access,
            free=known.free,
            named=known.named,
            in_au=known.in_au,
            has=known.has,
            stem_held=known.stem_held,
            never=self.manner.never,
            publisher=known.publisher,
            host_down=bool(url) and self._record.is_down(url),
            recent=self._record.is_recent(url),
            source=_source(given, known),
            candidates=known.candidates,
            ready=self.library.ready(),
            loop=is_loop(head.every("via"), self.manner.name),
            service_worker=given.get("service-worker", "").strip().lower() == "script",
            conditions=fields_given.conditions(given),
            last_modified=known.last_modified,
            # Whatever is set: strangers find no open proxy here.
            settings=self.manner.settings
            if who.own
            else replace(self.manner.settings, open_forwarding=False),
        )

    async def _ask(
        self,
        head: RequestHead,
        url: str,
        who: Who,
        given: Mapping[str, str],
        known: Known,
        asked: Asked,
        step: Ask,
        body: AsyncIterator[bytes] | None,
    ) -> Outgoing:
        if self._publisher is None:
            raise RuntimeError("the tables sent the audit proxy to a publisher")
        told = reader_fields(
            head.fields,
            self.manner.name,
            referer=given.get("referer"),
            address=who.address if self.manner.tells_address else None,
            cookies=True,
        )
        if body is not None:
            told += [(n, v) for n, v in head.fields if n.lower() in ("content-type", "content-length")]
        reply = await self._publisher.ask(url, step, method=head.method, fields=told, body=body)
        found = await self._judged(reply, asked, known, step)
        if isinstance(found, Failure):
            answer = Answer(failure=found)
        else:
            kind = getattr(found, "page", PageKind.SOUND)
            answer = Answer(status=found.status, page=kind)
        outcome = after(asked, answer)
        self._record.note(url, getattr(outcome, "marks", frozenset()), held=known.has)
        if isinstance(outcome, PassOn) and not isinstance(found, Failure):
            if not outcome.index:
                return passed_on(found, outcome.row, self.manner.name, head=head.method == "HEAD")
            await found.close()
            return await self._listing(asked, known, who, given, url, outcome, found.status)
        if not isinstance(found, Failure):
            await found.close()
        return await self._done(outcome, asked, known, who, given, url)

    async def _judged(self, reply: Reply | Failure, asked: Asked, known: Known, step: Ask) -> Reply | Failure:
        """With a copy in hand the answer's beginning is looked at before a byte of it leaves."""
        if isinstance(reply, Failure) or not asked.holds:
            return reply
        return await judged(reply, step.head, (known.content_type, lambda: self.library.beginning(known)))

    async def _done(
        self, step: Step, asked: Asked, known: Known, who: Who, given: Mapping[str, str], url: str
    ) -> Outgoing:
        match step:
            case Serve():
                wanted = Wanted(given, body=asked.method == "GET")
                return await self.library.open(known, who, wanted)
            case Refuse():
                logger.info("%s: %s for %s: %s", step.row, step.status, who.address, url[:500])
                listed = Listed()
                if step.listing is not Listing.NONE:
                    listed = await self.library.candidates(who, url=url)
                missed = None
                if who.surface is Surface.AUDIT and step.status == 404:
                    missed = await self.library.elsewhere(url, who)
                return await self.say(
                    Saying(
                        status=step.status, who=who, row=step.row, asked=url, listed=listed, missed=missed
                    ),
                    given,
                    retry_after=step.retry_after,
                )
            case _:
                raise RuntimeError(f"no step of a proxy: {step}")

    async def _listing(
        self,
        asked: Asked,
        known: Known,
        who: Who,
        given: Mapping[str, str],
        url: str,
        step: PassOn,
        status: int,
    ) -> Outgoing:
        listed = await self.library.candidates(who, url=url)
        saying = Saying(status=status, who=who, row=step.row, asked=url, listed=listed, reply=status)
        return await self.say(saying, given)

    async def say(
        self,
        saying: Saying,
        given: Mapping[str, str],
        *,
        retry_after: int | None = None,
        close_line: bool = False,
    ) -> Outgoing:
        """A page of our own. A field of the publisher's that its status would need (401, 405) is not made up."""
        text = await in_thread(lambda: page(saying, given.get("accept-language", "")))
        fields = [*FIELDS]
        if retry_after is not None:
            fields.append(("Retry-After", str(retry_after)))
        if saying.status == 407:
            fields.append(CHALLENGE)
        return Outgoing(
            status=saying.status,
            fields=fields,
            body=text,
            length=len(text),
            row=saying.row,
            close_line=close_line,
        )


def _source(given: Mapping[str, str], known: Known) -> Source:
    """What the client wants, as far as the publisher leaves it to her."""
    wanted = fields_given.source(given)
    return Source.EITHER if known.publisher_first and wanted is Source.CACHE else wanted


__all__ = ["Decider", "Manner", "Terminate", "UnavailableError"]
