"""What a reader's request asks beyond the URL: conditions, ranges, codings it understands (RFC 9110 §12–14).

One judge for the content host, the proxies and the files of exports; what a clock is needed for says so."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.common.clock import now as clock
from apps.lockss.http_dates import format_date, parse_date

MOST_RANGES = 16
_RANGES = re.compile(r"bytes[ \t]*=[ \t]*(.+)", re.ASCII | re.IGNORECASE)
_RANGE = re.compile(r"[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*", re.ASCII)
# Beyond all that is stored: longer numbers are no other.
_DIGITS = 18
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_CODING = re.compile(r"[ \t]*([A-Za-z0-9*._-]+)(?:[ \t]*;[ \t]*q=([01](?:\.\d{0,3})?))?[ \t]*", re.ASCII)
IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` to ``stop`` (exclusive)."""

    start: int
    stop: int


class NoSuchBytesError(Exception):
    """The range lies behind the end."""


class Condition(StrEnum):
    """What the conditions come to."""

    MET = "met"
    FAILED = "failed"
    UNCHANGED = "unchanged"


def judged(given: Mapping[str, str], tag: str, modified: str | None, now: dt.datetime) -> Condition:
    """In the order of RFC 9110 §13.2.2, for GET and HEAD. ``tag`` is strong; ``modified``: the stored field."""
    date = parse_date(modified, now)
    if (match := given.get("if-match")) is not None:
        if match.strip() != "*" and tag not in _strong(match):
            return Condition.FAILED
    elif (since := parse_date(given.get("if-unmodified-since"), now)) is not None and date and date > since:
        return Condition.FAILED
    if (none := given.get("if-none-match")) is not None:
        same = none.strip() == "*" or tag in {found[2] for found in _TAG.finditer(none)}
        return Condition.UNCHANGED if same else Condition.MET
    since = parse_date(given.get("if-modified-since"), now)
    return Condition.UNCHANGED if since and date and date <= since else Condition.MET


def _strong(text: str) -> set[str]:
    return {found[2] for found in _TAG.finditer(text) if not found[1]}


def spans(
    given: Mapping[str, str], size: int, tag: str, modified: str | None, now: dt.datetime
) -> list[Span] | None:
    """The ranges that are asked for, in order, touching ones merged; None: the whole is to be sent, because there are
    none, they are malformed or too many, or of another version. An empty list: all lie behind the end (416)."""
    text, condition = given.get("range"), given.get("if-range")
    if text is None or (condition is not None and not _of_this(condition.strip(), tag, modified, now)):
        return None
    found = _RANGES.fullmatch(text.strip())
    parts = found[1].split(",") if found else []
    if not 0 < len(parts) <= MOST_RANGES:
        return None
    wanted: list[Span] = []
    for part in parts:
        one = _RANGE.fullmatch(part)
        if one is None or (one[2] and _order(one[2]) < _order(one[1])):
            return None
        span = _span(one, size)
        if span is not None:
            wanted.append(span)
    return _merged(wanted)


def _order(digits: str) -> tuple[int, str]:
    """Numbers of any length by size."""
    plain = digits.lstrip("0")
    return len(plain), plain


def _number(digits: str) -> int:
    plain = digits.lstrip("0")
    return int(plain or "0") if len(plain) <= _DIGITS else 10**_DIGITS


def _span(one: re.Match[str], size: int) -> Span | None:
    if one[3] is not None:
        length = min(_number(one[3]), size)
        return Span(size - length, size) if length else None
    start = _number(one[1])
    stop = min(_number(one[2]) + 1, size) if one[2] else size
    return Span(start, stop) if start < size else None


def _merged(wanted: list[Span]) -> list[Span]:
    """Who asks for the same bytes several times gets them once; the order stays where nothing touches."""
    apart = all(a.stop < b.start or b.stop < a.start for i, a in enumerate(wanted) for b in wanted[:i])
    if apart:
        return wanted
    merged: list[Span] = []
    for span in sorted(wanted, key=lambda each: each.start):
        if merged and span.start <= merged[-1].stop:
            merged[-1] = Span(merged[-1].start, max(merged[-1].stop, span.stop))
        else:
            merged.append(span)
    return merged


def _of_this(condition: str, tag: str, modified: str | None, now: dt.datetime) -> bool:
    """A date counts only as the very one that was told, which is then old enough to be strong."""
    if condition.startswith(('"', "W/")):
        return condition == tag
    date, own = parse_date(condition, now), parse_date(modified, now)
    return date is not None and date == own


def date_of(text: str | None) -> dt.datetime | None:
    """A date of HTTP in UTC, as of now; None for what is none."""
    return parse_date(text, clock())


def unchanged(given: Mapping[str, str], tag: str, modified: dt.datetime | None) -> bool:
    """Whether the reader has it already: tags are asked first, dates only without them."""
    return judged(given, tag, modified and format_date(modified), clock()) is Condition.UNCHANGED


def wanted_span(
    given: Mapping[str, str], size: int, tag: str, modified: dt.datetime | None = None
) -> Span | None:
    """The one range that is asked for; None for the whole: no range, several, malformed, or of another version."""
    found = spans(given, size, tag, modified and format_date(modified), clock())
    if found == []:
        raise NoSuchBytesError
    return found[0] if found is not None and len(found) == 1 else None


def understands(accepted: str | None, stored: str) -> bool:
    """Whether a reader takes a body in the stored codings. One that says nothing takes none: most tools do not decode."""
    weights = {}
    for part in (accepted or "").split(","):
        if found := _CODING.fullmatch(part):
            weights[found[1].lower().removeprefix("x-")] = float(found[2] or 1)
    codings = [name.strip().lower().removeprefix("x-") for name in stored.split(",")]
    return all(weights.get(name, weights.get("*", 0)) > 0 for name in codings if name not in ("", IDENTITY))
