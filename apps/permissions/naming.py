"""What the lines of an agreement's form name: titles, archival units, platform definitions of a publisher."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet

from apps.common.search import fold
from apps.plugins.models import Plugin
from apps.titles.models import ListedAu, Publisher, Title

# All that a line may mean, the older first; a line that means nothing is left out.
Meant = dict[str, list[Any]]
Find = Callable[[Publisher, list[str]], Meant]
_ISSN = re.compile(r"\d{4}-?\d{3}[\dXx]", re.ASCII)
_NUMBER = re.compile(r"#\d{1,18}", re.ASCII)
_ISSNS = ("issn", "eissn", "issn_l")


def titles(publisher: Publisher, lines: list[str]) -> Meant:
    """By number, else by ISSN, else by name: five queries, however many lines."""
    rows = Title.objects.filter(publisher=publisher).order_by("id")
    numbers = {line: int(line[1:]) for line in lines if _NUMBER.fullmatch(line)}
    issns = {line: f"{line[:4]}-{line[-4:].upper()}" for line in lines if _ISSN.fullmatch(line)}
    by_name = _by(rows, ("name_key",), {line: fold(line) for line in lines})
    return by_name | _by(rows, _ISSNS, issns) | _by(rows, ("pk",), numbers)


def lines_of(publisher: Publisher, rows: Iterable[Title]) -> list[str]:
    """For each title the plainest line that means it and no other title of this publisher."""
    ways = {row.pk: _ways(row) for row in rows}
    meant = titles(publisher, list(dict.fromkeys(line for lines in ways.values() for line in lines)))
    return [
        next(line for line in lines if [row.pk for row in meant.get(line, ())] == [pk])
        for pk, lines in ways.items()
    ]


def number_of(title: Title) -> str:
    """A line that always means this one title."""
    return f"#{title.pk}"


def _ways(row: Title) -> list[str]:
    lines = [*(getattr(row, field) for field in _ISSNS), row.name.strip(), number_of(row)]
    # A name may hold a line break, and would come back as two lines.
    return [line for line in lines if line.splitlines() == [line]]


def _by(rows: QuerySet, fields: tuple[str, ...], wanted: dict[str, Any]) -> Meant:
    """Rows that hold the wanted value in any of the fields, by the line that wants it."""
    known: dict[Any, dict[int, Any]] = defaultdict(dict)
    for field in fields:
        for row in rows.filter(**{f"{field}__in": set(wanted.values())}):
            known[getattr(row, field)][row.pk] = row
    return {
        line: [known[value][pk] for pk in sorted(known[value])]
        for line, value in wanted.items()
        if value in known
    }


def aus(publisher: Publisher, lines: list[str]) -> Meant:
    rows = ListedAu.objects.filter(publisher=publisher)
    return _by(rows, ("auid",), {line: line for line in lines})


def platforms(publisher: Publisher, lines: list[str]) -> Meant:
    """Definitions that are loaded, and those that a list names for this publisher."""
    loaded = Plugin.objects.filter(plugin_id__in=lines)
    named = ListedAu.objects.filter(publisher=publisher, plugin_id__in=lines)
    known = {
        *loaded.values_list("plugin_id", flat=True),
        *named.values_list("plugin_id", flat=True).distinct(),
    }
    return {line: [line] for line in lines if line in known}
