"""What goes with a preserved answer: its own type and coding, and fences around what it may do (delivery §9)."""

import hashlib

from apps.repository.values import StoredArtifact

MARKUP = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")
# What browsers show by themselves and cannot run; everything else is offered as a file.
SHOWN = ("application/pdf", "text/plain", "text/css", "application/json")
SHOWN_FAMILIES = ("image/", "audio/", "video/", "font/")
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-site"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("X-Robots-Tag", "noindex, noarchive"),
    ("Cache-Control", "private, max-age=0, must-revalidate"),
)


def etag(artifact: StoredArtifact) -> str:
    return f'"{hashlib.sha256(artifact.sha256 + artifact.content_type.encode()).hexdigest()}"'


def headers(artifact: StoredArtifact, *, portal: str) -> list[tuple[str, str]]:
    """``portal``: the origin that may show preserved pages in a frame."""
    mime = artifact.content_type.split(";", 1)[0].strip().lower()
    markup = mime in MARKUP or mime.endswith("+xml")
    policy = f"default-src 'self' data: 'unsafe-inline'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {portal}"
    if markup:
        # No allow-scripts, no allow-same-origin: an opaque origin in which nothing runs.
        policy = f"sandbox; {policy}"
    found = [
        *ALWAYS,
        ("Content-Security-Policy", policy),
        ("ETag", etag(artifact)),
        ("Accept-Ranges", "bytes"),
        ("Content-Type", _one_line(artifact.content_type) or "application/octet-stream"),
        ("X-Lockss-Version", str(artifact.version)),
        ("X-Lockss-Collected", artifact.collected_at.strftime("%a, %d %b %Y %H:%M:%S GMT")),
    ]
    if artifact.content_encoding:
        found.append(("Content-Encoding", _one_line(artifact.content_encoding)))
    if not (markup or mime in SHOWN or mime.startswith(SHOWN_FAMILIES)):
        found.append(("Content-Disposition", "attachment"))
    return found


def _one_line(text: str) -> str:
    """A stored value must not be able to add a header of its own."""
    return "".join(sign for sign in text if 32 <= ord(sign) < 127)[:1024]


def byte_range(text: str, size: int) -> tuple[int, int] | None:
    """(first, behind the last) of a single ``bytes=`` range (RFC 9110 §14); None where it is none or does not fit."""
    unit, _, span = text.partition("=")
    first, dash, last = span.partition("-")
    if unit.strip() != "bytes" or not dash or "," in span:
        return None
    try:
        if not first:
            start, stop = max(0, size - int(last)), size
        else:
            start, stop = int(first), min(size, int(last) + 1) if last else size
    except ValueError:
        return None
    return (start, stop) if 0 <= start < stop else None
