"""A status table as a page of the portal, for people who follow an old bookmark."""

from collections.abc import Sequence
from itertools import islice
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from apps.api.choices import DISPLAY, Kind
from apps.api.spelling import spelt
from apps.api.table import Reference, Sort, StatusTable, chunks, plain
from apps.api.tables import TABLES
from apps.common.pages import Action, Fact, Head, Link

# What a page shows; the files have all.
MOST = 200


def page(fields: QueryDict, table: StatusTable, wanted: Sequence[Sort]) -> dict[str, object]:
    rows = list(islice((row for some in chunks(table, wanted) for row in some), MOST + 1))
    asked = {name: value for name, value in fields.items() if name != "output"} | {"table": table.name}
    files = [
        Action(label, f"?{urlencode(asked | {'output': form})}")
        for label, form in (("XML", "xml"), ("CSV", "csv"), (gettext("Text"), "text"))
    ]
    said = gettext("A status table as LOCKSS 1.x has it, for programs. Its words are in English.")
    return {
        "head": Head(table.title, said, actions=files, trail=[_index()]),
        "facts": [Fact(line.title, _cell(line.value, line.kind)) for line in table.summary],
        "columns": [_title(column, asked, wanted) for column in table.columns],
        "rows": [[_cell(column.get(row), column.kind) for column in table.columns] for row in rows[:MOST]],
        "cut": len(rows) > MOST,
        "footnote": table.footnote,
        "caption": table.title,
    }


def fault(said: str) -> dict[str, object]:
    text = gettext("A status table as LOCKSS 1.x has it, for programs. Its words are in English.")
    return {"head": Head(gettext("Status tables"), text, trail=[_index()]), "fault": said}


def _index() -> Link:
    return Link(gettext("All tables"), "?table=table_of_all_tables")


def _title(column, asked: dict[str, str], wanted: Sequence[Sort]) -> SafeString:
    first = wanted[0] if wanted else None
    letter = "D" if first and first.column == column.name and not first.descending else "A"
    address = f"?{urlencode(asked | {'sort': letter + column.name})}"
    return format_html('<a href="{}">{}</a>', address, column.title)


def _cell(value: object, kind: Kind) -> SafeString:
    if isinstance(value, list):
        return format_html_join(", ", "{}", ((_cell(one, kind),) for one in value))
    if plain(value) is None:
        return SafeString("")
    if not isinstance(value, Reference):
        return format_html("{}", spelt(value, kind, DISPLAY))
    inner = _cell(value.value, kind)
    if value.table not in TABLES:
        return inner
    asked = {"table": value.table, **({"key": value.key} if value.key else {}), **value.properties}
    return format_html('<a href="?{}">{}</a>', urlencode(asked), inner)
