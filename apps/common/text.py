"""Makes foreign text fit for a row: PostgreSQL keeps neither NUL nor half of a surrogate pair."""

import re
from urllib.parse import urlsplit

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
DEEPEST = 20


def storable(text: object, longest: int = 2000) -> str:
    """At most ``longest`` characters of ``text``, with a replacement where a row could not hold one."""
    return _UNSTORABLE.sub(REPLACEMENT, str(text)[:longest])


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


def path_in(address: str, *, query: bool = False) -> str:
    """The path of an address that somebody sent, with its query if asked for; empty where it is no address."""
    try:
        found = urlsplit(address)
    except ValueError:
        return ""
    return found.path + (f"?{found.query}" if query and found.query else "")
