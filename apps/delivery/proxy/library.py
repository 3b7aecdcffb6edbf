"""The production ``Library``: the look-up, the verdict and the store, in threads."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator

from django.utils.http import http_date

from apps.common.clock import node_zone, now
from apps.delivery import bodies
from apps.delivery.counting import count_proxy
from apps.delivery.heads import head_of
from apps.delivery.proxy import elsewhere, kept
from apps.delivery.proxy.clients import Clients, note_certificate
from apps.delivery.proxy.said import FIELDS, Saying, page
from apps.delivery.proxy.threads import in_thread, with_database
from apps.delivery.proxy.values import (
    BrokenOffError,
    Candidate,
    Credentials,
    Elsewhere,
    Known,
    Listed,
    Outgoing,
    Unknown,
    Wanted,
    Who,
)
from apps.delivery.publisher import own_name
from apps.delivery.publisher.fields import with_via
from apps.delivery.services import lookup
from apps.delivery.values import Asker, Copy, Found, in_place_of
from apps.lockss.delivery import Named, Surface
from apps.lockss.delivery.verdict import Access
from apps.polls.models import Poll
from apps.polls.outcome import AGREED
from apps.repository.errors import ContentError
from apps.repository.values import StoredArtifact

SHOWN = 50
# Copies of other AUs that stand in for a broken one.
MOST_TRIED = 5


def moment() -> dt.datetime:
    """Now, in the zone whose days embargoes mean."""
    return now().astimezone(node_zone())


class NodeLibrary:
    """See the port."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def admit(self, address: str, credentials: Credentials | None) -> Who | Unknown:
        at_once = self._clients.at_once(address, credentials)
        return at_once or await with_database(lambda: self._clients.who(address, credentials))

    async def know(self, url: str, who: Who, *, auid: str | None = None, referer: str = "") -> Known:
        found = None
        if who.day is None:
            wanted = auid or who.slug
            found = lookup.remembered([url], _asker(who), moment(), auid=wanted, referer=referer)
        if found is not None and (found.best is None or found.best.verdict.access is Access.OPEN):
            # Nothing else has to be read, of the disk neither.
            return _known(found, who, auid)
        return await with_database(lambda: _known(_find(url, who, auid, referer), who, auid))

    async def holds_host(self, host: str, who: Who) -> bool:
        return await with_database(lambda: _find(f"https://{host}/", who, None, "").stem_held)

    async def open(self, known: Known, who: Who, wanted: Wanted) -> Outgoing:
        return await with_database(lambda: _open(known, who, wanted))

    async def beginning(self, known: Known) -> bytes:
        copy: Copy = known.copy
        if copy.artifact is None:
            return b""
        artifact = copy.artifact
        return await with_database(lambda: bodies.beginning(artifact))

    async def candidates(self, who: Who, *, url: str = "", search: str = "", after: str = "") -> Listed:
        return await with_database(lambda: _candidates(who, url, search, after))

    async def elsewhere(self, url: str, who: Who) -> Elsewhere:
        return await with_database(lambda: elsewhere.told(url, who, _asker(who), moment()))

    async def note_certificate(self, host: str, who: Who) -> None:
        await with_database(lambda: note_certificate(host, who))

    def ready(self) -> bool:
        """The index is the database's: whoever can ask it knows all there is."""
        return True


def _asker(who: Who) -> Asker:
    return Asker(surface=who.surface, reader=who.reader)


def _find(url: str, who: Who, auid: str | None, referer: str) -> Found:
    return lookup.find([url], _asker(who), moment(), auid=auid or who.slug, referer=referer)


def _known(found: Found, who: Who, auid: str | None) -> Known:
    best = found.best
    if best is not None and who.day is not None:
        best = _of_day(found, best, who)
    artifact = best.artifact if best is not None and best.good else None
    return Known(
        url=found.url,
        access=best.verdict.access if best else Access.GRAY,
        free=best is not None and best.verdict.free,
        publisher_first=best is not None and best.verdict.publisher_first,
        # The AU of an auditor's token is a wish of where to look, not a request's own word.
        named=found.named if auid else Named.NO,
        in_au=found.in_au,
        has=artifact is not None,
        stem_held=found.stem_held,
        publisher=best.publisher if best else Known(url="").publisher,
        candidates=found.in_au,
        # Only who asks the publisher sends our date along; reading it opens the file.
        last_modified=_last_modified(artifact) if best and best.verdict.access is Access.GRAY else None,
        content_type=artifact.content_type if artifact else "",
        copy=best,
        # An auditor wants to know of the one that was asked for.
        others=found.others if best is not None and who.surface is not Surface.AUDIT else (),
    )


