"""How AUs, URLs and WARC files are called in the store. Pure text.

An AU's files lie in a folder of its own, ``ab/ab12…20 hex/ab12…-00001.warc.gz``: the digest is that of the
AU's address on the pages, so that a person finds the folder from the page.
"""

import hashlib
import json
import re
from urllib.parse import quote_from_bytes

MAX_NAME = 65_536
# Programs such as fastwarc give up on a record head above 32 KiB, and with it on the rest of the file.
MAX_TARGET = 12_000
_FILE = re.compile(r"[0-9a-f]{2}/([0-9a-f]{20})/\1-([0-9]{5,9})\.warc\.gz", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]*", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)
_HALF_ESCAPE = re.compile(r"%[0-9A-F]?\Z", re.ASCII)
# Every visible ASCII character stands in a target as it stands in the name.
_SAFE = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def au_slug(auid: str) -> str:
    """The first 20 hex digits of SHA-256(AUID): the AU in addresses and folder names."""
    return hashlib.sha256(auid.encode()).hexdigest()[:20]


def url_digest(name: str) -> bytes:
    """The identity of a URL in the database: SHA-256 of the name's UTF-8 bytes."""
    return hashlib.sha256(name.encode()).digest()


def folder_of(slug: str) -> str:
    return f"{slug[:2]}/{slug}"


def file_name(slug: str, serial: int) -> str:
    """Path of an AU's WARC file below the content folder; serials count from 1."""
    return f"{folder_of(slug)}/{slug}-{serial:05d}.warc.gz"


def parse_file_name(name: str) -> tuple[str, int] | None:
    """(slug, serial) of a path below the content folder, None where it is no file of ours."""
    found = _FILE.fullmatch(name)
    return (found[1], int(found[2])) if found and name.startswith(found[1][:2]) else None


def target_uri(name: str) -> str:
    """``WARC-Target-URI`` of a name (ISO 28500): the name itself, else the nearest URI (RFC 3986).

    Bytes that no URI has are escaped, a name without a scheme becomes a URN, and one that is longer than other
    programs read is cut and told apart by its digest, as a fragment. The name itself is then told beside it.
    """
    if len(name) <= MAX_TARGET and _PLAIN.fullmatch(name):
        return name
    escaped = quote_from_bytes(name.encode(), safe=_SAFE)
    if not _SCHEME.match(name):
        escaped = f"urn:x-lockss:{escaped}"
    if len(escaped) <= MAX_TARGET:
        return escaped
    kept = _HALF_ESCAPE.sub("", escaped[: MAX_TARGET - 80])
    return f"{kept}#sha256:{url_digest(name).hex()}"


def quoted(text: str) -> str:
    """A text as it stands in a record's field: itself where that is one clean line, else a JSON string."""
    clean = text and text.isprintable() and text == text.strip() and not text.startswith('"')
    return text if clean else json.dumps(text)


def unquoted(field: str) -> str:
    """The text of a field written by ``quoted``; ValueError where it is none."""
    if not field.startswith('"'):
        return field
    text = json.loads(field)
    if not isinstance(text, str):
        raise ValueError("not a string")  # noqa: TRY004 - one error for every unusable field
    return text
