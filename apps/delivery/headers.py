"""What goes with a preserved answer: its own fields as far as they are harmless, and fences around it (delivery §9)."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote

from django.utils.http import http_date

from apps.delivery.conditions import date_of
from apps.delivery.media import Nature, for_any_origin, media_type, nature
from apps.repository.heads import Head
from apps.repository.values import StoredArtifact

Fields = list[tuple[str, str]]

# An origin of its own for everything that could hold a script, and no script. Other hosts are never asked.
# Without frame-ancestors: any of it keeps frames of a sandboxed page from loading (delivery-rulings, C10).
FENCE = (
    "sandbox allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads; "
    "default-src 'self' data: blob: 'unsafe-inline'; script-src 'none'; form-action 'self'; base-uri 'self'"
)
_FEATURES = (
    "accelerometer", "autoplay", "camera", "clipboard-read", "clipboard-write", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts",
    "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
    "screen-wake-lock", "serial", "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-site"),
    ("Permissions-Policy", ", ".join(f"{name}=()" for name in _FEATURES)),
    ("X-Robots-Tag", "noindex, noarchive"),
    # What an address with a pass gave must not be met again without one.
    ("Cache-Control", "private, no-store"),
)
ORIGINAL = "X-Archive-Orig-"
MOST_FIELDS, MOST_CHARACTERS = 100, 16_384
_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(rb"[\x20-\x7e\x80-\xff]{0,4096}")
# Of one connection only, or of the body's form as it was sent.
_HOP = ("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
_NEVER = frozenset({*_HOP, "set-cookie", "set-cookie2", "content-type", "content-encoding"})
_LANGUAGE = re.compile(r"[A-Za-z0-9 ,-]{1,200}", re.ASCII)
_UNSAFE_IN_NAME = re.compile(r'[^\w .,()+=@~-]|"')
UNNAMED = "content"
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))


def tag_of(artifact: StoredArtifact, *, decoded: bool = False) -> str:
    """The entity tag: the digest of the stored bytes; what is decoded for a reader is another representation."""
    return f'"{artifact.sha256.hex()}{"-decoded" if decoded else ""}"'


def modified_of(head: Head | None) -> dt.datetime | None:
    return date_of(head.first("last-modified")) if head else None


def fields_of(artifact: StoredArtifact, head: Head | None) -> Fields:
    """All fields of a stored version but those of its representation: length, range, coding and tag."""
    fields = [
        *_shown(artifact.url, media_type(artifact.content_type)),
        ("X-Lockss", "from-cache"),
        ("X-Lockss-From-Auid", plain(artifact.auid)),
        ("X-Lockss-Version", str(artifact.version)),
        ("Memento-Datetime", http_date(artifact.collected_at.timestamp())),
    ]
    if (original := _uri(artifact.url)) is not None:
        fields.append(("Link", f'<{original}>; rel="original"'))
    if head is not None:
        fields += [*_kept(head), *_originals(head)]
    return fields


def publishers_fields(url: str, head: Head) -> Fields:
    """The same of an answer that comes from the publisher just now."""
    return [*_shown(url, media_type(head.first("content-type") or "")), *_kept(head), *_originals(head)]


def plain(text: str) -> str:
    """A text of ours as a field's value: printable ASCII, everything else escaped."""
    return quote(text, safe=_PRINTABLE)


def _shown(url: str, sent: str) -> Fields:
    kind = nature(sent)
    fields = [*ALWAYS, ("Content-Type", sent), ("Content-Disposition", _disposition(url, kind))]
    if kind not in (Nature.SHOWN, Nature.FONT):
        fields.append(("Content-Security-Policy", FENCE))
    if for_any_origin(sent):
        fields.append(("Access-Control-Allow-Origin", "*"))
    return fields


def varying(fields: Sequence[tuple[str, str]], name: str) -> Fields:
    """The same, saying that the request's field ``name`` decides what is answered, too."""
    rest = [pair for pair in fields if pair[0] != "Vary"]
    return [*rest, ("Vary", ", ".join([*(value for key, value in fields if key == "Vary"), name]))]


def with_type(fields: Fields, content_type: str) -> Fields:
    """The same with what the body really is now."""
    return [(name, content_type if name == "Content-Type" else value) for name, value in fields]


def _kept(head: Head) -> Iterator[tuple[str, str]]:
    modified = modified_of(head)
    if modified is not None:
        yield "Last-Modified", http_date(modified.timestamp())
    language = head.first("content-language")
    if language and _LANGUAGE.fullmatch(language):
        yield "Content-Language", language


def _originals(head: Head) -> Iterator[tuple[str, str]]:
    """The publisher's fields under other names, so that they are read and not obeyed."""
    room = MOST_CHARACTERS
    for name, value in head.fields[:MOST_FIELDS]:
        small = name.lower().decode("latin-1")
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            continue
        if small in _NEVER or small.startswith(("proxy-", ORIGINAL.lower())):
            continue
        room -= len(name) + len(value)
        if room < 0:
            return
        yield ORIGINAL + name.decode("latin-1"), value.decode("latin-1")


def _disposition(url: str, kind: Nature) -> str:
    """Shown or saved, under the last part of its path (RFC 6266, RFC 8187)."""
    last = unquote(url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2], errors="replace")
    name = _UNSAFE_IN_NAME.sub("_", last).strip(" .")[:150] or UNNAMED
    how = "attachment" if kind is Nature.FILE else "inline"
    if name.isascii():
        return f'{how}; filename="{name}"'
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _uri(url: str) -> str | None:
    """The URL as it may stand between angle brackets (RFC 8288); None where it is too long to be told."""
    escaped = quote(url, safe="%/:?#&=+,;@!$'()*[]~")
    return escaped if len(escaped) <= MOST_CHARACTERS // 2 else None
