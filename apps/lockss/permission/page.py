"""One page judged: bytes in as they arrive, a grant with its evidence or the reasons against it out.

All checkers run in the same pass, so no page is too long to be read twice; which of them wins is their order
(permissions §1), not the order of their places on the page.
"""

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from apps.lockss.coding import Decoder, decoder_for
from apps.lockss.permission.charset import Charset, charset_of
from apps.lockss.permission.creativecommons import LinkRules, LinkScanner, RdfScanner
from apps.lockss.permission.plugin_checkers import RefusalCode, TextChecker
from apps.lockss.permission.statements import (
    CLOCKSS_STATEMENTS,
    LOCKSS_STATEMENTS,
    Checker,
    StatementScanner,
    near_miss,
)

# The deployed buffer (org.lockss.permissionBuf.max); ours only feeds the charset's inference.
SAMPLE = 524_288
_BLOCK = 16_384


class _Reader(Protocol):
    def feed(self, text: str) -> None: ...


class Network(StrEnum):
    """Whose statement counts; one network's never satisfies the other's nodes."""

    LOCKSS = "lockss"
    CLOCKSS = "clockss"


class AccessType(StrEnum):
    """Recorded for the AU by each successful check (permissions §10)."""

    OPEN_ACCESS = "OpenAccess"
    SUBSCRIPTION = "Subscription"


_ALL = {Network.LOCKSS: LOCKSS_STATEMENTS, Network.CLOCKSS: CLOCKSS_STATEMENTS}


@dataclass(frozen=True, slots=True)
class PageRules:
    """How this network reads a page. ``max_decoded`` bytes bound the work on one page."""

    network: Network = Network.LOCKSS
    generation: int = 2
    links: LinkRules = field(default_factory=LinkRules)
    infer_charset: bool = True
    max_decoded: int = 268_435_456

    def statements(self) -> Mapping[Checker, str]:
        if self.network is Network.LOCKSS:
            return LOCKSS_STATEMENTS
        if self.generation == 1:
            return {Checker.STATEMENT: CLOCKSS_STATEMENTS[Checker.STATEMENT]}
        return CLOCKSS_STATEMENTS

    def order(self) -> tuple[Checker, ...]:
        licences = (Checker.CC_LINK, Checker.CC_RDF)
        return (*self.statements(), *(licences if self.generation != 1 else reversed(licences)))

    def access(self, checker: Checker) -> AccessType | None:
        if checker in {Checker.OPEN_ACCESS_STATEMENT, Checker.CC_LINK, Checker.CC_RDF}:
            return AccessType.OPEN_ACCESS
        if self.network is Network.CLOCKSS and self.generation == 1:
            return None
        return AccessType.SUBSCRIPTION


@dataclass(frozen=True, slots=True)
class Granted:
    """The page grants. ``statement``: the sentence, the licence's address or the RDF subject.

    ``offset`` counts characters of the decoded page; ``probes`` are links, as written, to be fetched before the
    grant counts (permissions §7).
    """

    checker: Checker
    statement: str
    access_type: AccessType | None
    offset: int
    charset: Charset
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: what was missing, and the detail that evidence keeps."""

    code: RefusalCode
    detail: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The page does not grant; never without a reason."""

    reasons: tuple[Refusal, ...]


Verdict = Granted | Refused


