"""What of all that leaves a content host is usage, as far as its request and its address can tell."""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from apps.lockss.usage.values import Kind

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_FILES = frozenset({"application/pdf", "application/epub+zip", "application/x-pdf"})
# What a browser says it wants an answer for; a reader's own act is a document, and tools say nothing.
_OF_READERS = frozenset({"", "document", "empty"})
_FROM_START = re.compile(r"\s*bytes\s*=\s*0\s*-.*", re.ASCII | re.IGNORECASE | re.DOTALL)
_ABSTRACT = re.compile(r"(?:^|[/._-])(?:abstracts?|abs|summary|extract|preview)(?:$|[/._-])")
_FULL = re.compile(r"(?:^|[/._-])(?:full|fulltext|full-text|article|articles|chapter|chapters)(?:$|[/._-])")
_ABOUT_NO_ITEM = re.compile(
    r"(?:^|/)(?:toc|tocs|contents|issues?|volumes?|vol|archives?|search|login|signin|sign-in|register|about"
    r"|contact|help|faq|news|home|index|default|browse|latest|current|authors|editors|editorial-board|aims"
    r"|subscribe|privacy|terms|sitemap|manifest|lockss|clockss|lockss-manifest|clockss-manifest)"
    r"(?:\.(?:html?|xhtml|php|aspx?|jsp|cgi|do))?/*$"
)


def is_reading(status: int, wanted_range: str | None) -> bool:
    """Whether an answer is one that a reader asked for: whole, not changed since she has it, or the range that begins
    it (COUNTER R5.1 §7). Moved, failed and further ranges are none."""
    if status in (200, 304):
        return True
    return status == 206 and wanted_range is not None and _FROM_START.fullmatch(wanted_range) is not None


def is_ahead(given: Mapping[str, str]) -> bool:
    """Whether a browser fetched it before anybody wanted it. ``given``: fields by name in lower case."""
    return any("pre" in given.get(name, "").lower() for name in ("sec-purpose", "purpose", "x-moz"))


def kind_of(content_type: str, url: str, destination: str = "") -> Kind:
    """``destination``: the request's ``Sec-Fetch-Dest``. Only pages, PDF and EPUB are what somebody reads.

    A page counts as full text unless its address says that it is an abstract, or about no one item; where the address
    has both words, the item's counts.
    """
    essence = content_type.partition(";")[0].strip().lower()
    if destination.strip().lower() not in _OF_READERS or essence not in _PAGES | _FILES:
        return Kind.PART
    path = _path(url)
    if essence in _FILES:
        return Kind.FULL
    if _ABSTRACT.search(path):
        return Kind.ABSTRACT
    if not path.strip("/") or (_ABOUT_NO_ITEM.search(path) and not _FULL.search(path)):
        return Kind.OTHER
    return Kind.FULL


def _path(url: str) -> str:
    try:
        return unquote(urlsplit(url).path).lower()
    except ValueError:
        return url.lower()