def _of_day(found: Found, best: Copy, who: Who) -> Copy:
    """The newest version up to the end of the chosen day; none where all are younger."""
    end = dt.datetime.combine(who.day or now().date(), dt.time.max, node_zone())
    until = [
        (copy, one)
        for copy, one in lookup.versions(found.url, _asker(who), moment(), slug=best.slug)
        if one.collected_at <= end
    ]
    good = [pair for pair in until if not pair[1].suspect]
    artifact = good[-1][1] if good else until[-1][1] if until else None
    return Copy(
        au_pk=best.au_pk,
        slug=best.slug,
        auid=best.auid,
        name=best.name,
        verdict=best.verdict,
        publisher=best.publisher,
        artifact=artifact,
    )


def _last_modified(artifact: StoredArtifact | None) -> str | None:
    if artifact is None:
        return None
    try:
        head = head_of(artifact)
    except ContentError as error:
        bodies.note(artifact, error)
        return None
    return head.first("last-modified") if head else None


def _open(known: Known, who: Who, wanted: Wanted) -> Outgoing:
    """The copy that was decided on; where it turns out broken, that of the next AU which holds the URL."""
    copy: Copy = known.copy
    if copy.artifact is None:
        raise ValueError(f"nothing is held of {known.url}")
    broken: kept.UnservableError | None = None
    for one in in_place_of(copy, Found(url=known.url, others=known.others))[:MOST_TRIED]:
        try:
            return _opened(one, who, wanted)
        except kept.UnservableError as error:
            broken = broken or error
    status = 503 if broken is not None and broken.away else 502
    text = page(
        Saying(status=status, who=who, asked=known.url, broken=True), wanted.given.get("accept-language", "")
    )
    return Outgoing(status=status, fields=FIELDS, body=text, length=len(text))


def _opened(copy: Copy, who: Who, wanted: Wanted) -> Outgoing:
    artifact = copy.artifact
    if artifact is None:
        raise ValueError("a copy without an artifact")
    audit = who.surface is Surface.AUDIT
    asks_us = any(name.startswith("x-lockss") for name in wanted.given)
    more = [
        ("X-Lockss", "from-cache"),
        ("X-Lockss-From-Auid", copy.auid),
        ("X-Lockss-Version", str(artifact.version)),
        ("Via", with_via([], own_name())),
    ]
    if audit:
        more += _proofs(copy, artifact)
    found = kept.answer(artifact, wanted, more, never_stored=audit or asks_us)
    if not audit:
        count_proxy(
            wanted.given, copy.au_pk, artifact, copy.verdict, found.status, who.reader, body=wanted.body
        )
    if isinstance(found.body, bytes):
        return Outgoing(status=found.status, fields=found.fields, body=found.body, length=found.length)
    return Outgoing(
        status=found.status,
        fields=found.fields,
        body=_pieces(found.body),
        length=found.length,
        close=lambda: in_thread(found.close),
    )


def _proofs(copy: Copy, artifact: StoredArtifact) -> list[tuple[str, str]]:
    """What makes it an audit tool: the digest, when these bytes were collected, read and agreed upon."""
    told = [
        ("X-Lockss-Digest", f"SHA-256:{artifact.sha256.hex()}"),
        ("Memento-Datetime", http_date(artifact.collected_at.timestamp())),
    ]
    if artifact.last_good_check is not None:
        told.append(("X-Lockss-Last-Check", http_date(artifact.last_good_check.timestamp())))
    proof = _last_proof(copy.au_pk)
    told.append(("X-Lockss-Last-Proof", http_date(proof.timestamp()) if proof else "none"))
    return told


def _last_proof(au: int) -> dt.datetime | None:
    """When the last poll ended in which the other libraries' copies agreed with the whole AU."""
    polls = Poll.objects.filter(AGREED, au=au, ended_at__isnull=False, variant="PoR")
    return polls.order_by("-id").values_list("ended_at", flat=True).first()


async def _pieces(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    try:
        while (piece := await with_database(lambda: next(body, None))) is not None:
            yield piece
    except bodies.CutError as error:
        raise BrokenOffError(str(error)) from error


def _candidates(who: Who, url: str, search: str, after: str) -> Listed:
    found = lookup.candidates(_asker(who), moment(), url=url, search=search, after=after or None, limit=SHOWN)
    rows = tuple(Candidate(one.slug, one.name, next(iter(one.start_urls), ""), one.whole) for one in found)
    return Listed(rows, found.after or "")
