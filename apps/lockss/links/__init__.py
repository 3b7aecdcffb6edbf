"""What a page links to (plugins §8, collecting §1)."""

from apps.lockss.links.extract import (
    BUILT_IN,
    Extractor,
    LinkLimits,
    Links,
    PageContext,
    css_extractor,
    extract_links,
    html_extractor,
    no_links,
    page_charset,
    xml_extractor,
)
from apps.lockss.links.html import Profile

__all__ = [
    "BUILT_IN",
    "Extractor",
    "LinkLimits",
    "Links",
    "PageContext",
    "Profile",
    "css_extractor",
    "extract_links",
    "html_extractor",
    "no_links",
    "page_charset",
    "xml_extractor",
]
