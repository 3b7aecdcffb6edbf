"""Hash and crawl filters that are known here: streams of bytes in, streams of bytes out (plugins §8, lcap-v3 §5.4).

Deployed filters are Java classes; agreement needs the same bytes, so only those are here whose every byte is certain.
How a stream is cut into pieces never changes what comes out.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from apps.lockss.lcap.errors import StreamCode, StreamError
from apps.lockss.lcap.hash_stream import DEFAULT_CHARSET, Filter
from apps.lockss.permission.charset import web_codec

VOLATILE_BEGIN = b"<!-- volatile -->"
VOLATILE_END = b"<!-- /volatile -->"
MAX_VOLATILE = 1 << 20
"""Bytes between the two comments, the second included; a longer region is content like any other."""
_MAX_LINE = 1 << 24
_RIS_TAG = re.compile(r"([A-Z][A-Z0-9])  - ")
_RIS_BEGIN = re.compile(r"^\s*TY\s*-", re.IGNORECASE | re.ASCII)
_RIS_LOOK = 2_000
_LINE_END = re.compile(r"\r\n|\r(?=.)|\n", re.DOTALL)
_LAST_LINES = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]++")


@dataclass(frozen=True, slots=True)
class FilterContext:
    """The AU's raw parameters, and the charset and media type of what is filtered."""

    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    charset: str = DEFAULT_CHARSET
    mime: str = ""


FilterFactory = Callable[[FilterContext], Filter]


def without_volatile(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Everything but the regions between the two comments, comments included.

    A region that is not closed within ``MAX_VOLATILE`` bytes stays: no filter may hide the rest of a page.
    """
    held = b""
    inside = False
    for chunk in chunks:
        held += chunk
        while True:
            done, held, inside, more = _step(held, inside=inside, last=False)
            if done:
                yield done
            if not more:
                break
    while held:
        done, held, inside, _more = _step(held, inside=inside, last=True)
        if done:
            yield done


def _step(held: bytes, *, inside: bool, last: bool) -> tuple[bytes, bytes, bool, bool]:
    """What may go out, what stays held, whether it begins with an open region, whether to look again."""
    if not inside:
        at = held.find(VOLATILE_BEGIN)
        if at >= 0:
            return held[:at], held[at:], True, True
        keep = 0 if last else len(VOLATILE_BEGIN) - 1
        cut = max(0, len(held) - keep)
        return held[:cut], held[cut:], False, False
    limit = len(VOLATILE_BEGIN) + MAX_VOLATILE
    end = held.find(VOLATILE_END, len(VOLATILE_BEGIN), limit)
    if end >= 0:
        return b"", held[end + len(VOLATILE_END) :], False, True
    if last or len(held) >= limit:
        size = len(VOLATILE_BEGIN)
        return held[:size], held[size:], False, True
    return b"", held, True, False


def _sample(_context: FilterContext) -> Filter:
    return without_volatile


def ris_without(*tags: str, only_ris: bool = False) -> FilterFactory:
    """RIS text without the fields of these tags, their continuation lines included; line ends stay as they are.

    ``only_ris``: a file whose first line with text is not ``TY  -`` passes unchanged.
    """
    unwanted = frozenset(tags)

    def make(context: FilterContext) -> Filter:
        return lambda chunks: _ris(chunks, context.charset, unwanted, only_ris=only_ris)

    return make


def _ris(
    chunks: Iterable[bytes], charset: str, unwanted: frozenset[str], *, only_ris: bool
) -> Iterator[bytes]:
    source = iter(chunks)
    codec = _codec(charset)
    head = b""
    if only_ris:
        while len(head) < _RIS_LOOK and (piece := next(source, b"")):
            head += piece
        if not _begins_as_ris(head[:_RIS_LOOK].decode(codec, "replace")):
            yield head
            yield from source
            return
    removing = False
    for line in _lines(_pieces(head, source), codec):
        found = _RIS_TAG.match(line)
        if found is not None:
            removing = found[1] in unwanted
        if not removing:
            yield line.encode(codec, "replace")


def _pieces(head: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from source


def _begins_as_ris(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return _RIS_BEGIN.search(first) is not None


def _codec(charset: str) -> str:
    """The codec of a text filter. Deployed filters fail on charsets they do not know, and so must the vote."""
    codec = web_codec(charset)
    if codec is None or codec in {"utf-16", "utf-32"}:
        # Those two would write a mark before every line.
        raise StreamError(StreamCode.DAMAGED, f"no text filter for the charset {charset[:40]!r}")
    return codec


def _lines(chunks: Iterable[bytes], codec: str) -> Iterator[str]:
    """Lines with their ends; a line longer than 16 MiB comes in parts."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    held = ""
    for chunk in chunks:
        # Only a CR can have waited for what follows it.
        looked = max(0, len(held) - 1)
        held += decoder.decode(chunk)
        at = 0
        for end in _LINE_END.finditer(held, looked):
            yield held[at : end.end()]
            at = end.end()
        held = held[at:]
        if len(held) > _MAX_LINE:
            yield held
            held = ""
    held += decoder.decode(b"", final=True)
    yield from _LAST_LINES.findall(held)


FILTERS: Mapping[str, FilterFactory] = {
    "org.lockss.portal.sample.SampleHtmlHashFilterFactory": _sample,
    "org.lockss.plugin.atypon.BaseAtyponRisFilterFactory": ris_without("Y2", only_ris=True),
    "org.lockss.plugin.ingenta.IngentaRisFilterFactory": ris_without("KW"),
}
"""Java class of a filter factory to its counterpart; the same classes serve as hash and as crawl filters."""
