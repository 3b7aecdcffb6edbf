"""A report as a file: whole before anybody is given it, so that nobody ever reads half of one."""

import datetime as dt
import hashlib
import json
import os
import shutil
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from django.conf import settings

from apps.common.clock import node_day
from apps.common.syncing import sync_folder
from apps.kbart import words
from apps.kbart.asking import Order
from apps.kbart.choices import Form, Kind, Shape
from apps.kbart.making.report import LeftOut, Progress, arranged, made, terms_of, without_empty
from apps.kbart.making.sorting import Sorter
from apps.kbart.making.spool import nameless
from apps.kbart.making.stored import can_serve, copy_lines, fill_left_out, stored
from apps.kbart.making.typeset import write_pdf
from apps.kbart.making.writing import TYPES, write_csv, write_json, write_tsv
from apps.kbart.making.xlsx import LONG_AGO, write_xlsx
from apps.lockss.kbart import COLUMNS, KbartError, KbartFinding, file_name
from apps.nodes.replicas import institutions
from apps.titles.models import Publisher

NAMELESS = "LOCKSS"
LONGEST_PART = 40
PIECE = 1 << 20
Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it. ``counts``: findings by code; ``first``: some of them."""

    name: str
    type: str
    size: int
    sha256: str
    rows: int
    left_out: int = 0
    grave: int = 0
    counts: dict[str, int] | None = None
    first: tuple[KbartFinding, ...] = ()


def write_report(
    out: IO[bytes],
    order: Order,
    at: dt.datetime,
    *,
    folder: Path | None = None,
    findings: IO[bytes] | None = None,
    progress: Progress | None = None,
) -> Made:
    """The whole report into ``out``, an empty file; ``findings`` gets what is left out of it.

    ReportError: this report cannot be made. ``folder`` is where rows lie that are too many for memory.
    """
    terms_of(order, at)
    is_kept = can_serve(order, at)
    if is_kept and order.is_plain:
        return _copied(out, order, at, findings)
    with stored(order) if is_kept else made(order, at, folder=folder, progress=progress) as found:
        rows = write_rows(
            out, order, at, found.columns, found.rows, left_out=found.left_out.total, folder=folder
        )
        if findings is not None:
            write_left_out(findings, found.left_out)
        return _made(out, order, at, rows, found.left_out)


def _copied(out: IO[bytes], order: Order, at: dt.datetime, findings: IO[bytes] | None) -> Made:
    """The same file, of lines that are kept."""
    write_tsv(out, COLUMNS, ())
    rows = copy_lines(out, order)
    with nameless() as kept:
        left_out = LeftOut(kept)
        fill_left_out(left_out, order)
        if findings is not None:
            write_left_out(findings, left_out)
        return _made(out, order, at, rows, left_out)


def _made(out: IO[bytes], order: Order, at: dt.datetime, rows: int, left: LeftOut) -> Made:
    return Made(
        name=name_of(order, at, out),
        type=type_of(order, out),
        size=out.tell(),
        sha256=digest_of(out),
        rows=rows,
        left_out=left.total,
        grave=left.grave,
        counts=dict(left.counts),
        first=tuple(left.first),
    )


def type_of(order: Order, file: IO[bytes] | None = None) -> str:
    return TYPES["zip" if _is_zipped(order, file) else order.format.value]


def _is_zipped(order: Order, file: IO[bytes] | None) -> bool:
    """As it was asked for, or because it took several PDF documents."""
    return order.compress or (order.format == Form.PDF and file is not None and _is_archive(file))


def _is_archive(file: IO[bytes]) -> bool:
    """Whether it begins as a ZIP archive; where it is read or written next stays the same."""
    place = file.tell()
    file.seek(0)
    begins = file.read(4) == b"PK\x03\x04"
    file.seek(place)
    return begins


class Counted:
    """Passes rows on and knows how many there were."""

    def __init__(self, rows: Iterator[Values]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Values]:
        for row in self._rows:
            self.number += 1
            yield row


def write_rows(
    out: IO[bytes],
    order: Order,
    at: dt.datetime,
    columns: Values,
    rows: Iterator[Values],
    *,
    left_out: int = 0,
    folder: Path | None = None,
) -> int:
    """Rows that come in the order's own order, in its layout and format. How many lines there are."""
    with ExitStack() as stack:
        heads, some = arranged(rows, columns, order)
        if order.omit_empty:
            heads, some = without_empty(heads, some, stack.enter_context(Sorter(folder)))
        counted = Counted(some)
        plain = stack.enter_context(nameless(folder)) if order.compress else out
        told = partial(words.about, order, at, left_out=left_out)
        _write(plain, order, at, heads, counted, told, folder)
        if order.compress:
            plain.seek(0)
            write_zip(out, order, at, plain, told(rows=counted.number))
        out.flush()
        return counted.number


