"""The report as a PDF to read and to print: what the words mean, then a paragraph for each line."""

import datetime as dt
import re
import threading
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext

from apps.common.clock import node_day
from apps.common.display import count_text, day_text
from apps.common.pdf import make_pdf
from apps.kbart.asking import Order
from apps.kbart.choices import Shape
from apps.kbart.errors import ReportError
from apps.kbart.making.sorting import Sorter
from apps.kbart.making.xlsx import LONG_AGO
from apps.kbart.words import SCOPES

TEMPLATE = Path(__file__).resolve().parents[1] / "typst" / "report.typ"
# The typesetter holds all of a document: some 60 kB a line.
MOST_LINES = 10_000
# Of one download; a reader of more wants a table.
MOST_PARTS = 50
# What is larger is set in a process of its own, which gives its memory back.
IN_THIS_PROCESS = 1_000
LONGEST_NAMED = 200
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
    name: str,
    folder: Path | None = None,
) -> None:
    """One document, or, of more lines than one holds, a ZIP of as many as they need. ``name``: of the file, with .pdf.

    ReportError: too many even so. ``about`` is asked once the rows are through.
    """
    readable = order.layout.standard and not order.omit_empty
    most = MOST_LINES if readable else max(1, MOST_FIELDS // max(1, len(heads)))
    with Sorter(folder) as kept:
        for row in rows:
            kept.add("", tuple(row))
            if len(kept) > most * MOST_PARTS:
                raise ReportError(_too_many(most * MOST_PARTS))
        lines = kept.merged()
        parts = max(1, -(-len(kept) // most))
        made = _Maker(heads, order, about(), at, len(kept), parts, readable=readable)
        if parts == 1:
            out.write(made.document(list(lines), 1))
            return
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for number in range(1, parts + 1):
                part = f"{name.removesuffix('.pdf')}-{number:0{len(str(parts))}d}.pdf"
                archive.writestr(
                    zipfile.ZipInfo(part, LONG_AGO), made.document(list(islice(lines, most)), number)
                )


def _too_many(most: int) -> str:
    return gettext(
        "PDF files of this kind have at most %s lines. Narrow the report, by publisher or title set, or take another format: all others hold any number."
    ) % count_text(most)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Documents of one report, each with a first page of its own."""

    heads: Sequence[str]
    order: Order
    about: Sequence[tuple[str, str]]
    at: dt.datetime
    total: int
    parts: int
    readable: bool

    @property
    def day(self) -> str:
        """As people read it; the same as in the file's name."""
        return day_text(node_day(self.at))

    def document(self, some: Sequence[Sequence[str]], number: int) -> bytes:
        told = [paragraph(dict(zip(self.heads, row, strict=True))) for row in some] if self.readable else some
        title = gettext("Titles for the Keepers Registry")
        if self.order.report != Shape.KEEPERS:
            title = gettext("Titles: %s") % str(SCOPES[self.order.scope]).lower()
        day, about = self.day, list(self.about)
        subtitle = day
        if self.parts > 1:
            subtitle = gettext("%(day)s, part %(number)d of %(parts)d") % {
                "day": day,
                "number": number,
                "parts": self.parts,
            }
            about.append((gettext("This part"), _from_to(some)))
        data = {
            "lang": (get_language() or "en").partition("-")[0],
            "title": title,
            "author": settings.NODE.name,
            "subtitle": subtitle,
            "footer": f"{settings.NODE.name}, {title}, {subtitle}",
            "words": {
                "title": gettext("What the words mean"),
                "lines": [list(map(breakable, one)) for one in about],
            },
            "lines": ngettext("%s line", "%s lines", len(some)) % count_text(len(some)),
            "heads": [] if self.readable else [breakable(head) for head in self.heads],
            "rows": [[breakable(value) for value in row] for row in told],
        }
        with ONE_AT_A_TIME:
            return make_pdf(TEMPLATE, data, self.at, apart=len(some) > IN_THIS_PROCESS)


def _from_to(some: Sequence[Sequence[str]]) -> str:
    """First and last line of a part, each by its first column."""
    first, last = (row[0][:LONGEST_NAMED] for row in (some[0], some[-1]))
    return gettext("from “%(first)s” to “%(last)s”") % {"first": first, "last": last}


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
