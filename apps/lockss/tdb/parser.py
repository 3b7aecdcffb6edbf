"""The text language's grammar and scopes (tdb.md §2, §3).

A syntax error ends the file, whose entries are then left out. What only one entry has wrong (a key set twice,
a wrong number of columns) is a finding about that entry; the others go in. The original stops at the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.lockss.tdb.errors import Severity, TdbCode, TdbFinding, TdbSyntaxError
from apps.lockss.tdb.lexer import Lexer
from apps.lockss.tdb.model import STATUSES, TdbAu, TdbFile, TdbPublisher, TdbTitle

MAX_DEPTH = 100
MAX_CHARS = 256 << 20
NOT_INHERITED = frozenset({"name", "status", "status1", "status2", "year", "volume", "edition"})
_NOTHING_TO_SAY = STATUSES | {None, ""}
_MARK = TdbFinding(
    TdbCode.LEXICAL, Severity.WARNING, 1, 0, "found a byte order mark, expected none; taken away"
)
_CONFLICTS = {
    "plugin": ("pluginPrefix", "pluginSuffix"),
    "pluginPrefix": ("plugin",),
    "pluginSuffix": ("plugin",),
}


@dataclass(slots=True)
class _Frame:
    """What a brace group hands down. ``values`` is copied only when something is set in it."""

    values: dict[str, str]
    implicit: tuple[str, ...] | None = None
    own: bool = False
    broken: bool = False
    fits: bool | None = None

    def child(self) -> "_Frame":
        return _Frame(self.values, self.implicit, broken=self.broken)

    def columns_fit(self) -> bool:
        """Whether every AU of this group may set its columns. Assignments come before AUs, so once asked is enough."""
        if self.fits is None:
            columns = self.implicit or ()
            inside = dict.fromkeys(columns, "")
            self.fits = (
                bool(columns)
                and not self.broken
                and len(inside) == len(columns)
                and not any(_fault(self.values, key) for key in columns)
                and not any(other in inside for key in columns for other in _CONFLICTS.get(key, ()))
            )
        return self.fits

    def set(self, key: str, value: str) -> None:
        if not self.own:
            self.values = dict(self.values)
            self.own = True
        self.values[key] = value


@dataclass(slots=True)
class _Walk:
    lexer: Lexer
    publishers: list[TdbPublisher] = field(default_factory=list)
    titles: list[TdbTitle] = field(default_factory=list)
    aus: list[TdbAu] = field(default_factory=list)
    findings: list[TdbFinding] = field(default_factory=list)

    def note(
        self, code: TdbCode, at: int, message: str, entry: str = "", severity: Severity = Severity.ERROR
    ) -> None:
        line, column = self.lexer.place(at)
        self.findings.append(TdbFinding(code, severity, line, column, message, entry[:500]))


def parse_tdb(data: bytes | str) -> TdbFile:
    """A whole file. Never raises for what is in it.

    Bytes may begin with a byte order mark, which some editors put there: taken away, with a warning. In a text it is the
    unexpected character that it is to the original.
    """
    if len(data) > MAX_CHARS:
        return _failed(TdbCode.TOO_LARGE, 1, 0, f"over {MAX_CHARS} characters")
    if isinstance(data, bytes):
        try:
            source = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            column = error.start - (data.rfind(b"\n", 0, error.start) + 1)
            return _failed(
                TdbCode.ENCODING, line, column, f"byte 0x{data[error.start]:02x} is not UTF-8; expected UTF-8"
            )
    else:
        source = data
    marked = isinstance(data, bytes) and source.startswith("\ufeff")
    if marked:
        source = source.removeprefix("\ufeff")
    walk: _Walk | None = None
    try:
        walk = _Walk(Lexer(source))
        _groups(walk)
    except TdbSyntaxError as error:
        line, column = _place(source, error.at)
        return _failed(error.code, line, column, error.message)
    findings = [_MARK, *walk.findings] if marked else walk.findings
    return TdbFile(tuple(walk.publishers), tuple(walk.titles), tuple(walk.aus), tuple(findings))


def _failed(code: TdbCode, line: int, column: int, message: str) -> TdbFile:
    return TdbFile((), (), (), (TdbFinding(code, Severity.ERROR, line, column, message),))


def _place(source: str, at: int) -> tuple[int, int]:
    return source.count("\n", 0, at) + 1, at - (source.rfind("\n", 0, at) + 1)


def _groups(walk: _Walk) -> None:
    lexer = walk.lexer
    while lexer.kind == "{":
        _group(walk, _Frame({}), None, None, 1)
    if lexer.kind:
        lexer.fail("'{'")


def _group(
    walk: _Walk, frame: _Frame, publisher: TdbPublisher | None, title: TdbTitle | None, depth: int
) -> None:
    """One brace group. Without a publisher it may name one, without a title one, and with a title it holds AUs."""
    lexer = walk.lexer
    if depth > MAX_DEPTH:
        raise TdbSyntaxError(TdbCode.TOO_DEEP, lexer.start, f"more than {MAX_DEPTH} nested groups")
    lexer.advance()
    if publisher is None and lexer.kind == "publisher":
        publisher = TdbPublisher(_pairs(lexer))
        walk.publishers.append(publisher)
    elif publisher is not None and title is None and lexer.kind == "title":
        title = TdbTitle(publisher, _pairs(lexer))
        walk.titles.append(title)
    while lexer.kind in ("identifier", "implicit"):
        _assign(walk, frame)
    while True:
        if lexer.kind == "{":
            _group(walk, frame.child(), publisher, title, depth + 1)
        elif lexer.kind == "au" and title is not None:
            if not _plain_au(walk, frame, title):
                _au(walk, frame, title)
        else:
            break
    if lexer.kind != "}":
        lexer.fail("'{' or '}'" if title is None else "'au', '{' or '}'")
    lexer.advance()


def _pairs(lexer: Lexer) -> Mapping[str, str]:
    """``< key = value ; … >``; a repeated key silently takes the last value."""
    lexer.advance()
    if lexer.kind != "<":
        lexer.fail("'<'")
    found: dict[str, str] = {}
    while True:
        lexer.advance()
        if lexer.kind != "identifier":
            lexer.fail("a key")
        key = lexer.text
        lexer.advance()
        if lexer.kind != "=":
            lexer.fail("'='")
        found[key] = lexer.value()
        if lexer.kind == ">":
            lexer.advance()
            return found
        if lexer.kind != ";":
            lexer.fail("';' or '>'")


def _assign(walk: _Walk, frame: _Frame) -> None:
    lexer = walk.lexer
    at = lexer.start
    if lexer.kind == "implicit":
        columns = _columns(lexer)
        if frame.implicit is not None:
            walk.note(TdbCode.IMPLICIT_TWICE, at, "an implicit statement is already in scope")
            frame.broken = True
        frame.implicit = columns
        return
    key = lexer.text
    lexer.advance()
    if lexer.kind != "=":
        lexer.fail("'='")
    value = lexer.value()
    if key in NOT_INHERITED:
        return
    fault = _fault(frame.values, key)
    if fault is None:
        frame.set(key, value)
    else:
        walk.note(fault[0], at, fault[1])
        # What the entries below it mean is in doubt: none of them goes in.
        frame.broken = True


def _fault(values: Mapping[str, str], key: str) -> tuple[TdbCode, str] | None:
    """Why ``key`` may not be set on top of ``values``."""
    if key in values:
        return TdbCode.DUPLICATE_KEY, f"'{key}' is already set to '{values[key]}'"
    for other in _CONFLICTS.get(key, ()):
        if other in values:
            return TdbCode.PLUGIN_CONFLICT, f"'{key}' cannot be set when '{other}' is already set"
    return None


def _columns(lexer: Lexer) -> tuple[str, ...]:
    lexer.advance()
    if lexer.kind != "<":
        lexer.fail("'<'")
    names: list[str] = []
    while True:
        lexer.advance()
        if lexer.kind != "identifier":
            lexer.fail("a key")
        names.append(lexer.text)
        lexer.advance()
        if lexer.kind == ">":
            lexer.advance()
            return tuple(names)
        if lexer.kind != ";":
            lexer.fail("';' or '>'")


def _plain_au(walk: _Walk, frame: _Frame, title: TdbTitle) -> bool:
    """The quick way for nearly all AUs; False, and nothing is done, for one that needs the long way."""
    lexer, columns = walk.lexer, frame.implicit
    at = lexer.start
    given = lexer.next_plain(len(columns)) if columns and frame.columns_fit() else None
    if columns is None or given is None:
        return False
    values = frame.values | dict(zip(columns, given, strict=True))
    line, column = lexer.place(at)
    au = TdbAu(title, values, line, column, columns)
    walk.aus.append(au)
    if values.get("status") not in _NOTHING_TO_SAY:
        _check(walk, au, at, lexer.source[at : lexer.source.index(">", at) + 1])
    return True


def _au(walk: _Walk, frame: _Frame, title: TdbTitle) -> None:
    lexer = walk.lexer
    at = lexer.start
    given, places = lexer.plain_values() or _values(lexer)
    end = lexer.position
    lexer.advance()
    entry = lexer.source[at:end]
    if frame.implicit is None:
        walk.note(TdbCode.IMPLICIT_MISSING, at, "no implicit statement is in scope", entry)
    elif len(given) != len(frame.implicit):
        noun = "value" if len(frame.implicit) == 1 else "values"
        message = f"expected {len(frame.implicit)} {noun} as in implicit, found {len(given)}"
        walk.note(TdbCode.IMPLICIT_COUNT, at, message, entry)
    elif not frame.broken:
        values = _with_columns(walk, frame, given, places, entry)
        if values is not None:
            line, column = lexer.place(at)
            walk.aus.append(TdbAu(title, values, line, column, frame.implicit))
            _check(walk, walk.aus[-1], at, entry)


def _values(lexer: Lexer) -> tuple[list[str], list[int]]:
    """``au < value ; … >`` up to its ``>``: the values and where each begins."""
    lexer.advance()
    if lexer.kind != "<":
        lexer.fail("'<'")
    given: list[str] = []
    places: list[int] = []
    while lexer.kind in ("<", ";"):
        places.append(lexer.position)
        given.append(lexer.value())
    if lexer.kind != ">":
        lexer.fail("';' or '>'")
    return given, places


def _with_columns(
    walk: _Walk, frame: _Frame, given: list[str], places: list[int], entry: str
) -> dict[str, str] | None:
    assert frame.implicit is not None  # noqa: S101 - by the caller
    values = dict(frame.values)
    for key, value, place in zip(frame.implicit, given, places, strict=True):
        fault = _fault(values, key)
        if fault is not None:
            walk.note(fault[0], place, fault[1], entry)
            return None
        values[key] = value
    return values


def _check(walk: _Walk, au: TdbAu, at: int, entry: str) -> None:
    """What goes in but looks wrong."""
    status = au.get("status")
    if status and status not in STATUSES:
        message = f"status '{status}' is not a known one; taken as not viable"
        walk.note(TdbCode.UNKNOWN_STATUS, at, message, entry, Severity.WARNING)
