"""Lines of the first sheet of a spreadsheet that holds anything, row by row. What a file says of its sizes is checked first."""

import datetime as dt
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from apps.lockss.holdings import HoldingsError, Limits, Raw, too_many_rows

MIB = 1024 * 1024
# A sheet of numbers shrinks about twentyfold; what shrinks more is made to burst.
MOST_RATIO, RATIO_FROM = 200, MIB
MOST_BYTES, MOST_STRINGS, MOST_MEMBERS = 512 * MIB, 64 * MIB, 2_000
MOST_EMPTY = 20_000
_DOCTYPE = b"<!DOCTYPE"
_UNREAD = "The spreadsheet cannot be read: it is damaged, encrypted or no XLSX file."


def sheet_lines(path: Path, limits: Limits) -> Iterator[Raw]:
    """Formulas come as the values that were saved with them."""
    _check(path)
    try:
        # By its bytes: of a path the library would judge the name.
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                for sheet in book.worksheets:
                    found = False
                    for raw in _rows(sheet, limits):
                        found = True
                        yield raw
                    if found:
                        return
            finally:
                book.close()
    except HoldingsError:
        raise
    except Exception as error:  # the library has no one error for a damaged file
        raise HoldingsError("spreadsheet-unreadable", _UNREAD) from error
    raise HoldingsError("empty", "No sheet of the file holds anything.")


def _rows(sheet: ReadOnlyWorksheet, limits: Limits) -> Iterator[Raw]:
    # The size that a file claims may be a million columns of nothing.
    sheet.reset_dimensions()
    taken = empty = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=limits.columns), 1):
        cells = [_text(value) for value in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            # A row far below is reached by making every row above it.
            empty += 1
            if empty > MOST_EMPTY:
                raise HoldingsError(
                    "spreadsheet-too-large",
                    f"More than {MOST_EMPTY:,} rows of the sheet are empty. Delete what stands far below the list, and try again.",
                )
            continue
        taken += 1
        if taken > limits.rows:
            raise too_many_rows(limits)
        yield Raw(number, tuple(cells))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _check(path: Path) -> None:
    """Sizes as the directory has them: the archive's reader never gives out more than they say."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > MOST_MEMBERS:
                raise HoldingsError(
                    "spreadsheet-too-large", "The spreadsheet has more parts than any real one."
                )
            total = sum(info.file_size for info in infos)
            packed = max(1, sum(info.compress_size for info in infos))
            if total > MOST_BYTES or (total > RATIO_FROM and total / packed > MOST_RATIO):
                raise HoldingsError(
                    "spreadsheet-too-large",
                    f"The spreadsheet unpacks to {total // MIB:,} MB, {total // packed:,} times its size; that is not read.",
                )
            for info in infos:
                _check_member(archive, info)
    except HoldingsError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
    ) as error:
        raise HoldingsError("spreadsheet-unreadable", _UNREAD) from error


def _check_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    # These are held whole while the rows are read.
    if info.filename.endswith("sharedStrings.xml") and info.file_size > MOST_STRINGS:
        raise HoldingsError(
            "spreadsheet-too-large", "The texts of the spreadsheet are longer than what is read."
        )
    if not info.filename.endswith((".xml", ".rels")):
        return
    with archive.open(info) as body:
        head = body.read(4096).replace(b"\0", b"")
    if _DOCTYPE in head.upper():
        raise HoldingsError(
            "spreadsheet-entities", "The spreadsheet declares XML entities; no honest one does."
        )
