"""What the lines of an agreement's form name: titles, archival units, platform definitions of a publisher."""

import re
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from apps.common.search import fold
from apps.plugins.models import Plugin
from apps.titles.models import ListedAu, Publisher, Title

Find = Callable[[Publisher, list[str]], dict[str, Any]]
_ISSN = re.compile(r"\d{4}-?\d{3}[\dXx]", re.ASCII)


def titles(publisher: Publisher, lines: list[str]) -> dict[str, Title]:
    """By ISSN, else by name: four queries, however many lines."""
    rows = Title.objects.filter(publisher=publisher).order_by("-id")
    issns = {line: f"{line[:4]}-{line[-4:].upper()}" for line in lines if _ISSN.fullmatch(line)}
    keys = {line: fold(line) for line in lines}
    found = _by(rows, "name_key", keys)
    for field in ("issn_l", "eissn", "issn"):
        found |= _by(rows, field, issns)
    return found


def _by(rows: QuerySet, field: str, wanted: dict[str, str]) -> dict[str, Any]:
    """Rows by the line that means them; of two the older one."""
    known = {getattr(row, field): row for row in rows.filter(**{f"{field}__in": set(wanted.values())})}
    return {line: known[value] for line, value in wanted.items() if value in known}


def aus(publisher: Publisher, lines: list[str]) -> dict[str, ListedAu]:
    rows = ListedAu.objects.filter(publisher=publisher)
    return _by(rows, "auid", {line: line for line in lines})


def platforms(publisher: Publisher, lines: list[str]) -> dict[str, str]:
    """Definitions that are loaded, and those that a list names for this publisher."""
    loaded = Plugin.objects.filter(plugin_id__in=lines)
    named = ListedAu.objects.filter(publisher=publisher, plugin_id__in=lines)
    known = {
        *loaded.values_list("plugin_id", flat=True),
        *named.values_list("plugin_id", flat=True).distinct(),
    }
    return {line: line for line in lines if line in known}
