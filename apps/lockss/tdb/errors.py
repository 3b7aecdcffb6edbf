"""What can be wrong in a title database, as findings with a place."""

from dataclasses import dataclass
from enum import StrEnum


class TdbCode(StrEnum):
    ENCODING = "tdb-encoding"
    TOO_LARGE = "tdb-too-large"
    TOO_DEEP = "tdb-too-deep"
    LEXICAL = "tdb-character"
    SYNTAX = "tdb-syntax"
    DUPLICATE_KEY = "tdb-key-set-twice"
    PLUGIN_CONFLICT = "tdb-plugin-conflict"
    IMPLICIT_TWICE = "tdb-implicit-twice"
    IMPLICIT_MISSING = "tdb-implicit-missing"
    IMPLICIT_COUNT = "tdb-implicit-count"
    NO_AUID = "tdb-no-auid"
    UNKNOWN_STATUS = "tdb-unknown-status"
    DUPLICATE_AUID = "tdb-auid-twice"
    XML = "tdb-xml"
    RECORD = "tdb-record"


class Severity(StrEnum):
    """``ERROR``: something was left out; ``WARNING``: it went in, but looks wrong."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class TdbFinding:
    """``line`` counts from 1 and ``column`` from 0, as the original tools do. ``entry`` is what it is about. ``code``: one of TdbCode,
    or of what an import judges beyond the syntax."""

    code: str
    severity: Severity
    line: int
    column: int
    message: str
    entry: str = ""

    def text(self, file: str) -> str:
        return f"{file}:{self.line}:{self.column}: {self.code} {self.message}"


class TdbSyntaxError(Exception):
    """Nothing after this place can be understood."""

    def __init__(self, code: TdbCode, at: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.at = at
        self.message = message
