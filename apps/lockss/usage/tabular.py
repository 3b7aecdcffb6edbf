"""A report as a table: thirteen lines of a head, an empty one, names of columns, rows (COUNTER R5.1 §3.2)."""

import re
from collections.abc import Iterable, Iterator

from apps.lockss.usage.periods import heading, last_day, months
from apps.lockss.usage.reports import NAMESPACE, RELEASE, Attribute, Group, Header, Usage, View, groups

BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheet programs know by it that a file is UTF-8, so the Code wants it there."""
_SIGNS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def columns(view: View) -> tuple[str, ...]:
    """Without the months."""
    return (
        *("Title", "Publisher", "Publisher_ID", "Platform", "DOI", "Proprietary_ID"),
        *(("ISBN",) if view.isbn else ()),
        *("Print_ISSN", "Online_ISSN", "URI"),
        *map(str, view.attributes),
        *("Metric_Type", "Reporting_Period_Total"),
    )


def head(header: Header) -> list[tuple[str, str]]:
    """The thirteen names and values."""
    view = header.view
    filters = "; ".join(f"{name}={'|'.join(values)}" for name, values in view.filters.items())
    period = f"Begin_Date={header.begin.isoformat()}; End_Date={last_day(header.end).isoformat()}"
    return [
        ("Report_Name", view.name),
        ("Report_ID", view.id),
        ("Release", RELEASE),
        ("Institution_Name", header.institution),
        ("Institution_ID", f"{NAMESPACE}:{header.customer}"),
        ("Metric_Types", "; ".join(view.metrics)),
        ("Report_Filters", filters),
        ("Report_Attributes", ""),
        ("Exceptions", "; ".join(one.as_text for one in header.exceptions)),
        ("Reporting_Period", period),
        ("Created", header.created_text),
        ("Created_By", header.platform),
        ("Registry_Record", header.registry),
    ]


def lines(header: Header, usages: Iterable[Usage]) -> Iterator[str]:
    """Each with its end; all of one width, as spreadsheets write them. A row has a number for every month."""
    period = list(months(header.begin, header.end))
    names = (*columns(header.view), *map(heading, period))
    for pair in head(header):
        yield _line(pair, len(names))
    yield _line((), len(names))
    yield _line(names, len(names))
    for group in groups(header, usages):
        for row in _rows(group, header):
            yield _line(row, len(names))


def table(header: Header, usages: Iterable[Usage]) -> bytes:
    """The whole file."""
    return (BYTE_ORDER_MARK + "".join(lines(header, usages))).encode()


def _rows(group: Group, header: Header) -> Iterator[tuple[str, ...]]:
    title, view = group.title, header.view
    values = dict(group.attributes)
    for metric, by_month in group.counts.items():
        numbers = [by_month.get(month, 0) for month in months(header.begin, header.end)]
        yield (
            *(title.name, title.publisher, title.publisher_id, header.platform, title.doi, title.proprietary),
            *((title.isbn,) if view.isbn else ()),
            *(title.print_issn, title.online_issn, ""),
            *(values[Attribute(name)] for name in view.attributes),
            *(str(metric), str(sum(numbers))),
            *map(str, numbers),
        )


def _line(values: Iterable[str], width: int) -> str:
    """No value holds a sign that would begin a cell or a line."""
    cells = [_SIGNS.sub(" ", value).strip() for value in values]
    return "\t".join([*cells, *[""] * (width - len(cells))]) + "\n"
