"""``/DaemonStatus`` and ``/ListObjects``, as programs written for LOCKSS 1.x ask for them (docs/clients.md)."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from apps.api import html, objects, writing
from apps.api.access import arguments, reading
from apps.api.choices import DISPLAY, RAW
from apps.api.errors import NoSuchList, NoSuchTable, ShutTable, TableError
from apps.api.table import Sort, StatusTable, sorts, with_columns
from apps.api.tables import TABLES, Asked, au_of, checked_key, known
from apps.api.tables.node import version
from apps.common.text import storable
from apps.nodes import machine
from apps.nodes.choices import Tally
from apps.nodes.models import Count

METHODS = ("GET", "HEAD", "POST")
DEFAULT_TABLE = "OverviewStatus"
LONGEST_ARGUMENT = 8_000
MOST_NUMBER = 10**9
# A write to the network for every line would cost more than the line.
PIECE = 30_000
PLAIN, XML = "text/plain; charset=utf-8", "text/xml; charset=UTF-8"


@require_http_methods(METHODS)
@reading
def daemon_status(request: HttpRequest) -> HttpResponse:
    fields = arguments(request)
    if fields.get("isDaemonReady"):
        return _readiness()
    form = fields.get("output", "html").lower()
    version_ = RAW if fields.get("outputVersion") == str(RAW) else DISPLAY
    wanted = sorts(fields.get("sort", ""))
    try:
        table = _table(request, fields)
    except TableError as error:
        return _failed(request, form, error)
    if form == "xml":
        return _sent(writing.xml(table, wanted, version_), XML)
    if form == "text":
        return _sent(_text(table, wanted), PLAIN)
    if form == "csv":
        return _sent(writing.csv_lines(table, wanted), PLAIN)
    return TemplateResponse(request, "api/table.html", html.page(fields, table, wanted))


def _readiness() -> HttpResponse:
    """Ready once the rows that everything else is answered from have been written for the first time."""
    if Count.objects.filter(pk=Tally.SCANNED).exists():
        return _uncached(HttpResponse("true\n", content_type=PLAIN))
    return _uncached(HttpResponse("false\n", status=202, reason="Not ready", content_type=PLAIN))


def _table(request: HttpRequest, fields: QueryDict) -> StatusTable:
    found = known(fields.get("table") or DEFAULT_TABLE)
    shut = frozenset(
        one.name for one in TABLES.values() if one.roles and not request.user.has_role(*one.roles)
    )
    if found.name in shut:
        raise ShutTable(f"this table is for another role: {found.name}")
    key = fields.get("key")
    if not key and found.needs_key:
        key = fields.get("auid")
    asked = Asked(
        checked_key(found, key),
        skip=_number(fields, "skiprows", 0),
        number=_number(fields, "numrows", 100),
        url=storable(fields.get("url", ""), LONGEST_ARGUMENT),
        shut=shut,
    )
    table = with_columns(found.make(asked), [one for one in fields.get("columns", "").split(";") if one])
    options = fields.get("options", "").lower().split(",")
    return replace(table, rows=()) if "norows" in options else table


def _number(fields: QueryDict, name: str, otherwise: int) -> int:
    text = fields.get(name, "")
    if text.isascii() and text.isdecimal():
        return min(int(text[:12]), MOST_NUMBER)
    return otherwise


def _text(table: StatusTable, wanted: list[Sort]) -> Iterator[str]:
    """Its first line tells of the node, as 1.x does."""
    about = {
        "host": settings.NODE.lcap_identity,
        "time": int(time.time() * 1000),
        "up": machine.up_seconds() * 1000,
        "version": version(),
        "platform": machine.system(),
    }
    yield ",".join(f"{name}={writing.marked(value)}" for name, value in about.items()) + "\n"
    yield from writing.text(table, wanted)


def _failed(request: HttpRequest, form: str, error: TableError) -> HttpResponse:
    """With 200, as 1.x answers: programs look for the error in what they read. What is not for the reader is a 403."""
    status = 403 if isinstance(error, ShutTable) else 200
    said = f"No such table: {error}" if isinstance(error, NoSuchTable) else f"Error getting table: {error}"
    if form == "xml":
        return _uncached(HttpResponse(writing.xml_error(said), status=status, content_type=XML))
    if form in ("text", "csv"):
        plain = said.replace("No such table", "No table", 1)
        return _uncached(HttpResponse(f"{plain}\n", status=status, content_type=PLAIN))
    return TemplateResponse(request, "api/table.html", html.fault(said), status=status)


@require_http_methods(METHODS)
@reading
def list_objects(request: HttpRequest) -> HttpResponse:
    fields = arguments(request)
    auid = fields.get("auid", "")
    try:
        found = objects.listing(fields.get("type", ""))
        au = au_of(auid) if found.needs_au and auid == storable(auid, LONGEST_ARGUMENT) else None
        if found.needs_au and au is None:
            raise NoSuchTable("the AUID is longer than an AUID can be, or holds what none does")
    except (NoSuchList, NoSuchTable) as error:
        # With a status that a program cannot take for an empty list.
        return _uncached(HttpResponse(f"# {error}\n# end\n", status=404, content_type=PLAIN))
    return _sent(objects.written(found, au), PLAIN)


def _sent(lines: Iterable[str], kind: str) -> StreamingHttpResponse:
    return _uncached(StreamingHttpResponse(_pieces(iter(lines)), content_type=kind))


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    waiting: list[str] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size > PIECE:
            yield "".join(waiting).encode("utf-8", "replace")
            waiting, size = [], 0
    yield "".join(waiting).encode("utf-8", "replace")


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
