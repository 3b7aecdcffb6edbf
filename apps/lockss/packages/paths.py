"""Where a URL lies as a file: a path that every unpacker takes, never out of the folder it is unpacked into.

``data/<scheme>/<host>/<path>``, read from left to right as people read the URL. A part of the path is kept as it is where that
is safe; where anything of it had to be changed it ends with ``~`` and ten hex digits of the SHA-256 of the URL up to
there, so that two URLs never become one path by a change. No part is longer than 255 bytes, none is ``.`` or ``..``,
none has a control character or ends with a dot or blank.
"""

import hashlib
import re
import unicodedata
from enum import StrEnum

ROOT = "data"
LONGEST_PART = 255
LONGEST_PATH = 4_000
_MARK = 11
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_INDEX = "_index"
# What is no file name anywhere; a tilde before ten hex digits is ours.
_NEVER = re.compile(r"[\x00-\x1f\x7f/\\]|~[0-9a-f]{10}")
_WINDOWS = re.compile(r'[?<>:*|"]')
_MAC = re.compile(r":")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


class Xlate(StrEnum):
    """Which characters of a file name become ``_``: none but those that are never one, those of Windows, of old Macs."""

    NONE = "none"
    WINDOWS = "windows"
    MAC = "mac"


def path_of(url: str, xlate: Xlate = Xlate.NONE, *, is_folder: bool = False) -> str:
    """The path of a URL's file. ``is_folder``: other URLs lie below this one, so that its name is a folder's.

    Two URLs may still be told apart by capitals alone: who writes for systems that do not see them looks out for it.
    """
    found = _URL.fullmatch(url)
    if found is None:
        return f"{ROOT}/_other/{_part(url, url, xlate)}"
    scheme, authority, rest = found.groups()
    path, mark, query = rest.partition("?")
    names = path.removeprefix("/").split("/")
    if mark:
        names[-1] = f"{names[-1]}?{query}"
    so_far = f"{scheme}://{authority}"
    parts = [_part(scheme.lower(), scheme, xlate), _part(authority, so_far, xlate)]
    for name in names[:-1]:
        so_far = f"{so_far}/{name}"
        parts.append(_part(name, so_far, xlate))
    if not names[-1]:
        parts.append(_INDEX)
    elif is_folder:
        parts += [_part(names[-1], url, xlate), _marked(_INDEX, url)]
    else:
        parts.append(_part(names[-1], url, xlate))
    return _whole(parts, url)


def _whole(parts: list[str], url: str) -> str:
    path = "/".join([ROOT, *parts])
    if len(path.encode()) <= LONGEST_PATH:
        return path
    digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{ROOT}/_long/{digest}"


def is_folder_of(url: str, following: str | None) -> bool:
    """Whether ``following``, the next in the protocol's order of URLs, lies below ``url``."""
    return following is not None and following.startswith(url if url.endswith("/") else f"{url}/")


def is_safe(path: str) -> bool:
    """Whether a path of a foreign package stays in its folder on every system."""
    if not path or len(path) > 2 * LONGEST_PATH or path.startswith("/") or "\\" in path or "\0" in path:
        return False
    parts = path.rstrip("/").split("/")
    return not any(part in ("", ".", "..") for part in parts) and not re.match(r"[A-Za-z]:", path)


def _part(name: str, so_far: str, xlate: Xlate) -> str:
    clean = _NEVER.sub("_", name)
    if xlate is not Xlate.NONE:
        clean = (_WINDOWS if xlate is Xlate.WINDOWS else _MAC).sub("_", clean)
    clean = "".join(one if _is_plain(one) else "_" for one in clean)
    if clean.startswith(("-", "~")):
        clean = f"_{clean[1:]}"
    if clean != clean.rstrip(". "):
        kept = clean.rstrip(". ")
        clean = kept + "_" * (len(clean) - len(kept))
    if not clean or clean == _INDEX or (xlate is Xlate.WINDOWS and _DEVICE.fullmatch(clean)):
        clean = f"_{clean}"
    if clean == name and len(clean.encode()) <= LONGEST_PART:
        return clean
    return _marked(clean, so_far)


def _is_plain(one: str) -> bool:
    return one.isprintable() and unicodedata.normalize("NFC", one) == one


def _marked(name: str, so_far: str) -> str:
    """With the digest; the ending of its name, by which people and programs know what it is, stays."""
    digest = hashlib.sha256(so_far.encode("utf-8", "surrogatepass")).hexdigest()[: _MARK - 1]
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or not re.fullmatch(r"[A-Za-z0-9]{1,8}", ending):
        stem, dot, ending = name, "", ""
    room = LONGEST_PART - _MARK - len(dot + ending)
    return f"{_cut(stem, room)}~{digest}{dot}{ending}"


def _cut(text: str, room: int) -> str:
    return text.encode()[:room].decode("utf-8", "ignore")


def marked(path: str, url: str) -> str:
    """A second path of a URL, by its digest: for one whose first differs from another's by capitals alone, say."""
    folder, _slash, name = path.rpartition("/")
    return f"{folder}/{_marked(name, f'{url} again')}"
