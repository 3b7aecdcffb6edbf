"""The rows of a kept edition: read again as they lie, written in any format."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from django.utils.translation import gettext

from apps.common.errors import BadQuery
from apps.kbart import words
from apps.kbart.asking import WRITING, Order, order_kept, order_of
from apps.kbart.choices import Shape
from apps.kbart.errors import ReportError
from apps.kbart.making.files import Made, digest_of, name_of, type_of, write_rows, write_zip
from apps.kbart.making.report import key_of
from apps.kbart.making.sorting import Sorter
from apps.kbart.making.spool import nameless
from apps.kbart.models import Edition

Values = tuple[str, ...]


def kept_rows(path: Path) -> Iterator[Values]:
    """Heads first. ReportError: the file is not there any more."""
    try:
        file = path.open(encoding="utf-8", newline="\n")
    except OSError as error:
        raise _unreadable(error) from error
    with file:
        for line in file:
            yield tuple(line.rstrip("\n").split("\t"))


def _as_it_lies(edition: Edition) -> IO[bytes]:
    try:
        return edition.rows_path.open("rb")
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> ReportError:
    return ReportError(gettext("The file of this edition cannot be read: %s.") % error.strerror)


def order_for(edition: Edition, given: dict[str, str]) -> Order:
    """The edition's rows, written as ``given`` says. BadQuery: it says something else."""
    wanted = order_of({name: value for name, value in given.items() if name in WRITING}, beside=())
    rows = _asked(edition.options)
    own = {name: getattr(wanted, name) for name in WRITING}
    order = replace(rows, **own)
    if order.report != Shape.SFX:
        return order
    # Its lines are kept as a link resolver reads them, and hold nothing else.
    if asked := sorted(
        {"columns", "omit_empty", "format"} & {name for name in WRITING if own[name] != getattr(rows, name)}
    ):
        raise BadQuery(
            gettext("“%s” cannot be asked for: this edition holds lines for a link resolver, and no columns.")
            % asked[0]
        )
    return replace(order, omit_header=True)


def _asked(options: dict[str, str]) -> Order:
    """What is kept can be had although what it was narrowed by is gone meanwhile."""
    try:
        return order_kept(options)
    except BadQuery:
        return order_kept(
            {
                name: value
                for name, value in options.items()
                if name not in ("publisher", "set", "institution")
            }
        )


def open_edition(edition: Edition, order: Order) -> tuple[IO[bytes], Made]:
    """A file with the edition in the format asked for; the caller closes it. ReportError: it cannot be had."""
    at = edition.made_at or dt.datetime.now(dt.UTC)
    if order.is_plain or (order.report == Shape.SFX and not order.compress):
        name = edition.name
        if order.ending != "txt":
            name = f"{name.removesuffix('.txt')}.{order.ending}"
        return _as_it_lies(edition), Made(name, type_of(order), edition.size, edition.sha256, edition.rows)
    out = nameless()
    try:
        if order.report == Shape.SFX:
            with _as_it_lies(edition) as file:
                told = words.about(order, at, edition.rows, edition.left_out)
                write_zip(out, order, at, file, told)
            return out, Made(name_of(order, at), type_of(order), out.tell(), digest_of(out), edition.rows)
        with Sorter() as sorter:
            rows = kept_rows(edition.rows_path)
            heads = next(rows)
            if not order.layout.by_title:
                for row in rows:
                    sorter.add(key_of(row, order.layout), row)
                rows = sorter.merged()
            number = write_rows(out, order, at, heads, rows, left_out=edition.left_out)
        size = out.tell()
        return out, Made(name_of(order, at, out), type_of(order, out), size, digest_of(out), number)
    except BaseException:
        out.close()
        raise
