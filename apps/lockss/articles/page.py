"""Meta tags of a page that tell of an article, read off the beginning of its body."""

import re
from dataclasses import dataclass
from itertools import islice

from apps.lockss.permission.tags import TagScanner
from apps.lockss.rewrite import body_charset

LOOKED_AT = 262_144
"""Bytes of a decoded body that are looked at: heads of publishers' pages have up to two hundred thousand."""
MOST_TAGS = 2_000
LONGEST = 2_000
_NAMES = re.compile(r"(?:citation_|bepress_citation_|prism\.|dc\.|dcterms\.)[a-z_.]{2,60}")
_HINT = re.compile(rb"citation_|prism\.|dc(?:terms)?\.", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\s]+")


@dataclass(frozen=True, slots=True)
class MetaTag:
    """``name`` in lower case; ``content`` trimmed, its references decoded once, at most 2,000 characters."""

    name: str
    content: str


def meta_tags(beginning: bytes, content_type: str | None) -> tuple[MetaTag, ...]:
    """Those of ``citation_…``, ``prism.…``, ``dc.…`` and ``dcterms.…`` in the order of the page.

    ``beginning``: the first bytes of the body without codings; only ``LOOKED_AT`` of them count.
    """
    head = beginning[:LOOKED_AT]
    # In UTF-16 there is a NUL beside every letter.
    if b"\0" not in head[:64] and _HINT.search(head) is None:
        return ()
    scanner = TagScanner(frozenset({"meta"}))
    found = []
    for tag in islice(scanner.feed(_text(head, content_type)), MOST_TAGS):
        name = (tag.attributes.get("name") or tag.attributes.get("property") or "").strip().lower()
        content = cleaned(tag.attributes.get("content", ""))
        if content and _NAMES.fullmatch(name):
            found.append(MetaTag(name.removeprefix("bepress_"), content))
    return tuple(found)


def cleaned(text: str) -> str:
    """Of a text what a tag's content keeps."""
    return _CONTROL.sub(" ", text[: 2 * LONGEST]).strip()[:LONGEST]


def _text(head: bytes, content_type: str | None) -> str:
    charset = body_charset(head, content_type, "utf-8" if _is_utf8(head) else "windows-1252")
    return head.decode(charset.decoded_from or charset.codec, "replace")


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The last character may be cut.
        return error.reason == "unexpected end of data"
    return True