def _write(
    out: IO[bytes],
    order: Order,
    at: dt.datetime,
    heads: Values,
    rows: Counted,
    told: partial,
    folder: Path | None,
) -> None:
    shown = None if order.omit_header else heads
    if order.format == Form.TSV:
        write_tsv(out, shown, rows)
    elif order.format == Form.CSV:
        write_csv(out, shown, rows)
    elif order.format == Form.JSON:
        write_json(out, heads, rows)
    elif order.format == Form.XLSX:
        write_xlsx(out, shown, rows, about=_late(told, rows))
    else:
        write_pdf(
            out,
            heads,
            rows,
            order=order,
            about=lambda: told(rows=rows.number),
            at=at,
            name=plain_name(order, at),
            folder=folder,
        )


def _late(told: partial, rows: Counted) -> Iterator[Sequence[str]]:
    """What is only known when the rows are through."""
    yield from told(rows=rows.number)


def write_zip(
    out: IO[bytes], order: Order, at: dt.datetime, plain: IO[bytes], told: list[tuple[str, str]]
) -> None:
    """The file, and beside it what its words mean; several PDF documents are an archive already."""
    if order.format == Form.PDF and _is_archive(plain):
        shutil.copyfileobj(plain, out)
        return
    name = plain_name(order, at)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, LONG_AGO)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=True) as part:
            while piece := plain.read(PIECE):
                part.write(piece)
        beside = zipfile.ZipInfo(about_name(name), LONG_AGO)
        archive.writestr(beside, about_text(told))


def about_text(told: list[tuple[str, str]]) -> str:
    return "".join(f"{term}: {text}\n" for term, text in told)


def about_name(name: str) -> str:
    """Beside ``name``; not .txt, which who fetches all lists of a folder would take for one."""
    return f"{name.rpartition('.')[0] or name}.about"


def write_left_out(out: IO[bytes], left_out: LeftOut) -> None:
    """A line of JSON each: what, why, what was found, what was expected."""
    for code, grave, entry, field, found, expected in left_out.all():
        told = {
            "entry": entry,
            "code": code,
            "grave": grave,
            "cause": words.cause(code),
            "field": field,
            "found": found,
            "expected": expected,
        }
        out.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def digest_of(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def name_of(order: Order, at: dt.datetime, file: IO[bytes] | None = None) -> str:
    """``file``: the one that was made; it tells whether a PDF became several."""
    name = plain_name(order, at)
    return f"{name}.zip" if _is_zipped(order, file) else name


def plain_name(order: Order, at: dt.datetime) -> str:
    """As knowledge bases expect it (ruling 11): provider, region, package, day, which is the node's."""
    package = package_of(order)
    try:
        whole = file_name(settings.NODE.name, node_day(at), package=package)
    except KbartError:
        # A name in another script leaves no letters that file names may have; the content counts.
        whole = file_name(NAMELESS, node_day(at), package=package)
    ending = order.ending if order.format == Form.TSV else order.format.value
    return f"{whole.removesuffix('.txt')}.{ending}"


def package_of(order: Order) -> str:
    if order.report == Shape.KEEPERS:
        return f"Keepers{_narrowed(order)}"
    what = {Kind.ALL: "Titles", Kind.SERIALS: "Serials", Kind.MONOGRAPHS: "Monographs"}[order.kind]
    # What is no KBART file must not be taken for one by its name.
    whole = order.layout.standard and not (order.omit_empty or order.omit_header)
    other = "" if order.report == Shape.KBART and whole else "Table"
    return f"{order.scope.value.title()}{what}{other}{_narrowed(order)}"


def _plain(name: str, otherwise: str) -> str:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if sign.isascii() and sign.isalnum())
    return plain[:LONGEST_PART] or otherwise


def _narrowed(order: Order) -> str:
    parts = []
    if order.publisher is not None:
        name = Publisher.objects.filter(pk=order.publisher).values_list("name", flat=True).first() or ""
        parts.append(_plain(name, f"Publisher{order.publisher}"))
    if order.institution is not None:
        name = institutions().get(order.institution, "")
        parts.append(f"HeldBy{_plain(name, f'Institution{order.institution}')}")
    if order.set is not None:
        parts.append(f"Set{order.set}")
    if order.since is not None:
        parts.append(f"Since{order.since:%Y%m%d}")
    return "".join(parts)


def write_file(order: Order, to: Path, at: dt.datetime, *, beside: bool = True) -> Made:
    """At ``to``: whole and synced or not at all; until then an old file stays. ``beside``: what the words mean, too."""
    partial_path = to.with_name(f".{to.name}.partial")
    try:
        with partial_path.open("w+b") as file:
            done = write_report(file, order, at, folder=to.parent)
            file.flush()
            os.fsync(file.fileno())
        if beside:
            told = words.about(order, at, rows=done.rows, left_out=done.left_out)
            to.with_name(about_name(to.name)).write_text(about_text(told), encoding="utf-8")
        partial_path.rename(to)
        sync_folder(to.parent)
    except BaseException:
        partial_path.unlink(missing_ok=True)
        raise
    return done
