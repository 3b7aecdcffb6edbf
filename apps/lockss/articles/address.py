"""A DOI that stands in a page's own URL: ``/doi/full/10.5555/abc``, ``/article?id=10.5555/abc``."""

import re
from urllib.parse import unquote

from apps.lockss.openurl.identifiers import doi_of

LONGEST_DOI = 500
_DOI = re.compile(r"(?<=[/=:])10\.[0-9]{4,9}(?:\.[0-9]+)*/[^?&#\s\"<>]+")
# What publishers append to an article's address: the same article in another form.
_FORMS = re.compile(
    r"(?:/(?:full|abs|abstract|pdf|epdf|pdfdirect|epub|fulltext|full-text|html|xml|meta|summary|article)"
    r"|\.(?:pdf|html?|xml|full|abstract|epub))+/?$",
    re.IGNORECASE,
)
# Parts and neighbours of an article are not the article.
_BESIDE = re.compile(
    r"/(?:figures?|tables?|references|citedby|cited-by|metrics|suppl\w*|media|images?|assets?|asset|download)(?:/|$)",
    re.IGNORECASE,
)


def doi_in_url(url: str) -> str:
    """In lower case; empty where there is none, or where the URL is of a part of an article alone."""
    _host, _slash, rest = url.partition("//")[2].partition("/")
    found = _DOI.search("/" + unquote(rest[:2_000], errors="replace"))
    if found is None or _BESIDE.search(found[0]) is not None:
        return ""
    text = _FORMS.sub("", found[0]).rstrip("/.,;")
    judged = doi_of(text)
    return judged.values[0] if judged.values and len(text) <= LONGEST_DOI else ""
