"""What an article says of itself in JATS or its forerunner NLM: its front matter, as the tags that a page would have
(metadata §2.1). The document's type definition is never loaded, and no entity is expanded.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from html.entities import html5
from xml.parsers import expat

from apps.lockss.articles.page import LONGEST, LOOKED_AT, MOST_TAGS, MetaTag, cleaned

DEEPEST = 60
_FRONT, _ARTICLE = "front", "article"
_META = ("journal-meta", "article-meta")
# Of what stands between the document and these, nothing is of this article.
_OTHERS = frozenset({"sub-article", "response", "related-article", "related-object", "product", "abstract"})
_ISSNS = {
    "ppub": "citation_issn",
    "print": "citation_issn",
    "epub": "citation_eissn",
    "electronic": "citation_eissn",
}
_IDS = {"doi": "citation_doi", "pmid": "citation_pmid"}
_PLAIN = {
    ("journal-meta", "journal-title"): "citation_journal_title",
    ("article-meta", "volume"): "citation_volume",
    ("article-meta", "issue"): "citation_issue",
    ("article-meta", "fpage"): "citation_firstpage",
    ("article-meta", "elocation-id"): "citation_elocation_id",
}
# The first that is there is the article's day; the printed one before the others.
_DAYS = ("pub", "ppub", "epub-ppub", "epub", "collection")


class _End(Exception):  # noqa: N818 - ends the parser, and never leaves this file
    pass


def jats_tags(beginning: bytes) -> tuple[MetaTag, ...]:
    """``citation_…`` tags of the article whose document begins so; none where it is no article in JATS.

    ``beginning``: the first bytes without codings; only ``LOOKED_AT`` of them count. What was read before the front
    matter breaks off counts.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.UseForeignDTD(True)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.SkippedEntityHandler = reader.skipped
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = lambda *_about: 1
    with suppress(expat.ExpatError, _End, LookupError, ValueError):
        parser.Parse(beginning[:LOOKED_AT], False)
    return reader.told()


def _refuse(*_declaration: object) -> None:
    raise _End


@dataclass(slots=True)
class _Reader:
    path: list[str] = field(default_factory=list)
    tags: list[MetaTag] = field(default_factory=list)
    title: dict[str, str] = field(default_factory=dict)
    days: dict[str, dict[str, str]] = field(default_factory=dict)
    _day: str = ""
    _person: dict[str, str] | None = None
    _name: str = ""
    _held: list[str] | None = None
    _until: int = 0

    def start(self, tag: str, given: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        self.path.append(name)
        if len(self.path) > DEEPEST or (len(self.path) == 1 and name != _ARTICLE):
            raise _End
        if len(self.path) == 2 and name != _FRONT:
            # What stands before the front matter is only processing.
            if name in {"body", "back", "floats-group"}:
                raise _End
            return
        if self._held is not None or self._is_elsewhere():
            return
        if name == "contrib":
            self._person = {} if given.get("contrib-type", "author") == "author" else None
        elif name == "pub-date":
            self._day = given.get("date-type") or given.get("pub-type") or "pub"
        elif wanted := self._wanted(name, given):
            self._name, self._held, self._until = wanted, [], len(self.path)

    def end(self, tag: str) -> None:
        if self._held is not None and len(self.path) == self._until:
            self._take(self._name, cleaned("".join(self._held)))
            self._held = None
        name = self.path.pop()
        if name == "contrib" and self._person:
            self._add(
                "citation_author", ", ".join(filter(None, map(self._person.get, ("surname", "given-names"))))
            )
            self._person = None
        if name == _FRONT and len(self.path) == 1:
            raise _End

    def text(self, text: str) -> None:
        if self._held is not None:
            self._held.append(text)
            if sum(map(len, self._held)) > 4 * LONGEST:
                self._held = ["".join(self._held)[: 2 * LONGEST]]

    def skipped(self, name: str, is_parameter: bool) -> None:
        """Named signs of the definition that is not loaded are those of HTML."""
        if not is_parameter:
            self.text(html5.get(f"{name};", ""))

    def told(self) -> tuple[MetaTag, ...]:
        tags = list(self.tags)
        title = ": ".join(filter(None, map(self.title.get, ("article-title", "subtitle"))))
        if title := title or self.title.get("alt-title", ""):
            tags.append(MetaTag("citation_title", title))
        days = sorted(self.days, key=lambda kind: _DAYS.index(kind) if kind in _DAYS else len(_DAYS))
        if days:
            parts = self.days[days[0]]
            written = [parts.get(part, "") for part in ("year", "month", "day")]
            tags.append(MetaTag("citation_publication_date", _date(written)))
        return tuple(tag for tag in tags if tag.content)

    def _is_elsewhere(self) -> bool:
        return self.path[:2] != [_ARTICLE, _FRONT] or not _OTHERS.isdisjoint(self.path)

    def _wanted(self, name: str, given: dict[str, str]) -> str:
        """What the text of this element is; empty where nobody asks."""
        place = self.path[2] if len(self.path) > 3 else ""
        if place not in _META:
            return ""
        if (place, name) in _PLAIN:
            return _PLAIN[place, name]
        above = self.path[-2]
        if name == "issn" and place == "journal-meta":
            kind = given.get("publication-format") or given.get("pub-type") or "print"
            return _ISSNS.get(kind, "citation_issn")
        if name == "article-id" and above == "article-meta":
            return _IDS.get(given.get("pub-id-type", ""), "")
        if above == "title-group" and name in {"article-title", "subtitle", "alt-title"}:
            return f"title {name}"
        if above == "pub-date" and name in {"year", "month", "day"}:
            return f"day {name}"
        if self._person is not None and name in {"surname", "given-names", "collab"}:
            return f"person {name}"
        return ""

    def _take(self, wanted: str, text: str) -> None:
        kind, _space, part = wanted.partition(" ")
        match kind:
            case "title":
                self.title.setdefault(part, text)
            case "day":
                self.days.setdefault(self._day, {}).setdefault(part, text)
            case "person":
                if self._person is not None:
                    self._person.setdefault("surname" if part == "collab" else part, text)
            case _:
                self._add(kind, text)

    def _add(self, name: str, content: str) -> None:
        if content and len(self.tags) < MOST_TAGS:
            self.tags.append(MetaTag(name, content))


def _date(written: list[str]) -> str:
    """As far as it is known, and each part is a number."""
    known = []
    for part, width in zip(written, (4, 2, 2), strict=True):
        if not (part.isascii() and part.isdigit() and len(part) <= width):
            break
        known.append(part.zfill(width))
    return "-".join(known)
