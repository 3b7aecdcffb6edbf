"""Names that a URL may be stored under. Pure."""

from apps.lockss.urls import UrlRefusal, normalize


def readings(url: str) -> list[str]:
    """Itself, then what a browser made of a link turned back (collecting §1)."""
    found = [url]
    for text in (url, _unescaped(url)):
        name = normalize(text)
        found += [text] if isinstance(name, UrlRefusal) else [text, name]
    return list(dict.fromkeys(found))


def _unescaped(url: str) -> str:
    """Beyond ASCII browsers escape what names hold as it is; the escape of an apostrophe is theirs too."""
    head, *rest = url.split("%")
    raw = head.encode()
    for part in rest:
        byte = int(part[:2], 16) if len(part) > 1 and set(part[:2]) <= set("0123456789abcdefABCDEF") else 0
        raw += bytes([byte]) + part[2:].encode() if byte >= 0x80 or byte == 0x27 else b"%" + part.encode()
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return url
