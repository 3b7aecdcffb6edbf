"""Elements of a definition's XML with their places, under limits (plugins §2).

No document type and so no entity of the file's own: a bomb cannot be lit. Size, depth and number of elements are
bounded before anything is built of them.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from apps.lockss.plugin.findings import DefinitionCode, Finding, Place, error


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """Bytes of one file, nesting, elements. The largest real definition has 60 kB, 600 elements and 9 levels."""

    max_bytes: int = 2 << 20
    max_depth: int = 40
    max_elements: int = 50_000


DEFAULT_LIMITS = XmlLimits()


@dataclass(frozen=True, slots=True)
class Node:
    """``text`` is all character data between the tags, verbatim; ``type_name`` the ``class`` attribute."""

    tag: str
    place: Place
    text: str = ""
    children: tuple["Node", ...] = ()
    type_name: str = ""

    def child(self, tag: str) -> "Node | None":
        return next((node for node in self.children if node.tag == tag), None)

    def text_of(self, tag: str) -> str | None:
        """The text of the first child of this name."""
        found = self.child(tag)
        return None if found is None else found.text


class _Stop(Exception):  # noqa: N818 - leaves the parser, never the module
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(slots=True)
class _Open:
    tag: str
    place: Place
    type_name: str
    text: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)


class _Builder:
    def __init__(self, plugin_id: str, limits: XmlLimits) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._plugin_id = plugin_id
        self._limits = limits
        self._stack: list[_Open] = []
        self._count = 0
        self.root: Node | None = None

    def parse(self, data: bytes) -> None:
        self._parser.Parse(data, True)

    def _place(self) -> Place:
        return Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1, self._plugin_id)

    def _stop(self, code: DefinitionCode, message: str) -> _Stop:
        return _Stop(error(code, message, self._place()))

    def _doctype(self, *_args: object) -> None:
        raise self._stop(DefinitionCode.DOCTYPE, "a document type declaration is not allowed")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > self._limits.max_elements:
            raise self._stop(DefinitionCode.TOO_MANY, f"more than {self._limits.max_elements} elements")
        if len(self._stack) >= self._limits.max_depth:
            raise self._stop(DefinitionCode.TOO_DEEP, f"nested deeper than {self._limits.max_depth} levels")
        self._stack.append(_Open(tag, self._place(), attributes.get("class", "")))

    def _characters(self, text: str) -> None:
        self._stack[-1].text.append(text)

    def _end(self, _tag: str) -> None:
        done = self._stack.pop()
        node = Node(done.tag, done.place, "".join(done.text), tuple(done.children), done.type_name)
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self.root = node


def parse_tree(data: bytes, plugin_id: str = "", limits: XmlLimits = DEFAULT_LIMITS) -> Node | Finding:
    """The root element, or the one finding that kept the file from being read."""
    if len(data) > limits.max_bytes:
        return error(
            DefinitionCode.TOO_LARGE,
            f"{len(data)} bytes; at most {limits.max_bytes} are read",
            Place(plugin_id=plugin_id),
        )
    builder = _Builder(plugin_id, limits)
    try:
        builder.parse(data)
    except _Stop as stop:
        return stop.finding
    except (expat.ExpatError, LookupError, ValueError) as fault:
        # LookupError and ValueError: an encoding, declared in line 1, that Python does not know or that is none.
        place = Place(getattr(fault, "lineno", 1), getattr(fault, "offset", 0) + 1, plugin_id)
        reason = expat.ErrorString(fault.code) if isinstance(fault, expat.ExpatError) else str(fault)
        return error(DefinitionCode.NOT_XML, reason or "not well-formed", place)
    if builder.root is None:
        return error(DefinitionCode.NOT_XML, "no element", Place(plugin_id=plugin_id))
    return builder.root
