"""What can be wrong with a platform definition: data, so that one bad key costs one key (plugins §2–§9)."""

from dataclasses import dataclass
from enum import StrEnum


class DefinitionCode(StrEnum):
    """Stable codes; the message beside a code is for people."""

    # The file.
    TOO_LARGE = "definition-too-large"
    NOT_XML = "definition-not-xml"
    DOCTYPE = "definition-doctype"
    TOO_DEEP = "definition-too-deep"
    TOO_MANY = "definition-too-many-elements"
    OBSOLETE_FORMAT = "definition-obsolete-format"
    NOT_A_MAP = "definition-not-a-map"
    BAD_ENTRY = "definition-bad-entry"
    DUPLICATE_KEY = "definition-duplicate-key"
    BAD_NUMBER = "definition-bad-number"
    BAD_BOOLEAN = "definition-bad-boolean"
    # Inheritance.
    NOT_FOUND = "definition-not-found"
    PARENT_MISSING = "definition-parent-missing"
    PARENT_LOOP = "definition-parent-loop"
    PARENT_VERSION = "definition-parent-version"
    OBSOLETE_KEY = "definition-obsolete-key"
    OTHER_IDENTIFIER = "definition-other-identifier"
    # Keys and values.
    UNKNOWN_KEY = "definition-unknown-key"
    WRONG_TYPE = "definition-wrong-type"
    BAD_VALUE = "definition-bad-value"
    BAD_MIME = "definition-bad-mime"
    UNREADABLE_OBJECT = "definition-unreadable-object"
    NO_PARAMETERS = "definition-no-parameters"
    BAD_PARAMETER = "definition-bad-parameter"
    # Templates, patterns, rules.
    BAD_TEMPLATE = "definition-bad-template"
    UNDECLARED = "definition-undeclared-parameter"
    UNKNOWN_FUNCTION = "definition-unknown-function"
    RANGE_IN_URL = "definition-range-in-url"
    BAD_PATTERN = "definition-bad-pattern"
    BAD_RULE = "definition-bad-rule"
    NO_START_URL = "definition-no-start-url"


class Severity(StrEnum):
    """``ERROR``: the definition cannot be used. ``WARNING``: used without what the finding names."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column count from 1; 0 where none is known. ``plugin_id`` is the file of a chain that says it."""

    line: int = 0
    column: int = 0
    plugin_id: str = ""

    def __str__(self) -> str:
        where = f"{self.line}:{self.column}" if self.line else ""
        return ":".join(filter(None, (self.plugin_id, where)))


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed: where, under which key, and what was expected."""

    code: DefinitionCode
    severity: Severity
    message: str
    place: Place = NOWHERE
    key: str = ""

    def __str__(self) -> str:
        return ": ".join(filter(None, (str(self.place), self.code.value, self.key, self.message)))


def error(code: DefinitionCode, message: str, place: Place = NOWHERE, key: str = "") -> Finding:
    return Finding(code, Severity.ERROR, message, place, key)


def warning(code: DefinitionCode, message: str, place: Place = NOWHERE, key: str = "") -> Finding:
    return Finding(code, Severity.WARNING, message, place, key)


def note(code: DefinitionCode, message: str, place: Place = NOWHERE, key: str = "") -> Finding:
    return Finding(code, Severity.NOTE, message, place, key)


def clip(text: str, length: int = 120) -> str:
    """Text of a publisher inside a message: one line, bounded."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"
