"""The report as a PDF to read and to print: what the words mean, then a paragraph for each line."""

import datetime as dt
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext

from apps.common.display import count_text, day_text
from apps.common.pdf import make_pdf
from apps.kbart.asking import Order
from apps.kbart.choices import Shape
from apps.kbart.errors import ReportError
from apps.kbart.words import SCOPES

TEMPLATE = Path(__file__).resolve().parents[1] / "typst" / "report.typ"
# The typesetter holds all of a document: some 60 kB a line.
MOST_LINES = 10_000
ONE_AT_A_TIME = threading.Lock()
MOST_FIELDS = 20_000
# Longer words would leave the page.
LONGEST_WORD = 60
_LONG = re.compile(rf"(\S{{{LONGEST_WORD}}})(?=\S)")
BREAK = "\N{ZERO WIDTH SPACE}"


def write_pdf(
    out: IO[bytes],
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    order: Order,
    about: Callable[[], Sequence[tuple[str, str]]],
    at: dt.datetime,
) -> None:
    """ReportError: more lines than a document can have. ``about`` is asked once the rows are through."""
    readable = order.layout.standard and not order.omit_empty
    most = MOST_LINES if readable else MOST_FIELDS // max(1, len(heads))
    some = list(islice(rows, most + 1))
    if len(some) > most:
        raise ReportError(
            gettext(
                "A PDF of this kind has at most %s lines. Narrow the report, or take another format: all others hold any number."
            )
            % count_text(most)
        )
    told = [paragraph(dict(zip(heads, row, strict=True))) for row in some] if readable else some
    title = gettext("Titles for the Keepers Registry")
    if order.report != Shape.KEEPERS:
        title = gettext("Titles: %s") % str(SCOPES[order.scope]).lower()
    data = {
        "lang": (get_language() or "en").partition("-")[0],
        "title": title,
        "author": settings.NODE.name,
        "subtitle": day_text(at.date()),
        "footer": f"{settings.NODE.name}, {title}, {day_text(at.date())}",
        "words": {
            "title": gettext("What the words mean"),
            "lines": [list(map(breakable, one)) for one in about()],
        },
        "lines": ngettext("%s line", "%s lines", len(some)) % count_text(len(some)),
        "heads": [] if readable else [breakable(head) for head in heads],
        "rows": [[breakable(value) for value in row] for row in told],
    }
    with ONE_AT_A_TIME:
        out.write(make_pdf(TEMPLATE, data, at))


def breakable(text: str) -> str:
    return _LONG.sub(rf"\1{BREAK}", text)


def paragraph(row: Mapping[str, str]) -> list[str]:
    """Title, publisher, and a line of identifiers, coverage, state and notes."""
    numbers = [value for name in ("print_identifier", "online_identifier") if (value := row[name])]
    told = [", ".join(numbers) or gettext("no ISSN or ISBN"), coverage(row)]
    told += [row.get("preservation_status", ""), row["notes"]]
    return [row["publication_title"], row["publisher_name"], "  ·  ".join(filter(None, told))]


def coverage(row: Mapping[str, str]) -> str:
    """``1998 (1) – 2001 (4)``, an open end with nothing behind the dash; of a monograph its date."""
    if row["publication_type"] == "monograph":
        return row["date_monograph_published_online"] or row["date_monograph_published_print"]
    first = _point(row["date_first_issue_online"], row["num_first_vol_online"])
    last = _point(row["date_last_issue_online"], row["num_last_vol_online"])
    if not first or first == last:
        return first or last
    return f"{first} – {last}".rstrip()


def _point(year: str, volume: str) -> str:
    return " ".join(filter(None, (year, f"({volume})" if volume else "")))
