"""From a page's bytes to the names it links to (collecting §1, plugins §8)."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from apps.lockss.lcap.hash_stream import media_type
from apps.lockss.links.css import searched_urls, token_urls
from apps.lockss.links.html import LinkKind, Profile, Raw, html_links
from apps.lockss.links.xml import xml_links
from apps.lockss.permission.charset import declared, marked, web_codec
from apps.lockss.urls import (
    MAX_NAME,
    Normalizer,
    UrlRefusal,
    is_collectable,
    normalize,
    query_depends_on_charset,
    resolve,
)

DEFAULT_CHARSET = "iso8859-1"
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_PRESCAN = 4_096
_DATA = re.compile(r"data:([^,;]*)(?:;[^,;]*)*?(;base64)?,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """Bytes of one page that are read, and links that one page may give."""

    max_bytes: int = 16 << 20
    max_links: int = 100_000


DEFAULT_LIMITS = LinkLimits()


@dataclass(frozen=True, slots=True)
class PageContext:
    """A page whose links are wanted: ``url`` is where its content came from, ``normalizer`` the definition's own."""

    url: str
    content_type: str | None = None
    normalizer: Normalizer | None = None
    profile: Profile = Profile.WIDE
    limits: LinkLimits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Links:
    """``names`` in order of the page, each once, http and https only.

    ``refused`` counts links that are no such name; ``truncated``: the page or its list of links was cut.
    ``charset_names`` hold characters in their query that browsers would send in the page's ``charset``.
    """

    names: tuple[str, ...] = ()
    refused: int = 0
    truncated: bool = False
    charset: str = DEFAULT_CHARSET
    charset_names: tuple[str, ...] = ()


Extractor = Callable[[bytes, PageContext], Links]
"""What a definition may put in the place of the built-in extractors."""


def html_extractor(body: bytes, page: PageContext) -> Links:
    return _collected(page, *_decoded(body, page), lambda text: html_links(text, page.profile))


def css_extractor(body: bytes, page: PageContext) -> Links:
    read = token_urls if page.profile is Profile.WIDE else searched_urls
    return _collected(page, *_decoded(body, page), lambda text: ((LinkKind.LINK, url) for url in read(text)))


def xml_extractor(body: bytes, page: PageContext) -> Links:
    header = _header_charset(page.content_type)
    links = xml_links(body[: page.limits.max_bytes], header)
    cut = len(body) > page.limits.max_bytes
    return _collected(
        page, "", header or "utf-8", cut, lambda _text: ((LinkKind.LINK, link) for link in links)
    )


def no_links(_body: bytes, _page: PageContext) -> Links:
    """For types that are never read for links."""
    return Links()


BUILT_IN: Mapping[str, Extractor] = {
    "text/html": html_extractor,
    "application/xhtml+xml": html_extractor,
    "text/css": css_extractor,
    "text/xml": xml_extractor,
    "application/xml": xml_extractor,
}
"""The deployed defaults; other media types have no links."""


def extract_links(body: bytes, page: PageContext, extractor: Extractor | None = None) -> Links:
    """The page's links by its media type's built-in extractor, or by the one given."""
    chosen = extractor or BUILT_IN.get(media_type(page.content_type), no_links)
    return chosen(body, page)


def page_charset(body: bytes, content_type: str | None) -> tuple[str, int]:
    """The charset of a page and the length of its mark: header, byte order mark, declaration, ISO-8859-1."""
    mark = marked(body)
    skipped = 0 if mark is None else mark.mark
    named = _header_charset(content_type)
    if named is not None:
        return named, skipped if mark is not None and named.startswith(mark.name[:5]) else 0
    found = mark or declared(body[:_PRESCAN])
    return (DEFAULT_CHARSET, 0) if found is None else (found.name, found.mark)


def _header_charset(content_type: str | None) -> str | None:
    found = _CHARSET.search(content_type or "")
    return None if found is None else web_codec(found[1])


def _decoded(body: bytes, page: PageContext) -> tuple[str, str, bool]:
    charset, mark = page_charset(body, page.content_type)
    data = body[mark : page.limits.max_bytes]
    return data.decode(charset, "replace"), charset, len(body) > page.limits.max_bytes


def _collected(
    page: PageContext,
    text: str,
    charset: str,
    truncated: bool,
    read: Callable[[str], Iterator[Raw]],
) -> Links:
    collector = _Collector(page)
    truncated = not collector.take(read(text)) or truncated
    names = tuple(collector.names)
    foreign = () if charset == "utf-8" else tuple(name for name in names if query_depends_on_charset(name))
    return Links(names, collector.refused, truncated, charset, foreign)


class _Collector:
    """Raw links to names: each raw link is resolved once per base."""

    def __init__(self, page: PageContext) -> None:
        self._page = page
        self._base = page.url
        self._has_base = False
        self._seen: set[tuple[str, str]] = set()
        self.names: dict[str, None] = {}
        self.refused = 0

    def take(self, links: Iterator[Raw]) -> bool:
        """False where the limit was reached and links were left."""
        for kind, link in links:
            if kind is LinkKind.BASE:
                self._rebase(link)
                continue
            # Deployed nodes read style sheets inside a page as if it had no base.
            deployed_style = kind is LinkKind.STYLE and self._page.profile is Profile.DEPLOYED
            base = self._page.url if deployed_style else self._base
            if (base, link) in self._seen:
                continue
            if len(self._seen) >= self._page.limits.max_links:
                return False
            self._seen.add((base, link))
            self._add(base, link)
        return True

    def _rebase(self, link: str) -> None:
        """The first base with a usable URL holds for what follows."""
        if self._has_base or not link.strip():
            return
        resolved = resolve(self._page.url, link)
        if not isinstance(resolved, UrlRefusal) and is_collectable(resolved):
            self._base, self._has_base = resolved, True

    def _add(self, base: str, link: str) -> None:
        if not link or link.lstrip()[:11].lower().startswith(("mailto:", "javascript:")):
            return
        if len(link) > MAX_NAME:
            self.refused += 1
            return
        resolved = resolve(base, link)
        if isinstance(resolved, UrlRefusal):
            self.refused += 1
        elif resolved[:5].lower() == "data:":
            self._inside(base, resolved)
        else:
            self._name(resolved)

    def _name(self, resolved: str) -> None:
        own = self._page.normalizer
        name = normalize(resolved if own is None else own(resolved))
        if isinstance(name, UrlRefusal) or not is_collectable(name):
            self.refused += 1
        else:
            self.names[name] = None

    def _inside(self, base: str, link: str) -> None:
        """A style sheet inside the link itself may have links of its own; one level deep."""
        found = _DATA.match(link)
        if found is None or found[1].strip().lower() != "text/css":
            return
        data = unquote_to_bytes(link[found.end() :])
        if found[2] is not None:
            # Discards what is no base64, and cuts to whole groups: a broken sheet has fewer links, no error.
            data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
            data = base64.b64decode(data[: len(data) // 4 * 4])
        for url in token_urls(data.decode("utf-8", "replace")):
            inner = resolve(base, url)
            if not isinstance(inner, UrlRefusal) and inner[:5].lower() != "data:":
                self._name(inner)
