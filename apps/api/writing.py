"""Tables as XML, text and CSV, written piece by piece while their rows are read."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr

from apps.api.choices import DISPLAY, NAMESPACE, Kind
from apps.api.spelling import NO_TEXT, spelt
from apps.api.table import Column, Reference, Shown, Sort, StatusTable, Summary, chunks, plain

# What XML 1.0 cannot hold, however it is written.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What a terminal obeys and no program reads.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_MARKS = re.compile("[&<>\r]")
_TEXT_MARKS = re.compile(r"([\\,=])")
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
EMPTY = "(Empty table)"


def xml(table: StatusTable, wanted: Sequence[Sort] = (), version: int = DISPLAY) -> Iterator[str]:
    """Every element in the namespace, by the prefix that programs look for."""
    yield f"{DECLARATION}<st:table xmlns:st={quoteattr(NAMESPACE)} version={quoteattr('2.0')}>"
    yield _element("name", table.name) + _element("key", table.key) + _element("title", table.title)
    if table.footnote:
        yield _element("footnote", table.footnote)
    for column in table.columns:
        yield _described(column)
    for rows in chunks(table, wanted):
        yield "".join(_row(table.columns, row, version) for row in rows)
    for line in table.summary:
        yield _summed(line, version)
    yield "</st:table>\n"


def xml_error(message: str) -> str:
    return f"{DECLARATION}<st:error xmlns:st={quoteattr(NAMESPACE)}>{_escaped(message)}</st:error>\n"


def text(table: StatusTable, wanted: Sequence[Sort] = ()) -> Iterator[str]:
    """Without the first line of the answer, which tells of the node."""
    head = [f"table={marked(table.title)}"]
    if table.key is not None:
        head.append(f"key={marked(table.key)}")
    head += [f"{_one_line(line.title)}={marked(_shown(line.value, line.kind))}" for line in table.summary]
    yield "\n" + ",".join(head) + "\n"
    for rows in chunks(table, wanted):
        yield "".join(_text_row(table.columns, row) for row in rows)


def csv_lines(table: StatusTable, wanted: Sequence[Sort] = ()) -> Iterator[str]:
    """For programs: values as they are, so that nobody opens it in a spreadsheet unawares it is sent as plain text."""
    if not table.columns:
        yield f"{EMPTY}\n"
        return
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow([column.title for column in table.columns])
    yield line.getvalue()
    for rows in chunks(table, wanted):
        line.seek(0)
        line.truncate()
        for row in rows:
            cells = [(column.get(row), column.kind) for column in table.columns]
            writer.writerow(
                ["" if plain(value) is None else _seen(_shown(value, kind)) for value, kind in cells]
            )
        yield line.getvalue()


def _seen(words: str) -> str:
    return _CONTROLS.sub("\ufffd", words)


def _escaped(words: object) -> str:
    return _MARKS.sub(lambda found: _ESCAPES[found[0]], _NO_XML.sub("\ufffd", str(words)))


def _element(name: str, content: object) -> str:
    return f"<st:{name}/>" if content is None else f"<st:{name}>{_escaped(content)}</st:{name}>"


def _described(column: Column) -> str:
    note = _element("footnote", column.footnote) if column.footnote else ""
    return (
        f"<st:columndescriptor>{_element('name', column.name)}{_element('type', int(column.kind))}"
        f"{_element('title', column.title)}{note}</st:columndescriptor>"
    )


def _row(columns: Sequence[Column], row: object, version: int) -> str:
    cells = []
    for column in columns:
        written = _values(column.get(row), column.kind, version)
        if written:
            cells.append(f"<st:cell>{_element('columnname', column.name)}{written}</st:cell>")
    return f"<st:row>{''.join(cells)}</st:row>"


def _summed(line: Summary, version: int) -> str:
    return (
        f"<st:summaryinfo>{_element('title', line.title)}{_element('type', int(line.kind))}"
        f"{_values(line.value, line.kind, version)}</st:summaryinfo>"
    )


def _values(value: object, kind: Kind, version: int) -> str:
    """Empty where there is no value: its cell is left out."""
    if isinstance(value, list):
        return "".join(_values(one, kind, version) for one in value)
    if plain(value) is None:
        return ""
    if isinstance(value, Reference):
        return f"<st:value>{_reference(value, kind, version)}</st:value>"
    attributes = ""
    if isinstance(value, Shown):
        attributes += f" color={quoteattr(value.color)}" if value.color else ""
        attributes += ' bold="true"' if value.bold else ""
    return f"<st:value{attributes}>{_escaped(spelt(value, kind, version))}</st:value>"


def _reference(value: Reference, kind: Kind, version: int) -> str:
    peer = f" peerid={quoteattr(_NO_XML.sub('', value.peer))}" if value.peer else ""
    properties = "".join(
        f"<st:property prop={quoteattr(name)}>{_escaped(words)}</st:property>"
        for name, words in value.properties.items()
    )
    key = _element("key", value.key) if value.key is not None else ""
    inner = _values(value.value, kind, version)
    return f"<st:reference{peer}>{_element('name', value.table)}{key}{properties}{inner}</st:reference>"


def _shown(value: object, kind: Kind) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(one, kind) for one in value)
    if plain(value) is None:
        return NO_TEXT
    while isinstance(value, Reference):
        value = value.value
    return spelt(value, kind, DISPLAY)


def _text_row(columns: Sequence[Column], row: object) -> str:
    cells = [(column, column.get(row)) for column in columns]
    said = [
        f"{column.name}={marked(_shown(value, column.kind))}"
        for column, value in cells
        if plain(value) is not None
    ]
    return ",".join(said) + "\n"


def marked(words: object) -> str:
    return _TEXT_MARKS.sub(r"\\\1", _one_line(words))


def _one_line(words: object) -> str:
    return _seen(" ".join(str(words).splitlines())) if words else str(words)
