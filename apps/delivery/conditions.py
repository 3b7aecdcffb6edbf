"""What a reader's request asks beyond the URL: conditions, a range, codings it understands (RFC 9110 §12–14). Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_RANGE = re.compile(
    r"bytes[ \t]*=[ \t]*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))[ \t]*", re.ASCII | re.IGNORECASE
)
_CODING = re.compile(r"[ \t]*([A-Za-z0-9*._-]+)(?:[ \t]*;[ \t]*q=([01](?:\.\d{0,3})?))?[ \t]*", re.ASCII)
IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` to ``stop`` (exclusive)."""

    start: int
    stop: int


class NoSuchBytesError(Exception):
    """The range lies behind the end."""


def date_of(text: str | None) -> dt.datetime | None:
    """A date of HTTP in UTC; None for what is none."""
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def unchanged(given: Mapping[str, str], tag: str, modified: dt.datetime | None) -> bool:
    """Whether the reader has it already: tags are asked first, dates only without them."""
    tags = given.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in _TAG.findall(tags)
    since = date_of(given.get("if-modified-since"))
    return since is not None and modified is not None and modified <= since


def wanted_span(given: Mapping[str, str], size: int, tag: str) -> Span | None:
    """The one range that is asked for; None for the whole: no range, several, malformed, or of another version."""
    text = given.get("range")
    condition = given.get("if-range")
    if text is None or (condition is not None and condition.strip() != tag):
        return None
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return None
    first, last, final = found.groups()
    if final is not None:
        length = min(int(final), size)
        if not length:
            raise NoSuchBytesError
        return Span(size - length, size)
    start, stop = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < int(first):
        return None
    if start >= size:
        raise NoSuchBytesError
    return Span(start, stop)


def understands(accepted: str | None, stored: str) -> bool:
    """Whether a reader takes a body in the stored codings. One that says nothing takes none: most tools do not decode."""
    weights = {}
    for part in (accepted or "").split(","):
        if found := _CODING.fullmatch(part):
            weights[found[1].lower().removeprefix("x-")] = float(found[2] or 1)
    codings = [name.strip().lower().removeprefix("x-") for name in stored.split(",")]
    return all(weights.get(name, weights.get("*", 0)) > 0 for name in codings if name not in ("", IDENTITY))
