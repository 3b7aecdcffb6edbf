"""Which deliveries were of the same URL, the same item, and within one session; digests alone are ever kept."""

import datetime as dt
import hashlib
import hmac
import re
from urllib.parse import unquote, urlsplit

WIDTH = 16
"""Bytes of each digest: enough to tell apart what a month holds."""
# How the formats of one article are told apart in addresses: they are the same item.
_FORMATS = r"pdf|epdf|pdfplus|pdf\+html|epub|html?|xhtml|full|fulltext|full-text|full\.text|text|abstracts?|abs|summary|extract"
_SEGMENT = re.compile(rf"/(?:{_FORMATS})(?=/|$)")
_ENDING = re.compile(rf"(?:\.(?:{_FORMATS}))+$")
_ASKED = re.compile(r"(?:^|&)(?:format|view|type|download|pdf|html|fulltext)(?:=[^&]*)?(?=&|$)")


def item_of(url: str) -> str:
    """What is left of an address without the words for formats: PDF, page and abstract of an article are one item.

    As far as an address tells: where a publisher names its formats otherwise, each is an item of its own.
    """
    try:
        parts = urlsplit(url.partition("#")[0])
    except ValueError:
        return url
    path = _SEGMENT.sub("", unquote(parts.path).lower())
    path = _ENDING.sub("", path).rstrip("/")
    query = _ASKED.sub("", parts.query.lower()).strip("&")
    return f"{parts.netloc.lower()}{path}?{query}"


def digest_of(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:WIDTH]


def session_of(key: bytes, address: str, agent: str, moment: dt.datetime) -> bytes:
    """A reader's session as the Code makes it where nobody signs in: address, user agent, day and hour.

    ``key``: drawn for the hour and thrown away after it, so that nobody can try addresses against what is kept.
    ``moment``: aware.
    """
    hour = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H")
    told = f"{hour}\n{address}\n{agent}".encode("utf-8", "surrogatepass")
    return hmac.new(key, told, hashlib.sha256).digest()[:WIDTH]
