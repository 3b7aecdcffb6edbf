"""Judges one row by itself (kbart §7 "Validator checks", rulings 5–14)."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from apps.lockss.kbart.controls import CONTROL, shown
from apps.lockss.kbart.controls import expected as without_controls
from apps.lockss.kbart.dates import first_day, last_day
from apps.lockss.kbart.findings import KbartCode, KbartFinding
from apps.lockss.kbart.identifiers import is_isbn_10, isbn, issn
from apps.lockss.kbart.labels import goes_back
from apps.lockss.kbart.model import COLUMNS, Row
from apps.lockss.kbart.table import DATES
from apps.lockss.kbart.vocabulary import Vocabulary, is_embargo

SERIAL = "serial"
MONOGRAPH = "monograph"
SERIAL_COLUMNS = COLUMNS[3:9]
MONOGRAPH_COLUMNS = COLUMNS[17:22]
_SEVERAL = re.compile(r";|&|\s(?:and|und|et)\s", re.IGNORECASE)
_ISSN_LIKE = re.compile(r"[0-9]{4}-?[0-9Xx]{4}")

Found = Iterator[KbartFinding]


class RowCheck:
    """One row at its line. ``grave`` decides of what the standard only advises."""

    def __init__(self, row: Row, line: int, vocabulary: Vocabulary, *, strict: bool = False) -> None:
        self._row = row
        self._line = line
        self._vocabulary = vocabulary
        self._strict = strict

    def findings(self) -> Found:
        yield from self._every_field()
        yield from self._must_be_there()
        yield from self._words()
        yield from self._identifiers()
        yield from self._dates()
        if self._row.publication_type == MONOGRAPH:
            yield from self._monograph()
        else:
            yield from self._serial()

    def _error(self, code: KbartCode, field: str, expected: str) -> KbartFinding:
        return self._say(code, field, expected, grave=True)

    def _warn(self, code: KbartCode, field: str, expected: str) -> KbartFinding:
        return self._say(code, field, expected, grave=self._strict)

    def _say(self, code: KbartCode, field: str, expected: str, *, grave: bool) -> KbartFinding:
        found, entry = (
            shown(value[:200]) for value in (getattr(self._row, field), self._row.publication_title)
        )
        return KbartFinding(code, grave, field, found, expected, self._line, entry)

    def _every_field(self) -> Found:
        for name in COLUMNS:
            value = getattr(self._row, name)
            if not value:
                continue
            if CONTROL.search(value):
                yield self._error(KbartCode.CONTROL, name, without_controls(value))
            if "\ufffd" in value:
                yield self._error(KbartCode.REPLACEMENT, name, "the character that was lost here")
            elif not value.isascii() and is_mojibake(value):
                yield self._warn(KbartCode.MOJIBAKE, name, value.encode("cp1252").decode())
            if len(value) > 1 and value[0] == value[-1] == '"' and '"' not in value[1:-1]:
                yield self._error(KbartCode.QUOTED, name, "the value without quotes around it")

    def _must_be_there(self) -> Found:
        for name in ("publication_title", "title_url", "title_id"):
            if not getattr(self._row, name).strip():
                yield self._error(KbartCode.EMPTY, name, "a value")
        if self._row.title_url and not is_absolute(self._row.title_url):
            yield self._error(KbartCode.BAD_URL, "title_url", "https://… or http://…")
        for name in ("first_author", "first_editor"):
            if _SEVERAL.search(getattr(self._row, name)):
                yield self._warn(KbartCode.SEVERAL_NAMES, name, "one name, the first")

    def _words(self) -> Found:
        for name, words in (
            ("coverage_depth", self._vocabulary.depths),
            ("publication_type", self._vocabulary.types),
            ("access_type", self._vocabulary.access),
        ):
            if getattr(self._row, name) not in words:
                yield self._error(KbartCode.NOT_IN_VOCABULARY, name, " or ".join(sorted(words)))
        if self._row.embargo_info and not is_embargo(self._row.embargo_info):
            yield self._error(KbartCode.BAD_EMBARGO, "embargo_info", "as in P1Y, R10Y or R10Y;P30D")

    def _identifiers(self) -> Found:
        row = self._row
        for name in ("print_identifier", "online_identifier"):
            value = getattr(row, name)
            if value:
                yield from self._identifier(name, value)
        if not row.print_identifier and not row.online_identifier:
            yield self._warn(KbartCode.NO_IDENTIFIER, "online_identifier", "an ISSN or ISBN")
        elif row.print_identifier == row.online_identifier:
            yield self._warn(KbartCode.SAME_IDENTIFIER, "online_identifier", "another one than the print one")

    def _identifier(self, name: str, value: str) -> Found:
        as_issn = _ISSN_LIKE.fullmatch(value) or (self._row.publication_type == SERIAL and len(value) < 10)
        found = issn(value) if as_issn else isbn(value)
        if found.fault is KbartCode.CHECK_DIGIT:
            yield self._warn(KbartCode.CHECK_DIGIT, name, "a number whose check digit is right")
        elif found.fault is not None:
            yield self._error(found.fault, name, "1234-567X" if as_issn else "an ISBN of 13 digits")
        elif as_issn and found.value != value:
            yield self._error(KbartCode.BAD_ISSN, name, found.value)
        elif not as_issn and is_isbn_10(value):
            yield self._warn(KbartCode.ISBN_10, name, found.value)

    def _dates(self) -> Found:
        for name in DATES:
            value = getattr(self._row, name)
            if value and first_day(value) is None:
                yield self._error(KbartCode.BAD_DATE, name, "YYYY, YYYY-MM or YYYY-MM-DD")

    def _monograph(self) -> Found:
        row = self._row
        if not row.date_monograph_published_print and not row.date_monograph_published_online:
            yield self._error(
                KbartCode.NO_MONOGRAPH_DATE, "date_monograph_published_online", "a date here or of print"
            )
        for name in SERIAL_COLUMNS:
            if getattr(row, name):
                yield self._warn(KbartCode.OTHER_TYPES_COLUMN, name, "nothing, for a monograph")

    def _serial(self) -> Found:
        row = self._row
        for name in MONOGRAPH_COLUMNS:
            if getattr(row, name):
                yield self._warn(KbartCode.OTHER_TYPES_COLUMN, name, "nothing, for a serial")
        if not row.date_first_issue_online:
            expected = "a date; without it EBSCO and GOKb do not take the row"
            yield self._warn(KbartCode.NO_FIRST_DATE, "date_first_issue_online", expected)
        first, last = first_day(row.date_first_issue_online), last_day(row.date_last_issue_online)
        if first and last and last < first:
            expected = f"{row.date_first_issue_online} or later"
            yield self._error(KbartCode.LAST_BEFORE_FIRST, "date_last_issue_online", expected)
        for name in ("num_last_vol_online", "num_last_issue_online"):
            last_label, first_label = getattr(row, name), getattr(row, name.replace("last", "first"))
            if not last_label:
                continue
            if not row.date_last_issue_online and row.date_first_issue_online:
                yield self._error(KbartCode.LAST_OF_OPEN_END, name, "nothing, where the coverage goes on")
            if not first_label:
                yield self._error(KbartCode.LAST_WITHOUT_FIRST, name, "a first one, too")
            elif "vol" in name and goes_back(first_label, last_label):
                yield self._warn(KbartCode.LAST_BEFORE_FIRST, name, f"{first_label} or later")


def row_findings(row: Row, line: int, vocabulary: Vocabulary) -> Found:
    """What is wrong with one row, judged by itself and leniently: for an import, which keeps it all the same."""
    return RowCheck(row, line, vocabulary).findings()


def is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


def is_mojibake(text: str) -> bool:
    """UTF-8 that was taken for Windows-1252 on its way: the bytes give a shorter, readable text."""
    try:
        mended = text.encode("cp1252").decode()
    except UnicodeError:
        return False
    return len(mended) < len(text)
