"""Creative Commons licences as permission: the ``rel="license"`` link and the older RDF block (permissions §3, §4).

The link's value is judged as it stands in the page: what would have to be resolved first does not count.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from apps.lockss.permission.tags import StartTag, TagScanner

V1_TYPES = ("by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd")
V1_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")

_BY = "by by-nc by-nc-nd by-nc-sa by-nd by-sa"
_V2_LICENCES = {
    "1.0": (
        "by by-nc by-nc-sa by-nd by-nd-nc by-sa nc nc-sa nc-sampling+ nd nd-nc sa sampling sampling+ "
        "by-nc-nd nc-nd"
    ),
    "2.0": f"{_BY} devnations nc nc-sa nd nd-nc sa nc-nd",
    "2.1": _BY,
    "2.5": _BY,
    "3.0": _BY,
    "4.0": _BY,
}
_V2_PUBLIC_DOMAIN = ("zero", "certification", "mark")

RDF_OPEN = "<rdf:RDF"
RDF_CLOSE = "</rdf:RDF>"
RDF_LIMIT = 65_535
_CC = "http://web.resource.org/cc/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Which links grant. ``generation`` 1 knows two lists and no ``www.``; 2 has the fixed table.

    ``rel_tokens`` accepts ``license`` as one of several ``rel`` values, which deployed nodes do not.
    """

    generation: int = 2
    types: tuple[str, ...] = V1_TYPES
    versions: tuple[str, ...] = V1_VERSIONS
    rel_tokens: bool = False

    def pattern(self) -> re.Pattern[str]:
        if self.generation == 1:
            types, versions = (
                "|".join(re.escape(value) for value in values) for values in (self.types, self.versions)
            )
            path = rf"licenses/(?:{types})/(?:{versions})"
            www = ""
        else:
            path = "|".join(_v2_paths())
            www = r"(?:www\.)?"
        return re.compile(
            rf"https?://{www}creativecommons\.org/(?:{path})(?:/.*)?", re.IGNORECASE | re.ASCII | re.DOTALL
        )


def _v2_paths() -> Iterator[str]:
    for version, licences in _V2_LICENCES.items():
        names = "|".join(re.escape(name).replace(r"\+", r"(?:\+|%2B)") for name in licences.split())
        yield rf"licenses/(?:{names})/{re.escape(version)}"
    yield rf"publicdomain/(?:{'|'.join(_V2_PUBLIC_DOMAIN)})/1\.0"


class LinkScanner:
    """Finds the first licence link of a page; ``found`` is (href, offset)."""

    def __init__(self, rules: LinkRules) -> None:
        self._rules = rules
        self._pattern = rules.pattern()
        self._tags = TagScanner(frozenset({"a", "link"}))
        self.found: tuple[str, int] | None = None

    def feed(self, text: str) -> None:
        for tag in self._tags.feed(text):
            if self.found is None and self._grants(tag):
                self.found = (tag.attributes["href"], tag.offset)

    def _grants(self, tag: StartTag) -> bool:
        rel = tag.attributes.get("rel", "").lower()
        named = "license" in rel.split() if self._rules.rel_tokens else rel == "license"
        return named and self._pattern.fullmatch(tag.attributes.get("href", "")) is not None


class RdfScanner:
    """Takes the first literal RDF block out of the page and reads its triples; ``found`` is (licence, offset)."""

    def __init__(self) -> None:
        self._window = ""
        self._start = 0
        self._open = False
        self._done = False
        self.found: tuple[str, int] | None = None

    def feed(self, text: str) -> None:
        if self._done:
            return
        self._window += text
        if not self._open:
            place = self._window.find(RDF_OPEN)
            drop = place if place >= 0 else max(0, len(self._window) - len(RDF_OPEN) + 1)
            self._start += drop
            self._window = self._window[drop:]
            self._open = place >= 0
        if self._open:
            self._try_block()

    def _try_block(self) -> None:
        end = self._window.find(RDF_CLOSE, 0, RDF_LIMIT)
        if end >= 0:
            self._done = True
            licence = licence_in_rdf(self._window[: end + len(RDF_CLOSE)])
            if licence is not None:
                self.found = (licence, self._start)
        elif len(self._window) >= RDF_LIMIT:
            self._done = True
        if self._done:
            self._window = ""


