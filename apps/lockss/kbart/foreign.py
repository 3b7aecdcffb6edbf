"""Tables as publishers and knowledge bases really export them: remarks above the header, commas for tabs, quotes.

Only for reading lists of others (``read_table(mend=True)``); a file that is judged is judged as it stands.
"""

import csv
import io
import re
from collections.abc import Iterator

from apps.lockss.kbart.model import COLUMNS

SEPARATORS = ("\t", ",", ";", "|")
NEEDED = "publication_title"
# Exports begin with their own name, a date, an empty line.
DEEPEST_HEADER = 30
LONGEST_CELL = 100_000
# Names of the older edition, and what some exports write for a name of ours.
ALIASES = {
    "coverage_notes": "notes",
    "title": NEEDED,
    "publisher": "publisher_name",
    "print_issn": "print_identifier",
    "issn": "print_identifier",
    "online_issn": "online_identifier",
    "eissn": "online_identifier",
    "e_issn": "online_identifier",
    "url": "title_url",
    "preceding_title_id": "preceding_publication_title_id",
    "parent_title_id": "parent_publication_title_id",
}
_BETWEEN = re.compile(r"[\s\-]+")
_UNSEEN = "\ufeff\u200b\u00a0 \t\r"

Record = tuple[int, list[str]]


def plain_name(written: str) -> str:
    """``"Publication Title"`` is ``publication_title``."""
    return _BETWEEN.sub("_", unwrapped(written.strip(_UNSEEN)).strip(_UNSEEN).lower())


def own_name(written: str, taken: frozenset[str] | set[str] = frozenset()) -> str:
    """The column of ours that a header names; another name only where the right one is not there as well."""
    name = plain_name(written)
    alias = ALIASES.get(name, name)
    return name if alias in taken else alias


def own_names(header: list[str] | tuple[str, ...]) -> list[str]:
    exact = {name for name in map(plain_name, header) if name in COLUMNS}
    return [own_name(written, exact) for written in header]


def unwrapped(cell: str) -> str:
    """Without the quotes that a spreadsheet puts around a whole cell."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        inside = cell[1:-1]
        if '"' not in inside.replace('""', ""):
            return inside.replace('""', '"')
    return cell


def find_header(text: str) -> tuple[int, str] | None:
    """(lines above it, separator) of the first line that names a title and one more column; None: there is none."""
    at = 0
    for above in range(DEEPEST_HEADER):
        end = text.find("\n", at)
        line = text[at : end if end >= 0 else len(text)]
        if len(line) <= LONGEST_CELL and (separator := _separator(line)):
            return above, separator
        if end < 0:
            return None
        at = end + 1
    return None


def _separator(line: str) -> str:
    for separator in SEPARATORS:
        if separator not in line:
            continue
        names = [plain_name(cell) for cell in line.split(separator)]
        known = sum(name in COLUMNS or name in ALIASES for name in names)
        # A list of another kind also has titles; this one calls them by the name of the standard.
        if NEEDED in names and known > 1:
            return separator
    return ""


def records(text: str, above: int, separator: str) -> Iterator[Record]:
    """(line number, cells) from the header on. A line that no reader can take apart comes as it is, in one cell."""
    rest = text
    for _ in range(above):
        rest = rest.partition("\n")[2]
    if separator == "\t" and not rest.startswith('"'):
        for number, line in enumerate(rest.split("\n"), above + 1):
            yield number, [unwrapped(cell) for cell in line.removesuffix("\r").split("\t")]
        return
    yield from _quoted(rest, above, separator)


def _quoted(text: str, above: int, separator: str) -> Iterator[Record]:
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield above + before + 1, [f"cannot be taken apart: {error}"]
            before = reader.line_num
            continue
        yield above + before + 1, cells
        before = reader.line_num
