"""KBART title lists (NISO RP-9-2014, "Phase II"): coverage into rows, rows into bytes, foreign files into findings.

``report`` makes the rows of many titles, ``encode`` the file, ``file_name`` its name; ``check_file`` judges any file
and ``read_table`` reads one for import.
"""

from apps.lockss.kbart.check import check_file
from apps.lockss.kbart.check_row import row_findings
from apps.lockss.kbart.collation import sort_text
from apps.lockss.kbart.file_names import file_name
from apps.lockss.kbart.findings import KbartCode, KbartFinding
from apps.lockss.kbart.foreign import find_header
from apps.lockss.kbart.identifiers import Identifier, isbn, issn
from apps.lockss.kbart.layout import NAMED, STANDARD, Layout, OutColumn, layout_of
from apps.lockss.kbart.model import (
    COLUMNS,
    CoveredAu,
    CoveredTitle,
    Edition,
    Holding,
    KbartError,
    KbartProblem,
    Kind,
    NoteStyle,
    Row,
    Scope,
    Terms,
    address_fault,
)
from apps.lockss.kbart.notes import coverage_note
from apps.lockss.kbart.people import csv_lines, csv_table, disarmed
from apps.lockss.kbart.rows import Report, report, title_rows
from apps.lockss.kbart.table import Table, encode, encode_lines, read_table, tsv_table
from apps.lockss.kbart.vocabulary import PHASE_II, Vocabulary

__all__ = [
    "COLUMNS",
    "NAMED",
    "PHASE_II",
    "STANDARD",
    "CoveredAu",
    "CoveredTitle",
    "Edition",
    "Holding",
    "Identifier",
    "KbartCode",
    "KbartError",
    "KbartFinding",
    "KbartProblem",
    "Kind",
    "Layout",
    "NoteStyle",
    "OutColumn",
    "Report",
    "Row",
    "Scope",
    "Table",
    "Terms",
    "Vocabulary",
    "address_fault",
    "check_file",
    "coverage_note",
    "csv_lines",
    "csv_table",
    "disarmed",
    "encode",
    "encode_lines",
    "file_name",
    "find_header",
    "isbn",
    "issn",
    "layout_of",
    "read_table",
    "report",
    "row_findings",
    "sort_text",
    "title_rows",
    "tsv_table",
]