def licence_in_rdf(block: str) -> str | None:
    """The subject that is a cc:License and permits or requires cc:Distribution; None also when unreadable."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=False
    )
    try:
        root = etree.fromstring(block.encode("utf-8", "surrogatepass"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if _name(root) != f"{_RDF}RDF":
        return None
    licences: list[str] = []
    distributed: set[str] = set()
    for subject, predicate, value in _triples(root):
        # Any predicate will do for the first: only the object is asked for.
        if value == f"{_CC}License":
            licences.append(subject)
        elif value == f"{_CC}Distribution" and predicate in {f"{_CC}permits", f"{_CC}requires"}:
            distributed.add(subject)
    return next((subject for subject in licences if subject in distributed), None)


_Triple = tuple[str, str, str]


def _triples(root: etree._Element) -> Iterator[_Triple]:
    """RDF/XML's node and property elements, nested to any depth; literals are left out.

    Enough of the syntax for a licence: about, ID, nodeID, resource, typed nodes, property attributes,
    parseType Resource. (W3C RDF/XML Syntax, 25 Feb 1999 form and later.)
    """
    blanks = iter(range(1 << 30))
    # (element, its subject or None for a node element whose subject is still to be found)
    work: list[tuple[etree._Element, str | None]] = [(node, None) for node in reversed(root)]
    while work:
        element, subject = work.pop()
        if not isinstance(element.tag, str):
            continue
        if subject is None:
            subject = _subject(element, blanks)
            yield from _node(element, subject)
            work.extend((child, subject) for child in reversed(element))
            continue
        predicate = _name(element)
        reference = _reference(element)
        if reference is not None:
            yield subject, predicate, reference
            yield from _property_attributes(element, reference)
        elif element.get(f"{{{_RDF}}}parseType") == "Resource":
            inner = f"_:{next(blanks)}"
            yield subject, predicate, inner
            work.extend((child, inner) for child in reversed(element))
        elif element.get(f"{{{_RDF}}}parseType") is None:
            for child in element:
                if isinstance(child.tag, str):
                    inner = _subject(child, blanks)
                    yield subject, predicate, inner
                    yield from _node(child, inner)
                    work.extend((grandchild, inner) for grandchild in reversed(child))


def _node(element: etree._Element, subject: str) -> Iterator[_Triple]:
    if _name(element) != f"{_RDF}Description":
        yield subject, f"{_RDF}type", _name(element)
    yield from _property_attributes(element, subject)


def _property_attributes(element: etree._Element, subject: str) -> Iterator[_Triple]:
    kind = element.get(f"{{{_RDF}}}type")
    if kind is not None:
        yield subject, f"{_RDF}type", kind


def _subject(element: etree._Element, blanks: Iterator[int]) -> str:
    about = element.get(f"{{{_RDF}}}about", element.get("about"))
    if about is not None:
        return str(about)
    if (ident := element.get(f"{{{_RDF}}}ID")) is not None:
        return f"#{ident}"
    if (node := element.get(f"{{{_RDF}}}nodeID")) is not None:
        return f"_:n{node}"
    return f"_:{next(blanks)}"


def _reference(element: etree._Element) -> str | None:
    resource = element.get(f"{{{_RDF}}}resource", element.get("resource"))
    if resource is not None:
        return str(resource)
    node = element.get(f"{{{_RDF}}}nodeID")
    return None if node is None else f"_:n{node}"


def _name(element: etree._Element) -> str:
    name = etree.QName(element)
    return f"{name.namespace or ''}{name.localname}"