class PageScanner:
    """Feed a permission page's stored bytes in pieces of any size, then ``close`` for the verdict."""

    def __init__(
        self,
        rules: PageRules,
        *,
        content_type: str | None = None,
        content_encoding: str | None = None,
        checkers: Iterable[TextChecker] = (),
    ) -> None:
        self._rules = rules
        self._content_type = content_type
        # An unknown coding leaves the raw bytes, as it does when they are hashed.
        self._decoder = decoder_for(content_encoding) or Decoder()
        self._checkers = tuple(checkers)
        self._statements = StatementScanner(
            {(network, checker): text for network in Network for checker, text in _ALL[network].items()}
        )
        self._links = LinkScanner(rules.links)
        self._rdf = RdfScanner()
        self._sample = bytearray()
        self._charset: Charset | None = None
        self._text: codecs.IncrementalDecoder | None = None
        self._pieces: list[str] = []
        self._pending = 0
        self._kept: list[str] = []
        self._kept_length = 0
        self._too_large = False

    def feed(self, data: bytes) -> None:
        for piece in self._decoder.feed(data):
            if self._decoder.decoded > self._rules.max_decoded:
                self._too_large = True
                return
            self._take(piece)

    def close(self) -> Verdict:
        error = self._decoder.close()
        charset = self._charset or self._begin(complete=True)
        self._finish()
        reasons = list(self._objections())
        grant = self._grant(charset)
        if grant is not None:
            return Refused(tuple(reasons)) if reasons else grant
        if error is not None:
            reasons.append(Refusal(RefusalCode.UNREADABLE, error.detail))
        reasons.append(self._why_not())
        return Refused(tuple(reasons))

    def _take(self, piece: bytes) -> None:
        if self._text is not None:
            self._scan(self._text.decode(piece))
            return
        self._sample += piece
        if len(self._sample) >= SAMPLE:
            self._begin(complete=False)

    def _begin(self, *, complete: bool) -> Charset:
        # Exactly the first SAMPLE bytes are judged, however they came.
        charset = charset_of(
            bytes(self._sample[:SAMPLE]),
            self._content_type,
            complete=complete,
            infer=self._rules.infer_charset,
        )
        self._charset = charset
        self._text = codecs.getincrementaldecoder(charset.name)("replace")
        head = bytes(self._sample[charset.mark :])
        self._sample.clear()
        self._scan(self._text.decode(head))
        return charset

    def _scan(self, text: str) -> None:
        """Blocks of one size: a page that drips in byte by byte costs no more than one that comes at once."""
        self._pieces.append(text)
        self._pending += len(text)
        if self._pending < _BLOCK:
            return
        joined = "".join(self._pieces)
        whole = len(joined) - len(joined) % _BLOCK
        for start in range(0, whole, _BLOCK):
            self._read(joined[start : start + _BLOCK])
        self._pieces = [joined[whole:]]
        self._pending = len(joined) - whole

    def _finish(self) -> None:
        if self._text is not None:
            self._scan(self._text.decode(b"", final=True))
        self._read("".join(self._pieces))
        self._statements.close()

    def _read(self, block: str) -> None:
        if self._kept_length < SAMPLE:
            self._kept.append(block)
            self._kept_length += len(block)
        readers: tuple[_Reader, ...] = (self._statements, self._links, self._rdf)
        for reader in (*readers, *self._checkers):
            reader.feed(block)

    def _grant(self, charset: Charset) -> Granted | None:
        found: dict[Checker, tuple[str, int] | None] = {
            checker: (text, self._statements.found[self._rules.network, checker])
            for checker, text in self._rules.statements().items()
            if (self._rules.network, checker) in self._statements.found
        }
        found[Checker.CC_LINK] = self._links.found
        found[Checker.CC_RDF] = self._rdf.found
        probes = tuple(link for checker in self._checkers if (link := checker.probe) is not None)
        for checker in self._rules.order():
            if (place := found.get(checker)) is not None:
                return Granted(checker, place[0], self._rules.access(checker), place[1], charset, probes)
        return None

    def _objections(self) -> Iterable[Refusal]:
        for checker in self._checkers:
            objection = checker.close()
            if objection is not None:
                yield Refusal(*objection)

    def _why_not(self) -> Refusal:
        if self._too_large:
            return Refusal(RefusalCode.TOO_LARGE, f"over {self._rules.max_decoded} bytes")
        kept = "".join(self._kept)
        if not kept.strip():
            return Refusal(RefusalCode.EMPTY_PAGE, "the page holds no text")
        if self._statements.found:
            return Refusal(RefusalCode.OTHER_NETWORK, f"this node reads {self._rules.network} statements")
        broken = near_miss(kept, self._rules.statements())
        if broken is not None:
            return Refusal(RefusalCode.NEAR_MISS, f"{broken}: broken by markup, an entity or punctuation")
        return Refusal(RefusalCode.NO_STATEMENT, "no statement and no licence on the page")


def judge_page(
    page: bytes,
    rules: PageRules | None = None,
    *,
    content_type: str | None = None,
    content_encoding: str | None = None,
    checkers: Iterable[TextChecker] = (),
) -> Verdict:
    """The verdict on a whole page."""
    scanner = PageScanner(
        rules or PageRules(), content_type=content_type, content_encoding=content_encoding, checkers=checkers
    )
    scanner.feed(page)
    return scanner.close()
