"""TimeMaps: all mementos of a URL, oldest first, as link-format (RFC 6690, 7089) and as JSON, line by line.

Above 5,000 mementos a TimeMap lists its pages, each a TimeMap of its own with the span that it covers.
Every line is written as its capture comes: nothing is held.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from apps.lockss.http_dates import format_date as http_date
from apps.lockss.memento.captures import Capture
from apps.lockss.memento.links import LINK_FORMAT, Addresses, link, safe_uri
from apps.lockss.memento.moments import stamp_of

PAGE = 5_000
"""Mementos of one page."""


@dataclass(frozen=True, slots=True)
class Page:
    """``number`` counts from 1; ``first`` and ``last`` are the moments of its first and last memento."""

    number: int
    first: dt.datetime
    last: dt.datetime

    def rows(self, size: int = PAGE) -> slice:
        """Which captures are on it, counted from the oldest."""
        return slice((self.number - 1) * size, self.number * size)


def pages_of(moments: Iterable[dt.datetime], size: int = PAGE) -> list[Page]:
    """The pages of a list of mementos, oldest first; none where there is no memento."""
    pages: list[Page] = []
    first = last = None
    count = 0
    for moment in moments:
        if count == size and first is not None and last is not None:
            pages.append(Page(len(pages) + 1, first, last))
            count = 0
        first = moment if count == 0 else first
        last = moment
        count += 1
    if first is not None and last is not None:
        pages.append(Page(len(pages) + 1, first, last))
    return pages


def link_timemap(
    addresses: Addresses, url: str, pages: Sequence[Page], number: int, captures: Iterable[Capture]
) -> Iterator[str]:
    """Page ``number`` of a TimeMap, the whole where there is but one, as lines that end in a line feed.

    ``captures`` are those of the page. Without a memento there is no TimeMap (404), nor is there of a page that is not
    one of ``pages``.
    """
    page = pages[number - 1]
    own = None if len(pages) == 1 else number
    lines = [
        link(url, "original"),
        link(addresses.timemap(url, page=own), "self", **_span(page.first, page.last)),
        link(addresses.timegate(url), "timegate"),
    ]
    for other, rel in _beside(pages, number):
        uri = addresses.timemap(url, page=other.number)
        lines.append(link(uri, f"{rel} timemap", **_span(other.first, other.last)))
    yield from (f"{line},\n" for line in lines[:-1])
    pending = lines[-1]
    is_first = number == 1
    for one, is_last in _with_end(captures):
        yield f"{pending},\n"
        roles = ["first"] * is_first + ["last"] * (is_last and number == len(pages)) + ["memento"]
        said = {"datetime": http_date(one.moment)} | ({"auid": one.au} if one.au else {})
        pending = link(addresses.memento(url, one), " ".join(roles), **said)
        is_first = False
    yield f"{pending}\n"


def link_index(addresses: Addresses, url: str, pages: Sequence[Page]) -> Iterator[str]:
    """The TimeMap of more than one page: it lists them, no mementos."""
    yield link(url, "original") + ",\n"
    yield link(addresses.timegate(url), "timegate") + ",\n"
    pending = link(addresses.timemap(url), "self", **_span(pages[0].first, pages[-1].last))
    for page in pages:
        yield f"{pending},\n"
        uri = addresses.timemap(url, page=page.number)
        pending = link(uri, "timemap", **_span(page.first, page.last))
    yield f"{pending}\n"


def _span(first: dt.datetime, last: dt.datetime) -> dict[str, str]:
    return {"type": LINK_FORMAT, "from_": http_date(first), "until": http_date(last)}


def _beside(pages: Sequence[Page], number: int) -> Iterator[tuple[Page, str]]:
    if number > 1:
        yield pages[number - 2], "prev"
    if number < len(pages):
        yield pages[number], "next"


def _with_end(captures: Iterable[Capture]) -> Iterator[tuple[Capture, bool]]:
    waiting: Capture | None = None
    for one in captures:
        if waiting is not None:
            yield waiting, False
        waiting = one
    if waiting is not None:
        yield waiting, True


def json_timemap(
    addresses: Addresses, url: str, pages: Sequence[Page], number: int, captures: Iterable[Capture]
) -> Iterator[str]:
    """The same as one JSON object, in pieces: ``mementos.list`` holds ``datetime`` (ISO 8601) and ``uri``."""
    page = pages[number - 1]
    head = _json_head(addresses, url, None if len(pages) == 1 else number, page.first, page.last)
    for other, rel in _beside(pages, number):
        head[rel] = addresses.timemap(url, "json", other.number)
    ends = {
        "first": _json_memento(addresses, url, Capture(pages[0].first)),
        "last": _json_memento(addresses, url, Capture(pages[-1].last)),
    }
    yield f'{json.dumps(head)[:-1]}, "mementos": {json.dumps(ends)[:-1]}, "list": ['
    comma = "\n"
    for one in captures:
        yield comma + json.dumps(_json_memento(addresses, url, one))
        comma = ",\n"
    yield "\n]}}\n"


def json_index(addresses: Addresses, url: str, pages: Sequence[Page]) -> Iterator[str]:
    """The pages of a TimeMap as JSON: ``timemap_index``."""
    head = _json_head(addresses, url, None, pages[0].first, pages[-1].last)
    yield json.dumps(head)[:-1] + ', "timemap_index": ['
    comma = "\n"
    for page in pages:
        uri = addresses.timemap(url, "json", page.number)
        yield comma + json.dumps({"uri": uri, "from": _iso(page.first), "until": _iso(page.last)})
        comma = ",\n"
    yield "\n]}\n"


def _json_head(
    addresses: Addresses, url: str, number: int | None, first: dt.datetime, last: dt.datetime
) -> dict[str, object]:
    return {
        "original_uri": safe_uri(url),
        "self": addresses.timemap(url, "json", number),
        "timegate_uri": addresses.timegate(url),
        "timemap_uri": {
            "link_format": addresses.timemap(url, "link", number),
            "json_format": addresses.timemap(url, "json", number),
        },
        "from": _iso(first),
        "until": _iso(last),
    }


def _json_memento(addresses: Addresses, url: str, one: Capture) -> dict[str, str]:
    told = {"datetime": _iso(one.moment), "uri": addresses.memento(url, one)}
    return told | ({"auid": one.au} if one.au else {})


def _iso(moment: dt.datetime) -> str:
    digits = stamp_of(moment)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:]}Z"
