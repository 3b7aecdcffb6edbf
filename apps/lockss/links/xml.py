"""Links of XML files: style sheets named in the prolog, and the entries of feeds and site maps (plugins §8, text/xml).

An ordinary XML file has no links but its style sheet: publishers' data must not draw a crawl outside.
"""

import contextlib
import re
from collections.abc import Iterator
from xml.parsers import expat

_HREF = re.compile(r"""\bhref[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")
_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_SEPARATOR = "\x1f"
MAX_DEPTH = 200
_MAX_TEXT = 65_536


class _Enough(Exception):  # noqa: N818 - leaves the parser, never the module
    """Nothing more is to be read."""


class _Reader:
    def __init__(self, encoding: str | None) -> None:
        self.parser = expat.ParserCreate(encoding, _SEPARATOR)
        self.parser.buffer_text = True
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        # No entity of the file's own is needed to find its links, and none may grow.
        self.parser.EntityDeclHandler = self._stop
        self.links: list[str] = []
        self._depth = 0
        self._text: list[str] | None = None

    def _stop(self, *_args: object) -> None:
        raise _Enough

    def _instruction(self, target: str, data: str) -> None:
        if target == "xml-stylesheet" and self._depth == 0 and (found := _HREF.search(data)) is not None:
            self.links.append(found[1] if found[1] is not None else found[2])

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _separator, name = tag.rpartition(_SEPARATOR)
        if self._depth == 0 and not _is_list_of_links(namespace, name):
            raise _Enough
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _Enough
        self._text = None
        if namespace == _ATOM:
            key = {"link": "href", "content": "src"}.get(name)
            if key is not None and key in attributes:
                self.links.append(attributes[key])
        elif name == "enclosure" and "url" in attributes:
            self.links.append(attributes["url"])
        elif name == "link" or (namespace == _SITEMAP and name == "loc"):
            self._text = []

    def _characters(self, text: str) -> None:
        if self._text is not None and sum(map(len, self._text)) < _MAX_TEXT:
            self._text.append(text)

    def _end(self, _tag: str) -> None:
        self._depth -= 1
        if self._text is not None and (link := "".join(self._text).strip()):
            self.links.append(link)
        self._text = None


def _is_list_of_links(namespace: str, name: str) -> bool:
    if namespace == _ATOM:
        return name in {"feed", "entry"}
    if namespace == _SITEMAP:
        return name in {"urlset", "sitemapindex"}
    return name in {"rss", "RDF"}


def xml_links(body: bytes, encoding: str | None = None) -> Iterator[str]:
    """Links as written, in order; of a broken file those before the break. ``encoding`` overrides the file's own."""
    reader = _Reader(encoding)
    with contextlib.suppress(_Enough, expat.ExpatError, LookupError, ValueError):
        reader.parser.Parse(body, True)
    yield from reader.links
