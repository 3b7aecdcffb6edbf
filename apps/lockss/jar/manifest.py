"""MANIFEST.MF and *.SF: sections of attributes, with the raw bytes that digests are made of (JAR File Specification)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from apps.lockss.jar.archive import JarError

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_MOST_SECTIONS = 50_000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,70}")


@dataclass(frozen=True, slots=True)
class Section:
    """``raw`` reaches to the end of the blank line that closes it; keys of ``attributes`` are lower case."""

    raw: bytes
    attributes: Mapping[str, str]

    def get(self, name: str) -> str | None:
        return self.attributes.get(name.lower())


@dataclass(frozen=True, slots=True)
class Manifest:
    main: Section
    sections: Mapping[str, Section]


def parse_manifest(data: bytes, where: str) -> Manifest:
    """JarError with the line of what cannot be read: half a manifest must not be believed."""
    main: Section | None = None
    sections: dict[str, Section] = {}
    for number, raw in _blocks(data):
        section = Section(raw, MappingProxyType(_attributes(raw, where, number)))
        if main is None:
            main = section
            continue
        name = section.get("name")
        if name is None:
            raise JarError(f"line {number}: a section begins without Name", where)
        if name in sections:
            raise JarError(f"line {number}: {name[:200]} has a section already", where)
        if len(sections) >= _MOST_SECTIONS:
            raise JarError(f"more than {_MOST_SECTIONS:,} sections", where)
        sections[name] = section
    if main is None:
        raise JarError("it is empty", where)
    return Manifest(main, MappingProxyType(sections))


def _blocks(data: bytes) -> list[tuple[int, bytes]]:
    """Each section's first line number and bytes; blank lines beyond the first belong to no section."""
    blocks: list[tuple[int, bytes]] = []
    start, begun_at, open_ = 0, 1, False
    for number, found in enumerate(_LINE.finditer(data), start=1):
        if found.start() == len(data):
            break
        blank = not found[0].strip(b"\r\n")
        if not open_ and not blank:
            start, begun_at, open_ = found.start(), number, True
        elif open_ and blank:
            blocks.append((begun_at, data[start : found.end()]))
            open_ = False
    if open_:
        blocks.append((begun_at, data[start:]))
    return blocks


def _attributes(raw: bytes, where: str, number: int) -> dict[str, str]:
    """A line that begins with a blank goes on with the line before: 72 bytes may end inside a character."""
    joined: list[tuple[int, bytearray]] = []
    for at, line in enumerate(re.split(rb"\r\n|\n|\r", raw), start=number):
        if not line:
            continue
        if line.startswith(b" "):
            if not joined:
                raise JarError(f"line {at}: nothing to continue", where)
            joined[-1][1].extend(line[1:])
        else:
            joined.append((at, bytearray(line)))
    found: dict[str, str] = {}
    for at, whole in joined:
        try:
            text = whole.decode("utf-8")
        except UnicodeDecodeError:
            raise JarError(f"line {at}: this is not UTF-8", where) from None
        name, colon, value = text.partition(": ")
        if not colon and text.endswith(":"):
            name, value = text[:-1], ""
        if not _NAME.fullmatch(name):
            raise JarError(f"line {at}: expected a name, a colon and a value", where)
        if name.lower() in found:
            raise JarError(f"line {at}: {name} stands twice in one section", where)
        found[name.lower()] = value
    return found
