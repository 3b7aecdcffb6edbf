"""The XML form of a title database, which nodes load, into the values of the text form (tdb.md §5, §5.1)."""

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from apps.lockss.tdb.errors import Severity, TdbCode, TdbFinding
from apps.lockss.tdb.model import TdbAu, TdbFile
from apps.lockss.tdb.xmlconditions import NodeFacts
from apps.lockss.tdb.xmlrecords import Record, RecordReader
from apps.lockss.tdb.xmlwalk import DEFAULT_LIMITS, Stop, Walk, XmlLimits

# What stands in a node's title database may be collected (tdb.md §4 "released").
LISTED = "released"
_NO_FACTS = NodeFacts()
_PIECE = 1 << 20


def parse_title_db_xml(
    source: bytes | Iterable[bytes],
    facts: NodeFacts = _NO_FACTS,
    *,
    listed_status: str = LISTED,
    limits: XmlLimits = DEFAULT_LIMITS,
) -> TdbFile:
    """A whole file, given at once or in pieces. Never raises for what is in it.

    A record that cannot be read is a finding and the others go in; a file that is no such XML gives none, so that half
    a file is never taken for a shorter list. Conditions are decided by ``facts``. An AU has ``listed_status`` unless its record
    says that it is down or zapped; no other status is in this form.
    """
    walk = Walk(facts, limits)

    def note(code: TdbCode, severity: Severity, record: Record, message: str) -> None:
        walk.note(code, severity, message, record)

    reader = RecordReader(note, listed_status)
    aus: list[TdbAu] = []
    try:
        for record in _records(source, walk):
            au = reader.read(record)
            if au is not None:
                aus.append(au)
    except Stop as stop:
        return _failed(stop.code, *walk.place(), stop.message)
    except expat.ExpatError as fault:
        return _failed(
            TdbCode.XML, fault.lineno, fault.offset, expat.ErrorString(fault.code) or "not well-formed"
        )
    except (LookupError, ValueError) as fault:
        # An encoding that the first line names and nobody knows.
        return _failed(TdbCode.ENCODING, 1, 0, str(fault))
    return TdbFile(tuple(reader.publishers), tuple(reader.titles), tuple(aus), tuple(walk.findings))


def _records(source: bytes | Iterable[bytes], walk: Walk) -> Iterator[Record]:
    """Each record as soon as it is whole."""
    for piece in _pieces(source):
        walk.feed(piece)
        yield from walk.done
        walk.done.clear()
    walk.feed(b"", final=True)
    walk.finish()
    yield from walk.done


def _pieces(source: bytes | Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of one size: a parser that is fed by the byte reads long tags as often as they have bytes."""
    if isinstance(source, bytes):
        for at in range(0, len(source), _PIECE):
            yield source[at : at + _PIECE]
        return
    waiting = bytearray()
    for chunk in source:
        waiting += chunk
        while len(waiting) >= _PIECE:
            yield bytes(waiting[:_PIECE])
            del waiting[:_PIECE]
    yield bytes(waiting)


def _failed(code: TdbCode, line: int, column: int, message: str) -> TdbFile:
    return TdbFile((), (), (), (TdbFinding(code, Severity.ERROR, line, column, message[:500]),))
