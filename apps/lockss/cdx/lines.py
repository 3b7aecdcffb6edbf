"""Lines of a CDX server: CDXJ, one JSON object a line, and the CDX of eleven fields (``N b a m s k r M S V g``)."""

import datetime as dt
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice

from apps.lockss.cdx.query import FIELDS, CdxQuery, Output, Sort
from apps.lockss.cdx.surt import surt_of
from apps.lockss.memento.links import safe_uri
from apps.lockss.memento.moments import second_of, stamp_of

CDX_HEADER = " CDX N b a m s k r M S V g\n"
MEDIA_TYPES = {
    Output.CDXJ: "text/x-cdxj",
    Output.JSON: "application/x-ndjson",
    Output.TEXT: "text/plain",
}
_NOT_IN_FIELD = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True)
class CdxRecord:
    """One stored version. ``filename`` and ``offset`` only where the reader has the WARC file, too: a remote pywb would
    look for it instead of asking the node."""

    url: str
    moment: dt.datetime
    mime: str = ""
    status: int | None = None
    digest: str = ""
    length: int | None = None
    offset: int | None = None
    filename: str = ""

    def value(self, field: str) -> str:
        """A field by its name, "" where it is not known. No value has a blank or a control character."""
        if field == "urlkey":
            return surt_of(self.url)
        if field == "timestamp":
            return stamp_of(self.moment)
        if field == "url":
            return safe_uri(self.url)
        found = getattr(self, field, None)
        return "" if found is None else _word(str(found))


def _word(text: str) -> str:
    return _NOT_IN_FIELD.sub(lambda one: "".join(f"%{byte:02X}" for byte in _bytes(one[0])), text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def cdx_line(record: CdxRecord, fields: tuple[str, ...] = ()) -> str:
    """Fields between single blanks; what is not known is ``-``."""
    return " ".join(record.value(name) or "-" for name in fields or FIELDS) + "\n"


def cdxj_line(record: CdxRecord, fields: tuple[str, ...] = ()) -> str:
    """Key, timestamp and a JSON object of texts; what is not known is left out."""
    rest = _known(record, [name for name in fields or FIELDS if name not in FIELDS[:2]])
    return f"{record.value('urlkey')} {record.value('timestamp')} {json.dumps(rest)}\n"


def json_line(record: CdxRecord, fields: tuple[str, ...] = ()) -> str:
    return json.dumps(_known(record, fields or FIELDS)) + "\n"


def _known(record: CdxRecord, names: Iterable[str]) -> dict[str, str]:
    return {name: value for name in names if (value := record.value(name))}


_WRITERS = {Output.CDXJ: cdxj_line, Output.JSON: json_line, Output.TEXT: cdx_line}


def answer(query: CdxQuery, records: Iterable[CdxRecord]) -> Iterator[str]:
    """The lines of an answer. ``records``: those of the URL or prefix, by URL and then oldest first.

    At most ``MOST_LINES`` of them are held, and none where the order is the one in which they come.
    """
    write = _WRITERS[query.output]
    for record in _chosen(query, _passing(query, records)):
        yield write(record, query.fields)


def _passing(query: CdxQuery, records: Iterable[CdxRecord]) -> Iterator[CdxRecord]:
    for one in records:
        second = second_of(one.moment)
        if query.since is not None and second < query.since:
            continue
        if query.until is not None and second > query.until:
            continue
        if all(test.passes(one.value) for test in query.filters):
            yield one


def _chosen(query: CdxQuery, records: Iterator[CdxRecord]) -> Iterable[CdxRecord]:
    limit = abs(query.limit)
    if query.sort is Sort.CLOSEST and query.closest is not None:
        wanted = query.closest
        return nsmallest(limit, records, key=lambda one: (abs(second_of(one.moment) - wanted), one.moment))
    takes_last = (query.limit < 0) is not (query.sort is Sort.REVERSE)
    some: Iterable[CdxRecord] = deque(records, limit) if takes_last else islice(records, limit)
    return reversed(list(some)) if query.sort is Sort.REVERSE else some
