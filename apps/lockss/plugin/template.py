"""Printf templates taken apart: a format and its arguments (plugins §5)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CALL = re.compile(r"([A-Za-z0-9_]+)\(([A-Za-z0-9_]+)\)")
_PIECE = re.compile(
    r"%(?:(?P<percent>%)|(?P<flags>[-+ 0#]*)(?P<width>[0-9]*)(?:\.(?P<precision>[0-9]*))?[hlL]?(?P<kind>[diouxXcsfeEgG]))?"
)
_WIDEST = 1_000
MAX_TEXT = 1 << 20


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter's name, bare or inside one function call; ``source`` is how it is written."""

    source: str
    name: str
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """``arguments`` empty: ``format`` is used as it stands, conversions and all."""

    source: str
    format: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """Why a template cannot be used. ``missing`` names arguments without a value, which is no fault of the template."""

    message: str
    missing: tuple[str, ...] = ()


def parse_template(text: str) -> Template:
    """Never fails: what has no pair of quotes is a format without arguments."""
    first, last = text.find('"'), text.rfind('"')
    if last <= first:
        return Template(text, text)
    words = (word.strip() for word in text[last + 1 :].split(","))
    return Template(text, text[first + 1 : last], tuple(_argument(word) for word in words if word))


def _argument(word: str) -> Argument:
    call = _CALL.fullmatch(word)
    return Argument(word, word) if call is None else Argument(word, call[2], call[1])


def conversions(format_text: str) -> int | TemplateFault:
    """How many arguments a format takes."""
    count = 0
    for found in _PIECE.finditer(format_text):
        if found["kind"] is not None:
            count += 1
        elif found["percent"] is None:
            return TemplateFault(f"conversion at character {found.start() + 1} is not known")
    return count


def conversion_pieces(format_text: str) -> Iterator[tuple[str, bool]]:
    """The format cut up: each piece and whether an argument stands in its place."""
    at = 0
    for found in _PIECE.finditer(format_text):
        yield format_text[at : found.start()], False
        at = found.end()
        if found["kind"] is not None:
            yield found[0], True
        else:
            yield "%" if found["percent"] is not None else found[0], False
    yield format_text[at:], False


def sprintf(format_text: str, values: Sequence[str | int]) -> str | TemplateFault:
    """The format filled in, C style; surplus values are ignored, ``%d`` needs a number."""
    pieces: list[str] = []
    taken, at, length = 0, 0, 0
    for found in _PIECE.finditer(format_text):
        pieces.append(format_text[at : found.start()])
        at = found.end()
        if found["percent"] is not None:
            pieces.append("%")
            continue
        if taken >= len(values):
            return TemplateFault(f"more conversions than the {len(values)} arguments")
        converted = _convert(found, values[taken])
        if isinstance(converted, TemplateFault):
            return converted
        taken += 1
        length += len(converted)
        if length > MAX_TEXT:
            return TemplateFault(f"longer than {MAX_TEXT} characters")
        pieces.append(converted)
    pieces.append(format_text[at:])
    return "".join(pieces)


def _convert(found: re.Match[str], value: str | int) -> str | TemplateFault:
    kind = found["kind"]
    if kind is None:
        return TemplateFault(f"conversion at character {found.start() + 1} is not known")
    width, precision = found["width"] or "", found["precision"]
    if any(int(size or "0") > _WIDEST for size in (width[:9], (precision or "")[:9])) or len(width) > 9:
        return TemplateFault(f"wider than {_WIDEST} characters")
    spec = f"%{found['flags']}{width}{'' if precision is None else f'.{precision}'}{kind}"
    if kind == "s":
        return spec % (value,)
    if not isinstance(value, int):
        return TemplateFault(f"{found[0]} needs a number, not {value[:80]!r}")
    try:
        return spec % (value,)
    except (ValueError, OverflowError) as fault:
        return TemplateFault(f"{found[0]}: {fault}")
