"""What is wrong with a title or with a file, as data: where, what was found, what was expected."""

from dataclasses import dataclass
from enum import StrEnum


class KbartCode(StrEnum):
    # The file.
    TOO_LARGE = "kbart-too-large"
    NOT_TEXT = "kbart-not-text"
    NOT_UTF8 = "kbart-not-utf-8"
    BYTE_ORDER_MARK = "kbart-byte-order-mark"
    FILE_NAME = "kbart-file-name"
    EMPTY_FILE = "kbart-empty-file"
    HEADER = "kbart-header"
    SEPARATOR = "kbart-separator"
    COLUMN_MISSING = "kbart-column-missing"
    COLUMN_UNKNOWN = "kbart-column-unknown"
    COLUMN_ORDER = "kbart-column-order"
    FIELD_COUNT = "kbart-field-count"
    BLANK_LINE = "kbart-blank-line"
    TOO_MANY_FINDINGS = "kbart-too-many-findings"
    # One field.
    EMPTY = "kbart-field-empty"
    NOT_IN_VOCABULARY = "kbart-not-in-vocabulary"
    BAD_ISSN = "kbart-issn-malformed"
    BAD_ISBN = "kbart-isbn-malformed"
    CHECK_DIGIT = "kbart-check-digit"
    ISBN_10 = "kbart-isbn-10"
    BAD_DATE = "kbart-date-malformed"
    BAD_URL = "kbart-url-not-absolute"
    BAD_EMBARGO = "kbart-embargo-malformed"
    SEVERAL_NAMES = "kbart-several-names"
    REPLACEMENT = "kbart-replacement-character"
    MOJIBAKE = "kbart-mojibake"
    CONTROL = "kbart-control-sign"
    QUOTED = "kbart-quoted"
    # One row.
    NO_IDENTIFIER = "kbart-no-identifier"
    SAME_IDENTIFIER = "kbart-same-identifier-twice"
    NOT_NAMED = "kbart-not-named"
    NO_FIRST_DATE = "kbart-no-first-date"
    NO_MONOGRAPH_DATE = "kbart-no-monograph-date"
    LAST_BEFORE_FIRST = "kbart-last-before-first"
    LAST_WITHOUT_FIRST = "kbart-last-without-first"
    LAST_OF_OPEN_END = "kbart-last-of-open-end"
    OTHER_TYPES_COLUMN = "kbart-column-of-other-type"
    # Rows together.
    SAME_ROW = "kbart-row-twice"
    SAME_KEY = "kbart-key-twice"
    SAME_TITLE_ID = "kbart-title-id-twice"
    OVERLAP = "kbart-ranges-overlap"
    SPLIT = "kbart-split-below-a-year"
    ORDER = "kbart-order"


@dataclass(frozen=True, slots=True)
class KbartFinding:
    """``line`` counts from 1, the header being 1; None where a title of ours is meant and ``entry`` names it.

    ``grave``: the standard is broken, or the title was left out; otherwise some readers of the file will stumble.
    """

    code: KbartCode
    grave: bool
    field: str
    found: str
    expected: str
    line: int | None = None
    entry: str = ""
