"""Makes foreign text fit for a row, as PostgreSQL keeps neither NUL nor half of a surrogate pair, and for a page."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
DEEPEST = 20
# Names come from others' lists, as long as they like; a row of a list shows the beginning, a download and the row's own
# page have more.
LONGEST_IN_ROW = 300
LONGEST_OFFERED = 500
_USER = re.compile(r"^([a-z][a-z0-9+.-]*:[/\\]*|[/\\]{2,})[^/\\?#]*@", re.IGNORECASE)


def storable(text: object, longest: int = 2000) -> str:
    """At most ``longest`` characters of ``text``, with a replacement where a row could not hold one."""
    return _UNSTORABLE.sub(REPLACEMENT, str(text)[:longest])


def one_line(text: object, longest: int) -> str:
    """``storable`` text in which nothing ends a line."""
    return " ".join(storable(text, longest).split())


def is_storable(text: str) -> bool:
    """Whether a row can hold it; what none can hold is nowhere, and need not be looked for."""
    return _UNSTORABLE.search(text) is None


def plain_lines(text: str) -> str:
    """With the ends of lines as rows keep them: a browser sends every one of them as CR LF, whatever it was."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def storable_json(value: object, longest: int = 2000, depth: int = 0) -> object:
    """The same for what goes into a JSON column; what is no JSON, or lies too deep, becomes its text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        # NaN and the infinities are no JSON.
        return value if value - value == 0 else str(value)
    if isinstance(value, dict) and depth < DEEPEST:
        return {storable(k, longest): storable_json(v, longest, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [storable_json(item, longest, depth + 1) for item in value]
    return storable(value, longest)


def json_in(sent: str | bytes) -> Any:
    """What others sent as JSON. ValueError where it is none, or lies deeper than can be read: brackets cost nothing."""
    try:
        return json.loads(sent)
    except RecursionError:
        raise ValueError("it lies too deep") from None


def shortened(text: str, longest: int = LONGEST_IN_ROW) -> str:
    """Its beginning, where it is longer than a row of a list has room for."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def offered(names: Iterable[str]) -> list[str]:
    """What a field offers to choose from: a name cut would match nothing, so those that no field takes are left out."""
    return [name for name in names if len(name) <= LONGEST_OFFERED]


def without_user(address: str, instead: str = "") -> str:
    """An address without the user name and password before its host; ``instead`` stands where one was."""
    return _USER.sub(rf"\1{instead}", address)


def shown_address(address: str) -> str:
    """For pages and downloads, which everybody reads: that there is a user name, and neither it nor a password."""
    return without_user(address, "…@")


def path_in(address: str, *, query: bool = False) -> str:
    """The path of an address that somebody sent, with its query if asked for; empty where it is no address."""
    try:
        found = urlsplit(address)
    except ValueError:
        return ""
    return found.path + (f"?{found.query}" if query and found.query else "")
