"""The texts of a BagIt bag (RFC 8493, version 1.0), written and read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

VERSION = "1.0"
_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)", re.DOTALL)
_ESCAPES = (("%", "%25"), ("\n", "%0A"), ("\r", "%0D"))
_BREAK = re.compile(r"[\r\n]+\s*")


class BagFaultCode(StrEnum):
    NO_LINE = "bag-manifest-line-malformed"
    ALGORITHM = "bag-algorithm-unknown"


@dataclass(frozen=True, slots=True)
class BagFault:
    code: BagFaultCode
    found: str
    expected: str


def bagit_text() -> str:
    return f"BagIt-Version: {VERSION}\nTag-File-Character-Encoding: UTF-8\n"


def bag_info(fields: Sequence[tuple[str, str]]) -> str:
    """``bag-info.txt``; what is empty is left out, a line break in a value becomes a blank."""
    return "".join(f"{name}: {_BREAK.sub(' ', value).strip()}\n" for name, value in fields if value.strip())


def manifest_line(digest: str, path: str) -> str:
    """A line of a manifest; of a path ``%`` and line ends are escaped (§2.1.3)."""
    for plain, escaped in _ESCAPES:
        path = path.replace(plain, escaped)
    return f"{digest}  {path}\n"


def parse_manifest_line(line: str, algorithm: str) -> tuple[str, str] | BagFault:
    """(digest in lower case, path) of a line without its end."""
    length = _LENGTHS.get(algorithm)
    if length is None:
        return BagFault(BagFaultCode.ALGORITHM, algorithm[:60], ", ".join(_LENGTHS))
    found = _LINE.fullmatch(line)
    if found is None or len(found[1]) != length:
        return BagFault(BagFaultCode.NO_LINE, line[:200], f"{length} hex digits, blanks, a path")
    path = found[2]
    for plain, escaped in reversed(_ESCAPES):
        path = path.replace(escaped, plain).replace(escaped.lower(), plain)
    return found[1].lower(), path.removeprefix("./")
