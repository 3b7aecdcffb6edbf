"""Parameters of an AU: what a definition asks for, and texts read as values (plugins §4)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from apps.lockss.urls import UrlRefusal, parse_url

MAX_SET = 10_000
_DIGITS = re.compile(r"[+-]?[0-9]{1,19}")
_YEAR = re.compile(r"[0-9]{4}|0")
_INTERVAL = re.compile(r"(?:[0-9]{1,12}\s*(?:ms|[smhdwy])\s*)+|[0-9]{1,18}")
_INTERVAL_PART = re.compile(r"([0-9]{1,12})\s*(ms|[smhdwy])")
_MACRO = re.compile(r"\{\s*([0-9]{1,10})\s*-\s*([0-9]{1,10})\s*\}")
_MS = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


class ParamType(IntEnum):
    """The codes of ``<type>``."""

    STRING = 1
    INT = 2
    URL = 3
    YEAR = 4
    BOOLEAN = 5
    POS_INT = 6
    RANGE = 7
    NUM_RANGE = 8
    SET = 9
    USER_PASSWORD = 10
    LONG = 11
    TIME_INTERVAL = 12


@dataclass(frozen=True, slots=True)
class TextRange:
    """Both ends inclusive, compared as texts."""

    low: str
    high: str


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Both ends inclusive."""

    low: int
    high: int


ParamValue = str | int | bool | TextRange | NumberRange | tuple[str, ...]
"""A set is a tuple; a time interval its milliseconds; a URL and ``user:password`` stay texts."""


@dataclass(frozen=True, slots=True)
class ParamFault:
    """``key`` has ``text`` where ``expected`` should stand; ``text`` None: it is missing."""

    key: str
    expected: str
    text: str | None = None

    def __str__(self) -> str:
        found = "missing" if self.text is None else f"{self.text!r} is not {self.expected}"
        return f"{self.key}: {found}" if self.text is not None else f"{self.key}: {found}, {self.expected}"


@dataclass(frozen=True, slots=True)
class ConfigParam:
    """One descriptor. ``definitional`` values make up the AUID; ``default_only`` ones stay in the title list."""

    key: str
    type: ParamType
    display_name: str = ""
    description: str = ""
    size: int = 0
    definitional: bool = True
    default_only: bool = False

    @property
    def label(self) -> str:
        return self.display_name or self.key

    def parse(self, text: str) -> ParamValue | ParamFault:
        return parse_value(self.type, text, self.key)


def _implicit(key: str, kind: ParamType) -> ConfigParam:
    return ConfigParam(key, kind, definitional=False, default_only=True)


IMPLICIT_PARAMS = (
    _implicit("au_closed", ParamType.BOOLEAN),
    _implicit("pub_down", ParamType.BOOLEAN),
    _implicit("pub_never", ParamType.BOOLEAN),
    _implicit("protocol_version", ParamType.POS_INT),
    _implicit("crawl_proxy", ParamType.STRING),
    _implicit("nc_interval", ParamType.TIME_INTERVAL),
)
"""What every AU may carry whatever its definition says."""

AU_KEYS = frozenset({"reserved.disabled", "reserved.repository", "reserved.displayName", "pause_time"})
"""Keys of an AU's configuration that are no parameters."""


def parse_value(kind: ParamType, text: str, key: str = "") -> ParamValue | ParamFault:
    """``text`` as a value of a type, or what was expected."""
    value = _READERS[kind](text)
    return ParamFault(key, EXPECTED[kind], text[:200]) if value is None else value


EXPECTED: Mapping[ParamType, str] = {
    ParamType.STRING: "a text that is not empty",
    ParamType.INT: "a whole number of 32 bits",
    ParamType.URL: "an absolute URL",
    ParamType.YEAR: "a year of four digits, or 0",
    ParamType.BOOLEAN: "true/yes/on/1 or false/no/off/0",
    ParamType.POS_INT: "a whole number from 0 to 2147483647",
    ParamType.RANGE: "a range a-b with a not above b",
    ParamType.NUM_RANGE: "a range of numbers a-b with a not above b",
    ParamType.SET: "a list with commas",
    ParamType.USER_PASSWORD: "user:password",
    ParamType.LONG: "a whole number of 64 bits",
    ParamType.TIME_INTERVAL: "a time such as 10d, 2w or 3h",
}


def _integer(text: str, bits: int) -> int | None:
    if _DIGITS.fullmatch(text) is None:
        return None
    number = int(text)
    return number if -(1 << bits) <= number < 1 << bits else None


def _natural(text: str) -> int | None:
    number = _integer(text, 31)
    return number if number is not None and number >= 0 else None


def _url(text: str) -> str | None:
    return None if isinstance(parse_url(text), UrlRefusal) else text


def _year(text: str) -> int | None:
    return int(text) if _YEAR.fullmatch(text) is not None else None


def _boolean(text: str) -> bool | None:
    word = text.lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _ends(text: str) -> tuple[str, str] | None:
    """The first two parts between hyphens; what follows a second hyphen is dropped, as deployed."""
    parts = [part.strip() for part in text.split("-")[:2]]
    parts = [part for part in parts if part]
    return (parts[0], parts[-1]) if parts else None


def _range(text: str) -> TextRange | None:
    ends = _ends(text)
    if ends is None or utf16_key(ends[0]) > utf16_key(ends[1]):
        return None
    return TextRange(*ends)


def _number_range(text: str) -> NumberRange | TextRange | None:
    ends = _ends(text)
    if ends is None:
        return None
    low, high = (_integer(end, 63) for end in ends)
    if low is None or high is None:
        return _range(text)
    return NumberRange(low, high) if low <= high else None


def _members(text: str) -> tuple[str, ...]:
    raw = [part.strip() for part in islice(text.split(","), MAX_SET)]
    expanded = (member for part in raw if part for member in _expanded(part))
    return tuple(islice(expanded, MAX_SET))


def _expanded(part: str) -> Iterable[str]:
    found = _MACRO.fullmatch(part)
    if found is None or int(found[2]) >= 1 << 31:
        return (part,)
    return map(str, range(int(found[1]), int(found[2]) + 1))


def _user_password(text: str) -> str | None:
    return text if len([part for part in text.split(":") if part]) == 2 else None


def parse_interval(text: str) -> int | None:
    """Milliseconds of ``2w``, ``1d 12h`` or a bare number; None for anything else."""
    text = text.strip().lower()
    if _INTERVAL.fullmatch(text) is None:
        return None
    if text.isdigit():
        return int(text)
    return sum(int(amount) * _MS[unit] for amount, unit in _INTERVAL_PART.findall(text))


def utf16_key(text: str) -> bytes:
    """Texts in the order of their UTF-16 units, which is Java's."""
    return text.encode("utf-16-be", "surrogatepass")


_READERS = {
    ParamType.STRING: lambda text: text or None,
    ParamType.INT: lambda text: _integer(text, 31),
    ParamType.URL: _url,
    ParamType.YEAR: _year,
    ParamType.BOOLEAN: _boolean,
    ParamType.POS_INT: _natural,
    ParamType.RANGE: _range,
    ParamType.NUM_RANGE: _number_range,
    ParamType.SET: _members,
    ParamType.USER_PASSWORD: _user_password,
    ParamType.LONG: lambda text: _integer(text, 63),
    ParamType.TIME_INTERVAL: parse_interval,
}
