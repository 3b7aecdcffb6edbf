"""Whether an element's text is read as HTML reads it, told from the tags alone.

Inside SVG and MathML ``<style>`` holds markup and ``<![CDATA[`` exists; inside ``select`` and ``frameset`` browsers
may pass over the tag and read its text as markup. Building the whole tree would tell; here a doubt is a doubt, and
who reads on must find both readings the same.
"""

import re

from apps.lockss.rewrite.markup import FOREIGN, MARKUP

_MOST_OPEN = 512
# Inside these HTML's own rules for closing hold again, and nobody knows what an end tag closes.
_INTEGRATION = frozenset(
    [b"title", b"desc", b"foreignobject", b"annotation-xml", b"mi", b"mo", b"mn", b"ms", b"mtext"]
)
_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
_CDATA_ONLY = re.compile(rb"[\t\n\f\r ]*+<!\[CDATA\[((?:[^\]]++|\](?!\]>))*+)\]\]>[\t\n\f\r ]*+")
_MARKUP_OR_REFERENCE = re.compile(rb"<[a-zA-Z/!?]|&(?!amp;)[#a-zA-Z]")


class Doubt:
    """Fed with every tag's name while ``watching``, and always with those of ``CONTEXTS``."""

    def __init__(self) -> None:
        self._open: list[bytes] = []
        self._lost = False
        self._select = False
        self._frameset = False
        self.noscript = False

    @property
    def watching(self) -> bool:
        """Every tag is wanted, to see where SVG, MathML or noscript ends."""
        return bool(self._open) or self.noscript

    @property
    def foreign(self) -> bool:
        return bool(self._open) or self._lost

    def about(self, name: bytes) -> bool:
        """Whether the text of a raw-text element may be markup here."""
        return (
            self.foreign or (self._select and name != b"script") or (self._frameset and name != b"noframes")
        )

    def start(self, name: bytes, *, closed: bool) -> None:
        if name == b"select":
            self._select = True
        elif name == b"frameset":
            self._frameset = True
        elif name == b"noscript":
            self.noscript = True
        if self._lost or not (self._open or name in FOREIGN):
            return
        if closed:
            # HTML does not know such tags: it leaves them open.
            if not _INTEGRATION.isdisjoint(self._open):
                self._give_up()
        elif name not in _VOID:
            self._open.append(name)
            if len(self._open) > _MOST_OPEN:
                self._give_up()

    def end(self, name: bytes) -> None:
        if name == b"select":
            self._select = False
        elif name == b"noscript":
            self.noscript = False
        if not self._open:
            return
        while self._open and self._open[-1] != name:
            if name not in FOREIGN or self._open[-1] in _INTEGRATION or len(self._open) == 1:
                self._give_up()
                return
            self._open.pop()
        if self._open:
            self._open.pop()

    def _give_up(self) -> None:
        self._open.clear()
        self._lost = True


def reads_alike(name: bytes, body: bytes) -> tuple[int, int] | None:
    """The part of a doubtful element's text that both readings agree on; None where they differ."""
    cdata = _CDATA_ONLY.fullmatch(body) if name in {b"style", b"script"} else None
    if cdata is not None:
        return None if b"<!--" in cdata[1] else cdata.span(1)
    other = _MARKUP_OR_REFERENCE if name == b"style" else MARKUP
    return None if other.search(body) else (0, len(body))
