"""An uploaded list as lines of cells, whatever kind of file it is; read piece by piece and more than once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from apps.aus.holdings.xlsx import sheet_lines
from apps.common.archives import is_zip
from apps.lockss.holdings import (
    Dialect,
    HoldingsError,
    Layout,
    Limits,
    Raw,
    dialect_of,
    encoding_of,
    layout_of,
    raw_lines,
)

PIECE = 64 * 1024
LOOKED_AT = 60
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_SEPARATED = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}
_ENCODED = {"cp1252": "Windows-1252"}


@dataclass(frozen=True, slots=True)
class Source:
    """``dialect`` None: a spreadsheet."""

    path: Path
    dialect: Dialect | None

    @property
    def kind(self) -> str:
        """For people: ``XLSX``, ``UTF-8, separated by semicolons``."""
        if self.dialect is None:
            return "XLSX"
        encoding = self.dialect.encoding.removesuffix("-sig")
        return (
            f"{_ENCODED.get(encoding, encoding.upper())}, separated by {_SEPARATED[self.dialect.separator]}"
        )

    def lines(self, limits: Limits | None = None) -> Iterator[Raw]:
        """HoldingsError in the middle where there is no going on."""
        if self.dialect is None:
            return sheet_lines(self.path, limits or Limits())
        return raw_lines(pieces(self.path), self.dialect, limits)

    def head(self, number: int = LOOKED_AT) -> list[Raw]:
        return list(islice(self.lines(), number))

    def layout(self) -> Layout | None:
        return layout_of(self.head())


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def source_of(path: Path) -> Source:
    """Looks at the bytes, never at the name. HoldingsError: no list."""
    with path.open("rb") as file:
        head = file.read(PIECE)
    if not head.strip():
        raise HoldingsError("empty", "The file is empty.")
    if head.startswith(_OLD_EXCEL):
        raise HoldingsError(
            "old-spreadsheet",
            "This is a spreadsheet in the old format (.xls). Save it as .xlsx or CSV and try again.",
        )
    if head.startswith(b"%PDF"):
        raise HoldingsError("not-a-table", "This is a PDF. Expected KBART, CSV, TSV or XLSX.")
    if is_zip(path):
        return Source(path, None)
    return Source(path, dialect_of(encoding_of(pieces(path)), head))
