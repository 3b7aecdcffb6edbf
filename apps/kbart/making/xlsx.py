"""A workbook, written as its rows come: the rows on as many sheets as they need, then what they mean."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO

from apps.lockss.kbart import sheet

# The same rows give the same bytes.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
AT_ONCE = 500
LEVEL = 1


def write_xlsx(
    out: IO[bytes],
    heads: Sequence[str] | None,
    rows: Iterable[Sequence[str]],
    *,
    about: Iterable[Sequence[str]] = (),
    most: int = sheet.MOST_ROWS,
) -> None:
    """``heads`` stand on every sheet; None: nowhere. ``about``: rows of the last sheet."""
    names: list[str] = []
    left = iter(rows)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        first = next(left, None)
        while first is not None or not names:
            names.append(f"Titles {len(names) + 1}" if names else "Titles")
            room = most - (heads is not None)
            some = islice(chain([first] if first is not None else [], left), room)
            _write_sheet(archive, len(names), heads, some)
            first = next(left, None)
        names.append("About this file")
        _write_sheet(archive, len(names), None, about)
        for name, text in sheet.parts(names).items():
            with archive.open(_part(name), "w") as part:
                part.write(text.encode())


def _part(name: str) -> zipfile.ZipInfo:
    part = zipfile.ZipInfo(name, LONG_AGO)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _write_sheet(
    archive: zipfile.ZipFile, number: int, heads: Sequence[str] | None, rows: Iterable[Sequence[str]]
) -> None:
    with archive.open(_part(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as part:
        part.write((sheet.SHEET_BEGIN if heads is not None else sheet.SHEET_PLAIN).encode())
        if heads is not None:
            part.write(sheet.row_xml(heads, sheet.HEAD).encode())
        for piece in _pieces(rows):
            part.write(piece.encode())
        part.write(sheet.SHEET_END.encode())


def _pieces(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = map(sheet.row_xml, rows)
    while piece := "".join(islice(lines, AT_ONCE)):
        yield piece
