"""Elements of an XML title database as they stream by, into records (tdb.md §5).

The document's own DTD is let through, as converters write one; entities, and anything that would have to be loaded
from elsewhere, end the reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from apps.lockss.tdb.errors import Severity, TdbCode, TdbFinding
from apps.lockss.tdb.xmlconditions import NodeFacts
from apps.lockss.tdb.xmlrecords import Record

ROOT = "lockss-config"
TITLES = "org.lockss.title"
_KNOWN = frozenset({"property", "list", "value", "if", "then", "else", "and", "or", "not", "test"})


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """The largest real one has 225 MB, 209,081 records of some thirty values, and 5 levels."""

    max_bytes: int = 1 << 30
    max_depth: int = 50
    max_records: int = 2_000_000
    max_values: int = 1_000
    max_chars: int = 100_000
    max_token: int = 4 << 20
    max_declarations: int = 200
    max_findings: int = 10_000


DEFAULT_LIMITS = XmlLimits()


class Stop(Exception):  # noqa: N818 - ends the parser, and never leaves this package
    def __init__(self, code: TdbCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class _Open:
    """A record being read. ``values`` by the rest of their dotted name, "" for the record's own."""

    name: str
    base: int
    line: int
    column: int
    values: dict[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(slots=True)
class _Frame:
    """One open element. ``path``: the dotted name so far; ``results``: of the tests directly in it."""

    tag: str
    path: str
    results: list[bool] = field(default_factory=list)
    has_then: bool = False
    items: list[str] = field(default_factory=list)
    append: bool = False
    opens: bool = False


class Walk:
    """Expat's events into records. Whatever is inactive or of no interest is skipped as a whole."""

    def __init__(self, facts: NodeFacts, limits: XmlLimits) -> None:
        self._facts = facts
        self._limits = limits
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        # Values that a DTD supplies are none of the document's.
        parser.specified_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._entity
        parser.ElementDeclHandler = self._declaration
        parser.AttlistDeclHandler = self._declaration
        self._frames: list[_Frame] = []
        self._skipped = 0
        self._declarations = 0
        self._size = 0
        self._count = 0
        self._text: list[str] | None = None
        self._text_size = 0
        self._record: _Open | None = None
        self._flat: dict[str, _Open] = {}
        self.done: list[Record] = []
        self.findings: list[TdbFinding] = []

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        self._size += len(chunk)
        if self._size > self._limits.max_bytes:
            raise Stop(TdbCode.TOO_LARGE, f"over {self._limits.max_bytes} bytes")
        self._parser.Parse(chunk, final)
        # An unfinished token is read again with every piece: without a limit, quadratic time.
        if self._size - max(0, self._parser.CurrentByteIndex) > self._limits.max_token + len(chunk):
            raise Stop(TdbCode.TOO_LARGE, f"a tag or comment of more than {self._limits.max_token} bytes")

    def place(self) -> tuple[int, int]:
        return self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber

    def finish(self) -> None:
        """Records written flat, one property a value, are whole only at the end."""
        for record in self._flat.values():
            self._close(record)

    def note(self, code: TdbCode, severity: Severity, message: str, at: Record | None = None) -> None:
        if len(self.findings) >= self._limits.max_findings:
            return
        line, column = (at.line, at.column) if at else self.place()
        entry = "" if at is None else at.values.get("title") or at.name
        self.findings.append(TdbFinding(code, severity, line, column, message[:500], entry[:500]))

    def _entity(self, *_declared: object) -> None:
        raise Stop(TdbCode.XML, "entities are not allowed")

    def _declaration(self, *_declared: object) -> None:
        self._declarations += 1
        if self._declarations > self._limits.max_declarations:
            raise Stop(TdbCode.XML, f"more than {self._limits.max_declarations} declarations in the DTD")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._frames) + self._skipped >= self._limits.max_depth:
            raise Stop(TdbCode.TOO_DEEP, f"nested deeper than {self._limits.max_depth} levels")
        if self._skipped:
            self._skipped += 1
        elif not self._frames:
            if tag != ROOT:
                raise Stop(TdbCode.XML, f"expected <{ROOT}>, found <{tag[:60]}>")
            self._frames.append(_Frame(tag, ""))
        elif not self._enter(tag, attributes, self._frames[-1]):
            self._skipped = 1

    def _enter(self, tag: str, attributes: dict[str, str], parent: _Frame) -> bool:
        """Whether the element's content counts."""
        if tag == "property":
            return self._property(attributes, parent)
        if tag == "test":
            parent.results.append(self._facts.holds(attributes))
            return False
        if tag in ("list", "value"):
            if parent.tag == "if" and not all(parent.results):
                return False
            self._frames.append(_Frame(tag, parent.path, append=_is_yes(attributes.get("append", ""))))
            if tag == "value":
                self._text, self._text_size = [], 0
            return True
        if tag in ("then", "else"):
            return self._branch(tag, parent)
        if tag not in _KNOWN:
            self.note(TdbCode.XML, Severity.WARNING, f"<{tag[:60]}> is not known; it is left out")
            return False
        if tag == "if" and not _applies(parent):
            return False
        # A condition may stand in the opening tag, too.
        results = [self._facts.holds(attributes)] if tag == "if" and attributes else []
        self._frames.append(_Frame(tag, parent.path, results=results))
        return True

    def _branch(self, tag: str, parent: _Frame) -> bool:
        if parent.tag != "if" or (tag == "else" and not parent.has_then):
            expected = "after <then> in <if>" if tag == "else" else "in <if>"
            self.note(TdbCode.XML, Severity.ERROR, f"<{tag}> is left out: expected {expected}")
            return False
        if tag == "then":
            parent.has_then = True
        if all(parent.results) is not (tag == "then"):
            return False
        self._frames.append(_Frame(tag, parent.path))
        return True

    def _property(self, attributes: Mapping[str, str], parent: _Frame) -> bool:
        name = attributes.get("name", "").strip()
        if not name:
            self.note(TdbCode.XML, Severity.ERROR, "<property> is left out: expected a name")
            return False
        path = f"{parent.path}.{name}" if parent.path else name
        if not _applies(parent) or not _concerns(path):
            return False
        frame = _Frame("property", path)
        if self._record is None and len(path) > len(TITLES):
            line, column = self.place()
            self._record = _Open(path[len(TITLES) + 1 :], len(path) + 1, line, column)
            frame.opens = True
        self._frames.append(frame)
        if "value" in attributes:
            self._put(path, attributes["value"])
        return True

    def _put(self, path: str, value: str, *, append: bool = False) -> None:
        record = self._record
        if record is None:
            return
        key = path[record.base :]
        if append and key in record.values:
            value = f"{record.values[key]};{value}"
        if len(value) > self._limits.max_chars or len(path) > self._limits.max_chars:
            record.fault = f"a value of more than {self._limits.max_chars} characters"
        elif len(record.values) >= self._limits.max_values:
            record.fault = f"more than {self._limits.max_values} values"
        else:
            record.values[key] = value

    def _characters(self, text: str) -> None:
        if self._text is not None and not self._skipped:
            self._text_size += len(text)
            # One more than allowed is enough to be found too long.
            room = self._limits.max_chars + 1 - (self._text_size - len(text))
            if room > 0:
                self._text.append(text[:room])

    def _end(self, _tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        frame = self._frames.pop()
        if not self._frames:
            return
        parent = self._frames[-1]
        if frame.tag == "value":
            self._value(parent)
        elif frame.tag == "list":
            self._put(frame.path, ";".join(frame.items), append=frame.append)
        elif frame.tag in ("and", "or", "not"):
            parent.results.append(_combined(frame))
        elif frame.opens and self._record is not None:
            record, self._record = self._record, None
            self._leave(record)

    def _value(self, parent: _Frame) -> None:
        text = "".join(self._text or ())
        if self._text_size <= self._limits.max_chars:
            text = text.strip()
        self._text = None
        holder = next((f for f in reversed(self._frames) if f.tag in ("list", "property")), parent)
        if holder.tag != "list":
            self._put(parent.path, text)
        elif len(holder.items) < self._limits.max_values:
            holder.items.append(text)
        elif self._record is not None:
            self._record.fault = f"more than {self._limits.max_values} values"

    def _leave(self, record: _Open) -> None:
        if set(record.values) != {""}:
            self._close(record)
            return
        # A whole name with a value, and nothing in it: the record is what stands before the next dot.
        name, dot, key = record.name.partition(".")
        if not dot:
            self._close(record)
            return
        whole = self._flat.setdefault(name, _Open(name, 0, record.line, record.column))
        whole.fault = whole.fault or record.fault
        self._record = whole
        self._put(key, record.values[""])
        self._record = None

    def _close(self, record: _Open) -> None:
        self._count += 1
        if self._count > self._limits.max_records:
            raise Stop(TdbCode.TOO_LARGE, f"more than {self._limits.max_records} records")
        whole = Record(record.name, record.values, record.line, record.column)
        if record.fault:
            self.note(TdbCode.RECORD, Severity.ERROR, record.fault, whole)
        else:
            self.done.append(whole)


def _is_yes(text: str) -> bool:
    return bool(text) and text.lower() not in ("false", "no", "0")


def _applies(parent: _Frame) -> bool:
    """Right inside an ``if``, before any ``then``, what stands there depends on the tests so far."""
    return parent.tag != "if" or all(parent.results)


def _concerns(path: str) -> bool:
    return path == TITLES or path.startswith(f"{TITLES}.") or TITLES.startswith(f"{path}.")


def _combined(frame: _Frame) -> bool:
    if frame.tag == "or":
        return any(frame.results)
    return all(frame.results) is (frame.tag == "and")
